// Spool: batches of events, single notes, a new segment when one is full.
#include "cold/spool.hpp"

#include <charconv>

#include <fcntl.h>
#include <sys/file.h>

#include "cold/pull_record.hpp"

namespace ks {
namespace {

constexpr u64 batch_events_max = 1024; // 112 KB: one write

// When an event of the past happened, on both clocks.
Moment moment_of(const Event& event, Moment now) {
    const u64 age_ns = static_cast<u64>(now.monotonic.ns) - event.at_ns;
    return {{static_cast<i64>(event.at_ns)}, now.utc_ns - age_ns};
}

template<class T> std::span<const std::byte> bytes_of(const T& text) {
    return std::as_bytes(std::span(text));
}

} // namespace

Result<void> Spool::lock_directory() {
    if (directory_.is_open()) return {};
    Fd directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) return errno_error("open state_dir " + path_);
    if (flock(directory.get(), LOCK_EX | LOCK_NB) != 0)
        return errno_error("lock state_dir " + path_ + " (each engine needs one of its own)");
    directory_ = std::move(directory);
    return {};
}

Result<void> Spool::open(Moment now, std::vector<std::string>& alarms) {
    if (Result<void> locked = lock_directory(); !locked) return locked;
    if (!writer_)
        if (Result<void> recovered = recover(alarms); !recovered) return recovered;
    return open_segment(now, 0);
}

Result<void> Spool::recover(std::vector<std::string>& alarms) {
    Result<JournalRecovered> found = recover_journal(directory_.get());
    if (!found) return std::move(found).error().within("recover " + path_);
    if (found->ring_nonce == ring_.nonce)
        adopt(*found);
    else if (found->untold) // the numbers in it are of pages that are gone
        found->alarms.push_back("kill " + std::to_string(found->untold->number) +
                                " has no record of who pulled: the machine died before it");
    torn_ = found->torn;
    writer_.emplace(directory_.get(), found->head, found->last_segment + 1, segment_bytes_);
    alarms = std::move(found->alarms);
    return {};
}

// The dead engine wrote to this very journal: write none of its events twice, and miss none.
void Spool::adopt(JournalRecovered& found) {
    if (found.last_event > drain_.drained() && found.last_event <= drain_.written())
        drain_.release(found.last_event);
    untold_ = found.untold;
    // relaxed: its writer is dead, and exec'ing us came after it
    const u64 journaled = ring_.journaled.load(std::memory_order_relaxed);
    if (journaled <= found.head.sequence) return;
    found.alarms.push_back("records " + std::to_string(found.head.sequence + 1) + " to " +
                           std::to_string(journaled) +
                           " were written and are gone: files were changed or removed");
    found.head.sequence = journaled;
}

Result<void> Spool::open_segment(Moment now, u64 payload_bytes) {
    batch_event_ = drain_.drained();
    char nonce[17] = {};
    std::to_chars(nonce, nonce + 16, ring_.nonce, 16);
    Lines opening = torn_;
    opening.add("ring", nonce).add("boot", hex(ring_.boot_id)).add("last_event", batch_event_);
    const u64 room_bytes = record_bytes(names_.size()) + record_bytes(payload_bytes);
    Result<void> opened = writer_->open_segment(opening, room_bytes, now);
    if (!opened) return opened;
    torn_ = {};
    if (!names_.empty()) writer_->append(RecordType::names, bytes_of(names_), now);
    return write_batch();
}

Result<void> Spool::write(Moment now) {
    batch_event_ = drain_.drained(); // a batch that failed is begun anew
    if (Result<void> done = append_untold(now); !done) return done;
    for (; !notes_.empty(); notes_.pop_front()) {
        Note& note = notes_.front();
        if (Result<void> done = append_events(note.behind_event, now); !done) return done;
        if (Result<void> done = append(note.type, bytes_of(note.text), now, now); !done)
            return done;
        if (Result<void> done = write_batch(); !done) return done;
        if (note.type == RecordType::names) names_ = std::move(note.text);
        is_urgent_ = true;
    }
    if (Result<void> done = append_events(drain_.written(), now); !done) return done;
    return write_batch();
}

Result<void> Spool::append_events(u64 last, Moment now) {
    while (batch_event_ < last) {
        const Event& event = drain_.event(batch_event_ + 1);
        if (Result<void> done = append_event(event, now); !done) return done;
        ++batch_event_;
        is_urgent_ |= is_firing(event.kind);
        if (batch_event_ - drain_.drained() < batch_events_max) continue;
        if (Result<void> wrote = write_batch(); !wrote) return wrote;
    }
    return {};
}

// A pull and its record are of one batch, so that a failed write takes back both.
Result<void> Spool::append_event(const Event& event, Moment now) {
    const Moment at = moment_of(event, now);
    const std::string told = told_of(event, at);
    Result<void> room = make_room(record_bytes(sizeof event) + told.size(), now);
    if (!room) return room;
    writer_->append(RecordType::event, std::as_bytes(std::span(&event, 1)), at);
    if (!told.empty()) writer_->append(RecordType::person, bytes_of(told), at);
    return {};
}

// The machine that died between the two halves of a batch: the second half, late.
Result<void> Spool::append_untold(Moment now) {
    if (!untold_) return {};
    const Moment at = moment_of(*untold_, now);
    Result<void> done = append(RecordType::person, bytes_of(told_of(*untold_, at)), at, now);
    if (!done) return done;
    if (done = write_batch(); !done) return done;
    untold_.reset();
    return {};
}

std::string Spool::told_of(const Event& event, Moment at) {
    if (!is_pull(event.kind) || !status_) return {};
    return pull_record(event, *status_, said_.of(slot_of(event)), at).text();
}

Result<void> Spool::append(RecordType type, std::span<const std::byte> payload, Moment at,
                           Moment now) {
    if (Result<void> room = make_room(payload.size(), now); !room) return room;
    writer_->append(type, payload, at);
    return {};
}

Result<void> Spool::make_room(u64 payload_bytes, Moment now) {
    if (writer_->fits(payload_bytes)) return {};
    if (Result<void> done = write_batch(); !done) return done;
    return open_segment(now, payload_bytes);
}

Result<void> Spool::write_batch() {
    if (Result<void> wrote = writer_->write(); !wrote) return wrote;
    drain_.release(batch_event_);
    // relaxed: only the next engine reads it, when we are gone
    ring_.journaled.store(writer_->head().sequence, std::memory_order_relaxed);
    return {};
}

Result<void> Spool::sync() {
    if (writer_->synced_head() == writer_->head()) return {};
    if (Result<void> done = writer_->sync(); !done) return done;
    is_urgent_ = false;
    return {};
}

} // namespace ks
