// Station benchmarks: what each station of a fire costs by itself, on one thread, hot.
// Every figure here is a lower bound: caches are warm and nobody else runs. The whole flight, cold
// and against peers, is trigger_to_wire's to measure.
#include <benchmark/benchmark.h>

#include "net/uring_net.hpp"
#include "stage/wired.hpp"

namespace ks::sim {
namespace {

// A net without a kernel: what is queued is sent at once; to see the engine alone.
class NoNet {
public:
    bool adopt(LaneRef, int) noexcept { return true; }
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
        add({lane, What::sent, static_cast<i32>(bytes.size()), -1, {}});
        return true;
    }
    void inject(LaneRef lane, std::span<const std::byte> bytes) {
        std::vector<std::byte>& place = arrived_[count_ % arrived_.size()];
        place.assign(bytes.begin(), bytes.end());
        add({lane, What::got, 0, -1, place});
    }
    void submit() noexcept {}
    bool poll(NetEvent& event) noexcept {
        if (polled_count_ == count_) return false;
        event = events_[polled_count_++ % events_.size()];
        return true;
    }
    void touch(LaneRef) noexcept {}
    void drop(LaneRef) noexcept {}

private:
    void add(const NetEvent& event) noexcept { events_[count_++ % events_.size()] = event; }
    std::array<NetEvent, 1024> events_{};
    std::array<std::vector<std::byte>, 1024> arrived_;
    size_t count_ = 0;
    size_t polled_count_ = 0;
};

// Asks:    what does one admission cost at a gate that has room?
// Expects: under 40 ns: one CAS on a place that lies in a near cache.
// Omits:   other processes' traffic on the same places.
void gate_admit(benchmark::State& state) {
    Stage stage({.fire_places = 60, .fire_window = milliseconds(1)});
    Gates gates(*stage.plan, stage.parts().gates);
    const Booking booking{GateId{0}, 1};
    Instant now{1'000'000'000};
    Booked booked;
    for (auto _ : state) {
        now = now + microseconds(400); // so that a place is always free again
        benchmark::DoNotOptimize(
            gates.book({&booking, 1}, now, {.may_use_own = true, .keep_free = 0}, booked));
    }
}
BENCHMARK(gate_admit);

// Asks:    what does sealing one request cost, per suite?
// Expects: 3.1 us AES-128-GCM, 3.6 us AES-256-GCM, 1.6 us ChaCha20 with Debian's library, which has
//          no AES-NI (measured for 400 bytes, tls-and-io_uring).
// Omits:   the signature, which is the signer's.
void seal(benchmark::State& state) {
    Session session;
    const auto suite = static_cast<Suite>(state.range(0));
    if (!session.adopt(handover_of(1, suite), 1)) return state.SkipWithError("unknown suite");
    const std::array<std::byte, 426> request{};
    Record record;
    for (auto _ : state) benchmark::DoNotOptimize(session.seal(request, record));
}
BENCHMARK(seal)->ArgName("suite")->Arg(1)->Arg(2)->Arg(3);

// Asks:    what does a turn cost in which nothing happens, chores included?
// Expects: under 60 ns for the turn itself; a chore adds its own work, and every chore has its turn
//          in seventeen.
// Omits:   the kernel: the net here is empty.
void turn_idle(benchmark::State& state) {
    NoNet net;
    Wired<NoNet> wired({.accounts_count = 8, .lanes_count = 10, .fire_places = 20}, net);
    if (!wired.arm()) return state.SkipWithError("not armed");
    for (auto _ : state) wired.engine().turn();
}
BENCHMARK(turn_idle);

// Fires all shots of one venue, over and over; the venue's answers and the sealing are not timed.
template<Net NetT> void fire_over(benchmark::State& state, NetT& net) {
    const auto shots = static_cast<u16>(state.range(0));
    Wired<NetT> wired({.accounts_count = shots,
                       .lanes_count = static_cast<u16>(shots + 1),
                       .fire_places = 60,
                       .fire_window = microseconds(1),
                       .fire_margin = {}},
                      net);
    if (!wired.arm()) return state.SkipWithError("not armed");
    for (auto _ : state) {
        state.PauseTiming();
        if (!wired.rearm()) return state.SkipWithError("not armed again");
        wired.pull("all", wired.clock.now());
        state.ResumeTiming();
        wired.engine().turn();
        state.PauseTiming();
        if (!wired.all_fired()) return state.SkipWithError("a shot did not leave in its turn");
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * shots);
}

// Asks:    what does the engine add between seeing a pull and the last send being queued?
// Expects: about 2 us for the first shot, whose lines are a millisecond old, and 0.4 us for each
//          more: a gate's books, most of it copying what was booked, a journal event, the lane.
// Omits:   the kernel and the network; sealing again, which chores do between fires.
void salvo(benchmark::State& state) {
    NoNet net;
    fire_over(state, net);
}
BENCHMARK(salvo)->ArgName("shots")->Arg(1)->Arg(8)->Arg(32)->Iterations(200);

// Asks:    the same through the kernel: pull seen, all shots sealed, one io_uring_enter returned.
// Expects: engine's share above, and 2.2 to 2.6 us of TCP and loopback for each shot.
// Omits:   the hand-over between CPUs, a NIC, the way to the venue.
void salvo_uring(benchmark::State& state) {
    Result<std::unique_ptr<UringNet>> net = UringNet::open();
    if (!net) return state.SkipWithError(net.error().sentence.c_str());
    fire_over(state, **net);
}
BENCHMARK(salvo_uring)->ArgName("shots")->Arg(1)->Arg(8)->Arg(32)->Iterations(200);

} // namespace
} // namespace ks::sim
