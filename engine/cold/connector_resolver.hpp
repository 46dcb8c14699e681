// Resolver: asks for the addresses of a host without ever waiting for the answer.
// Guarantees: at most one look-up of a venue at a time; one that hangs costs a sleeping thread and
// nothing else: it owns what it writes to, so nobody ever joins it.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

// A numeric address with its port, as connect() takes it.
struct Address {
    sockaddr_storage storage{};
    socklen_t bytes = 0;
    std::string text() const; // "192.0.2.1:443"
    bool operator==(const Address& other) const;
};
using Addresses = std::vector<Address>;

// May wait as long as it likes. An empty list is never returned: that is an error.
using Resolve = std::function<Result<Addresses>(const std::string& host, u16 port)>;
Result<Addresses> resolve_by_dns(const std::string& host, u16 port);
Result<Address> parse_address(const std::string& numeric, u16 port);

class Resolver {
public:
    Resolver(Resolve resolve, std::string host, u16 port);
    // Starts a look-up unless one is running.
    void ask();
    bool is_asking() const { return lookup_ != nullptr; }
    // The answer, once it has come; then one may ask again.
    std::optional<Result<Addresses>> take();

private:
    struct Lookup;
    Resolve resolve_;
    std::string host_;
    u16 port_;
    std::shared_ptr<Lookup> lookup_;
};

} // namespace ks
