// Who may spend the venue's budget, incident rules 3: the last bullet of every account, wider shots
// before narrower ones, first shots before repeats, chores never.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

std::vector<Seen> cancels(const World& world) {
    std::vector<Seen> all;
    for (const Seen& seen : world.venue.seen())
        if (seen.is_cancel) all.push_back(seen);
    return all;
}

TEST(Budget, R03_last_bullet_survives_symbol_kills) {
    World world({.accounts_count = 2,
                 .symbols_count = 6,
                 .lanes_count = 8,
                 .fire_places = 6,
                 .fire_window = seconds(60)});
    ASSERT_TRUE(world.arm());
    for (const char* scope : {"v0/0/S0", "v0/0/S1", "v0/0/S2", "v0/0/S3", "v0/0/S4", "v0/0/S5"})
        world.pull(scope);
    world.run(seconds(2));
    EXPECT_EQ(cancels(world).size(), 4u) << "6 places, of which each account keeps one";
    world.pull("all");
    world.engine->turn();
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
    EXPECT_EQ(world.venue.cancels_of(1), 1u);
}

TEST(Budget, R03_last_bullet_survives_the_sweep) {
    World world({.accounts_count = 2, .fire_places = 5, .fire_window = seconds(60)});
    world.venue.deed = [](u16, bool is_cancel, Instant) {
        return is_cancel ? Deed::lie : Deed::honest;
    };
    ASSERT_TRUE(world.arm());
    world.venue.place(0, world.clock.time);
    world.pull("v0/0");
    world.run(seconds(40));
    EXPECT_EQ(world.venue.cancels_of(0), 3u) << "5 places, of which each account keeps one";
    world.pull("v0/1");
    world.engine->turn();
    EXPECT_EQ(world.venue.cancels_of(1), 1u);
}

TEST(Budget, R03_a_wider_shot_that_waits_takes_the_narrower_ones_along) {
    World world({.symbols_count = 2, .lanes_count = 6, .fire_places = 1});
    ASSERT_TRUE(world.arm());
    for (u16 symbol : {u16{1}, u16{2}}) {
        world.venue.let_reach(0, symbol);
        world.venue.place(symbol, world.clock.time);
    }
    world.pull("all"); // spends the only place
    ASSERT_TRUE(world.run(seconds(30), [&] { return world.outcome("all") == KS_CLEAR; }));
    world.pull("all");
    world.run(milliseconds(5));
    world.pull("v0/0/S0"); // all wait for the next place
    world.pull("v0/0/S1");
    world.pull("all");
    world.run(milliseconds(900));
    const size_t before = cancels(world).size();
    world.venue.place(1, world.clock.time);
    ASSERT_TRUE(world.run(seconds(30), [&] {
        return world.outcome("all") == KS_CLEAR && world.outcome("v0/0/S0") == KS_CLEAR &&
               world.outcome("v0/0/S1") == KS_CLEAR;
    }));
    EXPECT_EQ(world.venue.cancels_of(1) + world.venue.cancels_of(2), 0u) << "nothing left alone";
    EXPECT_LE(cancels(world).size(), before + 2);
    EXPECT_EQ(world.venue.open_count(0, world.clock.time), 0u);
}

TEST(Budget, R03_what_waited_for_a_wider_shot_goes_on_alone_when_that_is_lifted) {
    World world({.symbols_count = 1, .fire_places = 1, .fire_window = seconds(20)});
    ASSERT_TRUE(world.arm());
    world.venue.let_reach(0, 1);
    world.pull("all");
    ASSERT_TRUE(world.run(seconds(30), [&] { return world.outcome("all") == KS_CLEAR; }));
    const Instant now = world.clock.time; // other traffic takes the only place
    world.shared->gates_own.place[world.plan->gates[0].first_place] = static_cast<u64>(now.ns);
    world.pull("v0/0/S0");
    world.run(milliseconds(5));
    EXPECT_EQ(world.engine->sweep().flight(ShotId{1}).wait, Wait::place);
    ASSERT_TRUE(world.run(seconds(60), [&] { return world.outcome("v0/0/S0") == KS_CLEAR; }));
    EXPECT_EQ(world.venue.cancels_of(1), 1u);
}

TEST(Budget, R03_a_first_shot_leaves_before_the_repeats_that_wait) {
    World world({.accounts_count = 3, .fire_places = 1});
    world.venue.deed = [](u16 shot, bool is_cancel, Instant) {
        return is_cancel && shot < 2 ? Deed::error_503 : Deed::honest;
    };
    ASSERT_TRUE(world.arm());
    world.pull("v0/0");
    world.pull("v0/1");
    world.run(seconds(10)); // both are repeated again and again
    const size_t before = cancels(world).size();
    world.pull("v0/2");
    ASSERT_TRUE(world.run(seconds(5), [&] { return world.venue.cancels_of(2) > 0; }));
    EXPECT_LE(cancels(world).size(), before + 2) << "at most one repeat was already leaving";
}

TEST(Budget, R03_looks_and_keep_alives_never_spend_an_own_place) {
    World world({.read_places = 2,
                 .read_window = seconds(10),
                 .keep_alive_every = milliseconds(50),
                 .eyes_every = milliseconds(100)});
    ASSERT_TRUE(world.arm());
    world.run(seconds(10));
    const GatePlan& reads = world.plan->gates[1];
    for (u16 i = 0; i < reads.reserve; ++i)
        EXPECT_EQ(world.shared->gates_own.place[reads.first_place + reads.places - 1 - i], 0u);
    EXPECT_NE(world.shared->gates.place[reads.first_place], 0u) << "looks were made all the same";
}

} // namespace
} // namespace ks::sim
