// ks_stations: each station of a fire by itself, as a Google Benchmark. With --trip-guard it
// allocates in a guarded loop instead, and must die of that: a guard that cannot trip guards
// nothing.
#include <cstdlib>
#include <string_view>

#include "station.hpp"

namespace {

void trip_guard(benchmark::State& state) {
    ks::bench::time_all(state, {"an allocation", "death", "nothing"}, [] {
        void* place = std::malloc(1);
        benchmark::DoNotOptimize(place);
        std::free(place);
    });
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--trip-guard") {
        benchmark::RegisterBenchmark("trip_guard", trip_guard);
        benchmark::RunSpecifiedBenchmarks("trip_guard");
        return 0;
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
