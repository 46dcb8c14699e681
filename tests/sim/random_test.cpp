// Random operation: pulls, late orders, every misdeed of a venue, falling lanes, cut sends, dead
// engines and signers, keep-alives between. Whatever happens: no record leaves twice or out of turn
// (the tap), no limit is exceeded, no halt opens while a cause is left, no CONFIRMED is false; and
// when everyone is honest again, everything becomes clear. One seed a test, printed by its name.
#include <gtest/gtest.h>

#include "sim/world.hpp"

namespace ks::sim {
namespace {

#ifdef KS_SANITIZED
constexpr u32 seeds_count = 6; // every path is looked at ten times slower
#else
constexpr u32 seeds_count = 16;
#endif

class Random : public testing::TestWithParam<u32> {
protected:
    explicit Random()
        : world({.venues_count = 2,
                 .accounts_count = 2,
                 .products_count = 2,
                 .lanes_count = 5,
                 .fire_places = 3,
                 .keep_alive_every = milliseconds(200),
                 .is_ordered = GetParam() % 2 == 1,
                 .age_max = seconds(2),
                 .seed = GetParam()}),
          random(GetParam()) {
        world.idle_step = microseconds(100);
        world.busy_step = microseconds(5);
    }

    u32 draw(u32 below) { return static_cast<u32>(random() % below); }
    u16 any_shot() { return static_cast<u16>(draw(static_cast<u32>(world.plan->shots.size()))); }

    void let_venues_misbehave() {
        world.venue.deed = [this](u16, bool, Instant) {
            return draw(100) < 70 ? Deed::honest : static_cast<Deed>(draw(8));
        };
        world.net->short_send = 0.02;
    }
    void let_everyone_be_honest() {
        world.venue.deed = nullptr;
        world.net->short_send = 0;
        world.is_signer_alive = world.is_connector_alive = true;
    }

    void act() {
        const std::vector<LaneRef> lanes = world.net->open_lanes();
        switch (draw(10)) {
        case 0:
            pull_one();
            break;
        case 1:
        case 2:
            world.venue.place(any_shot(), world.clock.time + milliseconds(draw(2'000)));
            break;
        case 3:
            if (lanes.empty()) break;
            world.net->close_from_peer(lanes[draw(static_cast<u32>(lanes.size()))]);
            break;
        case 4:
            if (lanes.empty()) break;
            world.net->close_notify_from_peer(lanes[draw(static_cast<u32>(lanes.size()))]);
            break;
        case 5:
            world.is_signer_alive = draw(3) != 0;
            break;
        case 6:
            world.is_connector_alive = draw(4) != 0;
            break;
        case 7:
            rearm_one();
            break;
        case 8:
            if (draw(8) == 0) restart();
            break;
        default:
            break;
        }
    }
    void pull_one() {
        const u32 scope = draw(static_cast<u32>(world.plan->scopes.size()));
        world.pull(world.plan->scopes[scope].name.view());
        pulled[scope] = true;
    }
    void rearm_one() {
        const auto& scope = world.plan->scopes[draw(static_cast<u32>(world.plan->scopes.size()))];
        world.rearm(scope.name.view(), world.kill_number(scope.name.view()));
    }
    void restart() {
        world.kill_engine();
        world.start_engine();
        let_venues_misbehave();
    }

    // At the moment of a CONFIRMED: every order that had arrived when its venue was last read,
    // gone.
    void expect_true_words() {
        for (u16 slot = 0; slot < world.plan->scopes.size(); ++slot) {
            const ScopePlan& scope = world.plan->scopes[slot];
            const ks_outcome outcome = world.outcome(scope.name.view());
            const bool is_news = outcome == KS_CLEAR && before[slot] != KS_CLEAR;
            for (ShotId shot : scope.shots) {
                const Instant read_at = world.venue.last_read_at(shot.index);
                const u32 open_count = world.venue.open_count(shot.index, read_at);
                EXPECT_TRUE(!is_news || open_count == 0) << scope.name.view() << " is CONFIRMED";
            }
            for (u16 cell = 0; outcome != KS_IDLE && cell < world.plan->cells.size(); ++cell)
                EXPECT_TRUE(!scope.cells.test(cell) || world.is_closed(cell));
            before[slot] = outcome;
        }
    }

    void expect_limits_kept() const {
        for (u16 venue = 0; venue < world.plan->venues.size(); ++venue) {
            std::vector<Instant> arrivals;
            for (const Seen& seen : world.venue.seen())
                if (seen.is_cancel && world.plan->shots[seen.shot].venue.index == venue)
                    arrivals.push_back(seen.at);
            const GatePlan& gate = world.plan->gates[2 * venue];
            for (size_t i = gate.places; i < arrivals.size(); ++i)
                EXPECT_GE((arrivals[i] - arrivals[i - gate.places]).ns, gate.window.ns);
        }
    }

    World world;
    std::minstd_rand random;
    std::array<ks_outcome, scopes_max> before{};
    std::array<bool, scopes_max> pulled{};
};

TEST_P(Random, OperationNeverLiesNorBreaksALimitAndEndsClear) {
    ASSERT_TRUE(world.arm());
    let_venues_misbehave();
    const Instant end = world.clock.time + seconds(20);
    for (Instant next = world.clock.time; world.clock.time < end;) {
        if (world.clock.time >= next) {
            act();
            next = world.clock.time + milliseconds(1 + draw(100));
        }
        world.step();
        expect_true_words();
        ASSERT_EQ(world.net->broken, "") << "seed " << GetParam();
    }
    let_everyone_be_honest();
    const bool is_clear = world.run(seconds(90), [&] {
        expect_true_words();
        for (const ScopePlan& scope : world.plan->scopes) {
            const ks_outcome outcome = world.outcome(scope.name.view());
            if (outcome != KS_CLEAR && outcome != KS_IDLE) return false;
        }
        return true;
    });
    EXPECT_TRUE(is_clear) << "seed " << GetParam();
    EXPECT_EQ(world.net->broken, "") << "seed " << GetParam();
    expect_limits_kept();
}

INSTANTIATE_TEST_SUITE_P(Seed, Random, testing::Range(1u, seeds_count + 1));

} // namespace
} // namespace ks::sim
