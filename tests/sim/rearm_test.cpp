// Re-arm, incident rules 8 and 13: each request is answered once, after a fresh look at the venue.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

class Rearm : public testing::Test {
protected:
    void kill(const StageSetup& setup, std::string_view scope = "all") {
        world = std::make_unique<World>(setup);
        ASSERT_TRUE(world->arm());
        for (u16 shot = 0; shot < world->plan->shots.size(); ++shot)
            world->venue.place(shot, world->clock.time);
        world->pull(scope);
        world->run(milliseconds(10));
    }
    bool is_clear(std::string_view scope = "all") {
        return world->run(seconds(30), [&] { return world->outcome(scope) == KS_CLEAR; });
    }
    void ask(const RearmWords& words = {}, std::string_view scope = "all") {
        request = world->rearm_request(scope) + 1;
        world->rearm(scope, world->kill_number(scope), words);
    }
    ks_rearm answer(std::string_view scope = "all") {
        EXPECT_TRUE(world->run(seconds(20), [&] {
            return world->rearm_request(scope) == request &&
                   world->rearm_answer(scope) != KS_REARM_LOOKING;
        }));
        return world->rearm_answer(scope);
    }
    u32 reads_of(u16 shot) const {
        u32 count = 0;
        for (const Seen& seen : world->venue.seen()) count += seen.shot == shot && !seen.is_cancel;
        return count;
    }

    std::unique_ptr<World> world;
    u32 request = 0;
};

TEST_F(Rearm, R13_is_refused_while_orders_are_open_and_asked_no_second_time) {
    kill({});
    ask();
    EXPECT_EQ(answer(), KS_REARM_NOT_CLEAR);
    ASSERT_TRUE(is_clear());
    world->run(seconds(30));
    EXPECT_EQ(world->rearm_request("all"), request) << "a refused request opens nothing later";
    EXPECT_TRUE(world->is_closed(0));
    ask();
    EXPECT_EQ(answer(), KS_REARM_DONE);
    EXPECT_FALSE(world->is_closed(0));
    EXPECT_EQ(world->outcome("all"), KS_IDLE);
}

TEST_F(Rearm, R13_makes_a_fresh_read_first) {
    kill({.accounts_count = 2});
    ASSERT_TRUE(is_clear());
    const u32 before[] = {reads_of(0), reads_of(1)};
    ask();
    EXPECT_EQ(answer(), KS_REARM_DONE);
    EXPECT_EQ(reads_of(0), before[0] + 1);
    EXPECT_EQ(reads_of(1), before[1] + 1);
}

TEST_F(Rearm, R13_the_fresh_read_sees_what_came_since_the_last) {
    kill({});
    ASSERT_TRUE(is_clear());
    world->venue.place(0, world->clock.time);
    ask();
    EXPECT_EQ(answer(), KS_REARM_NOT_CLEAR);
    EXPECT_EQ(world->shared->status.scope[0].rearm_account, 0u);
    ASSERT_TRUE(is_clear()) << "REOPENED, and swept";
}

TEST_F(Rearm, R13_a_venue_that_does_not_show_the_account_is_no_consent) {
    kill({});
    ASSERT_TRUE(is_clear());
    world->venue.deed = [](u16, bool, Instant) { return Deed::silence; };
    ask();
    EXPECT_EQ(answer(), KS_REARM_NOT_READ);
    EXPECT_TRUE(world->is_closed(0));
}

TEST_F(Rearm, R13_says_not_read_of_a_read_that_could_not_leave_though_it_had_a_place) {
    kill({});
    ASSERT_TRUE(is_clear());
    world->is_connector_alive = false;
    for (const LaneRef& lane : world->net->open_lanes()) world->net->close_from_peer(lane);
    ask();
    EXPECT_EQ(answer(), KS_REARM_NOT_READ) << "no limit kept it, and there is nothing to wait for";
    EXPECT_EQ(world->shared->status.scope[0].rearm_account, 0u);
    EXPECT_TRUE(world->is_closed(0));
}

TEST_F(Rearm, R13_a_refusal_at_first_sight_spends_no_read) {
    kill({});
    const u32 before = reads_of(0);
    ask();
    EXPECT_EQ(answer(), KS_REARM_NOT_CLEAR);
    EXPECT_EQ(reads_of(0), before);
}

TEST_F(Rearm, R13_says_at_once_how_long_the_limit_of_reads_is_used_up) {
    kill({.read_places = 4, .read_window = seconds(60)});
    ASSERT_TRUE(is_clear());
    const Instant now = world->clock.time;
    for (u64& place : world->shared->gates_own.place) place = static_cast<u64>(now.ns);
    ask();
    EXPECT_EQ(answer(), KS_REARM_NO_PLACE);
    EXPECT_LT((world->clock.time - now).ns, seconds(1).ns);
    EXPECT_GT(world->shared->status.scope[0].rearm_until_ns,
              static_cast<u64>((now + seconds(59)).ns));
}

TEST_F(Rearm, R13_is_refused_while_a_first_shot_could_not_leave) {
    kill({.fire_places = 2, .fire_window = seconds(60)});
    ASSERT_TRUE(is_clear());
    const Instant now = world->clock.time; // other traffic of the firm has used the limit up
    for (u64& place : world->shared->gates.place) place = static_cast<u64>(now.ns);
    for (u64& place : world->shared->gates_own.place) place = static_cast<u64>(now.ns);
    world->run(seconds(2)); // the gate of reads is open again
    ask();
    EXPECT_EQ(answer(), KS_REARM_NO_PLACE);
    const GatePlan& gate = world->plan->gates[0];
    EXPECT_EQ(world->shared->status.scope[0].rearm_until_ns,
              static_cast<u64>((now + gate.window + gate.margin).ns));
    EXPECT_TRUE(world->is_closed(0));
}

TEST_F(Rearm, R13_an_exception_holds_for_exactly_its_count) {
    kill({});
    world->venue.place(0, world->clock.time);
    world->venue.place(0, world->clock.time);
    world->venue.deed = [](u16, bool is_cancel, Instant) {
        return is_cancel ? Deed::lie : Deed::honest;
    };
    world->run(seconds(5));
    const u32 open_count = world->venue.open_count(0, world->clock.time);
    ask({.exceptions = {{0, open_count - 1}}});
    EXPECT_EQ(answer(), KS_REARM_NOT_CLEAR);
    ask({.exceptions = {{0, open_count}}});
    EXPECT_EQ(answer(), KS_REARM_DONE);
    EXPECT_FALSE(world->is_closed(0));
}

TEST_F(Rearm, R08_a_part_opens_and_the_rest_stays_killed) {
    kill({.venues_count = 2});
    ASSERT_TRUE(is_clear());
    ask({.only = "v1/0"});
    EXPECT_EQ(answer(), KS_REARM_DONE);
    EXPECT_TRUE(world->is_closed(0));
    EXPECT_FALSE(world->is_closed(1));
    EXPECT_EQ(world->outcome("all"), KS_CLEAR) << "its kill goes on for the rest";
    world->venue.place(1, world->clock.time); // trading has resumed there
    world->run(seconds(30));
    EXPECT_EQ(world->venue.open_count(1, world->clock.time), 1u) << "and is left alone";
    world->kill_engine();
    world->start_engine();
    world->run(seconds(5));
    EXPECT_TRUE(world->is_closed(0));
    EXPECT_FALSE(world->is_closed(1)) << "a restart closes nothing anew";
    ask();
    EXPECT_EQ(answer(), KS_REARM_DONE);
    EXPECT_FALSE(world->is_closed(0));
}

TEST_F(Rearm, R08_a_pull_closes_again_what_was_opened_in_part) {
    kill({.venues_count = 2});
    ASSERT_TRUE(is_clear());
    ask({.only = "v1/0"});
    EXPECT_EQ(answer(), KS_REARM_DONE);
    world->pull("all");
    world->run(milliseconds(5));
    EXPECT_TRUE(world->is_closed(1));
}

TEST_F(Rearm, OfARowThatWasScribbledOverIsNone) {
    kill({});
    ASSERT_TRUE(is_clear());
    ask();
    world->shared->operators.row[0].only = 0; // after its word was made
    world->run(seconds(5));
    EXPECT_EQ(world->rearm_answer("all"), KS_REARM_NONE);
    EXPECT_TRUE(world->is_closed(0));
}

TEST_F(Rearm, OfWhatThereIsNotIsWrong) {
    kill({.venues_count = 2});
    ASSERT_TRUE(is_clear());
    for (const RearmWords& words :
         {RearmWords{.exceptions = {{63, 1}}}, RearmWords{.exceptions = {{KS_NONE, 1}}}}) {
        ask(words);
        EXPECT_EQ(answer(), KS_REARM_WRONG);
    }
    world->pull("v0/0");
    ASSERT_TRUE(is_clear("v0/0"));
    ask({.only = "v1/0"}, "v0/0"); // has no cell in common
    EXPECT_EQ(answer("v0/0"), KS_REARM_WRONG);
    EXPECT_TRUE(world->is_closed(0) && world->is_closed(1));
}

} // namespace
} // namespace ks::sim
