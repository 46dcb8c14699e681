// Journal format: how a record lies in a segment file. Prose and an example: docs/FORMATS.md.
// Guarantees: little-endian, explicit widths, no padding; a record is never changed once written.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/units.hpp"
#include "hot/event.hpp"

namespace ks {

constexpr u32 record_magic = 0x31524a4b; // "KJR1" in the file
constexpr u16 record_version = 1;
constexpr u32 record_align_bytes = 8;
constexpr u32 record_payload_bytes_max = 1u << 20; // longer is damage; the name tables are ~100 KB
constexpr u64 segment_bytes_default = 16u << 20;

// What the payload is: an Event, or lines of key=value.
enum class RecordType : u16 {
    segment = 1, // opens every segment: where the chain comes from
    event = 2,   // 64 bytes as the hot thread wrote them
    start = 3,   // build, hashes of config and recipes
    names = 4,   // what the ids in events mean, from here on
    person = 5,  // who pulled, re-armed or acknowledged, and why
    ready = 6,   // an interval of NOT READY, begun, changed or ended
    answer = 7,  // request digest, status, redacted answer
    note = 8,    // what the scribe itself has to say: lost events, a failed disk
    alarm = 9,   // what left the machine to call a human
    clock = 10,  // a venue's clock against ours
};
std::string_view words(RecordType type);
constexpr bool is_known(RecordType type) {
    return type >= RecordType::segment && type <= RecordType::clock;
}

// In front of every payload; the payload is followed by zeros up to record_align_bytes.
struct RecordHead {
    u32 magic = record_magic;
    u16 version = record_version;
    RecordType type = RecordType::note;
    u32 payload_bytes = 0;
    u32 crc = 0;      // CRC32C of head (with this field zero), payload and zeros
    u64 sequence = 0; // of the record; from 1, no gap, through all segments
    u64 at_ns = 0;    // CLOCK_MONOTONIC
    u64 utc_ns = 0;   // since 1970
    u64 link = 0;     // first 8 bytes of the chain's hash before this record
};
static_assert(sizeof(RecordHead) == 48);
static_assert(sizeof(RecordHead) % record_align_bytes == 0);

constexpr u64 record_bytes(u64 payload_bytes) {
    const u64 bytes = sizeof(RecordHead) + payload_bytes;
    return (bytes + record_align_bytes - 1) / record_align_bytes * record_align_bytes;
}

// The chain: hash = SHA-256(hash before || all bytes of the record). Zeros before the first.
using Digest = std::array<u8, 32>;
struct ChainHead {
    u64 sequence = 0;
    Digest hash{};
    friend bool operator==(const ChainHead&, const ChainHead&) = default;
};
ChainHead chain_after(const ChainHead& before, u64 sequence, std::span<const std::byte> record);
u64 link_of(const ChainHead& head);

// "journal-00000001.ksj", and back; 0: not the name of a segment.
std::string segment_name(u64 number);
u64 segment_number(std::string_view file_name);

std::string hex(std::span<const u8> bytes);
// False unless `text` is exactly 64 hexadecimal digits.
bool parse_digest(std::string_view text, Digest& digest);

// Lines of key=value; control bytes and backslashes in a value are written as \xNN.
class Lines {
public:
    Lines& add(std::string_view key, std::string_view value);
    Lines& add(std::string_view key, u64 value) { return add(key, std::to_string(value)); }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

// A record with text, on its way to the scribe.
using ColdRecord = std::pair<RecordType, Lines>;

// Takes the next line off `text`; false at the end. A line without '=' is a key alone.
struct Line {
    std::string_view key;
    std::string_view value;
};
bool take_line(std::string_view& text, Line& line);
// The value of the first line with that key, or empty.
std::string_view value_of(std::string_view text, std::string_view key);
// Digits only, or `otherwise`.
u64 number_of(std::string_view digits, u64 otherwise);

} // namespace ks
