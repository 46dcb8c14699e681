#include "wire/http_grammar.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace ks {
namespace {

constexpr bool is_between(char byte, char first, char last) {
    return byte >= first && byte <= last;
}

constexpr bool is_letter(char byte) {
    return is_between(byte, 'a', 'z') || is_between(byte, 'A', 'Z');
}

enum : u8 { tchar = 1, value_char = 2 };

// Which bytes may stand in a token and in a field value (RFC 9110 5.6.2 and 5.5).
constexpr std::array<u8, 256> classes = [] {
    std::array<u8, 256> table{};
    for (u32 code = 0; code < 256; ++code) {
        const char byte = static_cast<char>(code);
        const bool is_mark =
            std::string_view("!#$%&'*+-.^_`|~").find(byte) != std::string_view::npos;
        const bool is_visible = code > 0x20 && code != 0x7f; // VCHAR and obs-text
        if (is_letter(byte) || is_between(byte, '0', '9') || is_mark) table[code] |= tchar;
        if (is_visible || byte == ' ' || byte == '\t') table[code] |= value_char;
    }
    return table;
}();

bool is_all(std::string_view text, u8 wanted) {
    return std::ranges::all_of(
        text, [wanted](char byte) { return (classes[static_cast<u8>(byte)] & wanted) != 0; });
}

constexpr char lower(char byte) {
    return is_between(byte, 'A', 'Z') ? static_cast<char>(byte | 0x20) : byte;
}

// The take_ functions cut what they are named for off the front; false when it is not there.
bool take_mark(std::string_view& text, char mark) {
    if (!text.starts_with(mark)) return false;
    text.remove_prefix(1);
    return true;
}

void take_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

bool take_token(std::string_view& text) {
    const auto end = std::ranges::find_if_not(
        text, [](char byte) { return (classes[static_cast<u8>(byte)] & tchar) != 0; });
    const bool is_there = end != text.begin();
    text.remove_prefix(static_cast<size_t>(end - text.begin()));
    return is_there;
}

bool take_quoted(std::string_view& text) {
    if (!take_mark(text, '"')) return false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        else if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

} // namespace

bool split_field(std::string_view line, HttpField& field) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    field = {line.substr(0, colon), without_blanks(line.substr(colon + 1))};
    return is_token(field.name) && is_field_value(field.value);
}

bool is_token(std::string_view text) {
    return !text.empty() && is_all(text, tchar);
}

bool is_field_value(std::string_view text) {
    return is_all(text, value_char);
}

// *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ): RFC 9112 7.1.1.
bool is_chunk_extensions(std::string_view text) {
    if (!is_field_value(text)) return false;
    while (!text.empty()) {
        take_blanks(text);
        if (!take_mark(text, ';')) return false;
        take_blanks(text);
        if (!take_token(text)) return false;
        std::string_view value = text;
        take_blanks(value);
        if (!take_mark(value, '=')) continue;
        take_blanks(value);
        if (!take_token(value) && !take_quoted(value)) return false;
        text = value;
    }
    return true;
}

bool is_same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool ends_in_word(std::string_view text, std::string_view word) {
    return text.size() >= word.size() && is_same_word(text.substr(text.size() - word.size()), word);
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    const size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool next_element(std::string_view& list, std::string_view& element) {
    if (list.empty()) return false;
    const size_t comma = std::min(list.find(','), list.size());
    element = without_blanks(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    return true;
}

i64 decimal(std::string_view digits) {
    constexpr size_t digits_max = 18; // 10^18 - 1 fits an i64
    if (digits.empty() || digits.size() > digits_max) return -1;
    i64 value = 0;
    for (const char digit : digits) {
        if (!is_between(digit, '0', '9')) return -1;
        value = value * 10 + (digit - '0');
    }
    return value;
}

i32 hex_digit(char digit) {
    if (is_between(digit, '0', '9')) return digit - '0';
    if (is_between(lower(digit), 'a', 'f')) return lower(digit) - 'a' + 10;
    return -1;
}

i64 imf_fixdate_unix_s(std::string_view text) {
    namespace c = std::chrono;
    constexpr std::string_view shape = "Sun, 06 Nov 1994 08:49:37 GMT";
    if (text.size() != shape.size()) return -1;
    for (const size_t mark : {3, 4, 7, 11, 16, 19, 22, 25, 26, 27, 28})
        if (text[mark] != shape[mark]) return -1;
    const i64 day = decimal(text.substr(5, 2)), year = decimal(text.substr(12, 4));
    const i64 hour = decimal(text.substr(17, 2)), minute = decimal(text.substr(20, 2));
    const i64 second = decimal(text.substr(23, 2)); // 60: a leap second
    if (day < 1 || year < 1970 || hour < 0 || hour > 23) return -1;
    if (minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
    const size_t month = std::ranges::find(months, text.substr(8, 3)) - months.begin();
    const c::year_month_day date{c::year(static_cast<i32>(year)), c::month(u32(month) + 1),
                                 c::day(static_cast<u32>(day))};
    if (!date.ok()) return -1;
    const c::sys_days days{date};
    if (weekdays[c::weekday(days).c_encoding()] != text.substr(0, 3)) return -1;
    const i64 hours = i64{days.time_since_epoch().count()} * 24 + hour;
    return (hours * 60 + minute) * 60 + second;
}

} // namespace ks
