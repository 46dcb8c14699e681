// Arena: the scratch memory of one run of a program: values are written at its top.
// Guarantees: never grows; what does not fit is not written and is remembered; wiped at the end,
// because secrets and signatures pass through it.
#pragma once

#include <array>
#include <cstring>
#include <string_view>

#include "base/units.hpp"

namespace ks {

class Arena {
public:
    Arena() = default;
    ~Arena() { explicit_bzero(bytes_.data(), bytes_.size()); }
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    size_t top() const { return top_; }
    bool is_over() const { return is_over_; } // something did not fit
    std::string_view from(size_t start) const { return {bytes_.data() + start, top_ - start}; }
    std::string_view at(size_t start, size_t count) const { return {bytes_.data() + start, count}; }

    // `text` may lie in the arena, below the top.
    void append(std::string_view text) {
        if (text.empty()) return; // also what points nowhere
        if (text.size() > bytes_.size() - top_) {
            is_over_ = true;
            return;
        }
        std::memcpy(bytes_.data() + top_, text.data(), text.size());
        top_ += text.size();
    }
    void append(char byte) { append({&byte, 1}); }
    // The value at [start, image) gives way to its image at [image, top).
    void replace(size_t start, size_t image) {
        std::memmove(bytes_.data() + start, bytes_.data() + image, top_ - image);
        top_ -= image - start;
    }

private:
    // A request (1,426 bytes), the values it is made of, and one of them beside its image, twofold.
    static constexpr size_t bytes_max = 8 * 1024;
    size_t top_ = 0;
    bool is_over_ = false;
    std::array<char, bytes_max> bytes_;
};

} // namespace ks
