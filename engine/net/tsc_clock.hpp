// TscClock: CLOCK_MONOTONIC for the price of reading the time-stamp counter (about 10 ns).
// Guarantees: never backwards; anchored to CLOCK_MONOTONIC again each millisecond, so that it stays
// within some microseconds of it; where the counter is not invariant every reading is a system one.
#pragma once

#include "base/units.hpp"

namespace ks {

class TscClock {
public:
    // Measures the counter's rate for about 10 ms.
    TscClock() noexcept;
    Instant now() noexcept {
        if (!is_invariant_) return system();
        const u64 ticks = __builtin_ia32_rdtsc() - anchor_ticks_;
        if (ticks > anchor_again_ticks_) return anchor();
        return anchor_ + Nanos{static_cast<i64>((ticks * nanos_per_tick_q32_) >> 32)};
    }
    bool is_invariant() const { return is_invariant_; }

private:
    static Instant system() noexcept;
    Instant anchor() noexcept;

    bool is_invariant_ = false;
    u64 anchor_ticks_ = 0;
    u64 anchor_again_ticks_ = 0; // a millisecond, so that the product above never overflows
    u64 nanos_per_tick_q32_ = 0; // nanoseconds a tick, times 2^32
    Instant anchor_;
    Instant first_; // the pair that the rate is measured against
    u64 first_ticks_ = 0;
};

} // namespace ks
