// The gate: one booking.
#include "stage/stage.hpp"
#include "station.hpp"

namespace ks::bench {
namespace {

constexpr Station gate_admit_station{
    "one admission at a gate that has room",
    "under 40 ns: the gate's line (5), one compare-and-swap in a near cache (20), the books (5)",
    "other processes' traffic on the same places"};

void gate_admit(benchmark::State& state) {
    sim::Stage stage({.fire_places = 60, .fire_window = milliseconds(1)});
    Gates gates(*stage.plan, stage.parts().gates);
    const Booking booking{GateId{0}, 1};
    Instant now{1'000'000'000};
    Booked booked;
    time_all(state, gate_admit_station, [&] {
        now = now + microseconds(400); // so that a place is always free again
        benchmark::DoNotOptimize(
            gates.book({&booking, 1}, now, {.may_use_own = true, .keep_free = 0}, booked));
    });
}
BENCHMARK(gate_admit);

} // namespace
} // namespace ks::bench
