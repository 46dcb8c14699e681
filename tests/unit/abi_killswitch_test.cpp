// killswitch.h as a producer and a sender use it, over pages that a test's engine writes.
#include "abi/killswitch.h"

#include <gtest/gtest.h>

#include <thread>

#include "unit/shared_pages.hpp"

namespace ks {
namespace {

constexpr u64 ms = 1'000'000;

class Header : public testing::Test {
protected:
    Header() {
        pages.status->cells_count = 2;
        pages.status->cell[1].in_config = 1;
        pages.status->scope[2].cells[0] = 1 << 1;
        beat();
    }
    // Far ahead: the tests do not depend on how fast this machine is.
    void beat() { pages.status->engine_beat_ns = ks_now_ns() + 3'600'000 * ms; }
    void fall_silent() { pages.status->engine_beat_ns = ks_now_ns() - 51 * ms; }
    void pull() { ks_pull(&ks, "scope2", 0, &ticket); }
    void answer(u32 epoch, u32 kill) { pages.status->handled[0][2].word = u64{epoch} << 32 | kill; }
    void outcome(u32 kill, ks_outcome what) {
        pages.status->scope[2].kill_outcome = u64{kill} << 32 | what;
    }
    ks_waited look() { return ks_wait(&ks, &ticket, 0, &report); }

    SharedPages pages{2, 4};
    ks_handle ks = pages.handle(0);
    ks_ticket ticket{};
    ks_report report{};
};

TEST_F(Header, MakesTheChecksThatFormatsMdDocuments) {
    EXPECT_EQ(ks_name_hash("all"), 0xe6f09b190519daa4u);
    const u64 key = ks_slot_key("all", 0x0123456789abcdef);
    EXPECT_EQ(ks_word_make(1, key), 0x00000001bd0d0a70u);
    EXPECT_EQ(ks_word_make(0xffffffff, key), 0xffffffffcdb22a20u);
}

// A line that the engine has written costs the next pull about 200 ns.
TEST_F(Header, ReadsNoLineInAPullThatTheEngineWritesAtAKill) {
    constexpr size_t line = offsetof(ks_status_page, scope) + offsetof(ks_scope_line, name);
    static_assert(line % KS_LINE == 0 && sizeof(ks_scope_line) % KS_LINE == 0);
    EXPECT_LT(offsetof(ks_scope_line, name), size_t{KS_LINE});
    EXPECT_LT(offsetof(ks_scope_line, in_config), size_t{KS_LINE});
    EXPECT_EQ(offsetof(ks_scope_line, kill_outcome), size_t{KS_LINE});
    EXPECT_GT(offsetof(ks_scope_line, sequence), size_t{KS_LINE});
}

TEST_F(Header, CountsEpochsUpAndSkipsZero) {
    const u64 key = pages.key(0, 2);
    u64& word = pages.row(0, 2).slot[2].word;
    word = ks_word_make(0xfffffffe, key);
    pull();
    EXPECT_EQ(ticket.epoch, 0xffffffff);
    pull();
    EXPECT_EQ(ticket.epoch, 1u);
}

TEST_F(Header, NeverPullsTheEpochAlreadyHandled) {
    answer(8, 1);
    pages.row(0, 2).slot[2].word = ks_word_make(7, pages.key(0, 2)); // restored from an old copy
    pull();
    EXPECT_EQ(ticket.epoch, 9u);
}

TEST_F(Header, PullsLaterThanAllHandledOverAStrayWrite) {
    answer(0xfffffff0, 1);
    for (const u64 stray : {u64{0}, UINT64_MAX, u64{0x123456789abcdef}}) {
        pages.row(0, 2).slot[2].word = stray;
        pull();
        EXPECT_TRUE(ks_is_since(ticket.epoch, 0xfffffff1)) << stray;
        EXPECT_NE(ticket.epoch, 0u);
        EXPECT_EQ(look(), KS_WAIT_NOT_TAKEN);
    }
}

TEST_F(Header, SaysWhetherALiveEngineTakesThePull) {
    EXPECT_EQ(ks_pull(&ks, "scope2", 0, &ticket), KS_PULL_TAKEN_BY_LIVE_ENGINE);
    const u32 first = ticket.epoch;
    fall_silent();
    EXPECT_EQ(ks_pull(&ks, "scope2", 0, &ticket), KS_PULL_STORED_ENGINE_SILENT);
    pages.status->engine_beat_ns = 0; // never beaten
    EXPECT_EQ(ks_pull(&ks, "scope2", 0, &ticket), KS_PULL_STORED_ENGINE_SILENT);
    EXPECT_EQ(ticket.epoch, first + 2);
}

TEST_F(Header, StoresNothingWithoutTheGrant) {
    pages.plan->producers[0].granted.reset(1);
    pages.publish_grants(0);
    pages.status->scope[3].in_config = 0;
    for (const char* name : {"scope1", "scope3", "scope4", "", "scope"})
        EXPECT_EQ(ks_pull(&ks, name, 0, &ticket), KS_PULL_NO_GRANT) << name;
    for (const u32 slot : {1u, 3u, 4u, 300u, KS_NONE})
        EXPECT_EQ(ks_pull_slot(&ks, slot, 0, &ticket), KS_PULL_NO_GRANT) << slot;
    for (u16 s = 0; s < 4; ++s) EXPECT_EQ(pages.row(0, s).slot[s % 3].word, 0u);
}

TEST_F(Header, DoesNothingWithARetiredPage) {
    pages.status->head.retired = 1;
    EXPECT_EQ(ks_pull(&ks, "scope2", 0, &ticket), KS_PULL_NO_PAGE);
    EXPECT_EQ(ks_pull_slot(&ks, 2, 0, &ticket), KS_PULL_NO_PAGE);
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_ENGINE_SILENT);
    EXPECT_EQ(ks_scopes(&ks), 0u);
    EXPECT_EQ(ks_find_scope(&ks, "scope2"), KS_NONE);
    EXPECT_EQ(ks_find_cell(&ks, ""), KS_NONE);
    EXPECT_EQ(ks_book(&ks, 0, 1), 0);
    EXPECT_EQ(look(), KS_WAIT_NOT_TAKEN);
    ks_beat(&ks);
    EXPECT_EQ(pages.trigger[0]->beat_ns, 0u);
    EXPECT_EQ(pages.row(0, 2).slot[2].word, 0u);
}

TEST_F(Header, AReaderMayAskButNotPull) {
    ks.mine = nullptr;
    EXPECT_EQ(ks_pull(&ks, "scope2", 0, &ticket), KS_PULL_NO_PAGE);
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_OPEN);
}

TEST_F(Header, WaitNeverReportsAnOlderKillsSuccess) {
    answer(5, 3);
    outcome(3, KS_CLEAR);
    pages.row(0, 2).slot[2].word = ks_word_make(5, pages.key(0, 2));
    pull();
    EXPECT_EQ(look(), KS_WAIT_NOT_TAKEN); // kill 3 was clear, but it answers epoch 5
    answer(6, 4);
    EXPECT_EQ(look(), KS_WAIT_NOT_TAKEN); // kill 4 is named, its outcome is not there yet
    outcome(4, KS_WORKING);
    EXPECT_EQ(look(), KS_WAIT_NOT_CONFIRMED);
    EXPECT_EQ(report.kill, 4u);
    outcome(4, KS_CLEAR);
    EXPECT_EQ(look(), KS_WAIT_CONFIRMED);
    outcome(5, KS_UNKNOWN); // someone pulled again: that kill counts
    EXPECT_EQ(look(), KS_WAIT_NOT_CONFIRMED);
    EXPECT_EQ(report.outcome, static_cast<u32>(KS_UNKNOWN));
}

TEST_F(Header, WaitTellsHeldAndRefusedApart) {
    pull();
    answer(ticket.epoch, 0);
    EXPECT_EQ(look(), KS_WAIT_REFUSED);
    answer(ticket.epoch, 1);
    outcome(1, KS_HELD);
    EXPECT_EQ(look(), KS_WAIT_HELD);
    for (const ks_outcome what : {KS_WORKING, KS_UNKNOWN, KS_REJECTED, KS_NOT_SENT}) {
        outcome(1, what);
        EXPECT_EQ(look(), KS_WAIT_NOT_CONFIRMED);
    }
}

// Each CLEAR is published after the epoch it answers; a waiter told CONFIRMED must find its own.
TEST_F(Header, WaitIsNeverAheadOfAnEngineThatAnswersConcurrently) {
    std::atomic<u32> cleared_epoch{0};
    std::atomic<bool> stop{false};
    std::thread engine([&] {
        Trigger trigger(*pages.plan, pages.trigger_pages());
        u32 kill = 0;
        while (!stop.load()) {
            const Pull pull = trigger.poll({static_cast<i64>(ks_now_ns())});
            if (!pull) continue;
            u64& word = pages.status->scope[2].kill_outcome;
            __atomic_store_n(&word, u64{++kill} << 32 | KS_WORKING, __ATOMIC_RELEASE);
            trigger.handled(pull, kill);
            cleared_epoch.store(pull.epoch);
            __atomic_store_n(&word, u64{kill} << 32 | KS_CLEAR, __ATOMIC_RELEASE);
        }
    });
    for (int i = 0; i < 300; ++i) {
        ks_pull_slot(&ks, 2, 0, &ticket);
        EXPECT_EQ(ks_wait(&ks, &ticket, 60'000 * ms, &report), KS_WAIT_CONFIRMED);
        EXPECT_TRUE(ks_is_since(cleared_epoch.load(), ticket.epoch));
    }
    stop.store(true);
    engine.join();
}

// Is it said of this pull by one who gives this reason's first letter? 0: nothing is said.
char said_of(const ks_handle& ks, u32 scope, u32 epoch, u64 key) {
    ks_said said;
    for (const ks_said& place : ks.mine->said)
        if (ks_read_said(&said, &place, scope, epoch, key)) return said.person.reason[0];
    return 0;
}

// Whatever lies in the slot: the record is of the epoch that the pull makes.
TEST_F(Header, R16_a_pull_says_who_pulls_and_why_of_its_own_epoch) {
    ks_person person{};
    person.uid = 1000;
    person.pid = 77;
    std::string(KS_REASON_BYTES_MAX, 'r').copy(person.reason, KS_REASON_BYTES_MAX);
    const u64 key = pages.key(0, 2);
    const u64 words[] = {0, UINT64_MAX, ks_word_make(7, key), ks_word_make(0xffffffff, key)};
    for (const u64 word : words) {
        pages.row(0, 2).slot[2].word = word;
        EXPECT_EQ(ks_pull_as(&ks, "scope2", 9, &person, &ticket), KS_PULL_TAKEN_BY_LIVE_ENGINE);
        EXPECT_EQ(pages.row(0, 2).slot[2].word, ks_word_make(ticket.epoch, key));
        EXPECT_EQ(pages.row(0, 2).reason[2], 9u);
        ks_said said;
        const u32 place = (ks.mine->said_count - 1) % KS_SAID_MAX;
        ASSERT_TRUE(ks_read_said(&said, &ks.mine->said[place], 2, ticket.epoch, key)) << word;
        EXPECT_EQ(memcmp(&said.person, &person, sizeof person), 0);
        EXPECT_EQ(said_of(ks, 2, ticket.epoch + 1, key), 0);
        pull(); // says nothing, so nothing is said of it
        EXPECT_EQ(said_of(ks, 2, ticket.epoch, key), 0);
    }
}

TEST_F(Header, R16_a_pull_that_is_not_made_says_nothing) {
    const ks_person person{};
    EXPECT_EQ(ks_pull_as(&ks, "no such scope", 0, &person, &ticket), KS_PULL_NO_GRANT);
    pages.status->scope[2].in_config = 0;
    EXPECT_EQ(ks_pull_as(&ks, "scope2", 0, &person, &ticket), KS_PULL_NO_GRANT);
    pages.status->head.retired = 1;
    EXPECT_EQ(ks_pull_as(&ks, "scope2", 0, &person, &ticket), KS_PULL_NO_PAGE);
    for (const ks_said& said : ks.mine->said) EXPECT_EQ(said.word, 0u);
    EXPECT_EQ(ks.mine->said_count, 0u);
}

TEST_F(Header, R16_pulls_one_after_the_other_leave_their_persons_side_by_side) {
    const u64 key = pages.key(0, 2);
    ks.mine->said_count = UINT32_MAX - 1; // and the count may wrap
    std::vector<u32> epochs;
    for (char who = 'a'; who < 'a' + 2 * KS_SAID_MAX; ++who) {
        ks_person person{};
        person.reason[0] = who;
        ks_pull_as(&ks, "scope2", 0, &person, &ticket);
        epochs.push_back(ticket.epoch);
        for (size_t i = 0; i < epochs.size(); ++i) {
            const bool is_kept = epochs.size() - i <= KS_SAID_MAX;
            EXPECT_EQ(said_of(ks, 2, epochs[i], key), is_kept ? static_cast<char>('a' + i) : 0);
        }
    }
}

// What is said goes with the pull that was made, not with the one that was expected.
TEST_F(Header, R16_a_pull_that_came_between_gets_no_person) {
    const u64 key = pages.key(0, 2);
    ks_person person{};
    person.reason[0] = 'a';
    const ks_saying saying = ks_say_begin(ks.mine, 2, &person);
    pull(); // another thread's, which says nothing
    const u32 others = ticket.epoch;
    pull();
    EXPECT_EQ(said_of(ks, 2, others, key), 0);
    ks_say_end(&saying, ticket.epoch, key);
    EXPECT_EQ(said_of(ks, 2, others, key), 0);
    EXPECT_EQ(said_of(ks, 2, ticket.epoch, key), 'a');
}

// Threads of one producer that pull two scopes: a record is of the pull it names, or is none.
TEST_F(Header, R16_pulls_that_race_name_the_right_person_or_none) {
    std::vector<std::thread> threads;
    std::atomic<u32> named{0};
    for (u32 uid = 1; uid <= 4; ++uid)
        threads.emplace_back([&, uid] {
            const u16 scope = static_cast<u16>(1 + uid % 2);
            ks_person person{};
            person.uid = uid;
            std::string(KS_REASON_BYTES_MAX, static_cast<char>('a' + uid)).copy(person.reason, 200);
            for (int i = 0; i < 2'000; ++i) {
                ks_ticket mine{};
                ks_said said;
                ks_pull_as(&ks, scope == 1 ? "scope1" : "scope2", 0, &person, &mine);
                for (const ks_said& place : ks.mine->said) {
                    if (!ks_read_said(&said, &place, scope, mine.epoch, pages.key(0, scope)))
                        continue;
                    named += said.person.uid == uid;
                    EXPECT_EQ(1 + said.person.uid % 2, scope);
                    EXPECT_EQ(said.person.reason[199], static_cast<char>('a' + said.person.uid));
                }
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(named.load(), 0u);
}

TEST_F(Header, AsksTheHaltThePullsAndTheBeat) {
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_OPEN);
    EXPECT_TRUE(ks_may_send(&ks, 1));
    fall_silent();
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_ENGINE_SILENT);
    EXPECT_FALSE(ks_may_send(&ks, 1));
    pages.status->halt[0] = 1 << 1;
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_KILLED); // also while silent
    beat();
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_KILLED);
    EXPECT_FALSE(ks_may_send(&ks, 1));
}

TEST_F(Header, NeverSaysOpenForACellThatNoEngineGuards) {
    EXPECT_EQ(ks_is_killed(&ks, 0), KS_ENGINE_SILENT); // not in the config
    EXPECT_EQ(ks_is_killed(&ks, KS_CELLS_MAX), KS_ENGINE_SILENT);
    EXPECT_EQ(ks_is_killed(&ks, ks_find_cell(&ks, "no such cell")), KS_ENGINE_SILENT);
}

TEST_F(Header, SeesAnyProducersPullThatTheEngineHasNotTaken) {
    const ks_handle other = pages.handle(1);
    ks_pull(&other, "scope1", 0, &ticket); // does not hold the cell
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_OPEN);
    ks_pull(&other, "scope2", 0, &ticket);
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_KILLED);
    pages.status->handled[1][2].word = u64{ticket.epoch} << 32 | 1; // taken, and re-armed since
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_OPEN);
}

TEST_F(Header, DoesNotTakeAnUngrantedWordForAPull) {
    pages.row(1, 2).slot[2].word = ks_word_make(3, pages.key(1, 2));
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_KILLED);
    pages.plan->producers[1].granted.reset(2);
    pages.publish_grants(1);
    EXPECT_EQ(ks_is_killed(&ks, 1), KS_OPEN);
}

TEST_F(Header, CallsALineStaleThatStaysBusy) {
    ks_scope_line line{};
    pages.status->scope[2].accounts_count = 6;
    EXPECT_TRUE(ks_read_scope(&line, &pages.status->scope[2]));
    EXPECT_EQ(line.accounts_count, 6u);
    pages.status->scope[2].sequence = 1; // its writer died inside
    EXPECT_FALSE(ks_read_scope(&line, &pages.status->scope[2]));
    pull();
    answer(ticket.epoch, 1);
    outcome(1, KS_CLEAR);
    EXPECT_EQ(look(), KS_WAIT_CONFIRMED); // the outcome has a word of its own
    EXPECT_TRUE(report.is_stale);
}

TEST_F(Header, ReadsLinesWholeUnderAWriter) {
    std::atomic<bool> stop{false};
    ks_account_line& shared = pages.status->account[0];
    std::thread writer([&] {
        ks_account_line line{};
        for (u32 i = 1; !stop.load(); ++i) {
            line.outcome = line.shots_sent = line.orders_open = i;
            line.clear_ns = i;
            ks_write_account(&shared, &line);
        }
    });
    u32 whole = 0;
    for (int i = 0; i < 20'000; ++i) {
        ks_account_line line{};
        if (!ks_read_account(&line, &shared)) continue;
        ++whole;
        ASSERT_EQ(line.outcome, line.shots_sent);
        ASSERT_EQ(line.outcome, line.orders_open);
        ASSERT_EQ(line.outcome, line.clear_ns);
    }
    stop.store(true);
    writer.join();
    EXPECT_GT(whole, 0u);
}

TEST_F(Header, BooksOnlyTheSharedPlacesOfAKnownGate) {
    const GateId gate = pages.add_gate(5, 2, seconds(1), milliseconds(20));
    EXPECT_EQ(ks_book_at(&ks, gate.index, 4, 100), 0);
    EXPECT_EQ(ks_book_at(&ks, gate.index, 3, 100), 1);
    EXPECT_EQ(ks_book_at(&ks, gate.index, 1, 100 + 1'020 * ms - 1), 0);
    EXPECT_EQ(ks_book_at(&ks, gate.index, 3, 100 + 1'020 * ms), 1);
    EXPECT_EQ(ks_book_at(&ks, gate.index + 1u, 1, 100), 0);
    EXPECT_EQ(ks_book_at(&ks, KS_NONE, 1, 100), 0);
    EXPECT_EQ(ks_book_at(&ks, gate.index, KS_WEIGHT_MAX + 1, 100'000 * ms), 0);
}

} // namespace
} // namespace ks
