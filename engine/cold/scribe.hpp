// Scribe: the thread that takes events from the ring to the disk, and the latch beside them.
// Why: fdatasync can take seconds; whoever waits for a disk must not be whoever fires.
// Guarantees: never blocks the hot thread; a disk that is full or fails raises an alarm and is
// tried again each second, while the ring keeps what it can; fire events are synced in the round
// that writes them, all else within a second; a changed halt is in the latch file before that.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>

#include "abi/killswitch.h"
#include "cold/latch_file.hpp"
#include "cold/spool.hpp"

namespace ks {

Moment read_clocks();

struct ScribeSetup {
    std::string state_directory; // for segments; exists, and belongs to this engine alone
    u64 segment_bytes = segment_bytes_default;
    std::function<void(std::string_view)> alarm; // each sentence once, on the scribe's thread
};

class Scribe {
public:
    // Ring and pages outlive the scribe. Without a status page nothing is published, and no pull
    // has a record of its own; the trigger pages say who pulled.
    Scribe(ScribeSetup setup, JournalRing& ring, const TriggerPages& pages);

    // Recovers the journal, opens a segment and saves what a dead engine left in the ring. step()
    // does the same when needed; an error at start tells the operator before anything fires.
    Result<void> open(Moment now);

    // One round: ring to segment, sync when due, publish, status text each second.
    void step(Moment now);
    // Steps each millisecond until told to stop; then once more, with a sync.
    void run(std::stop_token stop);

    // Copies what producers say of their pulls while it is there. Any thread, each millisecond, and
    // never one that waits for the disk.
    void listen() { said_.listen(); }

    // A cold record, from any thread; it lies behind all events noted so far.
    void note(RecordType type, const Lines& lines);

    // The last record on disk, for the log and for `ksctl journal verify --head`. Any thread.
    ChainHead head() const;
    // What keeps events from the disk now, as a sentence; empty when nothing does. Any thread.
    std::string alarm() const;

private:
    void keep_latch(Moment now);
    void take_notes();
    void note_losses();
    Result<void> write_and_sync(Moment now);
    void fail(const Error& error, Moment now);
    void resume();
    void shout(const std::string& sentence);
    void publish(Moment now);

    ScribeSetup setup_;
    JournalRing& ring_;
    ks_status_page* status_;
    SaidBook said_;
    Spool spool_;
    LatchKeeper latch_;
    Instant latch_at_; // not before, while it fails
    u64 events_lost_;  // as last noted
    u64 notes_lost_ = 0;
    Instant retry_at_; // while the spool is closed
    Instant sync_at_;
    bool is_last_ = false;

    mutable std::mutex door_; // of what other threads touch:
    std::vector<Note> arriving_;
    ChainHead head_;
    std::string alarm_;
    std::string latch_alarm_;
};

} // namespace ks
