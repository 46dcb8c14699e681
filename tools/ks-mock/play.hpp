// A play: readable rules by which the venues misbehave, one a line:
//     bitopro main cancel_all: accept; then after 50ms arrive 1 margin BTC_USDT
// The first rule that matches a request bends it; the grammar is in README.md.
#pragma once

#include "book.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ks {

// What a request asks for, whatever the venue calls it; `anyone` needs no key (public in a play).
enum class Ask : u8 {
    cancel_all,
    cancel_symbol,
    cancel_order,
    open_orders,
    order,
    account,
    anyone,
    unknown,
};
std::string_view name_of(Ask ask);

// What leaves instead of the honest answer.
enum class Reply : u8 {
    honest,
    lie,         // says done (or: nothing open), does nothing
    status,      // the venue's error shape with the given status
    html,        // a web firewall's page with the given status
    broken_json, // 200, the honest answer cut in its middle
    garbage,     // bytes that are no HTTP
    truncated,   // half of the answer's bytes, then close
    silence,     // nothing, now and later on this connection
    close,       // close_notify and FIN
    half_close,  // FIN without close_notify; still reads
    reset,       // RST
};

// How one request is bent. The defaults bend nothing.
struct Twist {
    Reply reply = Reply::honest;
    int status = 200;
    bool is_accepted = false; // carried out although the reply does not say so
    bool is_unlimited = false;
    bool empty_wrong_path = false;
    u64 delay_ns = 0;
    u64 idle_close_ns = never_ns;
    u64 hide_older_than_ms = never_ns;
    i64 clock_offset_ms = 0;
    std::optional<u64> leave_after_ns;
    std::optional<u64> retry_after_s;
    bool is_chunked = false;
    bool is_gzip = false;
    bool is_byte_by_byte = false;
    bool closes_after = false;
    std::size_t fragment_bytes = 0;
    std::size_t pad_bytes = 0;
    u64 key_updates = 0;
    bool key_update_asks_for_reply = true;
    u64 tickets = 0;
    std::vector<Batch> arrive; // counted from the request's arrival

    // A request without carrying out: the honest reply has been replaced and nothing was accepted.
    bool is_carried_out() const {
        return is_accepted || reply == Reply::honest || reply == Reply::broken_json ||
               reply == Reply::truncated;
    }
};

struct Rule {
    std::string venue;
    std::string account;
    std::string ask;
    Twist twist{};
    u64 skip = 0;         // matches let through first
    u64 times = never_ns; // matches bent after those
    u64 matched_count = 0;
};

struct Casting {
    std::string_view venue;
    std::string_view account;
    Ask ask;
};

class Play {
public:
    // Throws a Mistake that begins with "name:line: ".
    static Play read(std::string_view text, std::string_view name);

    Twist next(const Casting& casting); // counts the match

private:
    std::deque<Rule> rules_;
};

}
