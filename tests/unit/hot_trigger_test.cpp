// Trigger, from outside: real pages, the header's own pulls, a fake clock.
#include "hot/trigger.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "unit/shared_pages.hpp"

namespace ks {
namespace {

constexpr Instant now{1'000'000'000'000'000'000}; // later than any real clock of this machine
using Kind = Pull::Kind;

// Polls until something is found or every line has been seen twice.
Pull poll_all(Trigger& trigger, Instant at = now) {
    for (int i = 0; i < 100; ++i)
        if (const Pull pull = trigger.poll(at)) return pull;
    return {};
}

// A pull that a producer made at `when` and died before it rang the bell.
void store_silently(SharedPages& pages, u16 producer, u16 scope, u32 epoch, u64 when_ns) {
    ks_trigger_slot& slot = pages.row(producer, scope).slot[scope % KS_ROW_SLOTS];
    slot.when_ns = when_ns;
    slot.word = ks_word_make(epoch, pages.key(producer, scope));
}

TEST(Trigger, ReturnsAPullOnceWithAllThatTheProducerSaid) {
    SharedPages pages(2, 5);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    EXPECT_FALSE(poll_all(trigger));
    const ks_handle ks = pages.handle(1);
    ks_ticket ticket{};
    const u64 before_ns = ks_now_ns();
    ks_pull_slot(&ks, 4, 77, &ticket);
    const Pull pull = poll_all(trigger);
    EXPECT_EQ(pull.kind, Kind::fire);
    EXPECT_EQ(pull.scope, ScopeId{4});
    EXPECT_EQ(pull.producer, ProducerId{1});
    EXPECT_EQ(pull.epoch, ticket.epoch);
    EXPECT_EQ(pull.reason, 77);
    EXPECT_GE(pull.when.ns, static_cast<i64>(before_ns));
    EXPECT_LE(pull.when.ns, static_cast<i64>(ks_now_ns()));
    EXPECT_FALSE(poll_all(trigger));
}

TEST(Trigger, SeesAPullOfUpToSixteenLinesInTheVeryTurn) {
    SharedPages pages(2, 24); // eight rows each
    Trigger trigger(*pages.plan, pages.trigger_pages());
    for (u32 i = 0; i < 2; ++i) EXPECT_FALSE(trigger.poll(now));
    for (u16 p = 0; p < 2; ++p)
        for (u16 s = 0; s < 24; ++s) {
            const ks_handle ks = pages.handle(p);
            ks_pull_slot(&ks, s, 0, nullptr);
            const Pull pull = trigger.poll(now);
            EXPECT_EQ(pull.scope, ScopeId{s});
            EXPECT_EQ(pull.producer, ProducerId{p});
        }
}

TEST(Trigger, SeesEveryPullOfAFullHouseWithinFortyThreeTurns) {
    SharedPages pages(producers_max, scopes_max);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    for (u32 i = 0; i < 43; ++i) EXPECT_FALSE(trigger.poll(now));
    for (u16 p = 0; p < producers_max; ++p)
        for (u16 s = p; s < scopes_max; s = static_cast<u16>(s + 7)) {
            const ks_handle ks = pages.handle(p);
            ks_pull_slot(&ks, s, 0, nullptr);
            Pull pull;
            for (u32 turn = 0; turn < 43 && !pull; ++turn) pull = trigger.poll(now);
            EXPECT_EQ(pull.scope, ScopeId{s});
            EXPECT_EQ(pull.producer, ProducerId{p});
        }
}

TEST(Trigger, ReturnsEveryPullOfOneLine) {
    SharedPages pages(1, 3);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle ks = pages.handle(0);
    for (u16 s = 0; s < 3; ++s) ks_pull_slot(&ks, s, 0, nullptr);
    for (u16 s = 0; s < 3; ++s) EXPECT_EQ(trigger.poll(now).scope, ScopeId{s});
    EXPECT_FALSE(poll_all(trigger));
}

TEST(Trigger, CoalescesPullsOfOneSlotIntoTheLast) {
    SharedPages pages(1, 1);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle ks = pages.handle(0);
    ks_ticket ticket{};
    for (u32 i = 0; i < 5; ++i) ks_pull_slot(&ks, 0, 0, &ticket);
    EXPECT_EQ(poll_all(trigger).epoch, ticket.epoch);
    EXPECT_FALSE(poll_all(trigger));
}

TEST(Trigger, IsNotHeldUpByAProducerThatNeverStopsPulling) {
    SharedPages pages(2, 3);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle mad = pages.handle(0);
    const ks_handle sane = pages.handle(1);
    ks_pull_slot(&mad, 0, 0, nullptr);
    EXPECT_EQ(poll_all(trigger).producer, ProducerId{0});
    ks_pull_slot(&mad, 0, 0, nullptr);
    ks_pull_slot(&mad, 1, 0, nullptr);
    ks_pull_slot(&sane, 2, 0, nullptr);
    EXPECT_EQ(trigger.poll(now).producer, ProducerId{1});
    EXPECT_EQ(trigger.poll(now).producer, ProducerId{0});
}

TEST(Trigger, TakesTurnsBetweenTheSlotsOfALine) {
    SharedPages pages(1, 2);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle ks = pages.handle(0);
    ks_pull_slot(&ks, 0, 0, nullptr);
    EXPECT_EQ(poll_all(trigger).scope, ScopeId{0});
    ks_pull_slot(&ks, 0, 0, nullptr);
    ks_pull_slot(&ks, 1, 0, nullptr);
    EXPECT_EQ(poll_all(trigger).scope, ScopeId{1});
    EXPECT_EQ(poll_all(trigger).scope, ScopeId{0});
}

TEST(Trigger, FindsAPullWhoseBellNeverRangByVisitingEveryLine) {
    SharedPages pages(2, 7); // three rows a producer
    Trigger trigger(*pages.plan, pages.trigger_pages());
    EXPECT_FALSE(poll_all(trigger));
    store_silently(pages, 1, 6, 9, 1);
    EXPECT_FALSE(poll_all(trigger));
    Pull pull;
    for (u32 visits = 0; visits < producers_max * 3 && !pull; ++visits) pull = trigger.visit(now);
    EXPECT_EQ(pull.kind, Kind::fire);
    EXPECT_EQ(pull.scope, ScopeId{6});
}

TEST(Trigger, RefusesWhatIsNotGrantedOnceAndSaysSoToTheProducer) {
    SharedPages pages(2, 3);
    pages.plan->producers[1].granted.reset(2);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    store_silently(pages, 1, 2, 5, 1);
    const Pull pull = poll_all(trigger);
    EXPECT_EQ(pull.kind, Kind::refused);
    EXPECT_EQ(pull.scope, ScopeId{2});
    EXPECT_EQ(pages.status->handled[1][2].word, u64{5} << 32);
    EXPECT_FALSE(trigger.waits({2}));
    for (u32 i = 0; i < 100; ++i) EXPECT_FALSE(trigger.visit(now));

    const ks_handle ks = pages.handle(1);
    const ks_ticket ticket{.producer = 1, .scope = 2, .epoch = 5};
    ks_report report;
    EXPECT_EQ(ks_wait(&ks, &ticket, 0, &report), KS_WAIT_REFUSED);
}

TEST(Trigger, VisitsRefuseInLinesThatHoldNoGrantAtAll) {
    SharedPages pages(2, 6);
    pages.plan->producers[1].granted = {};
    Trigger trigger(*pages.plan, pages.trigger_pages());
    store_silently(pages, 1, 4, 5, 1);
    EXPECT_FALSE(poll_all(trigger));
    Pull pull;
    for (u32 i = 0; i < producers_max * 2 && !pull; ++i) pull = trigger.visit(now);
    EXPECT_EQ(pull.kind, Kind::refused);
}

TEST(Trigger, RefusesANameThatTheConfigNoLongerHas) {
    SharedPages pages(1, 2);
    pages.plan->scopes[1].in_config = false;
    Trigger trigger(*pages.plan, pages.trigger_pages());
    store_silently(pages, 0, 1, 5, 1);
    EXPECT_EQ(poll_all(trigger).kind, Kind::refused);
}

TEST(Trigger, FiresAPullMadeWhileNoEngineRanIfItIsYoungEnoughAndElseHoldsIt) {
    SharedPages pages(1, 2);
    const Nanos age_max = pages.plan->trigger_age_max;
    store_silently(pages, 0, 0, 5, static_cast<u64>((now - age_max).ns));
    store_silently(pages, 0, 1, 5, static_cast<u64>((now - age_max).ns) - 1);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const Pull young = poll_all(trigger);
    EXPECT_EQ(young.scope, ScopeId{0});
    EXPECT_EQ(young.kind, Kind::fire);
    const Pull old = poll_all(trigger);
    EXPECT_EQ(old.scope, ScopeId{1});
    EXPECT_EQ(old.kind, Kind::held);

    const ks_handle ks = pages.handle(0);
    ks_pull_slot(&ks, 1, 0, nullptr); // pulled again: fires
    EXPECT_EQ(poll_all(trigger).kind, Kind::fire);
}

TEST(Trigger, NeverHoldsAPullThatItSawArrive) {
    SharedPages pages(1, 1);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    EXPECT_FALSE(poll_all(trigger));
    store_silently(pages, 0, 0, 5, 1); // a nonsensical time, ages ago
    EXPECT_EQ(trigger.visit(now).kind, Kind::fire);
}

TEST(Trigger, CountsImpossibleTimesAsJustNow) {
    for (const u64 when_ns : {u64{0}, static_cast<u64>(now.ns) + 1, UINT64_MAX}) {
        SharedPages pages(1, 1);
        store_silently(pages, 0, 0, 5, when_ns);
        Trigger trigger(*pages.plan, pages.trigger_pages());
        const Pull pull = poll_all(trigger);
        EXPECT_EQ(pull.kind, Kind::fire) << when_ns;
        EXPECT_EQ(pull.when, now) << when_ns;
    }
}

TEST(Trigger, AfterARestartFiresOnlyWhatWasNotHandled) {
    SharedPages pages(1, 2);
    const ks_handle ks = pages.handle(0);
    ks_pull_slot(&ks, 0, 0, nullptr);
    ks_pull_slot(&ks, 1, 0, nullptr);
    const Instant real{static_cast<i64>(ks_now_ns())};
    Trigger first(*pages.plan, pages.trigger_pages());
    const Pull answered = poll_all(first, real);
    first.handled(answered, 1);
    EXPECT_TRUE(poll_all(first, real)); // the engine dies before it says handled
    Trigger second(*pages.plan, pages.trigger_pages());
    EXPECT_EQ(poll_all(second, real).scope, ScopeId{1});
    EXPECT_FALSE(poll_all(second, real));
}

TEST(Trigger, WaitsUntilAGrantedPullIsHandled) {
    SharedPages pages(2, 2);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    EXPECT_FALSE(trigger.waits({1}));
    const ks_handle ks = pages.handle(1);
    ks_pull_slot(&ks, 1, 0, nullptr);
    EXPECT_TRUE(trigger.waits({1}));
    EXPECT_FALSE(trigger.waits({0}));
    const Pull pull = poll_all(trigger);
    EXPECT_TRUE(trigger.waits({1}));
    trigger.handled(pull, 3);
    EXPECT_FALSE(trigger.waits({1}));
}

TEST(Trigger, AWordOfAnotherScopeOrPageOrOfEpochZeroIsNoPull) {
    SharedPages pages(2, 4);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    pages.row(0, 0).slot[0].word = ks_word_make(5, pages.key(0, 1));
    pages.row(0, 3).slot[0].word = ks_word_make(5, pages.key(1, 3));
    pages.row(1, 0).slot[0].word = ks_word_make(0, pages.key(1, 0));
    for (u32 i = 0; i < 100; ++i) EXPECT_FALSE(trigger.visit(now));
}

TEST(Trigger, RandomBytesAndMemsetsFireNothingAndDeafenNoSlot) {
    SharedPages pages(2, 12);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle ks = pages.handle(0);
    std::mt19937_64 random(20'261);
    for (int round = 0; round < 2'000; ++round) {
        auto* bytes = reinterpret_cast<u8*>(pages.trigger[0].get());
        const int fill = round % 4 == 0 ? 0 : round % 4 == 1 ? 0xff : -1;
        for (size_t i = 0; i < sizeof(ks_trigger_page); ++i)
            bytes[i] = static_cast<u8>(fill < 0 ? random() : static_cast<u64>(fill));
        EXPECT_FALSE(poll_all(trigger));
        for (u32 i = 0; i < 4; ++i) EXPECT_FALSE(trigger.visit(now));
        const auto scope = static_cast<u16>(random() % 12);
        ks_ticket ticket{};
        ASSERT_NE(ks_pull_slot(&ks, scope, 0, &ticket), KS_PULL_NO_PAGE);
        const Pull pull = poll_all(trigger);
        ASSERT_EQ(pull.kind, Kind::fire);
        EXPECT_EQ(pull.scope, ScopeId{scope});
        EXPECT_EQ(pull.epoch, ticket.epoch);
        trigger.handled(pull, static_cast<u32>(round) + 1);
    }
}

TEST(Trigger, LeavesALostPageAlone) {
    SharedPages pages(2, 1);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle lost = pages.handle(0);
    const ks_handle good = pages.handle(1);
    pages.lost = 1;
    ks_pull_slot(&lost, 0, 0, nullptr);
    EXPECT_FALSE(poll_all(trigger));
    ks_pull_slot(&good, 0, 0, nullptr);
    EXPECT_EQ(poll_all(trigger).producer, ProducerId{1});
}

TEST(Trigger, IsSilentWithoutProducersAndWithoutScopes) {
    SharedPages pages(0, 0);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    EXPECT_FALSE(trigger.poll(now));
    EXPECT_FALSE(trigger.visit(now));
}

} // namespace
} // namespace ks
