// Reading the small text formats of ks-mock: words, numbers, durations, hex, percent-encoding.
// A reader that meets something else returns nothing; who reads for a human throws a Mistake.
#pragma once

#include "clock.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ks {

// A sentence for the operator: what was read, where, what is wrong with it and what would be right.
struct Mistake : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::string_view trimmed(std::string_view text);
std::vector<std::string_view> words(std::string_view line);
std::vector<std::string_view> split(std::string_view text, char separator);
std::optional<u64> whole_number(std::string_view text);
std::optional<u64> duration_ns(std::string_view text); // 50ms 2s 5m 4h 7d
std::string hex(std::string_view bytes);
std::optional<std::string> unhex(std::string_view text);
std::string url_decoded(std::string_view text); // '+' becomes a blank, a bad %xx stays as it is
bool same_word(std::string_view a, std::string_view b); // ignores case, as HTTP header names do
std::string read_file(const std::string& path);
void write_file(const std::string& path, std::string_view text, unsigned mode); // then renamed

}
