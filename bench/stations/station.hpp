// Station: what a case of these benchmarks asks, expects and omits, printed beside its figure; its
// timed loop runs under the allocation guard, which aborts on the first allocation.
// Every figure is a lower bound: caches are warm and nobody else runs. The whole flight, cold and
// against peers, is trigger_to_wire's to measure.
#pragma once

#include <benchmark/benchmark.h>

#include "cold/allocation_guard.hpp"

namespace ks::bench {

struct Station {
    const char* asks;
    const char* expects; // with the sum behind it
    const char* omits;
};

inline void say(benchmark::State& state, const Station& station) {
    state.SetLabel(std::string("asks: ") + station.asks + "; expects: " + station.expects +
                   "; omits: " + station.omits);
}

// The whole loop is timed.
template<class Body> void time_all(benchmark::State& state, const Station& station, Body body) {
    say(state, station);
    forbid_allocation();
    for (auto _ : state) body();
    allow_allocation();
}

// `prepare` is neither timed nor guarded; false: the case fails with `why`.
template<class Prepare, class Body> void time_after(benchmark::State& state, const Station& station,
                                                    const char* why, Prepare prepare, Body body) {
    say(state, station);
    for (auto _ : state) {
        state.PauseTiming();
        if (!prepare()) return state.SkipWithError(why);
        forbid_allocation();
        state.ResumeTiming();
        body();
        state.PauseTiming();
        allow_allocation();
        state.ResumeTiming();
    }
}

} // namespace ks::bench
