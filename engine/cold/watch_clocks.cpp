#include "cold/watch_clocks.hpp"

#include <cstdlib>

namespace ks {

void ClockWatch::look(Findings& found) {
    size_t disagreeing_count = 0;
    std::string text;
    for (size_t v = 0; v < venues_.size(); ++v) {
        // acquire: pairs with the connector's release, so that offset and error are of it or later
        if (clocks_[v].measured_ns.load(std::memory_order_acquire) == 0) continue;
        const i64 offset_ms = clocks_[v].offset_ms.load(std::memory_order_relaxed);
        const i64 error_ms = clocks_[v].error_ms.load(std::memory_order_relaxed);
        if (std::abs(offset_ms) - error_ms >= wrong_ms_min) {
            ++disagreeing_count;
            text += (text.empty() ? "" : ", ") + venues_[v] + " by " + std::to_string(offset_ms) +
                    " ms";
        }
        Told& told = told_[v];
        if (told.is_measured && std::abs(offset_ms - told.offset_ms) <= moved_ms_min) continue;
        Lines lines;
        lines.add("venue", venues_[v]).add("offset_ms", std::to_string(offset_ms));
        lines.add("before_ms", told.is_measured ? std::to_string(told.offset_ms) : "not measured");
        lines.add("error_ms", std::to_string(error_ms));
        found.record(RecordType::clock, std::move(lines));
        told = {true, offset_ms};
    }
    const bool is_wrong = disagreeing_count >= 2;
    if (is_wrong && !is_wrong_)
        found.alarm(AlarmKind::clock_wrong, "clock",
                    "the clock of this machine differs from " + text +
                        ". Requests are signed by the venues' clocks; mend this one: chronyc "
                        "tracking");
    is_wrong_ = is_wrong;
}

} // namespace ks
