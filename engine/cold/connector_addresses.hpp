// AddressBook: where a venue can be dialled now: what DNS said last, and what has worked.
// Guarantees: next() never waits; a look-up that fails, hangs or lies takes no good address away.
#pragma once

#include "cold/connector_resolver.hpp"

namespace ks {

class AddressBook {
public:
    AddressBook(Resolver resolver, std::optional<Address> fixed)
        : resolver_(std::move(resolver)), fixed_(std::move(fixed)) {}

    // Takes an answer that has come, asks when the last one is old. Why DNS does not help, if so.
    std::optional<Error> refresh(Instant now);
    // The next address to try, in rotation; none while nothing is known.
    std::optional<Address> next();
    void remember_good(const Address& address) { good_ = address; }

private:
    Resolver resolver_;
    std::optional<Address> fixed_; // from the config: DNS is never asked
    Addresses found_;
    std::optional<Address> good_;
    Instant asked_at_;
    bool is_slow_told_ = false;
    size_t turn_ = 0;
};

} // namespace ks
