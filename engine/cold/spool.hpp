// Spool: carries events from the ring, and notes between them, into the segments of a journal.
// Guarantees: an event leaves the ring only when a segment holds it; after any failure or crash the
// same call goes on where the segments end, and writes no event twice. Behind each pull lies its
// record, once, whoever wrote the pull.
#pragma once

#include <deque>
#include <optional>

#include "cold/journal_recovery.hpp"
#include "cold/journal_writer.hpp"
#include "cold/said_book.hpp"
#include "hot/journal.hpp"

namespace ks {

// A cold record that waits for the disk, behind an event of the ring.
struct Note {
    RecordType type = RecordType::note;
    u64 behind_event = 0;
    std::string text;
};

class Spool {
public:
    // Without a status page a pull is an event alone. What is given by reference outlives the
    // spool.
    Spool(std::string directory_path, u64 segment_bytes, JournalRing& ring,
          const ks_status_page* status, SaidBook& said)
        : path_(std::move(directory_path)), segment_bytes_(segment_bytes), ring_(ring),
          drain_(ring), status_(status), said_(said) {}

    // The directory is ours alone from here on; open() does it too.
    Result<void> lock_directory();
    int directory() const { return directory_.get(); }
    // At first recovers what is in the directory, and gives what was found wrong to `alarms`. Then
    // opens a new segment. After a failure of any call: again, as often as wanted.
    Result<void> open(Moment now, std::vector<std::string>& alarms);
    bool is_open() const { return writer_ && writer_->is_open(); }

    // Keeps a note until write(). `names` are repeated at the head of each later segment.
    void add(Note note) { notes_.push_back(std::move(note)); }
    size_t notes_count() const { return notes_.size(); }

    // Everything that waits, to the kernel; then, when urgent or when asked, to the disk.
    Result<void> write(Moment now);
    Result<void> sync();
    bool is_urgent() const { return is_urgent_; } // a fire event is written, but not on disk
    ChainHead synced_head() const { return writer_ ? writer_->synced_head() : ChainHead{}; }

private:
    Result<void> recover(std::vector<std::string>& alarms);
    void adopt(JournalRecovered& found);
    Result<void> open_segment(Moment now, u64 payload_bytes);
    Result<void> append_events(u64 last, Moment now);
    Result<void> append_event(const Event& event, Moment now);
    Result<void> append_untold(Moment now);
    Result<void> append(RecordType type, std::span<const std::byte> payload, Moment at, Moment now);
    Result<void> make_room(u64 payload_bytes, Moment now);
    std::string told_of(const Event& event, Moment at);
    Result<void> write_batch();

    std::string path_;
    u64 segment_bytes_;
    JournalRing& ring_;
    JournalDrain drain_;
    const ks_status_page* status_;
    SaidBook& said_;
    Fd directory_;
    std::optional<JournalWriter> writer_;
    Lines torn_;        // to be declared in the next segment
    std::string names_; // as last written
    std::deque<Note> notes_;
    std::optional<Event> untold_; // a pull that a dead engine wrote without its record
    u64 batch_event_ = 0;         // last event in the batch
    bool is_urgent_ = false;
};

} // namespace ks
