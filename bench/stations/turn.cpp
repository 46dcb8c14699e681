// The turn in which nothing happens: what a pull waits for on average is half of one.
#include "no_net.hpp"
#include "stage/wired.hpp"
#include "station.hpp"

namespace ks::bench {
namespace {

sim::StageSetup stage_of(const benchmark::State& state) {
    const auto shots = static_cast<u16>(state.range(3));
    const auto lanes = static_cast<u16>(state.range(1));
    const u16 venues = lanes >= 64 ? 8 : 1;
    const u16 accounts = std::min<u16>(static_cast<u16>(shots / venues), 8);
    return {.venues_count = venues,
            .accounts_count = std::max<u16>(accounts, 1),
            .products_count = static_cast<u16>(std::max(shots / (venues * 8), 1)),
            .lanes_count = static_cast<u16>(lanes / venues),
            .scopes_count = static_cast<u16>(state.range(2)),
            .producers_count = static_cast<u16>(state.range(0)),
            .fire_places = 60};
}

constexpr Station turn_idle_station{
    "a turn in which nothing happens, chores and their rests included",
    "at most 60 ns: 16 bells in 8 lines (8), clock (10), one chore's look (10), net (3), beat (5)",
    "the kernel: the net here is empty; a chore that finds work adds its own"};

void turn_idle(benchmark::State& state) {
    NoNet net;
    sim::Wired<NoNet> wired(stage_of(state), net);
    if (!wired.arm()) return state.SkipWithError("not armed");
    time_all(state, turn_idle_station, [&] { wired.engine().turn(); });
}
BENCHMARK(turn_idle)
    ->ArgNames({"producers", "lanes", "scopes", "shots"})
    ->Args({1, 4, 2, 1})
    ->Args({8, 64, 256, 64})
    ->Args({8, 64, 256, 256});

constexpr Station trigger_poll_station{
    "looking whether anyone has pulled",
    "under 15 ns: up to 16 bells, which nobody has written, and their compare",
    "the line's way between two CPUs once somebody pulls: 80 to 500 ns, the machine's own"};

void trigger_poll(benchmark::State& state) {
    const sim::StageSetup setup = stage_of(state);
    sim::Stage stage(setup);
    Trigger trigger(*stage.plan, stage.parts().triggers);
    Instant now{1'000'000'000};
    time_all(state, trigger_poll_station, [&] {
        now = now + nanoseconds(50);
        benchmark::DoNotOptimize(trigger.poll(now));
    });
}
BENCHMARK(trigger_poll)
    ->ArgNames({"producers", "lanes", "scopes", "shots"})
    ->Args({1, 4, 2, 1})
    ->Args({8, 64, 256, 64})
    ->Args({8, 64, 256, 256});

} // namespace
} // namespace ks::bench
