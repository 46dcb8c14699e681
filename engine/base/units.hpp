// Units: the integers, instants and spans of time that every folder speaks in.
// Guarantees: an Instant is a reading of CLOCK_MONOTONIC, a Nanos a span; two Instants do not add.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace ks {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i32 = std::int32_t;
using i64 = std::int64_t;

// A span of time in nanoseconds; negative when it points into the past.
struct Nanos {
    i64 ns = 0;
    friend constexpr auto operator<=>(Nanos, Nanos) = default;
    friend constexpr Nanos operator+(Nanos a, Nanos b) { return {a.ns + b.ns}; }
    friend constexpr Nanos operator-(Nanos a, Nanos b) { return {a.ns - b.ns}; }
    friend constexpr Nanos operator*(Nanos a, i64 times) { return {a.ns * times}; }
    friend constexpr Nanos operator/(Nanos a, i64 parts) { return {a.ns / parts}; }
};

constexpr Nanos nanoseconds(i64 count) {
    return {count};
}
constexpr Nanos microseconds(i64 count) {
    return {count * 1'000};
}
constexpr Nanos milliseconds(i64 count) {
    return {count * 1'000'000};
}
constexpr Nanos seconds(i64 count) {
    return {count * 1'000'000'000};
}

// A reading of CLOCK_MONOTONIC in nanoseconds. Zero means "never".
struct Instant {
    i64 ns = 0;
    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant at, Nanos span) { return {at.ns + span.ns}; }
    friend constexpr Instant operator-(Instant at, Nanos span) { return {at.ns - span.ns}; }
    friend constexpr Nanos operator-(Instant a, Instant b) { return {a.ns - b.ns}; }
    constexpr bool is_never() const { return ns == 0; }
};
constexpr Instant never{};
constexpr Instant far_future{INT64_MAX / 2};

// Wall-clock milliseconds since 1970-01-01 UTC, as venues count them.
struct UnixMs {
    i64 ms = 0;
    friend constexpr auto operator<=>(UnixMs, UnixMs) = default;
};

constexpr size_t cache_line_bytes = 64;

// Asks for the lines of an object without waiting for them: for what must not go cold.
inline void keep_warm(const void* at, size_t bytes) noexcept {
    for (size_t i = 0; i < bytes; i += cache_line_bytes)
        __builtin_prefetch(static_cast<const char*>(at) + i);
}

} // namespace ks
