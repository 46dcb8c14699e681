// ClockReading: a venue's clock against ours, from one answer's Date header.
#pragma once

#include <algorithm>
#include <optional>

#include "cold/handshake.hpp"

namespace ks {

struct ClockReading {
    i64 offset_ms = 0; // add to our clock
    i64 error_ms = 0;  // the offset is at most this wrong
};

// Date is cut to a second and was written at some time between our two readings: so the offset lies
// in a bracket of a second and a round trip. If no offset at all would explain it too, there is
// none.
inline std::optional<ClockReading> read_clock(const WarmUp& warm_up) {
    if (warm_up.head.date_unix_s < 0) return {};
    constexpr i64 resolution_ms = 999;
    const i64 date_ms = warm_up.head.date_unix_s * 1'000;
    const i64 least_ms = date_ms - warm_up.answered.ms;
    const i64 most_ms = date_ms + resolution_ms - warm_up.asked.ms;
    if (least_ms <= 0 && most_ms >= 0)
        return ClockReading{.offset_ms = 0, .error_ms = std::max(-least_ms, most_ms)};
    const i64 middle_ms = least_ms + (most_ms - least_ms) / 2;
    return ClockReading{.offset_ms = middle_ms, .error_ms = most_ms - middle_ms};
}

} // namespace ks
