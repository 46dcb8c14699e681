// Plain text: the same rule as killswitch_plain.h, for strings: whatever a human or another process
// wrote passes here before it reaches journal, alarm or screen.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "abi/killswitch_plain.h"

namespace ks {

// Up to the first NUL, at most so many bytes, '?' for what cannot be shown.
inline std::string plain_text(std::string_view bytes, size_t bytes_max = SIZE_MAX) {
    std::string text(std::min(bytes.size(), bytes_max) + 1, '\0');
    text.resize(ks_plain_text(text.data(), text.size(), bytes.data(), bytes.size()));
    return text;
}

} // namespace ks
