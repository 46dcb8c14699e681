// crc32c: the checksum of a journal record (Castagnoli, RFC 3720 appendix B.4).
// Why: it finds a torn or flipped record; it is no proof against an author, that is the hash chain.
// Guarantees: the same value with and without SSE4.2; no allocation.
#pragma once

#include <array>
#include <cstring>
#include <span>

#include "base/units.hpp"

namespace ks {

namespace crc32c_ways { // the two ways to one result, apart so that a test can compare them

constexpr std::array<u32, 256> make_table() {
    constexpr u32 polynomial_reflected = 0x82f63b78;
    std::array<u32, 256> table{};
    for (u32 byte = 0; byte < 256; ++byte) {
        u32 rest = byte;
        for (u32 bit = 0; bit < 8; ++bit)
            rest = (rest >> 1) ^ (rest & 1 ? polynomial_reflected : 0);
        table[byte] = rest;
    }
    return table;
}
inline constexpr std::array<u32, 256> table = make_table();

constexpr u32 by_table(std::span<const std::byte> bytes, u32 state) {
    for (std::byte byte : bytes)
        state = (state >> 8) ^ table[(state ^ static_cast<u8>(byte)) & 0xff];
    return state;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) inline u32 by_sse42(std::span<const std::byte> bytes, u32 state) {
    u64 wide = state;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
        u64 word;
        std::memcpy(&word, bytes.data(), sizeof word);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    state = static_cast<u32>(wide);
    for (std::byte byte : bytes) state = __builtin_ia32_crc32qi(state, static_cast<u8>(byte));
    return state;
}
#endif

} // namespace crc32c_ways

// `before` is the checksum of the bytes in front of these, so that parts can be summed in turn.
inline u32 crc32c(std::span<const std::byte> bytes, u32 before = 0) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) return ~crc32c_ways::by_sse42(bytes, ~before);
#endif
    return ~crc32c_ways::by_table(bytes, ~before);
}

} // namespace ks
