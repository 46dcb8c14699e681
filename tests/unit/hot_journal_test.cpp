// The journal ring: order, room, and what a dead writer leaves to the next.
#include "hot/journal.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <thread>

namespace ks {
namespace {

constexpr u64 places_for_all = journal_places_count - journal_places_kept;

class JournalTest : public ::testing::Test {
protected:
    void note_low(u64 events_count) {
        for (u64 i = 0; i < events_count; ++i) journal.note({.kind = EventKind::answer});
    }
    std::unique_ptr<JournalRing> ring = std::make_unique<JournalRing>();
    Journal journal{*ring};
    JournalDrain drain{*ring};
};

TEST_F(JournalTest, NumbersEventsFromOneWithoutGaps) {
    journal.note({.kind = EventKind::pull_seen, .scope = 3});
    journal.note({.kind = EventKind::shot_sent, .shot = 9});
    ASSERT_EQ(drain.written(), 2u);
    EXPECT_EQ(drain.event(1).sequence, 1u);
    EXPECT_EQ(drain.event(1).scope, 3);
    EXPECT_EQ(drain.event(2).sequence, 2u);
    EXPECT_EQ(drain.event(2).shot, 9);
}

TEST_F(JournalTest, RefusesLowEventsWhenOnlyTheRoomOfASalvoIsLeft) {
    note_low(places_for_all);
    EXPECT_EQ(journal.lost(), 0u);
    note_low(1);
    EXPECT_EQ(journal.lost(), 1u);
    EXPECT_EQ(drain.written(), places_for_all);
}

TEST_F(JournalTest, GivesTheRoomOfASalvoToFiringEvents) {
    note_low(places_for_all);
    for (u64 i = 0; i < journal_places_kept; ++i) journal.note({.kind = EventKind::shot_sent});
    EXPECT_EQ(journal.lost(), 0u);
    journal.note({.kind = EventKind::shot_sent});
    EXPECT_EQ(journal.lost(), 1u);
    EXPECT_EQ(drain.written(), journal_places_count);
}

TEST_F(JournalTest, AFullRingKeepsItsOldestEventAndTakesNewOnesAfterADrain) {
    note_low(places_for_all + 5);
    EXPECT_EQ(drain.event(1).sequence, 1u);
    drain.release(3);
    note_low(4);
    EXPECT_EQ(drain.written(), places_for_all + 3);
    EXPECT_EQ(journal.lost(), 6u);
}

TEST_F(JournalTest, AnEventIsInvisibleUntilItIsWhole) {
    ring->place(1) = {.sequence = 1,
                      .kind = EventKind::shot_sent}; // a writer killed before `written`
    EXPECT_EQ(drain.written(), 0u);
    Journal next{*ring};
    next.note({.kind = EventKind::engine_started});
    EXPECT_EQ(drain.written(), 1u);
    EXPECT_EQ(drain.event(1).kind, EventKind::engine_started);
}

TEST_F(JournalTest, TheNextEngineGoesOnWithTheSequenceAndLosesNothing) {
    journal.note({.kind = EventKind::pull_seen});
    journal.note({.kind = EventKind::shot_sent});
    drain.release(1);
    Journal next{*ring};
    next.note({.kind = EventKind::engine_started});
    ASSERT_EQ(drain.written(), 3u);
    EXPECT_EQ(drain.drained(), 1u);
    EXPECT_EQ(drain.event(2).kind, EventKind::shot_sent);
    EXPECT_EQ(drain.event(3).sequence, 3u);
}

TEST_F(JournalTest, LongTextGoesOnInTextEvents) {
    const std::string id = "0123456789abcdef-0123456789abcdef-X";
    journal.note({.kind = EventKind::order_cancelled, .shot = 4}, id);
    ASSERT_EQ(drain.written(), 3u);
    std::string joined;
    for (u64 s = 1; s <= 3; ++s) {
        const Event& event = drain.event(s);
        EXPECT_EQ(event.kind, s == 1 ? EventKind::order_cancelled : EventKind::text);
        EXPECT_EQ(event.shot, 4);
        joined.append(event.text.data(), strnlen(event.text.data(), event.text.size()));
    }
    EXPECT_EQ(joined, id);
}

TEST_F(JournalTest, AnEmptyTextIsOneEvent) {
    journal.note({.kind = EventKind::order_cancelled}, "");
    EXPECT_EQ(drain.written(), 1u);
}

TEST_F(JournalTest, AReaderOnAnotherThreadSeesWholeEventsInOrder) {
    constexpr u64 events_count = 200'000;
    std::thread writer([&] {
        for (u64 i = 1; i <= events_count;) {
            const u64 lost_before = journal.lost();
            journal.note({.kind = EventKind::answer, .number = i, .value = ~i});
            if (journal.lost() == lost_before)
                ++i;
            else
                std::this_thread::yield();
        }
    });
    for (u64 next = 1; next <= events_count;) {
        const u64 written = drain.written();
        for (; next <= written; ++next) {
            const Event& event = drain.event(next);
            if (event.sequence != next || event.number != next || event.value != ~next) {
                ADD_FAILURE() << "torn event " << next;
                next = events_count;
            }
        }
        drain.release(next - 1);
        std::this_thread::yield();
    }
    writer.join();
}

} // namespace
} // namespace ks
