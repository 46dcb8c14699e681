// Bounded: a vector and a text that live inside their owner and never grow past their named limit.
// Guarantees: no allocation; push says false when full, and changes nothing then.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "base/units.hpp"

namespace ks {

template<class T, size_t limit> class Bounded {
public:
    static constexpr size_t capacity = limit;
    [[nodiscard]] constexpr bool push(const T& value) {
        if (count_ == limit) return false;
        items_[count_++] = value;
        return true;
    }
    // The next item, for the caller to fill in place, or nullptr when full.
    constexpr T* add() { return count_ == limit ? nullptr : &items_[count_++]; }
    constexpr void clear() { count_ = 0; }
    constexpr void truncate(size_t count) { count_ = count < count_ ? count : count_; }
    constexpr size_t size() const { return count_; }
    constexpr bool empty() const { return count_ == 0; }
    constexpr bool full() const { return count_ == limit; }
    constexpr T& operator[](size_t index) { return items_[index]; }
    constexpr const T& operator[](size_t index) const { return items_[index]; }
    constexpr T& back() { return items_[count_ - 1]; }
    constexpr T* begin() { return items_.data(); }
    constexpr T* end() { return items_.data() + count_; }
    constexpr const T* begin() const { return items_.data(); }
    constexpr const T* end() const { return items_.data() + count_; }

private:
    size_t count_ = 0; // beside the first items: one line of the cache for a short list
    std::array<T, limit> items_{};
};

// A short text, NUL-terminated in place. Longer input is cut, and `fits` says so beforehand.
template<size_t limit> class Text {
public:
    static constexpr size_t capacity = limit - 1;
    constexpr Text() = default;
    constexpr Text(std::string_view text) { assign(text); }
    static constexpr bool fits(std::string_view text) { return text.size() <= capacity; }
    constexpr void assign(std::string_view text) {
        count_ = static_cast<u16>(std::min(text.size(), capacity));
        std::copy_n(text.data(), count_, bytes_.data());
        bytes_[count_] = 0;
    }
    constexpr std::string_view view() const { return {bytes_.data(), count_}; }
    constexpr const char* c_str() const { return bytes_.data(); }
    constexpr bool empty() const { return count_ == 0; }
    friend constexpr bool operator==(const Text& a, std::string_view b) { return a.view() == b; }

private:
    static_assert(limit > 1 && limit < 65536);
    std::array<char, limit> bytes_{};
    u16 count_ = 0;
};

} // namespace ks
