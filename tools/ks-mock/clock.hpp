// Integers and time as the venues see it: a clock that only rises (windows, arrivals, plays) and
// the wall clock that they compare with a request's timestamp. Shared by all of ks-mock, by nothing
// else.
#pragma once

#include <cstdint>
#include <ctime>

namespace ks {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

constexpr u64 ns_per_ms = 1'000'000;
constexpr u64 ns_per_s = 1'000'000'000;
constexpr u64 ms_per_day = 86'400'000;
constexpr u64 never_ns = ~u64{0};

// One instant on both clocks; a play may shift `unix_ms` to give a venue a wrong clock.
struct Moment {
    u64 mono_ns = 0;
    u64 unix_ms = 0;

    static Moment now() {
        timespec mono{};
        timespec wall{};
        clock_gettime(CLOCK_MONOTONIC, &mono);
        clock_gettime(CLOCK_REALTIME, &wall);
        return {static_cast<u64>(mono.tv_sec) * ns_per_s + static_cast<u64>(mono.tv_nsec),
                static_cast<u64>(wall.tv_sec) * 1'000 + static_cast<u64>(wall.tv_nsec) / ns_per_ms};
    }
};

}
