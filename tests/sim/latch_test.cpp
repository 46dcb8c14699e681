// What stays closed, what opens it again, and what a successor takes over.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

bool confirmed(World& world, std::string_view scope) {
    return world.run(seconds(30), [&] { return world.outcome(scope) == KS_CLEAR; });
}

// Asks, and waits for the one answer.
ks_rearm rearmed(World& world, std::string_view scope, u32 kill, const RearmWords& words = {}) {
    const u32 request = world.rearm_request(scope) + 1;
    world.rearm(scope, kill, words);
    EXPECT_TRUE(world.run(seconds(20), [&] {
        return world.rearm_request(scope) == request &&
               world.rearm_answer(scope) != KS_REARM_LOOKING;
    }));
    return world.rearm_answer(scope);
}

TEST(Latch, AnotherPullIsNotLiftedWithTheKillBeforeIt) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    ASSERT_TRUE(confirmed(world, "all"));
    const u32 first = world.kill_number("all");
    world.pull("all");
    world.run(milliseconds(10));
    EXPECT_EQ(rearmed(world, "all", first), KS_REARM_STALE);
    EXPECT_TRUE(world.is_closed(0));
}

TEST(Latch, ACellStaysClosedWhileAnyScopeHoldsIt) {
    World world({.accounts_count = 2});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    world.pull("v0/1");
    ASSERT_TRUE(confirmed(world, "all"));
    ASSERT_TRUE(confirmed(world, "v0/1"));
    EXPECT_EQ(rearmed(world, "all", world.kill_number("all")), KS_REARM_DONE);
    EXPECT_FALSE(world.is_closed(0));
    EXPECT_TRUE(world.is_closed(1));
}

TEST(Latch, AfterClearItKeepsWatchingAndFiresAgainAtAnOrderThatAppears) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    ASSERT_TRUE(confirmed(world, "all"));
    world.venue.place(0, world.clock.time + seconds(1));
    ASSERT_TRUE(world.run(seconds(15), [&] { return world.outcome("all") != KS_CLEAR; }));
    ASSERT_TRUE(confirmed(world, "all"));
    EXPECT_EQ(world.venue.open_count(0, world.clock.time), 0u);
}

TEST(Latch, AnotherPullFiresAgainAndGetsAKillOfItsOwn) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    ASSERT_TRUE(confirmed(world, "all"));
    const u32 first = world.kill_number("all");
    const u32 cancels = world.venue.cancels_of(0);
    world.pull("all");
    world.run(milliseconds(1));
    EXPECT_EQ(world.kill_number("all"), first + 1);
    EXPECT_EQ(world.outcome("all"), KS_WORKING) << "the old success is not this kill's";
    ASSERT_TRUE(confirmed(world, "all"));
    EXPECT_EQ(world.venue.cancels_of(0), cancels + 1);
}

TEST(Latch, APullWhileTheShotIsInFlightMakesItLeaveOnceMore) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.net->latency = milliseconds(50);
    world.pull("all");
    world.run(milliseconds(10));
    world.pull("all");
    world.pull("all");
    ASSERT_TRUE(confirmed(world, "all"));
    EXPECT_EQ(world.venue.cancels_of(0), 2u) << "a bit, not a count";
}

TEST(Latch, ASuccessorFiresWhatWasNotProvenAndKeepsTheHalt) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.venue.place(0, world.clock.time);
    world.net->latency = milliseconds(500);
    world.pull("all");
    world.run(milliseconds(10));
    world.kill_engine();
    EXPECT_TRUE(world.is_closed(0));
    world.start_engine();
    EXPECT_TRUE(world.is_closed(0));
    ASSERT_TRUE(confirmed(world, "all"));
    EXPECT_EQ(world.venue.open_count(0, world.clock.time), 0u);
}

TEST(Latch, APullWhileNoEngineRunsFiresAtTheNextStartIfYoungEnough) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.kill_engine();
    world.pull("all");
    world.clock.time = world.clock.time + seconds(30);
    world.start_engine();
    ASSERT_TRUE(confirmed(world, "all"));
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
}

TEST(Latch, APullTooOldIsHeldAndOnlyAHumanMovesIt) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.kill_engine();
    world.pull("all");
    world.clock.time = world.clock.time + seconds(61);
    world.start_engine();
    world.run(seconds(5));
    EXPECT_EQ(world.outcome("all"), KS_HELD);
    EXPECT_TRUE(world.is_closed(0));
    EXPECT_EQ(world.venue.cancels_of(0), 0u);
    world.kill_engine();
    world.start_engine();
    world.run(seconds(1));
    EXPECT_EQ(world.outcome("all"), KS_HELD) << "a restart does not fire it either";
    EXPECT_EQ(world.venue.cancels_of(0), 0u);
    world.pull("all"); // pull again: fires
    ASSERT_TRUE(confirmed(world, "all"));
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
}

} // namespace
} // namespace ks::sim
