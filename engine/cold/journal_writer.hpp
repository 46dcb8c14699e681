// Journal writer: appends records to preallocated segment files, and folds them into the chain.
// Why: space is found when a segment is opened, not when it is needed; a file that once failed is
// never trusted again (after a failed fsync the kernel may call lost pages clean).
// Guarantees: head() is the last record handed to the kernel, synced_head() the last on disk; a
// failed write changes neither; segments are never reopened, overwritten or shortened below them.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "base/fd.hpp"
#include "cold/journal_format.hpp"

namespace ks {

// One reading of both clocks.
struct Moment {
    Instant monotonic;
    u64 utc_ns = 0;
};

class JournalWriter {
public:
    // `directory` stays the caller's; the chain goes on from `head`.
    JournalWriter(int directory, ChainHead head, u64 next_segment, u64 segment_bytes)
        : directory_(directory), segment_bytes_(segment_bytes), segment_(next_segment - 1),
          head_(head), synced_head_(head), batch_head_(head) {}

    // Closes the running segment and opens the next, with room for its opening and `room_bytes`
    // more. `opening`: lines of its first record, behind segment, previous and previous_sequence.
    Result<void> open_segment(const Lines& opening, u64 room_bytes, Moment at);
    bool is_open() const { return file_.is_open(); }
    bool fits(u64 payload_bytes) const;

    // Adds a record to the batch in memory; write() hands the batch to the kernel.
    void append(RecordType type, std::span<const std::byte> payload, Moment at);
    Result<void> write();
    Result<void> sync();

    ChainHead head() const { return head_; }
    ChainHead synced_head() const { return synced_head_; }

private:
    Result<void> close_segment();
    Error fail(const std::string& what);

    int directory_;
    u64 segment_bytes_;
    Fd file_;
    u64 segment_;
    u64 size_bytes_ = 0;
    u64 offset_ = 0;
    ChainHead head_;
    ChainHead synced_head_;
    ChainHead batch_head_;
    std::vector<std::byte> batch_;
    Lines torn_; // ends that could not be cut off, to be declared in the next segment
};

} // namespace ks
