// Journal: where the hot thread leaves the facts it has just made, for the scribe to write to disk.
// Why: an event must cost a store, not a system call, and must survive the death of the engine.
// Guarantees: note() never waits and never allocates; the ring lives in a file of the run
// directory, so that kill -9 loses no published event; a half-written event is invisible; sequences
// have no gap; low events are refused early, so that a salvo of every scope always finds room.
#pragma once

#include <array>
#include <atomic>
#include <string_view>

#include "base/units.hpp"
#include "hot/event.hpp"
#include "hot/plan.hpp"

namespace ks {

constexpr u64 journal_ring_magic = 0x31474e524a50534b; // "KSPJRNG1" in memory
constexpr u32 journal_ring_version = 1;
constexpr u32 journal_places_count = 16'384; // seconds of a storm of answers, while a disk stalls

// What a salvo of every scope notes at once: pull, halt, submit and outcome for each scope; for
// each shot its departure, again, and the two states they lead to.
constexpr u64 journal_places_kept = 4'096;
static_assert(journal_places_kept >= 4 * scopes_max + 4 * shots_max);
static_assert(journal_places_kept <= journal_places_count / 4, "most of the ring is for all");
static_assert((journal_places_count & (journal_places_count - 1)) == 0, "indices wrap by a mask");

// The file journal.ring, mapped. Sequences start at 1; event s lies in place s modulo the count.
struct JournalRing {
    u64 magic = journal_ring_magic;
    u32 version = journal_ring_version;
    u32 places_count = journal_places_count;
    std::array<u8, 16> boot_id{}; // at_ns of the events is CLOCK_MONOTONIC of this boot
    u64 nonce = 0;                // random, made with the file: which ring an event sequence is of
    std::array<u8, 24> reserve{};

    alignas(64) std::atomic<u64> written{0}; // hot thread: sequence of the last whole event
    std::atomic<u64> lost{0};                // hot thread: events that found no room

    alignas(64) std::atomic<u64> drained{0}; // scribe: sequence of the last event in a segment
    std::atomic<u64> journaled{0};           // scribe: sequence of the last record in a segment

    alignas(64) std::array<Event, journal_places_count> events{};

    Event& place(u64 sequence) noexcept { return events[sequence & (journal_places_count - 1)]; }
};
static_assert(sizeof(JournalRing) == 192 + 64 * journal_places_count);
static_assert(std::atomic<u64>::is_always_lock_free);

// May this event use the places kept for a salvo, and must it be on disk before the scribe rests?
// Everything that says what was fired, at whose word, and how it ended.
constexpr bool is_firing(EventKind kind) noexcept {
    switch (kind) {
    case EventKind::engine_started:
    case EventKind::pull_seen:
    case EventKind::pull_held:
    case EventKind::halt_closed:
    case EventKind::shot_sent:
    case EventKind::salvo_submitted:
    case EventKind::shot_state:
    case EventKind::account_outcome:
    case EventKind::kill_outcome:
    case EventKind::reopened:
    case EventKind::rearm:
    case EventKind::producer_silent:
    case EventKind::arriving:
    case EventKind::live_fire:
        return true;
    case EventKind::none:
    case EventKind::pull_refused:
    case EventKind::answer:
    case EventKind::order_cancelled:
    case EventKind::read_result:
    case EventKind::lane_up:
    case EventKind::lane_down:
    case EventKind::throttled:
    case EventKind::page_lost:
    case EventKind::ready:
    case EventKind::text:
        return false;
    }
    return false;
}

// The writing end; one hot thread. The ring may hold what a dead engine left: sequences go on.
class Journal {
public:
    explicit Journal(JournalRing& ring) noexcept;

    // The time of the events that follow; once a turn, so that no event reads a clock.
    void at(Instant now) noexcept { now_ = now; }

    // Gives the event its sequence and publishes it; without room it counts as lost. An event
    // without a time gets the turn's.
    void note(const Event& event) noexcept;

    // The same, with a text of any length: what does not fit goes on in `text` events.
    void note(Event event, std::string_view text) noexcept;

    // The places of the next events: their lines were last touched a whole ring ago.
    void warm() const noexcept {
        constexpr u64 events_ahead = 8;
        for (u64 i = 1; i <= events_ahead; ++i)
            keep_warm(&ring_.place(written_ + i), sizeof(Event));
    }

    u64 lost() const noexcept { return ring_.lost.load(std::memory_order_relaxed); }

private:
    bool has_room(EventKind kind) noexcept;

    JournalRing& ring_;
    u64 written_;
    u64 drained_seen_;
    Instant now_;
};

// The reading end; one scribe. Event `sequence` may be read while drained < sequence <= written().
class JournalDrain {
public:
    explicit JournalDrain(JournalRing& ring) noexcept : ring_(ring) {}

    u64 written() const noexcept {
        return ring_.written.load(std::memory_order_acquire); // acquire: pairs with Journal::note
    }
    u64 drained() const noexcept { return ring_.drained.load(std::memory_order_relaxed); }
    const Event& event(u64 sequence) const noexcept { return ring_.place(sequence); }

    // All events up to `sequence` are in a segment; the writer may use their places again.
    void release(u64 sequence) noexcept {
        ring_.drained.store(sequence, std::memory_order_release); // release: with Journal::has_room
    }

private:
    JournalRing& ring_;
};

} // namespace ks
