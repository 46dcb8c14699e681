// Books: what the hot thread writes for others, journal and status page.
#include "stage/stage.hpp"
#include "station.hpp"

namespace ks::bench {
namespace {

constexpr Station journal_event_station{
    "leaving one event for the scribe",
    "under 25 ns: 64 bytes into a line last used a whole ring ago, and one release store",
    "the disk, which is the scribe's"};

void journal_event(benchmark::State& state) {
    const auto ring = std::make_unique<JournalRing>();
    Journal journal(*ring);
    JournalDrain drain(*ring);
    Event event;
    event.kind = EventKind::shot_sent;
    time_all(state, journal_event_station, [&] {
        journal.note(event);
        drain.release(drain.written());
    });
}
BENCHMARK(journal_event);

constexpr Station publish_station{
    "publishing one line of the status page: heartbeat; the line of a kill begun",
    "under 40 ns each: two stores of the sequence around some relaxed ones",
    "a reader that holds the line: 50 to 500 ns more"};

void publish_beat(benchmark::State& state) {
    sim::Stage stage({});
    Status status(*stage.plan, stage.shared->status);
    Instant now{1'000'000'000};
    time_all(state, publish_station, [&] {
        now = now + milliseconds(1);
        status.beat(now, 2);
    });
}
BENCHMARK(publish_beat);

void publish_kill(benchmark::State& state) {
    sim::Stage stage({});
    Status status(*stage.plan, stage.shared->status);
    Kill kill;
    time_all(state, publish_station, [&] {
        ++kill.number;
        status.kill_begun(ScopeId{0}, kill);
    });
}
BENCHMARK(publish_kill);

} // namespace
} // namespace ks::bench
