// Plain readers and writers of text; every one reads its whole argument or refuses it.
#include "text.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace ks {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view hex_digits = "0123456789abcdef";

int nibble(char c) {
    const auto at = hex_digits.find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

struct Unit {
    std::string_view name;
    u64 ns;
};

constexpr Unit units[] = {
    {"us", 1'000},        {"ms", ns_per_ms},       {"s", ns_per_s},
    {"m", 60 * ns_per_s}, {"h", 3'600 * ns_per_s}, {"d", ms_per_day* ns_per_ms},
};

}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> words(std::string_view line) {
    std::vector<std::string_view> out;
    for (line = trimmed(line); !line.empty(); line = trimmed(line)) {
        const std::string_view word = line.substr(0, line.find_first_of(blanks));
        out.push_back(word);
        line.remove_prefix(word.size());
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        const auto at = text.find(separator);
        out.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

std::optional<u64> whole_number(std::string_view text) {
    u64 value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc{} || stop != end) return {};
    return value;
}

std::optional<u64> duration_ns(std::string_view text) {
    const auto digits_bytes = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = whole_number(text.substr(0, digits_bytes));
    for (const Unit& unit : units)
        if (count && text.substr(digits_bytes) == unit.name && *count < never_ns / unit.ns)
            return *count * unit.ns;
    return {};
}

std::string hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += hex_digits[static_cast<u8>(c) >> 4];
        out += hex_digits[static_cast<u8>(c) & 15];
    }
    return out;
}

std::optional<std::string> unhex(std::string_view text) {
    if (text.size() % 2 != 0) return {};
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = nibble(text[at]);
        const int low = nibble(text[at + 1]);
        if (high < 0 || low < 0) return {};
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

std::string url_decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = text[at] == '%' ? unhex(text.substr(at + 1, 2)) : std::nullopt;
        if (byte && byte->size() == 1) {
            out += *byte;
            at += 2;
        } else {
            out += text[at] == '+' ? ' ' : text[at];
        }
    }
    return out;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw Mistake(path + ": cannot be read: " + std::strerror(errno));
    return (std::ostringstream() << file.rdbuf()).str();
}

void write_file(const std::string& path, std::string_view text, unsigned mode) {
    const std::string fresh = path + ".new";
    const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    const bool written =
        fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) close(fd);
    if (!written || rename(fresh.c_str(), path.c_str()) != 0)
        throw Mistake(path + ": cannot be written: " + std::strerror(errno));
}

}
