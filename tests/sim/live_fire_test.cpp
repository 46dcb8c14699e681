// Live fire, incident rules 18: a real cancel-all on a pair nobody trades, refused if the pair has
// an order, never while anything is killed, and never at the cost of a kill.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

constexpr u16 pair = pair_of(0);

class LiveFires : public testing::TestWithParam<bool> { // are nonces ordered?
protected:
    explicit LiveFires(const StageSetup& more = {}) : world(with_live_fire(more)) {}

    static StageSetup with_live_fire(StageSetup setup) {
        setup.live_fire_every = seconds(100);
        return setup;
    }
    const ks_account_line& line(u16 account = 0) const {
        return world.shared->status.account[account];
    }
    std::vector<Seen> of_pairs() const {
        std::vector<Seen> all;
        for (const Seen& seen : world.venue.seen())
            if (seen.shot >= pair_of(0)) all.push_back(seen);
        return all;
    }
    std::vector<Event> told() const {
        std::vector<Event> all;
        for (const Event& event : world.events())
            if (event.kind == EventKind::live_fire) all.push_back(event);
        return all;
    }
    bool run_until_cancel_leaves() {
        return world.run(seconds(60), [&] { return world.venue.cancels_of(pair) > 0; });
    }

    World world;
};

TEST_F(LiveFires, R18_cancel_the_pair_for_real_when_its_read_is_empty) {
    world.venue.place(0, world.clock.time); // another pair's order
    world.run(seconds(3));
    const std::vector<Seen> seen = of_pairs();
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_FALSE(seen[0].is_cancel) << "first the read";
    EXPECT_TRUE(seen[1].is_cancel);
    EXPECT_EQ(world.venue.cancels_of(0), 0u);
    EXPECT_EQ(line().live_fire, static_cast<u32>(KS_LIVE_FIRE_DONE));
    EXPECT_GE(line().live_fire_ns, static_cast<u64>(seen[1].at.ns));
    EXPECT_EQ(line().outcome, static_cast<u32>(KS_IDLE)) << "nothing is killed";
    EXPECT_FALSE(world.is_closed(0));
}

TEST_F(LiveFires, R16_and_R18_are_in_the_journal_with_the_digest_of_what_left) {
    world.run(seconds(3));
    const std::vector<Event> events = told();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].detail, KS_LIVE_FIRE_SENT);
    EXPECT_GT(events[0].value, 0u);
    EXPECT_EQ(std::string_view(events[0].text.data(), 6), "digest");
    EXPECT_EQ(events[1].detail, KS_LIVE_FIRE_DONE);
    EXPECT_EQ(events[1].account, 0u);
}

TEST_F(LiveFires, R18_are_refused_aloud_when_the_pair_has_an_order) {
    world.venue.place(pair, world.clock.time);
    world.venue.place(pair, world.clock.time);
    world.run(seconds(95)); // and again, each tenth of the span
    EXPECT_EQ(world.venue.cancels_of(pair), 0u);
    EXPECT_EQ(world.venue.open_count(pair, world.clock.time), 2u);
    EXPECT_EQ(line().live_fire, static_cast<u32>(KS_LIVE_FIRE_ORDER));
    EXPECT_EQ(line().live_fire_orders, 2u);
    EXPECT_EQ(line().live_fire_ns, 0u);
    ASSERT_GE(told().size(), 5u);
    for (const Event& event : told()) {
        EXPECT_EQ(event.detail, KS_LIVE_FIRE_ORDER);
        EXPECT_EQ(event.number, 2u);
    }
}

TEST_F(LiveFires, R18_do_not_leave_on_a_read_that_says_nothing) {
    for (Deed deed : {Deed::error_503, Deed::garbage, Deed::silence, Deed::close, Deed::firewall}) {
        World other(with_live_fire({}));
        other.venue.deed = [deed](u16 shot, bool, Instant) {
            return shot == pair ? deed : Deed::honest;
        };
        other.run(seconds(30));
        EXPECT_EQ(other.venue.cancels_of(pair), 0u) << static_cast<int>(deed);
        EXPECT_EQ(other.shared->status.account[0].live_fire, static_cast<u32>(KS_LIVE_FIRE_UNREAD));
    }
}

TEST_F(LiveFires, R18_earn_no_date_when_the_venue_does_not_accept_them) {
    world.venue.deed = [](u16 shot, bool is_cancel, Instant) {
        return shot == pair && is_cancel ? Deed::unauthorised : Deed::honest;
    };
    world.run(seconds(3));
    EXPECT_EQ(world.venue.cancels_of(pair), 1u);
    EXPECT_EQ(line().live_fire, static_cast<u32>(KS_LIVE_FIRE_FAILED));
    EXPECT_EQ(line().live_fire_ns, 0u);
    world.venue.deed = {};
    world.run(seconds(15));
    EXPECT_EQ(line().live_fire, static_cast<u32>(KS_LIVE_FIRE_DONE)) << "tried again";
}

TEST_F(LiveFires, R18_come_once_in_their_span) {
    world.run(seconds(98));
    EXPECT_EQ(world.venue.cancels_of(pair), 1u);
    world.run(seconds(10));
    EXPECT_EQ(world.venue.cancels_of(pair), 2u);
}

TEST_F(LiveFires, R18_never_leave_while_anything_is_killed) {
    world.venue.deed = [](u16 shot, bool, Instant) {
        return shot == pair ? Deed::error_503 : Deed::honest; // none succeeds before the kill
    };
    ASSERT_TRUE(world.arm());
    world.run(seconds(1));
    world.pull("all");
    world.run(milliseconds(100));
    world.venue.deed = {};
    const size_t before = of_pairs().size();
    ASSERT_TRUE(world.run(seconds(30), [&] { return world.outcome("all") == KS_CLEAR; }));
    world.run(seconds(60));
    EXPECT_EQ(of_pairs().size(), before) << "not even a read";
    world.rearm("all", world.kill_number("all"));
    world.run(seconds(20));
    EXPECT_EQ(world.venue.cancels_of(pair), 1u);
}

TEST_F(LiveFires, R18_do_not_fire_when_a_kill_begins_behind_the_read) {
    ASSERT_TRUE(world.run(seconds(5), [&] { return !of_pairs().empty(); }));
    world.pull("all");
    world.run(seconds(60));
    EXPECT_EQ(world.venue.cancels_of(pair), 0u);
}

TEST_F(LiveFires, R18_do_not_begin_while_a_kill_waits_for_its_first_lane) {
    world.is_connector_alive = false;
    world.pull("all");
    world.run(seconds(1));
    world.is_connector_alive = true;
    world.run(seconds(60));
    EXPECT_TRUE(of_pairs().empty());
}

TEST_P(LiveFires, R18_a_pull_meanwhile_leaves_in_its_own_turn) {
    World other(with_live_fire({.lanes_count = 2, .is_ordered = GetParam()}));
    other.net->latency = milliseconds(50);
    ASSERT_TRUE(other.arm());
    ASSERT_TRUE(other.run(seconds(5), [&] { return other.venue.cancels_of(pair) > 0; }));
    other.pull("all");
    other.engine->turn();
    EXPECT_EQ(other.venue.cancels_of(0), 1u);
    u64 fired = 0, shot = 0;
    for (const Event& event : other.events()) {
        if (event.kind == EventKind::live_fire && event.detail == KS_LIVE_FIRE_SENT)
            fired = event.value;
        if (event.kind == EventKind::shot_sent) shot = event.value;
    }
    EXPECT_GT(fired, 0u);
    if (GetParam()) {
        EXPECT_GT(shot, fired) << "R07: what waits is signed above what leaves before it";
    }
    other.run(seconds(10));
    EXPECT_EQ(other.outcome("all"), KS_CLEAR);
    EXPECT_EQ(other.net->broken, "");
    // It was a real one: its date counts although a kill began.
    EXPECT_GT(other.shared->status.account[0].live_fire_ns, 0u);
}

TEST_P(LiveFires, R07_the_waiting_shot_is_signed_above_it_at_any_moment) {
    for (int i = 0; i < 60; ++i) {
        World at(with_live_fire({.is_ordered = GetParam(), .seed = static_cast<u32>(i + 1)}));
        at.run(milliseconds(8) + microseconds(200) * i);
        at.pull("all");
        at.run(seconds(8));
        ASSERT_EQ(at.outcome("all"), KS_CLEAR) << i;
        u64 last = 0;
        for (const Event& event : at.events()) {
            const bool is_sent =
                event.kind == EventKind::shot_sent ||
                (event.kind == EventKind::live_fire && event.detail == KS_LIVE_FIRE_SENT);
            if (!is_sent) continue;
            if (GetParam()) {
                EXPECT_GT(event.value, last) << i;
            }
            last = event.value;
        }
        ASSERT_EQ(at.net->broken, "");
    }
}
INSTANTIATE_TEST_SUITE_P(Nonces, LiveFires, testing::Bool(), [](const auto& nonces) {
    return std::string(nonces.param ? "ordered" : "unordered");
});

TEST_F(LiveFires, R03_take_no_place_that_is_kept_for_kills) {
    World other(with_live_fire({.fire_places = 2, .fire_window = seconds(60)}));
    other.plan->gates[0].reserve = 2; // all of them
    other.run(seconds(30));
    EXPECT_EQ(other.venue.cancels_of(pair), 0u);
    EXPECT_EQ(other.venue.seen().empty(), false) << "its reads have places of their own";
}

TEST_F(LiveFires, R03_cost_a_kill_no_place) {
    World other(with_live_fire({.fire_places = 2, .fire_window = seconds(60)}));
    ASSERT_TRUE(other.run(seconds(5), [&] { return other.venue.cancels_of(pair) > 0; }));
    other.run(milliseconds(50));
    other.pull("all");
    other.engine->turn();
    EXPECT_EQ(other.venue.cancels_of(0), 1u);
}

TEST_F(LiveFires, R18_do_not_leave_on_a_read_of_long_ago) {
    ASSERT_TRUE(world.run(seconds(5), [&] { return !of_pairs().empty(); }));
    const Instant opens = world.clock.time + seconds(25);
    world.shared->status.gate[0].closed_until_ns = static_cast<u64>(opens.ns);
    world.run(seconds(60));
    const std::vector<Seen> seen = of_pairs();
    ASSERT_TRUE(seen.back().is_cancel);
    ASSERT_GE(seen.size(), 3u) << "read again";
    EXPECT_LE((seen.back().at - seen[seen.size() - 2].at).ns, seconds(11).ns);
}

TEST_F(LiveFires, R18_come_one_at_a_time) {
    World other(with_live_fire({.venues_count = 2, .accounts_count = 3}));
    other.net->latency = milliseconds(20);
    other.run(seconds(10));
    std::vector<Instant> at;
    for (const Seen& seen : other.venue.seen())
        if (seen.shot >= pair_of(0)) at.push_back(seen.at);
    ASSERT_EQ(at.size(), 12u) << "a read and a cancel of six accounts";
    for (size_t i = 1; i < at.size(); ++i) EXPECT_GE((at[i] - at[i - 1]).ns, milliseconds(40).ns);
}

TEST_F(LiveFires, R18_keep_their_date_over_a_restart) {
    ASSERT_TRUE(run_until_cancel_leaves());
    world.run(seconds(1));
    const u64 at_ns = line().live_fire_ns;
    ASSERT_GT(at_ns, 0u);
    world.kill_engine();
    world.start_engine();
    ASSERT_TRUE(world.arm());
    world.run(seconds(60));
    EXPECT_EQ(line().live_fire_ns, at_ns);
    EXPECT_EQ(world.venue.cancels_of(pair), 1u);
    world.run(seconds(60));
    EXPECT_EQ(world.venue.cancels_of(pair), 2u) << "its span is over";
}

TEST_F(LiveFires, R18_of_another_key_begin_anew) {
    ASSERT_TRUE(run_until_cancel_leaves());
    world.run(seconds(1));
    world.kill_engine();
    world.plan->accounts[0].live_fire.of = 4711;
    world.start_engine();
    world.run(seconds(5));
    EXPECT_EQ(world.venue.cancels_of(pair), 2u);
}

TEST_F(LiveFires, R18_that_kill_the_engine_do_not_come_again_at_once) {
    world.net->latency = milliseconds(100);
    ASSERT_TRUE(run_until_cancel_leaves());
    world.run(milliseconds(50)); // its line says SENT
    world.kill_engine();
    world.start_engine();
    world.run(seconds(9));
    EXPECT_EQ(world.venue.cancels_of(pair), 1u);
    world.run(seconds(9));
    EXPECT_EQ(world.venue.cancels_of(pair), 2u);
}

TEST(NoLiveFire, R18_without_being_asked_for) {
    World world({});
    world.run(seconds(10));
    EXPECT_TRUE(world.venue.seen().empty());
    EXPECT_EQ(world.shared->status.account[0].live_fire, static_cast<u32>(KS_LIVE_FIRE_OFF));
}

} // namespace
} // namespace ks::sim
