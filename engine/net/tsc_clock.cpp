#include "net/tsc_clock.hpp"

#include <cpuid.h>
#include <time.h>

#include <algorithm>

namespace ks {

namespace {

// CPUID 0x80000007, EDX bit 8: the counter runs at one rate in every power state.
bool counter_is_invariant() {
    u32 a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(0x8000'0007, &a, &b, &c, &d) != 0 && (d & 1u << 8) != 0;
}

} // namespace

Instant TscClock::system() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return Instant{now.tv_sec * 1'000'000'000 + now.tv_nsec};
}

TscClock::TscClock() noexcept : is_invariant_(counter_is_invariant()) {
    anchor_ = first_ = system();
    anchor_ticks_ = first_ticks_ = __builtin_ia32_rdtsc();
    if (!is_invariant_) return;
    while (system() - first_ < milliseconds(10)) {
    }
    anchor();
}

// The rate is measured anew over all the time since the start, so that it only grows more exact.
Instant TscClock::anchor() noexcept {
    const Instant real = system();
    const u64 ticks = __builtin_ia32_rdtsc();
    const u64 elapsed_ticks = ticks - first_ticks_;
    const u64 elapsed_ns = static_cast<u64>((real - first_).ns);
    nanos_per_tick_q32_ =
        static_cast<u64>((static_cast<unsigned __int128>(elapsed_ns) << 32) / elapsed_ticks);
    anchor_again_ticks_ = (u64{1'000'000} << 32) / nanos_per_tick_q32_;
    const Nanos ran = {static_cast<i64>(((ticks - anchor_ticks_) * nanos_per_tick_q32_) >> 32)};
    // A rate slightly too high must not make the next reading earlier than the last one, which lay
    // less than a millisecond after the anchor.
    anchor_ = std::max(real, anchor_ + std::min(ran, milliseconds(1)));
    anchor_ticks_ = ticks;
    return anchor_;
}

} // namespace ks
