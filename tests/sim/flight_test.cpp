// The flight of a shot, seen from outside: what leaves, when, and what the pages say.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

// A world that is armed and has orders in every book.
std::unique_ptr<World> armed(const StageSetup& setup) {
    auto world = std::make_unique<World>(setup);
    EXPECT_TRUE(world->arm());
    for (u16 shot = 0; shot < world->plan->shots.size(); ++shot)
        for (int i = 0; i < 3; ++i) world->venue.place(shot, world->clock.time);
    return world;
}

bool is_confirmed(const World& world) {
    return world.outcome("all") == KS_CLEAR;
}

u64 count(const World& world, EventKind kind) {
    u64 total = 0;
    for (const Event& event : world.events()) total += event.kind == kind;
    return total;
}

TEST(Flight, ASalvoThatIsAdmittedIsOneSubmit) {
    auto world = armed({.accounts_count = 4, .lanes_count = 6});
    const u32 submits_before = world->net->submits_count;
    const u32 records_before = world->net->records_count;
    world->pull("all");
    world->engine->turn();
    EXPECT_EQ(world->net->submits_count - submits_before, 1u);
    EXPECT_EQ(world->net->records_count - records_before, 4u);
    EXPECT_EQ(world->net->broken, "");
}

TEST(Flight, HaltsAreClosedBeforeTheFirstByteIsQueued) {
    auto world = armed({.accounts_count = 2});
    world->venue.deed = [&](u16, bool, Instant) {
        EXPECT_TRUE(world->is_closed(0) && world->is_closed(1));
        return Deed::honest;
    };
    EXPECT_FALSE(world->is_closed(0));
    world->pull("all");
    world->engine->turn();
    EXPECT_EQ(world->venue.seen().size(), 2u);
}

TEST(Flight, HandledIsWrittenOnlyAfterTheSubmit) {
    auto world = armed({});
    const u32 epoch = world->pull("all");
    world->engine->turn();
    const u64 handled = world->shared->status.handled[0][0].word;
    EXPECT_EQ(handled >> 32, epoch);
    EXPECT_EQ(static_cast<u32>(handled), world->kill_number("all"));
    EXPECT_EQ(count(*world, EventKind::shot_sent), 1u);
}

TEST(Flight, AnHonestVenueIsConfirmedAfterTwoEmptyReads) {
    auto world = armed({.accounts_count = 2});
    world->pull("all");
    ASSERT_TRUE(world->run(seconds(10), [&] { return is_confirmed(*world); }));
    for (u16 shot = 0; shot < 2; ++shot) {
        EXPECT_EQ(world->venue.open_count(shot, world->clock.time), 0u);
        EXPECT_EQ(world->engine->sweep().flight({shot}).cancelled_count, 3u);
    }
    u32 reads = 0;
    for (const Seen& seen : world->venue.seen()) reads += !seen.is_cancel;
    EXPECT_GE(reads, 4u);
    EXPECT_EQ(world->net->broken, "");
}

TEST(Flight, AnOrderAcceptedAfterTheCancelIsSweptToo) {
    auto world = armed({});
    world->pull("all");
    world->venue.place(0, world->clock.time + milliseconds(50));
    ASSERT_TRUE(world->run(seconds(20), [&] { return is_confirmed(*world); }));
    EXPECT_EQ(world->venue.open_count(0, world->clock.time), 0u);
    EXPECT_EQ(world->venue.cancels_of(0), 2u);
}

TEST(Flight, AVenueThatCancelsNothingIsNeverConfirmed) {
    auto world = armed({});
    world->venue.deed = [](u16, bool is_cancel, Instant) {
        return is_cancel ? Deed::lie : Deed::honest;
    };
    world->pull("all");
    EXPECT_FALSE(world->run(seconds(60), [&] { return is_confirmed(*world); }));
    EXPECT_EQ(world->outcome("all"), KS_WORKING);
    EXPECT_GE(world->venue.cancels_of(0), 10u) << "the sweep never stops";
}

struct Misdeed {
    Deed deed;
    ks_outcome expected;
};
class Untold : public testing::TestWithParam<Misdeed> {};

TEST_P(Untold, IsReportedWhileTheSweepGoesOn) {
    auto world = armed({});
    world->venue.deed = [](u16, bool is_cancel, Instant) {
        return is_cancel ? GetParam().deed : Deed::honest;
    };
    world->pull("all");
    world->run(seconds(8));
    EXPECT_EQ(world->outcome("all"), GetParam().expected);
    const u32 cancels = world->venue.cancels_of(0);
    world->venue.deed = nullptr;
    ASSERT_TRUE(world->run(seconds(60), [&] { return is_confirmed(*world); }));
    EXPECT_GT(world->venue.cancels_of(0), cancels);
    EXPECT_EQ(world->net->broken, "");
}

INSTANTIATE_TEST_SUITE_P(
    Venue, Untold,
    testing::Values(Misdeed{Deed::error_503, KS_UNKNOWN}, Misdeed{Deed::garbage, KS_UNKNOWN},
                    Misdeed{Deed::silence, KS_UNKNOWN}, Misdeed{Deed::close, KS_UNKNOWN},
                    Misdeed{Deed::unauthorised, KS_REJECTED}, Misdeed{Deed::throttle, KS_WORKING}));

TEST(Flight, R12_the_page_tells_when_the_halt_closed_and_a_successor_keeps_it) {
    auto world = armed({.accounts_count = 2});
    const ks_scope_line& line = world->shared->status.scope[0];
    world->pull("all");
    world->clock.time = world->clock.time + microseconds(3);
    const u64 halted_ns = static_cast<u64>(world->clock.time.ns);
    world->engine->turn();
    EXPECT_TRUE(world->is_closed(0) && world->is_closed(1));
    ASSERT_TRUE(world->run(milliseconds(50), [&] { return line.halted_ns != 0; }));
    EXPECT_EQ(line.halted_ns, halted_ns);
    EXPECT_EQ(line.halted_ns - line.pulled_ns, 3'000u);
    world->kill_engine();
    world->start_engine();
    world->run(milliseconds(50));
    EXPECT_EQ(line.halted_ns, halted_ns);
}

TEST(Flight, R12_a_pull_over_a_kill_has_a_halt_time_of_its_own) {
    auto world = armed({.accounts_count = 2});
    const ks_scope_line& line = world->shared->status.scope[0];
    world->pull("all");
    ASSERT_TRUE(world->run(seconds(20), [&] { return is_confirmed(*world); }));
    const u64 first_ns = line.halted_ns;
    world->pull("all");
    world->run(milliseconds(50));
    EXPECT_GT(line.halted_ns, first_ns);
    EXPECT_GE(line.halted_ns, line.pulled_ns);
}

// The journal's record of a pull is made of its event alone: the page may tell of the next by then.
TEST(Flight, R16_two_pulls_of_one_scope_are_two_events_with_their_times) {
    auto world = armed({.accounts_count = 2});
    const ks_scope_line& line = world->shared->status.scope[0];
    std::vector<u64> pulled_ns, halted_ns;
    for (int i = 0; i < 2; ++i) {
        world->pull("all");
        pulled_ns.push_back(static_cast<u64>(world->clock.time.ns));
        world->clock.time = world->clock.time + microseconds(3);
        halted_ns.push_back(static_cast<u64>(world->clock.time.ns));
        world->engine->turn();
    }
    std::vector<Event> pulls;
    for (const Event& event : world->events())
        if (event.kind == EventKind::pull_seen) pulls.push_back(event);
    ASSERT_EQ(pulls.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(pulls[i].at_ns, halted_ns[i]);
        EXPECT_EQ(std::stoull(std::string(pulls[i].text.data(), 16), nullptr, 16), pulled_ns[i]);
        EXPECT_EQ(pulls[i].scope, 0u);
        EXPECT_EQ(pulls[i].producer, 0u);
    }
    EXPECT_EQ(pulls[1].number, pulls[0].number + 1);
    EXPECT_EQ(pulls[1].value, pulls[0].value + 1);
    ASSERT_TRUE(world->run(milliseconds(50), [&] { return line.halted_ns == halted_ns[1]; }));
}

TEST(Flight, WithoutALaneNothingIsSentAndItSaysSo) {
    World world({});
    world.is_connector_alive = false;
    world.run(milliseconds(50));
    world.pull("all");
    world.run(milliseconds(50));
    EXPECT_EQ(world.outcome("all"), KS_NOT_SENT);
    EXPECT_TRUE(world.is_closed(0));
    world.is_connector_alive = true; // it leaves as soon as it can
    ASSERT_TRUE(world.run(seconds(20), [&] { return is_confirmed(world); }));
}

TEST(Flight, ShotsBeyondTheLimitLeaveInTheTurnInWhichTheirPlaceOpens) {
    auto world = armed({.accounts_count = 3, .fire_places = 1});
    world->pull("all");
    const Instant pulled_at = world->clock.time;
    ASSERT_TRUE(world->run(seconds(20), [&] { return is_confirmed(*world); }));
    std::vector<Instant> arrivals;
    for (const Seen& seen : world->venue.seen())
        if (seen.is_cancel) arrivals.push_back(seen.at);
    ASSERT_GE(arrivals.size(), 3u);
    const GatePlan& gate = world->plan->gates[0];
    EXPECT_LT((arrivals[0] - pulled_at).ns, milliseconds(5).ns);
    for (size_t i = 1; i < 3; ++i) {
        const Nanos apart = arrivals[i] - arrivals[i - 1];
        EXPECT_GE(apart.ns, (gate.window + gate.margin).ns);
        EXPECT_LT(apart.ns, (gate.window + gate.margin + microseconds(200)).ns);
    }
}

TEST(Flight, AStaleShotIsSentStaleOnlyWhenNoFreshOneComes) {
    auto world = armed({.age_max = seconds(2)});
    world->is_signer_alive = false;
    world->run(seconds(3));
    world->pull("all");
    world->run(milliseconds(20));
    ASSERT_EQ(world->venue.cancels_of(0), 1u);
    bool is_marked = false;
    for (const Event& event : world->events())
        is_marked |= event.kind == EventKind::shot_sent && event.detail == 1;
    EXPECT_TRUE(is_marked);
}

TEST(Flight, AFreshSignatureInTimeReplacesTheStaleOne) {
    auto world = armed({.age_max = seconds(2)});
    world->is_signer_alive = false;
    world->run(seconds(3));
    world->is_signer_alive = true; // answers in a millisecond, within stale_grace
    world->pull("all");
    world->run(milliseconds(20));
    ASSERT_EQ(world->venue.cancels_of(0), 1u);
    for (const Event& event : world->events())
        EXPECT_FALSE(event.kind == EventKind::shot_sent && event.detail == 1) << "marked stale";
}

TEST(Flight, ALaneThatFallsIsReplacedAndTheShotLeavesOnAnother) {
    auto world = armed({});
    for (const LaneRef lane : world->net->open_lanes())
        if (lane.slot == world->plan->shots[0].lane_primary) world->net->close_from_peer(lane);
    world->run(milliseconds(3)); // the engine has seen it, the connector has not dialled yet
    world->pull("all");
    world->engine->turn();
    EXPECT_EQ(world->venue.cancels_of(0), 1u);
    ASSERT_TRUE(world->run(seconds(10), [&] { return is_confirmed(*world); }));
}

TEST(Flight, AnOrderedKeyHasOneRequestInFlightAndItsNoncesRise) {
    auto world = armed({.products_count = 2, .is_ordered = true});
    world->net->latency = milliseconds(100);
    u64 nonce_last = 0;
    world->pull("all");
    ASSERT_TRUE(world->run(seconds(20), [&] { return is_confirmed(*world); }));
    for (const Event& event : world->events()) {
        if (event.kind != EventKind::shot_sent) continue;
        EXPECT_GT(event.value, nonce_last);
        nonce_last = event.value;
    }
    const std::vector<Seen>& seen = world->venue.seen();
    for (size_t i = 1; i < seen.size(); ++i)
        EXPECT_GE((seen[i].at - seen[i - 1].at).ns, milliseconds(200).ns) << "two in flight";
}

} // namespace
} // namespace ks::sim
