#include "cold/connector_addresses.hpp"

#include <algorithm>

namespace ks {

namespace {

constexpr Nanos ask_every = seconds(30);      // venues behind CDNs move within a minute
constexpr Nanos ask_again_every = seconds(1); // while nothing is known
constexpr Nanos slow = seconds(3);            // longer than any healthy look-up

} // namespace

std::optional<Error> AddressBook::refresh(Instant now) {
    if (fixed_) return {};
    std::optional<Error> trouble;
    if (std::optional<Result<Addresses>> answer = resolver_.take()) {
        if (*answer)
            found_ = **std::move(answer);
        else
            trouble = std::move(*answer).error();
    }
    const Nanos every = found_.empty() ? ask_again_every : ask_every;
    if (!resolver_.is_asking() && (asked_at_.is_never() || now - asked_at_ >= every)) {
        resolver_.ask();
        asked_at_ = now;
        is_slow_told_ = false;
    }
    if (resolver_.is_asking() && !is_slow_told_ && now - asked_at_ >= slow) {
        is_slow_told_ = true;
        const bool is_known = good_ || !found_.empty();
        trouble = Error{std::string("resolve: DNS has not answered for 3 s; ") +
                        (is_known ? "dialling the last good address meanwhile"
                                  : "give `address`, or repair the resolver")};
    }
    return trouble;
}

std::optional<Address> AddressBook::next() {
    if (fixed_) return fixed_;
    const bool is_good_found = good_ && std::ranges::find(found_, *good_) != found_.end();
    const size_t count = found_.size() + (good_ && !is_good_found ? 1 : 0);
    if (count == 0) return {};
    const size_t index = turn_++ % count;
    return index < found_.size() ? found_[index] : *good_;
}

} // namespace ks
