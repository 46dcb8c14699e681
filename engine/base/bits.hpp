// Bits: a fixed set of small indices; the cells of a scope, the grants of a producer.
#pragma once

#include <array>
#include <bit>

#include "base/units.hpp"

namespace ks {

template<size_t limit> struct Bits {
    static_assert(limit % 64 == 0);
    static constexpr size_t words_count = limit / 64;
    std::array<u64, words_count> words{};

    constexpr void set(size_t index) { words[index / 64] |= u64{1} << (index % 64); }
    constexpr void reset(size_t index) { words[index / 64] &= ~(u64{1} << (index % 64)); }
    constexpr bool test(size_t index) const { return words[index / 64] >> (index % 64) & 1; }
    constexpr bool any() const {
        u64 all = 0;
        for (u64 word : words) all |= word;
        return all != 0;
    }
    constexpr size_t count() const {
        size_t total = 0;
        for (u64 word : words) total += static_cast<size_t>(std::popcount(word));
        return total;
    }
    constexpr bool meets(const Bits& other) const {
        u64 both = 0;
        for (size_t i = 0; i < words_count; ++i) both |= words[i] & other.words[i];
        return both != 0;
    }
    constexpr Bits& operator|=(const Bits& other) {
        for (size_t i = 0; i < words_count; ++i) words[i] |= other.words[i];
        return *this;
    }
    constexpr Bits& operator&=(const Bits& other) {
        for (size_t i = 0; i < words_count; ++i) words[i] &= other.words[i];
        return *this;
    }
    constexpr Bits& operator-=(const Bits& other) {
        for (size_t i = 0; i < words_count; ++i) words[i] &= ~other.words[i];
        return *this;
    }
    friend constexpr bool operator==(const Bits&, const Bits&) = default;
};

} // namespace ks
