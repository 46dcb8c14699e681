// Evidence: how a venue's answer began, for the journal.
// Guarantees: fixed size, printable, and of a long run of letters only the first few: a venue may
// repeat a token or a signature, and the journal is read by many.
#pragma once

#include <span>
#include <string_view>

#include "base/bounded.hpp"

namespace ks {

class Evidence {
public:
    static constexpr size_t bytes_max = 96;

    void clear() noexcept { head_.clear(); }
    void add(std::span<const std::byte> body) noexcept;
    // Call it once, when the answer is whole.
    std::string_view redacted() noexcept;

private:
    Bounded<char, bytes_max> head_;
};

} // namespace ks
