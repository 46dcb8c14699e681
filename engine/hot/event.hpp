// Event: one fact in the journal, 64 bytes, as the hot thread writes it and the scribe reads it.
// Guarantees: no padding, explicit widths; times are CLOCK_MONOTONIC, the scribe adds UTC.
#pragma once

#include <array>

#include "base/units.hpp"

namespace ks {

enum class EventKind : u16 {
    none = 0,
    engine_started = 1,
    pull_seen = 2,        // scope, producer, number = kill, value = epoch (0: its producer fell
                          // silent), detail = reason; text = CLOCK_MONOTONIC of the pull in ns, 16
                          // hex digits; the event's own time is that of the halt
    pull_held = 3,        // the same, too old when first seen
    pull_refused = 4,     // not granted
    halt_closed = 5,      // scope, value = cells newly closed
    shot_sent = 6,        // shot, lane, number = times sent, value = nonce; detail 1 = STALE;
                          // text = digest of the request
    salvo_submitted = 7,  // scope, number = kill, value = ns from pull to submit returned
    answer = 8,           // shot or none, request; number = HTTP status, detail = Verdict;
                          // text = how the body begins, redacted
    order_cancelled = 9,  // shot or none, request; text = the id
    read_result = 10,     // shot; number = open orders, detail = Verdict
    shot_state = 11,      // shot; number = State before, detail = State after
    account_outcome = 12, // account; detail = ks_outcome
    kill_outcome = 13,    // scope; number = kill, detail = ks_outcome
    reopened = 14,        // shot; number = open orders
    rearm = 15,           // scope; number = kill, detail = ks_rearm, value = uid
    lane_up = 16,         // lane, number = life
    lane_down = 17,       // lane, number = life, detail = DownWhy
    throttled = 18,       // request; value = wait in ns
    page_lost = 19,       // detail: a bit a page that could not be read (SIGBUS)
    ready = 20,           // detail = readiness
    text = 21,            // continuation of the previous event
    producer_silent = 22, // producer; detail 1: its heartbeat stopped, 0: it beats again or closed
    arriving = 23,        // shot; number = orders sent after the halt
    live_fire = 24,       // account, request; detail = ks_live_fire, number = orders; when it has
                          // left: value = nonce, text = digest of the request
};

struct Event {
    u64 sequence = 0; // no gaps; set by the journal ring
    u64 at_ns = 0;    // CLOCK_MONOTONIC
    EventKind kind = EventKind::none;
    u16 scope = 0xffff; // each 0xffff: none
    u16 producer = 0xffff;
    u16 account = 0xffff;
    u16 shot = 0xffff;
    u16 request = 0xffff;
    u16 lane = 0xffff;
    u16 detail = 0;
    u64 number = 0;
    u64 value = 0;
    std::array<char, 16> text{}; // NUL-padded; longer text goes on in `text` events
};
static_assert(sizeof(Event) == 64);

} // namespace ks
