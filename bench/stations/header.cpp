// The public header: what a risk process and an order sender pay.
#include "abi/killswitch.h"
#include "stage/stage.hpp"
#include "station.hpp"

namespace ks::bench {
namespace {

// As ks_open leaves it.
ks_handle handle_of(sim::Stage& stage) {
    ks_handle handle{};
    handle.status = &stage.shared->status;
    handle.mine = &stage.shared->trigger;
    handle.trigger[0] = &stage.shared->trigger;
    handle.gates = &stage.shared->gates;
    handle.producer = 0;
    return handle;
}

constexpr Station pull_station{
    "pulling a scope that is being pulled again and again",
    "under 120 ns: the clock (45), the word's check (10), two locked operations (40)",
    "the line's way back from the engine's CPU, which polls it"};

void pull_slot(benchmark::State& state) {
    sim::Stage stage({});
    ks_handle handle = handle_of(stage);
    const u32 scope = ks_find_scope(&handle, "all");
    if (scope == KS_NONE) return state.SkipWithError("no scope");
    time_all(state, pull_station,
             [&] { benchmark::DoNotOptimize(ks_pull_slot(&handle, scope, 0, nullptr)); });
}
BENCHMARK(pull_slot);

// As the pages publish a config whose scopes all reach cell 0 or do not.
void publish_cells(sim::Stage& stage) {
    ks_status_page& status = stage.shared->status;
    for (size_t i = 0; i < stage.plan->scopes.size(); ++i)
        for (size_t word = 0; word < CellSet::words_count; ++word)
            status.scope[i].cells[word] = stage.plan->scopes[i].cells.words[word];
    for (size_t i = 0; i < stage.plan->cells.size(); ++i) status.cell[i].in_config = 1;
}

constexpr Station may_send_station{
    "an order sender's question before each order, with 65 scopes of 64 accounts",
    "under 150 ns: whether a scope reaches the cell, 65 loads (40), the words of two that do (20), "
    "the halt word, the clock for the engine's heartbeat (45)",
    "other traffic on these lines; they change only when somebody kills"};

void may_send(benchmark::State& state) {
    sim::Stage stage({.venues_count = 8, .accounts_count = 8, .lanes_count = 8});
    publish_cells(stage);
    ks_handle handle = handle_of(stage);
    stage.shared->status.engine_beat_ns = ks_now_ns() + 100'000'000'000; // it lives meanwhile
    if (ks_may_send(&handle, 0) == 0) return state.SkipWithError("it may not send");
    time_all(state, may_send_station, [&] { benchmark::DoNotOptimize(ks_may_send(&handle, 0)); });
    if (ks_may_send(&handle, 0) == 0) return state.SkipWithError("it may not send any more");
}
BENCHMARK(may_send);

} // namespace
} // namespace ks::bench
