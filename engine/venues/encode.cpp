#include "venues/encode.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace ks {

namespace {

constexpr std::string_view alphabet_std =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view alphabet_url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void append_base64_digits(Arena& arena, std::string_view value, std::string_view alphabet) {
    for (size_t i = 0; i < value.size(); i += 3) {
        const size_t bytes = std::min<size_t>(3, value.size() - i);
        u32 group = 0;
        for (size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < bytes ? static_cast<u8>(value[i + j]) : 0u);
        for (size_t j = 0; j <= bytes; ++j) arena.append(alphabet[group >> (18 - 6 * j) & 63]);
    }
}

// Leading zeros up to `digits`.
void append_padded(Arena& arena, u32 number, int digits) {
    u32 divisor = 1;
    for (int i = 1; i < digits; ++i) divisor *= 10;
    for (; divisor > 0; divisor /= 10) arena.append(static_cast<char>('0' + number / divisor % 10));
}

constexpr bool is_unreserved(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

constexpr bool is_visible(char byte) {
    return byte > 0x20 && byte < 0x7f;
}

} // namespace

void append_hex(Arena& arena, std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (char byte : value) {
        arena.append(digits[static_cast<u8>(byte) >> 4]);
        arena.append(digits[static_cast<u8>(byte) & 15]);
    }
}

void append_base64(Arena& arena, std::string_view value) {
    append_base64_digits(arena, value, alphabet_std);
    for (size_t i = value.size(); i % 3 != 0; ++i) arena.append('=');
}

void append_base64url(Arena& arena, std::string_view value) {
    append_base64_digits(arena, value, alphabet_url);
}

void append_urlencoded(Arena& arena, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (char byte : value) {
        if (is_unreserved(byte)) {
            arena.append(byte);
            continue;
        }
        arena.append('%');
        arena.append(digits[static_cast<u8>(byte) >> 4]);
        arena.append(digits[static_cast<u8>(byte) & 15]);
    }
}

void append_json_string(Arena& arena, std::string_view value) {
    arena.append('"');
    for (char byte : value) {
        if (byte == '"' || byte == '\\') arena.append('\\');
        if (static_cast<u8>(byte) >= 0x20) {
            arena.append(byte);
            continue;
        }
        arena.append("\\u00");
        append_hex(arena, {&byte, 1});
    }
    arena.append('"');
}

void append_decimal(Arena& arena, u64 number) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    arena.append({digits, static_cast<size_t>(end - digits)});
}

void append_iso_time(Arena& arena, UnixMs at) {
    using namespace std::chrono;
    const sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds{at.ms}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    append_padded(arena, static_cast<u32>(static_cast<int>(date.year())), 4);
    arena.append('-');
    append_padded(arena, static_cast<unsigned>(date.month()), 2);
    arena.append('-');
    append_padded(arena, static_cast<unsigned>(date.day()), 2);
    arena.append('T');
    append_padded(arena, static_cast<u32>(clock.hours().count()), 2);
    arena.append(':');
    append_padded(arena, static_cast<u32>(clock.minutes().count()), 2);
    arena.append(':');
    append_padded(arena, static_cast<u32>(clock.seconds().count()), 2);
    arena.append('.');
    append_padded(arena, static_cast<u32>(clock.subseconds().count()), 3);
    arena.append('Z');
}

bool is_target(std::string_view text) {
    return text.starts_with('/') &&
           std::ranges::all_of(text, [](char byte) { return is_visible(byte) && byte != '#'; });
}

bool is_header_value(std::string_view text) {
    return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
           std::ranges::all_of(text, [](char byte) { return is_visible(byte) || byte == ' '; });
}

} // namespace ks
