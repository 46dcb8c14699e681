#include "hot/evidence.hpp"

namespace ks {

namespace {

constexpr size_t run_max = 24; // a word may be as long; secrets are longer
constexpr size_t run_shown = 6;

// Letters of base64, hex and identifiers.
bool is_of_a_run(char letter) {
    const char small = static_cast<char>(letter | 0x20);
    return (letter >= '0' && letter <= '9') || (small >= 'a' && small <= 'z') || letter == '+' ||
           letter == '/' || letter == '=' || letter == '_' || letter == '-';
}

} // namespace

void Evidence::add(std::span<const std::byte> body) noexcept {
    for (std::byte byte : body) {
        const char letter = static_cast<char>(byte);
        if (!head_.push(letter >= ' ' && letter <= '~' ? letter : ' ')) return;
    }
}

std::string_view Evidence::redacted() noexcept {
    size_t run = 0;
    for (size_t i = 0; i <= head_.size(); ++i) {
        if (i < head_.size() && is_of_a_run(head_[i])) {
            ++run;
            continue;
        }
        // A run that the end has cut off may have been longer.
        const bool is_long = run > run_max || (run > run_shown && i == bytes_max);
        for (size_t at = i - run + run_shown; is_long && at < i; ++at) head_[at] = '*';
        run = 0;
    }
    return {head_.begin(), head_.size()};
}

} // namespace ks
