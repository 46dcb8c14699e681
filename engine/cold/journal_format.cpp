// Journal format: the hash chain, names of segments, and lines of key=value.
#include "cold/journal_format.hpp"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <charconv>
#include <cstdio>
#include <cstring>

namespace ks {

std::string_view words(RecordType type) {
    switch (type) {
    case RecordType::segment:
        return "segment";
    case RecordType::event:
        return "event";
    case RecordType::start:
        return "start";
    case RecordType::names:
        return "names";
    case RecordType::person:
        return "person";
    case RecordType::ready:
        return "ready";
    case RecordType::answer:
        return "answer";
    case RecordType::note:
        return "note";
    case RecordType::alarm:
        return "alarm";
    case RecordType::clock:
        return "clock";
    }
    return "?";
}

ChainHead chain_after(const ChainHead& before, u64 sequence, std::span<const std::byte> record) {
    ChainHead after{.sequence = sequence, .hash = {}};
    wc_Sha256 sha;
    wc_InitSha256(&sha);
    wc_Sha256Update(&sha, before.hash.data(), static_cast<word32>(before.hash.size()));
    wc_Sha256Update(&sha, reinterpret_cast<const byte*>(record.data()),
                    static_cast<word32>(record.size()));
    wc_Sha256Final(&sha, after.hash.data());
    wc_Sha256Free(&sha);
    return after;
}

u64 link_of(const ChainHead& head) {
    u64 link;
    std::memcpy(&link, head.hash.data(), sizeof link);
    return link;
}

namespace {
constexpr std::string_view segment_prefix = "journal-";
constexpr std::string_view segment_suffix = ".ksj";
constexpr size_t segment_digits_count = 8;
} // namespace

std::string segment_name(u64 number) {
    char name[64];
    std::snprintf(name, sizeof name, "journal-%08llu.ksj", static_cast<unsigned long long>(number));
    return name;
}

u64 segment_number(std::string_view file_name) {
    if (!file_name.starts_with(segment_prefix) || !file_name.ends_with(segment_suffix)) return 0;
    if (file_name.size() < segment_prefix.size() + segment_digits_count + segment_suffix.size())
        return 0;
    file_name.remove_prefix(segment_prefix.size());
    file_name.remove_suffix(segment_suffix.size());
    return number_of(file_name, 0);
}

std::string hex(std::span<const u8> bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (u8 byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

bool parse_digest(std::string_view text, Digest& digest) {
    if (text.size() != 2 * digest.size()) return false;
    for (size_t i = 0; i < digest.size(); ++i) {
        const char* pair = text.data() + 2 * i;
        if (std::from_chars(pair, pair + 2, digest[i], 16).ptr != pair + 2) return false;
    }
    return true;
}

Lines& Lines::add(std::string_view key, std::string_view value) {
    text_.append(key).append("=");
    for (char c : value) {
        const u8 byte = static_cast<u8>(c);
        if (byte < 0x20 || byte == 0x7f || c == '\\')
            text_.append("\\x").append(hex({&byte, 1}));
        else
            text_ += c;
    }
    text_ += '\n';
    return *this;
}

bool take_line(std::string_view& text, Line& line) {
    if (text.empty()) return false;
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const size_t equals = whole.find('=');
    line.key = whole.substr(0, equals);
    line.value = equals == whole.npos ? std::string_view{} : whole.substr(equals + 1);
    return true;
}

std::string_view value_of(std::string_view text, std::string_view key) {
    for (Line line; take_line(text, line);)
        if (line.key == key) return line.value;
    return {};
}

u64 number_of(std::string_view digits, u64 otherwise) {
    u64 number = 0;
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    return error == std::errc{} && stop == end && !digits.empty() ? number : otherwise;
}

} // namespace ks
