// Results: what a benchmark run measured and checked, before it is a page, a table or JSON.
// Guarantees: a published percentile is the median over the repetitions of that percentile; min and
// max are over all of them; a p99.9 is shown only where each repetition has 1,000 samples, else
// "-".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "host_facts.hpp"

namespace ks::bench {

// The groups that have a chart of their own; any other name gets a table and percentile curves.
namespace group {
// One figure a station, in the order of the flight; a bar per scenario and number of shots.
constexpr const char* stations = "stations";
// The same kill at 1, 8, 64 shots; a line per name: engine, bare client, floor.
constexpr const char* shots = "shots";
// The same kill after each idle time; a line per name: warmed, not warmed.
constexpr const char* idle = "idle";
// The same request by each client; per scenario ("hot", "10 ms idle") the first one is 1x.
constexpr const char* peers = "peers";
}

// One distribution. Repetitions are kept apart, so that one bad one does not set a percentile.
struct Figure {
    std::string group;
    std::string name;     // a station or a peer: "store to submit returned", "Boost.Beast"
    std::string scenario; // "hot", "10 ms idle"
    u32 shots = 1;
    i64 idle_ns = 0;
    std::string net;  // "io_uring", "socket"; empty: does not apply
    std::string note; // "blocked in recv: pays a wake-up"
    std::vector<std::vector<u32>> repetitions_ns;
};

struct Percentiles {
    double min_ns = 0;
    double p50_ns = 0;
    double p90_ns = 0;
    double p99_ns = 0;
    double p999_ns = 0;
    double max_ns = 0;
    u64 count = 0;
    u64 thinnest_count = 0; // samples of the smallest repetition
    bool has_p999() const { return thinnest_count >= 1'000; }
};

// The smallest sample that at least `percent` of all samples do not exceed. `sorted` is not empty.
u32 nearest_rank(std::span<const u32> sorted, double percent);
// All zero when there is no sample.
Percentiles percentiles(const std::vector<std::vector<u32>>& repetitions_ns);

// A point of the curve: `percent` of the samples were no slower than `ns`.
struct CurvePoint {
    double percent;
    double ns;
};
// 0 to 99.99 percent, dense where the tail is; ends where fewer than ten samples lie beyond.
std::vector<CurvePoint> percentile_curve(const std::vector<std::vector<u32>>& repetitions_ns);

// A ratio that must hold: left over right, `bound` on its `side`; and the goal we would like.
struct Check {
    std::string name;
    std::string left;  // the figure above the line, as a reader would say it
    std::string right; // and the one below it
    double ratio = 0;
    double bound = 0;
    std::string side = "<="; // or ">="
    double goal = 0;         // 0: none beyond the bound
    std::string explanation;
    // A ratio of 0 was not measured, and what was not measured is not met.
    bool is_met() const { return ratio > 0 && is_within(bound); }
    bool is_goal_met() const { return ratio > 0 && is_within(goal == 0 ? bound : goal); }
    bool is_within(double limit) const { return side == "<=" ? ratio <= limit : ratio >= limit; }
};
// Fills in the ratio: p50 of left over p50 of right; 0 without samples.
double ratio_of_p50(const Figure& left, const Figure& right);

struct Results {
    HostFacts host;
    std::vector<Noise> noise_before; // a spin test for each CPU in use
    std::vector<Noise> noise_after;
    Quiet quiet; // over the whole run
    std::vector<Figure> figures;
    std::vector<Check> checks;
    std::vector<std::string> skipped; // "Go: no go compiler on this machine"
    std::vector<std::string> omitted; // "the network card: loopback only"
    std::string command;
    std::string date; // "2026-12-01T09:50:00Z"
    std::string version;
};

} // namespace ks::bench
