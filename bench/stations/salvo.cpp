// The salvo: from the turn that sees a pull to the last record queued, and through the kernel.
#include "net/uring_net.hpp"
#include "no_net.hpp"
#include "stage/wired.hpp"
#include "station.hpp"

namespace ks::bench {
namespace {

// Up to eight accounts at each of up to eight venues, a lane for each.
sim::StageSetup stage_of(u16 shots) {
    const u16 venues = std::max<u16>(shots / 8, 1);
    return {.venues_count = venues,
            .accounts_count = static_cast<u16>(shots / venues),
            .lanes_count = 8,
            .fire_places = 60,
            .fire_window = microseconds(1),
            .fire_margin = {}};
}

// Fires all shots, over and over; the venues' answers and the sealing are not timed.
template<Net NetT> void fire_over(benchmark::State& state, const Station& station, NetT& net) {
    sim::Wired<NetT> wired(stage_of(static_cast<u16>(state.range(0))), net);
    if (!wired.arm()) return state.SkipWithError("not armed");
    bool is_first = true;
    time_after(
        state, station, "a shot did not leave in its turn, or was not armed again",
        [&] {
            const bool has_left = std::exchange(is_first, false) || wired.all_fired();
            if (!has_left || !wired.rearm()) return false;
            wired.pull("all", wired.clock.now());
            return true;
        },
        [&] { // with many scopes a pull is seen in one of some turns
            do wired.engine().turn();
            while (wired.engine().sweep().flight(ShotId{0}).state != State::fired);
        });
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

constexpr Station salvo_station{
    "seeing a pull, closing the halt, queueing every shot, and the books after the submit",
    "3 us for the first shot, whose lines are a millisecond old (1 of it the benchmark's own stop "
    "of "
    "the clock), then 0.12 us each: 0.08 before the submit, 0.04 for stamps and events after it",
    "the kernel and the network; sealing again, which chores do between fires"};

void salvo(benchmark::State& state) {
    NoNet net;
    fire_over(state, salvo_station, net);
}
BENCHMARK(salvo)->ArgName("shots")->Arg(1)->Arg(8)->Arg(64)->Iterations(200);

constexpr Station salvo_uring_station{
    "the same through the kernel: one io_uring_enter has returned",
    "the engine's share above, and 2.2 to 4.7 us of TCP and loopback for each shot",
    "the hand-over between CPUs, a network card, the way to the venue"};

void salvo_uring(benchmark::State& state) {
    Result<std::unique_ptr<UringNet>> net = UringNet::open();
    if (!net) return state.SkipWithError(net.error().sentence.c_str());
    fire_over(state, salvo_uring_station, **net);
}
BENCHMARK(salvo_uring)->ArgName("shots")->Arg(1)->Arg(8)->Arg(64)->Iterations(200);

} // namespace
} // namespace ks::bench
