// Journal reader: the whole records of one segment, and why it stopped reading.
// Guarantees: foreign bytes: a record is only shown when magic, length and CRC32C agree; reading
// never goes past the bytes given; the records point into them.
#pragma once

#include "base/result.hpp"
#include "cold/journal_format.hpp"

#include <vector>

namespace ks {

struct JournalRecord {
    RecordHead head;
    std::span<const std::byte> payload;
    std::span<const std::byte> bytes; // head, payload and zeros: what the chain hashes
    u64 offset = 0;                   // in its segment

    std::string_view text() const {
        return {reinterpret_cast<const char*>(payload.data()), payload.size()};
    }
    // Only for RecordType::event, whose payload has the size of one.
    Event event() const;
};

// Only `clean` is an end; the others say that the bytes at offset() are no whole record.
enum class RecordStop : u8 { none, clean, not_a_record, other_version, wrong_length, wrong_crc };
std::string_view words(RecordStop stop);

class SegmentReader {
public:
    explicit SegmentReader(std::span<const std::byte> segment) : segment_(segment) {}

    // The next whole record; false when there is none, and stop() says why.
    bool next(JournalRecord& record);
    RecordStop stop() const { return stop_; }
    u64 offset() const { return offset_; } // behind the last whole record

    // The next whole record behind the bytes where next() stopped: what a flipped byte hides.
    bool resync(JournalRecord& record);

private:
    RecordStop read(u64 offset, JournalRecord& record) const;

    std::span<const std::byte> segment_;
    u64 offset_ = 0;
    RecordStop stop_ = RecordStop::none;
};

// The bytes of a file below `directory`, whole.
Result<std::vector<std::byte>> read_segment(int directory, const std::string& name);

// Numbers of all segments in a directory, rising.
Result<std::vector<u64>> list_segments(int directory);

} // namespace ks
