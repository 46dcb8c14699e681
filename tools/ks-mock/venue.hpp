// What a venue is to the stage: a reader of its own requests, a judge of its own signatures and a
// writer of its own answers. Orders, limits, plays and counting are the same for all.
#pragma once

#include "account.hpp"
#include "http.hpp"
#include "play.hpp"
#include "tls.hpp"
#include "window.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ks {

constexpr std::string_view venue_names[] = {"bitopro", "coinswitch", "treadfi"};
inline bool is_venue_name(std::string_view name) {
    return std::find(std::begin(venue_names), std::end(venue_names), name) != std::end(venue_names);
}

// A request as its venue understands it.
struct Call {
    Ask ask = Ask::unknown;
    std::string product{};
    std::string symbol{};
    std::string order_id{};
    std::string account_names{}; // comma separated; empty: all that the key reaches
    const Limit* limit = nullptr;
};

// One admitted, signed request, with what the play does to it.
struct Scene {
    const Request& request;
    const Call& call;
    const Twist& twist;
    const std::vector<Account*>& accounts; // at least one
    Moment now;                            // the venue's clock, right or wrong

    Filter filter() const { return {call.product, call.symbol, call.order_id}; }
    std::vector<const Order*> listed() const; // what an honest, hiding or lying venue shows
    // Cancels, or pretends to; returns the orders that the answer names.
    std::vector<const Order*> cancel(u64 leave_after_ns) const;
};

struct Refusal {
    int status;
    std::string why;
    u64 Tally::*counter = nullptr; // null: nothing of its own to count
    std::optional<u64> retry_after_s{};
};

struct Traffic {
    u64 connections = 0;
    u64 bytes_in = 0;
    u64 bytes_out = 0;
    RecordCount records;
    u64 requests = 0;
    u64 malformed = 0;   // bytes that were no HTTP request
    u64 unknown_key = 0; // requests whose key no account has
};

class Venue {
public:
    Venue(std::string venue_name, std::string host_name, Batch usual_order)
        : name(std::move(venue_name)), host(std::move(host_name)), usual(std::move(usual_order)) {}
    virtual ~Venue() = default;

    virtual Call route(const Request& request) const = 0;
    virtual std::string_view key_of(const Request& request) const = 0; // not yet believed
    virtual std::optional<Refusal> check(const Request& request, Account& account,
                                         Moment now) const = 0;
    virtual Response carry_out(const Scene& scene) const = 0;
    virtual Response error(int status, std::string_view why) const = 0;

    const std::string name;
    std::string host;
    const Batch usual; // product and symbol of an order that names none
    Traffic traffic;
};

std::unique_ptr<Venue> make_bitopro();
std::unique_ptr<Venue> make_coinswitch();
std::unique_ptr<Venue> make_treadfi();

}
