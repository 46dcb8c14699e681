// A hundred thousand kills at the three ordered venues, by the shipped engine over a simulated
// kernel: overlapping scopes, re-arms whole and in part, late and hidden orders, lies, refusals,
// floods of 429, falling lanes, pauses of the machine, deaths of the engine. Whatever happens:
// never a CONFIRMED while the venue had an order open or hidden, never a limit exceeded, never a
// halt open with a cause left, never a first shot behind a sweep; and honest venues become clear.
// One seed a test, printed by its name.
#include <gtest/gtest.h>

#include "cold/forecast.hpp"
#include "sim/real_plan.hpp"
#include "sim/world.hpp"

namespace ks::sim {
namespace {

#ifdef KS_SANITIZED              // every path is looked at ten times slower
constexpr u32 kills_count = 250; // of each seed
constexpr u32 seeds_count = 16;
#else
constexpr u32 kills_count = 2'500;
constexpr u32 seeds_count = 40;
#endif
constexpr Nanos idle_step = microseconds(400);

class Kills : public testing::TestWithParam<u32> {
protected:
    // Every other world says what stands behind its OMS; in the others that is never CONFIRMED.
    Kills()
        : world({.seed = GetParam()}, real_plan(GetParam() % 2 ? "coinswitch" : "")),
          random(GetParam()) {
        world.idle_step = idle_step;
        world.busy_step = microseconds(10);
        world.net->latency = milliseconds(20);
        for (u16 shot = 0; shot < world.plan->shots.size(); ++shot)
            world.venue.place(shot, world.clock.time);
    }

    u32 draw(u32 below) { return static_cast<u32>(random() % below); }
    std::string_view scope_name(u16 slot) const { return world.plan->scopes[slot].name.view(); }
    const ks_scope_line& line(u16 slot) const { return world.shared->status.scope[slot]; }
    ks_outcome outcome_of(u16 slot) const {
        return static_cast<ks_outcome>(static_cast<u32>(line(slot).kill_outcome));
    }
    u16 any_scope() { return static_cast<u16>(draw(static_cast<u32>(world.plan->scopes.size()))); }
    u16 any_shot() { return static_cast<u16>(draw(static_cast<u32>(world.plan->shots.size()))); }

    // ---- what can happen

    void let_venues_misbehave() {
        world.venue.deed = [this](u16, bool, Instant) {
            return draw(100) < 80 ? Deed::honest : static_cast<Deed>(draw(8));
        };
        world.net->short_send = 0.01;
    }
    void let_everyone_be_honest() {
        world.venue.deed = nullptr;
        world.venue.forget_old();
        world.net->short_send = 0;
        world.is_signer_alive = world.is_connector_alive = true;
    }
    void pull_one(u16 slot) {
        epochs[slot] = world.pull(scope_name(slot));
        ++pulls_count;
    }
    void rearm_one() {
        const u16 slot = any_scope();
        RearmWords words;
        if (draw(3) == 0) words.only = scope_name(any_scope());
        if (draw(4) == 0)
            words.exceptions.push_back(
                {draw(static_cast<u32>(world.plan->accounts.size())), draw(3)});
        if (asked[slot].any()) return; // one at a time
        world.rearm(scope_name(slot), world.kill_number(scope_name(slot)), words);
        requests[slot] = world.rearm_request(scope_name(slot)) + 1;
        asked[slot] = world.plan->scopes[slot].cells;
        if (!words.only.empty())
            asked[slot] &= world.plan->scopes[world.scope(words.only).index].cells;
    }
    void hide_one() {
        const u16 shot = any_shot();
        const size_t windows = world.plan->shots[shot].reads_older.size();
        if (windows > 0)
            world.venue.place_old(shot, static_cast<u16>(draw(static_cast<u32>(windows))));
    }
    void fell_a_lane() {
        const std::vector<LaneRef> lanes = world.net->open_lanes();
        if (!lanes.empty()) world.net->close_from_peer(lanes[draw(static_cast<u32>(lanes.size()))]);
    }
    void restart() {
        for (CellSet& cells : asked) cells = {}; // what it was asked is over
        world.kill_engine();
        world.start_engine();
        world.net->latency = milliseconds(20);
        let_venues_misbehave();
        events_seen = world.shared->ring.written.load();
    }
    void act() {
        const u32 what = draw(100);
        if (what < 60)
            pull_one(any_scope());
        else if (what < 80)
            world.venue.place(any_shot(), world.clock.time + milliseconds(draw(2'000)));
        else if (what < 90)
            rearm_one();
        else if (what < 94)
            fell_a_lane();
        else if (what < 96)
            world.clock.time = world.clock.time + milliseconds(draw(2'000)); // a pause
        else if (what < 97)
            restart();
        else if (what < 98)
            hide_one();
        else
            world.is_signer_alive = draw(3) != 0;
    }

    // ---- what must hold

    void step() {
        world.step();
        take_answers();
        expect_true_words();
        expect_order();
        if (++steps % 16 == 0) expect_halts();
    }
    // Re-arms that were done open what was asked, and nothing else.
    void take_answers() {
        for (u16 slot = 0; slot < world.plan->scopes.size(); ++slot) {
            if (!asked[slot].any()) continue;
            const u64 answer = line(slot).rearm_answer;
            if (answer >> 32 != requests[slot]) continue;
            if (static_cast<u32>(answer) == KS_REARM_LOOKING) continue;
            if (static_cast<u32>(answer) == KS_REARM_DONE) held[slot] -= asked[slot];
            asked[slot] = {};
        }
    }
    void expect_true_words() {
        for (u16 slot = 0; slot < world.plan->scopes.size(); ++slot) {
            const ks_outcome outcome = outcome_of(slot);
            if (outcome == before[slot]) continue;
            before[slot] = outcome;
            if (outcome != KS_CLEAR) continue;
            for (ShotId shot : world.plan->scopes[slot].shots) {
                if (!is_reached(slot, shot)) continue;
                const Instant read_at = world.venue.last_read_at(shot.index);
                EXPECT_EQ(world.venue.open_count(shot.index, read_at), 0u)
                    << scope_name(slot) << " is CONFIRMED, and at "
                    << world.plan->shots[shot.index].name.view() << " there is an order";
            }
        }
    }
    // A cause is on a cell from the moment its pull is handled until a re-arm lifts it.
    void expect_halts() {
        for (u16 slot = 0; slot < world.plan->scopes.size(); ++slot) {
            const u64 handled = world.shared->status.handled[0][slot].word;
            if (epochs[slot] == 0 || handled >> 32 != epochs[slot]) continue;
            if (handled != handled_before[slot]) held[slot] = world.plan->scopes[slot].cells;
            handled_before[slot] = handled;
            for (u16 cell = 0; cell < world.plan->cells.size(); ++cell)
                EXPECT_TRUE(!held[slot].test(cell) || world.is_closed(cell))
                    << scope_name(slot) << " cell " << cell;
        }
    }
    // No repeat leaves while a first shot waits for a place of the same gate.
    void expect_order() {
        for (const u64 written = world.shared->ring.written.load(); events_seen < written;) {
            const Event& event = world.shared->ring.place(++events_seen);
            if (event.kind != EventKind::shot_sent || event.number < 2) continue;
            const RequestPlan& repeat = world.plan->requests[event.request];
            for (u16 i = 0; i < world.plan->shots.size(); ++i) {
                const Flight& flight = world.engine->sweep().flight(ShotId{i});
                const bool waits = flight.state == State::aimed && flight.sent_count == 0 &&
                                   flight.wait == Wait::place;
                const auto& gates = world.plan->requests[world.plan->shots[i].fire.index].gates;
                EXPECT_FALSE(waits && gates[0].gate == repeat.gates[0].gate)
                    << world.plan->shots[i].name.view() << " waits behind a repeat";
            }
        }
    }
    void expect_limits_kept() const {
        std::vector<std::vector<Instant>> arrivals(world.plan->gates.size());
        for (const Seen& seen : world.venue.seen())
            for (Booking booking : world.plan->requests[seen.request].gates)
                arrivals[booking.gate.index].insert(arrivals[booking.gate.index].end(),
                                                    booking.weight, seen.at);
        for (u16 g = 0; g < world.plan->gates.size(); ++g) {
            const GatePlan& gate = world.plan->gates[g];
            std::sort(arrivals[g].begin(), arrivals[g].end());
            for (size_t i = gate.places; i < arrivals[g].size(); ++i)
                ASSERT_GE((arrivals[g][i] - arrivals[g][i - gate.places]).ns, gate.window.ns)
                    << gate.name.view();
        }
    }

    // ---- phases

    void storm() {
        let_venues_misbehave();
        const Instant end = world.clock.time + seconds(4);
        for (Instant next = world.clock.time; world.clock.time < end;) {
            if (world.clock.time >= next) {
                act();
                next = world.clock.time + milliseconds(1 + draw(6));
            }
            step();
        }
    }
    template<class Done> bool run(Nanos span, Done done) {
        const Instant end = world.clock.time + span;
        while (world.clock.time < end) {
            if (done()) return true;
            step();
        }
        return done();
    }
    // An OMS alone, or without its exchanges: its own reads are all that can be had.
    bool are_reads_clear(u16 slot) const {
        for (ShotId shot : world.plan->scopes[slot].shots)
            if (is_reached(slot, shot) && world.engine->sweep().flight(shot).state != State::clear)
                return false;
        return true;
    }
    bool is_reached(u16 slot, ShotId shot) const {
        return world.engine->kills()
            .held(ScopeId{slot})
            .test(world.plan->shots[shot.index].cell.index);
    }
    // A human says of what cannot be proven that nothing is open there.
    RearmWords exceptions(u16 slot) const {
        RearmWords words;
        for (ShotId shot : world.plan->scopes[slot].shots)
            if (is_reached(slot, shot) && world.engine->sweep().outcome(shot) != KS_CLEAR)
                words.exceptions.push_back({world.plan->shots[shot.index].account.index, 0});
        return words;
    }
    bool is_quiet() const {
        for (u16 slot = 0; slot < world.plan->scopes.size(); ++slot) {
            const ks_outcome outcome = outcome_of(slot);
            if (outcome == KS_CLEAR || outcome == KS_IDLE) continue;
            if (outcome != KS_UNKNOWN || !are_reads_clear(slot)) return false;
        }
        return true;
    }
    // One kill of honest venues whose limits have rested is over when status said that it would be.
    void expect_foretold() {
        world.idle_step = milliseconds(2); // nothing is asked of the engine: letters may be late
        run(seconds(70), [] { return false; });
        world.idle_step = idle_step;
        const u16 slot = any_scope();
        const ScopePlan& scope = world.plan->scopes[slot];
        const Forecast foretold = forecast(*world.plan, scope);
        if (!foretold.is_provable) return;
        for (ShotId shot : scope.shots) world.venue.place(shot.index, world.clock.time);
        world.idle_step = microseconds(100);
        const Instant pulled_at = world.clock.time;
        pull_one(slot);
        EXPECT_TRUE(run(foretold.clear, [&] { return outcome_of(slot) == KS_CLEAR; }))
            << scope.name.view() << " is not clear "
            << (world.clock.time - pulled_at).ns / 1'000'000 << " ms after its pull";
        world.idle_step = idle_step;
    }
    // Every kill is lifted; a venue's limit may want a minute before.
    void rearm_all() {
        for (u16 slot = 0; slot < world.plan->scopes.size(); ++slot) {
            const std::string_view name = scope_name(slot);
            for (int tries = 0; world.outcome(name) != KS_IDLE && tries < 10; ++tries) {
                ASSERT_TRUE(run(seconds(100), [&] { return !asked[slot].any() && is_quiet(); }));
                world.rearm(name, world.kill_number(name), exceptions(slot));
                requests[slot] = world.rearm_request(name) + 1;
                asked[slot] = world.plan->scopes[slot].cells;
                ASSERT_TRUE(run(seconds(20), [&] { return !asked[slot].any(); })) << name;
                if (world.outcome(name) != KS_IDLE) run(seconds(10), [] { return false; });
            }
            EXPECT_EQ(world.outcome(name), KS_IDLE) << name;
        }
    }

    World world;
    std::minstd_rand random;
    u32 pulls_count = 0;
    u64 steps = 0;
    u64 events_seen = 0;
    std::array<ks_outcome, scopes_max> before{};
    std::array<u32, scopes_max> epochs{};
    std::array<u64, scopes_max> handled_before{};
    std::array<u32, scopes_max> requests{};
    std::array<CellSet, scopes_max> held{}, asked{};
};

TEST_P(Kills, NeverLieNorBreakALimitAndEndClear) {
    ASSERT_TRUE(world.arm());
    while (pulls_count < kills_count && !HasFailure()) {
        storm();
        let_everyone_be_honest();
        ASSERT_TRUE(run(seconds(300), [&] { return is_quiet(); })) << "pull " << pulls_count;
        rearm_all();
        expect_foretold();
        rearm_all();
        ASSERT_EQ(world.net->broken, "");
    }
    expect_limits_kept();
}

INSTANTIATE_TEST_SUITE_P(Seed, Kills, testing::Range(1u, seeds_count + 1));

} // namespace
} // namespace ks::sim
