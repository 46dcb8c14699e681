// The truth after the wire, over the shipped engine: what is proven, by which eyes, and what is
// said meanwhile. The names carry the section of the incident rules.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

bool is_confirmed(World& world, Nanos within = seconds(30), std::string_view scope = "all") {
    return world.run(within, [&] { return world.outcome(scope) == KS_CLEAR; });
}

const ks_account_line& account(const World& world, u16 index = 0) {
    return world.shared->status.account[index];
}

u32 count(const World& world, EventKind kind) {
    u32 total = 0;
    for (const Event& event : world.events()) total += event.kind == kind;
    return total;
}

TEST(Truth, R01_an_order_after_clear_is_reopened_fired_at_and_counted) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    ASSERT_TRUE(is_confirmed(world));
    world.venue.place(0, world.clock.time);
    ASSERT_TRUE(world.run(seconds(15), [&] { return world.outcome("all") != KS_CLEAR; }));
    world.run(milliseconds(10));
    EXPECT_EQ(account(world).reopened_count, 1u);
    EXPECT_EQ(count(world, EventKind::reopened), 1u);
    ASSERT_TRUE(is_confirmed(world));
    EXPECT_EQ(world.venue.open_count(0, world.clock.time), 0u);
}

TEST(Truth, R01_a_sender_that_ignores_the_halt_is_named) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.pull("all");
    for (int i = 0; i < 20; ++i) {
        world.venue.place(0, world.clock.time);
        world.run(milliseconds(700));
        EXPECT_NE(world.outcome("all"), KS_CLEAR);
    }
    EXPECT_GE(account(world).orders_arriving, 2u);
    EXPECT_GE(count(world, EventKind::arriving), 1u);
    ASSERT_TRUE(is_confirmed(world)) << "it has stopped";
}

TEST(Truth, R02_reads_that_never_showed_an_order_prove_nothing) {
    World world({.needs_proven_eyes = true, .eyes_every = seconds(1)});
    world.run(seconds(3));
    EXPECT_EQ(world.shared->status.ready, 1u) << "READY WITH LIMITS";
    EXPECT_EQ(account(world).eyes_ns, 0u);
    world.pull("all");
    EXPECT_FALSE(is_confirmed(world));
    EXPECT_EQ(world.outcome("all"), KS_UNKNOWN);
    EXPECT_NE(account(world).notes & KS_NOTE_EYES_UNPROVEN, 0u);
}

TEST(Truth, R02_eyes_that_saw_an_order_while_armed_prove) {
    World world({.needs_proven_eyes = true, .eyes_every = seconds(1)});
    world.venue.place(0, world.clock.time);
    ASSERT_TRUE(world.arm());
    EXPECT_EQ(account(world).eyes_count, 1u);
    world.pull("all");
    ASSERT_TRUE(is_confirmed(world));
    EXPECT_EQ(account(world).notes & KS_NOTE_EYES_UNPROVEN, 0u);
}

// At the pace of the unproven they would spend the places that a re-arm needs for its look.
TEST(Truth, R02_eyes_that_are_proven_look_at_their_own_pace) {
    World world({.needs_proven_eyes = true, .eyes_every = seconds(10)});
    world.venue.place(0, world.clock.time);
    ASSERT_TRUE(world.arm());
    world.run(seconds(9));
    EXPECT_EQ(count(world, EventKind::read_result) + count(world, EventKind::answer), 1u);
    world.run(seconds(3));
    EXPECT_EQ(count(world, EventKind::read_result) + count(world, EventKind::answer), 2u);
}

TEST(Truth, R02_eyes_stay_proven_for_a_successor_but_not_for_another_key) {
    World world({.needs_proven_eyes = true, .eyes_every = seconds(1)});
    world.venue.place(0, world.clock.time);
    ASSERT_TRUE(world.arm());
    world.kill_engine();
    world.start_engine();
    world.run(milliseconds(50));
    EXPECT_NE(account(world).ready & KS_READY_EYES, 0u);
    world.kill_engine();
    world.plan->accounts[0].eyes_of = 77; // another key, or another path
    world.venue.deed = [](u16, bool, Instant) { return Deed::silence; };
    world.start_engine();
    world.run(milliseconds(50));
    EXPECT_EQ(account(world).ready & KS_READY_EYES, 0u);
}

TEST(Truth, R02_a_read_that_has_shown_an_order_during_the_kill_counts) {
    World world({.needs_proven_eyes = true});
    world.run(milliseconds(50));
    world.venue.place(0, world.clock.time + milliseconds(600)); // after the cancel
    world.pull("all");
    ASSERT_TRUE(is_confirmed(world));
}

TEST(Truth, R02_an_order_hidden_in_an_older_window_is_found) {
    World world({.older_windows_count = 3});
    ASSERT_TRUE(world.arm());
    world.venue.place_old(0, 2); // the venue's cancel-all does not reach it, as long as it lies
    world.pull("all");
    EXPECT_FALSE(is_confirmed(world));
    EXPECT_EQ(account(world).orders_open, 1u);
    world.venue.remove_old(0);
    ASSERT_TRUE(is_confirmed(world, seconds(60)));
    EXPECT_EQ(world.venue.old_reads_of(0, 0), 1u) << "each older window once";
}

TEST(Truth, R04_orders_whose_cancel_is_under_way_need_no_other) {
    World world({.raised_patience = seconds(10)});
    ASSERT_TRUE(world.arm());
    world.venue.place(0, world.clock.time);
    world.venue.leaves_after = seconds(4); // asynchronous: raised at once, gone later
    world.pull("all");
    world.run(seconds(4));
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
    EXPECT_EQ(world.outcome("all"), KS_WORKING) << "still listed: not clear";
    ASSERT_TRUE(is_confirmed(world));
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
}

TEST(Truth, R04_raised_for_too_long_is_fired_at_again) {
    World world({.raised_patience = seconds(5)});
    ASSERT_TRUE(world.arm());
    world.venue.place(0, world.clock.time);
    world.venue.leaves_after = seconds(60);
    world.pull("all");
    world.run(seconds(12));
    EXPECT_GE(world.venue.cancels_of(0), 2u);
}

TEST(Truth, R04_a_web_firewall_pauses_the_address_for_a_minute) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.venue.deed = [](u16, bool, Instant) { return Deed::firewall; };
    world.pull("all");
    world.run(seconds(50));
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
    EXPECT_EQ(world.outcome("all"), KS_UNKNOWN);
    EXPECT_NE(account(world).notes & KS_NOTE_FIREWALL, 0u);
    world.venue.deed = nullptr;
    ASSERT_TRUE(is_confirmed(world, seconds(60)));
}

// When each cancel of the only shot arrived after the first, in whole seconds.
std::vector<i64> repeats_s(const World& world) {
    std::vector<i64> times;
    Instant first;
    for (const Seen& seen : world.venue.seen()) {
        if (!seen.is_cancel) continue;
        if (first.is_never()) first = seen.at;
        times.push_back((seen.at - first).ns / 1'000'000'000);
    }
    return times;
}

TEST(Truth, R04_a_429_without_a_word_waits_twice_as_long_each_time) {
    World world({});
    world.plan->venues[0].throttle_wait = seconds(2);
    world.plan->venues[0].throttle_doubles = true;
    ASSERT_TRUE(world.arm());
    u32 cancels = 0;
    world.venue.deed = [&](u16, bool is_cancel, Instant) {
        return is_cancel && cancels++ < 4 ? Deed::throttle_mutely : Deed::honest;
    };
    world.pull("all");
    ASSERT_TRUE(is_confirmed(world, seconds(60)));
    EXPECT_EQ(repeats_s(world), (std::vector<i64>{0, 2, 6, 14, 30}));
}

TEST(Truth, R04_a_venue_that_says_how_long_is_believed) {
    World world({});
    world.plan->venues[0].throttle_doubles = true;
    ASSERT_TRUE(world.arm());
    u32 cancels = 0;
    world.venue.deed = [&](u16, bool is_cancel, Instant) {
        return is_cancel && cancels++ < 2 ? Deed::throttle : Deed::honest; // Retry-After: 2
    };
    world.pull("all");
    ASSERT_TRUE(is_confirmed(world, seconds(60)));
    EXPECT_EQ(repeats_s(world), (std::vector<i64>{0, 2, 4}));
}

TEST(Truth, R04_a_refusal_measures_the_clock_anew_before_it_is_believed) {
    World world({});
    ASSERT_TRUE(world.arm());
    u32 refusals = 0;
    world.venue.deed = [&](u16, bool is_cancel, Instant) {
        return is_cancel && refusals++ == 0 ? Deed::unauthorised : Deed::honest;
    };
    const u32 dialled = world.dialled_count();
    world.pull("all");
    world.run(milliseconds(400));
    EXPECT_GT(world.dialled_count(), dialled) << "a fresh connection's warm-up tells the time";
    EXPECT_NE(world.outcome("all"), KS_REJECTED);
    ASSERT_TRUE(is_confirmed(world));
}

TEST(Truth, R05_a_silent_cold_thread_is_not_ready) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.is_signer_alive = false;
    world.run(milliseconds(900));
    EXPECT_EQ(world.shared->status.ready, 2u);
    world.run(milliseconds(300));
    EXPECT_EQ(world.shared->status.ready, 0u);
    EXPECT_NE(world.shared->status.not_ready_since_ns, 0u);
    world.pull("all"); // and fires all the same
    world.engine->turn();
    EXPECT_EQ(world.venue.cancels_of(0), 1u);
}

TEST(Truth, R05_a_kill_leaves_signed_while_the_connector_is_dead) {
    World world({.accounts_count = 2});
    ASSERT_TRUE(world.arm());
    world.is_connector_alive = false;
    world.run(seconds(2));
    EXPECT_EQ(world.shared->status.ready, 0u);
    world.pull("all");
    world.engine->turn();
    EXPECT_EQ(world.venue.cancels_of(0) + world.venue.cancels_of(1), 2u);
    for (const Event& event : world.events())
        EXPECT_FALSE(event.kind == EventKind::shot_sent && event.detail == 1) << "marked stale";
}

TEST(Truth, R05_a_silent_disk_is_not_ready_and_delays_no_kill) {
    World world({});
    ASSERT_TRUE(world.arm());
    world.is_scribe_alive = false;
    world.run(seconds(2));
    EXPECT_EQ(world.shared->status.ready, 0u);
    for (int kill = 0; kill < 3; ++kill) {
        world.pull("all");
        EXPECT_TRUE(is_confirmed(world));
    }
    EXPECT_EQ(world.shared->ring.lost.load(), 0u) << "the ring keeps what the disk does not take";
}

TEST(Truth, R07_a_shot_never_waits_for_a_read_of_its_key) {
    World world({.is_ordered = true, .eyes_every = seconds(1)});
    world.net->latency = milliseconds(200);
    ASSERT_TRUE(world.arm());
    const size_t seen = world.venue.seen().size();
    ASSERT_TRUE(world.run(seconds(20), [&] { return world.venue.seen().size() > seen; }));
    world.pull("all"); // a look is in flight, and its nonce is below the shot's
    const Instant pulled_at = world.clock.time;
    ASSERT_TRUE(world.run(seconds(2), [&] { return world.venue.cancels_of(0) == 1; }));
    EXPECT_LT((world.clock.time - pulled_at).ns, milliseconds(1).ns);
}

TEST(Truth, R09_behind_an_oms_reads_count_only_after_the_oms_is_clear) {
    World world({.venues_count = 2});
    static_cast<void>(world.plan->accounts[0].fronts.push(AccountId{1}));
    world.kill_engine();
    world.start_engine();
    ASSERT_TRUE(world.arm());
    world.venue.place(0, world.clock.time);
    world.venue.deed = [&](u16 shot, bool is_cancel, Instant) {
        return shot == 0 && is_cancel ? Deed::lie : Deed::honest;
    };
    world.pull("all");
    world.run(seconds(8));
    EXPECT_NE(world.outcome("all"), KS_CLEAR);
    EXPECT_EQ(world.engine->sweep().outcome(ShotId{1}), KS_WORKING) << "its parent still lives";
    world.venue.deed = nullptr;
    ASSERT_TRUE(is_confirmed(world));
    const Flight& behind = world.engine->sweep().flight(ShotId{1});
    EXPECT_GE(behind.round_counted_at, world.engine->sweep().flight(ShotId{0}).clear_at);
}

TEST(Truth, R09_an_oms_that_reopens_makes_what_is_behind_it_unproven) {
    World world({.venues_count = 2});
    static_cast<void>(world.plan->accounts[0].fronts.push(AccountId{1}));
    world.kill_engine();
    world.start_engine();
    ASSERT_TRUE(world.arm());
    world.pull("all");
    ASSERT_TRUE(is_confirmed(world));
    const Instant first_clear_at = world.engine->sweep().flight(ShotId{1}).clear_at;
    world.venue.place(0, world.clock.time);
    ASSERT_TRUE(world.run(seconds(15), [&] { return world.outcome("all") != KS_CLEAR; }));
    ASSERT_TRUE(is_confirmed(world));
    EXPECT_GT(world.engine->sweep().flight(ShotId{1}).clear_at, first_clear_at);
}

TEST(Truth, R09_an_oms_without_its_exchanges_is_never_confirmed) {
    World world({.venues_count = 2});
    world.plan->accounts[0].notes |= KS_NOTE_OMS_ONLY;
    world.kill_engine();
    world.start_engine();
    ASSERT_TRUE(world.arm());
    world.pull("all");
    EXPECT_FALSE(is_confirmed(world));
    EXPECT_EQ(world.outcome("all"), KS_UNKNOWN);
    EXPECT_EQ(account(world).orders_open, 0u);
    EXPECT_NE(account(world).notes & KS_NOTE_OMS_ONLY, 0u);
    EXPECT_EQ(account(world, 1).outcome, u32{KS_CLEAR});
}

TEST(Truth, R09_fronts_that_this_kill_does_not_reach_are_not_checked) {
    World world({.venues_count = 2});
    static_cast<void>(world.plan->accounts[0].fronts.push(AccountId{1}));
    world.kill_engine();
    world.start_engine();
    ASSERT_TRUE(world.arm());
    world.pull("v0/0");
    EXPECT_FALSE(is_confirmed(world, seconds(20), "v0/0"));
    EXPECT_EQ(world.outcome("v0/0"), KS_UNKNOWN);
}

TEST(Truth, R17_without_a_read_nothing_is_ever_confirmed) {
    World world({});
    world.plan->shots[0].reads.clear();
    world.kill_engine();
    world.start_engine();
    world.run(milliseconds(100));
    world.pull("all");
    EXPECT_FALSE(is_confirmed(world));
    EXPECT_EQ(world.outcome("all"), KS_UNKNOWN);
}

TEST(Truth, R18_readiness_is_said_account_by_account) {
    World world({.accounts_count = 2, .needs_proven_eyes = true, .eyes_every = seconds(1)});
    world.venue.place(0, world.clock.time);
    world.run(seconds(3));
    EXPECT_EQ(account(world, 0).ready, u32{KS_READY_ALL});
    EXPECT_EQ(account(world, 1).ready, u32{KS_READY_ALL & ~KS_READY_EYES});
    EXPECT_NE(account(world, 1).key_ns, 0u);
    EXPECT_EQ(world.shared->status.scope[1].ready, 2u);
    EXPECT_EQ(world.shared->status.scope[0].ready, 1u) << "a scope is its worst account";
    world.venue.deed = [](u16 shot, bool, Instant) {
        return shot == 0 ? Deed::unauthorised : Deed::honest;
    };
    world.run(seconds(3));
    EXPECT_EQ(account(world, 0).ready & KS_READY_KEY, 0u) << "the key was revoked";
}

} // namespace
} // namespace ks::sim
