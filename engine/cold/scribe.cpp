// Scribe: a spool that may fail, and a face that never does.
#include "cold/scribe.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <time.h>

namespace ks {
namespace {

constexpr size_t notes_waiting_max = 4096; // while the disk fails; more are counted as lost
constexpr Nanos retry_every = seconds(1);
constexpr Nanos sync_every = seconds(1);

u64 read_clock_ns(clockid_t clock) {
    timespec at;
    clock_gettime(clock, &at);
    return static_cast<u64>(at.tv_sec) * 1'000'000'000 + static_cast<u64>(at.tv_nsec);
}

} // namespace

Moment read_clocks() {
    return {{static_cast<i64>(read_clock_ns(CLOCK_MONOTONIC))}, read_clock_ns(CLOCK_REALTIME)};
}

Scribe::Scribe(ScribeSetup setup, JournalRing& ring, const TriggerPages& pages)
    : setup_(std::move(setup)), ring_(ring), status_(pages.status), said_(pages),
      spool_(setup_.state_directory, setup_.segment_bytes, ring, status_, said_),
      events_lost_(ring.lost.load(std::memory_order_relaxed)) {}

Result<void> Scribe::open(Moment now) {
    std::vector<std::string> alarms;
    Result<void> opened = spool_.lock_directory();
    if (opened) {
        keep_latch(now); // first of all: a halt that only /run knows dies with the power
        opened = spool_.open(now, alarms);
    }
    for (const std::string& sentence : alarms) {
        shout("journal: " + sentence);
        note(RecordType::note, Lines().add("alarm", sentence));
    }
    if (!opened) return std::move(opened).error().within("journal");
    return write_and_sync(now);
}

void Scribe::step(Moment now) {
    take_notes();
    keep_latch(now);
    if (spool_.is_open()) {
        note_losses();
        if (Result<void> done = write_and_sync(now); !done) fail(done.error(), now);
    } else if (now.monotonic >= retry_at_) {
        if (Result<void> done = open(now); !done)
            fail(done.error(), now);
        else
            resume();
    }
    publish(now);
}

void Scribe::run(std::stop_token stop) {
    constexpr timespec millisecond{.tv_sec = 0, .tv_nsec = 1'000'000};
    while (!stop.stop_requested()) {
        step(read_clocks());
        nanosleep(&millisecond, nullptr);
    }
    is_last_ = true;
    step(read_clocks());
}

void Scribe::note(RecordType type, const Lines& lines) {
    const u64 behind_event = JournalDrain(ring_).written();
    std::string text = lines.text().substr(0, record_payload_bytes_max);
    const std::lock_guard lock(door_);
    arriving_.push_back({type, behind_event, std::move(text)});
}

ChainHead Scribe::head() const {
    const std::lock_guard lock(door_);
    return head_;
}

std::string Scribe::alarm() const {
    const std::lock_guard lock(door_);
    return alarm_.empty() ? latch_alarm_ : alarm_;
}

void Scribe::keep_latch(Moment now) {
    if (!status_ || spool_.directory() < 0 || now.monotonic < latch_at_) return;
    const Result<void> kept = latch_.keep(spool_.directory(), *status_, now);
    if (!kept) latch_at_ = now.monotonic + retry_every;
    std::string sentence =
        kept ? "" : "latch fails, kills go on: " + kept.error().sentence + "; trying again";
    if (sentence == latch_alarm_) return;
    shout(kept ? "latch: is on disk again" : sentence);
    const std::lock_guard lock(door_);
    latch_alarm_ = std::move(sentence);
}

void Scribe::take_notes() {
    std::vector<Note> taken;
    {
        const std::lock_guard lock(door_);
        taken.swap(arriving_);
    }
    for (Note& note : taken) {
        if (spool_.notes_count() < notes_waiting_max)
            spool_.add(std::move(note));
        else
            ++notes_lost_;
    }
}

void Scribe::note_losses() {
    const u64 events_lost = ring_.lost.load(std::memory_order_relaxed);
    if (events_lost == events_lost_ && notes_lost_ == 0) return;
    Lines lines;
    lines.add("events_lost", events_lost - events_lost_).add("notes_lost", notes_lost_);
    spool_.add({RecordType::note, JournalDrain(ring_).written(), lines.text()});
    events_lost_ = events_lost;
    notes_lost_ = 0;
}

Result<void> Scribe::write_and_sync(Moment now) {
    if (Result<void> done = spool_.write(now); !done) return done;
    if (!spool_.is_urgent() && !is_last_ && now.monotonic < sync_at_) return {};
    sync_at_ = now.monotonic + sync_every;
    if (Result<void> done = spool_.sync(); !done) return done;
    const std::lock_guard lock(door_);
    head_ = spool_.synced_head();
    return {};
}

void Scribe::fail(const Error& error, Moment now) {
    retry_at_ = now.monotonic + retry_every;
    std::string sentence = "journal fails, kills go on: ";
    sentence.append(error.sentence).append("; trying again");
    if (sentence == alarm_) return;
    shout(sentence);
    note(RecordType::note, Lines().add("alarm", sentence));
    const std::lock_guard lock(door_);
    alarm_ = std::move(sentence);
}

void Scribe::resume() {
    if (alarm_.empty()) return;
    shout("journal: goes on in a new segment");
    const std::lock_guard lock(door_);
    alarm_.clear();
}

void Scribe::shout(const std::string& sentence) {
    if (setup_.alarm) setup_.alarm(sentence);
}

void Scribe::publish(Moment now) {
    if (!status_) return;
    const ChainHead on_disk = head();
    u64 words[4];
    static_assert(sizeof words == sizeof on_disk.hash);
    std::memcpy(words, on_disk.hash.data(), sizeof words);
    u64* place = reinterpret_cast<u64*>(status_->journal_head);
    for (size_t i = 0; i < 4; ++i)
        std::atomic_ref(place[i]).store(words[i], std::memory_order_relaxed);
    // release: pairs with a reader's acquire of the sequence, before and after it took the hash
    std::atomic_ref(status_->journal_head_sequence)
        .store(on_disk.sequence, std::memory_order_release);
    const u64 lost = ring_.lost.load(std::memory_order_relaxed);
    std::atomic_ref(status_->journal_lost)
        .store(static_cast<u32>(std::min<u64>(lost, UINT32_MAX)), std::memory_order_relaxed);
    // relaxed: a beat says only that this thread came by
    std::atomic_ref(status_->scribe_beat_ns)
        .store(static_cast<u64>(now.monotonic.ns), std::memory_order_relaxed);
}

} // namespace ks
