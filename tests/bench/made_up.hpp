// Made-up results: distributions with a chosen p50, p99 and tail, in every group that has a chart.
// Guarantees: the same numbers each time.
#pragma once

#include <cmath>
#include <string>

#include "results.hpp"

namespace ks::bench {

struct Shape {
    double p50_us;
    double p99_us;
    size_t count;
};

// The quantile at a share of the samples: even from 0.85 of p50 to p50, then a power law to p99.
inline double quantile_us(Shape shape, double share) {
    if (share <= 0.5) return shape.p50_us * (0.85 + 0.3 * share);
    const double decades = std::log10(0.5 / (1 - share)) / std::log10(0.5 / 0.01);
    return shape.p50_us * std::pow(shape.p99_us / shape.p50_us, decades * decades);
}

inline std::vector<std::vector<u32>> repetitions_of(Shape shape) {
    std::vector<std::vector<u32>> repetitions(3);
    for (size_t i = 0; i < shape.count; ++i) {
        const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(shape.count);
        const double ns = quantile_us(shape, share) * 1'000;
        for (size_t k = 0; k < 3; ++k)
            repetitions[k].push_back(static_cast<u32>(ns * (0.98 + 0.02 * static_cast<double>(k))));
    }
    return repetitions;
}

struct Said {
    const char* group;
    const char* name;
    const char* scenario;
    u32 shots;
    i64 idle_ns;
    Shape shape;
};

// After the tables of earlier spikes, so that the page looks as a real one will.
inline constexpr Said made_up[] = {
    {group::stations, "store to seen", "hot", 1, 40'000, {0.19, 0.4, 20'000}},
    {group::stations, "store to submit returned", "hot", 1, 40'000, {3.22, 7.4, 20'000}},
    {group::stations, "store to last readable", "hot", 1, 40'000, {3.45, 8.7, 20'000}},
    {group::stations, "store to accepted", "hot", 1, 40'000, {11.6, 25, 20'000}},
    {group::stations, "store to CONFIRMED", "hot", 1, 40'000, {24.1, 60, 20'000}},
    {group::stations, "store to seen", "hot", 64, 40'000, {0.20, 0.5, 6'000}},
    {group::stations, "store to submit returned", "hot", 64, 40'000, {147.7, 233, 6'000}},
    {group::stations, "store to last readable", "hot", 64, 40'000, {149.4, 240, 6'000}},
    {group::stations, "store to accepted", "hot", 64, 40'000, {573, 800, 6'000}},
    {group::stations, "store to CONFIRMED", "hot", 64, 40'000, {1'150, 1'800, 6'000}},
    {group::shots, "killswitch", "hot", 1, 40'000, {3.22, 7.4, 20'000}},
    {group::shots, "bare client", "hot", 1, 40'000, {3.05, 6.4, 20'000}},
    {group::shots, "handoff and send loop", "hot", 1, 40'000, {2.77, 4.6, 20'000}},
    {group::shots, "killswitch", "hot", 8, 40'000, {20.1, 43, 20'000}},
    {group::shots, "bare client", "hot", 8, 40'000, {20.3, 44, 20'000}},
    {group::shots, "handoff and send loop", "hot", 8, 40'000, {18.1, 26, 20'000}},
    {group::shots, "killswitch", "hot", 64, 40'000, {147.7, 233, 6'000}},
    {group::shots, "bare client", "hot", 64, 40'000, {148.3, 232, 6'000}},
    {group::shots, "handoff and send loop", "hot", 64, 40'000, {125.3, 177, 6'000}},
    {group::idle, "kept warm", "", 1, 40'000, {3.22, 7.4, 20'000}},
    {group::idle, "kept warm", "", 1, 1'000'000, {3.5, 7.9, 2'000}},
    {group::idle, "kept warm", "", 1, 10'000'000, {4.02, 8.8, 400}},
    {group::idle, "kept warm", "", 1, 100'000'000, {6.2, 16, 80}},
    {group::idle, "left alone", "", 1, 40'000, {3.25, 7.6, 20'000}},
    {group::idle, "left alone", "", 1, 1'000'000, {5.4, 10, 2'000}},
    {group::idle, "left alone", "", 1, 10'000'000, {12.4, 42, 400}},
    {group::idle, "left alone", "", 1, 100'000'000, {27.5, 60, 80}},
    {group::peers, "killswitch", "hot", 1, 40'000, {3.45, 8.7, 20'000}},
    {group::peers, "Boost.Beast", "hot", 1, 40'000, {11.6, 23, 20'000}},
    {group::peers, "Go net/http", "hot", 1, 40'000, {15.0, 73, 20'000}},
    {group::peers, "Rust reqwest", "hot", 1, 40'000, {17.0, 38, 20'000}},
    {group::peers, "libcurl", "hot", 1, 40'000, {21.7, 46, 20'000}},
    {group::peers, "Python http.client", "hot", 1, 40'000, {36.4, 81, 4'500}},
    {group::peers, "Node fetch", "hot", 1, 40'000, {48.9, 266, 4'500}},
    {group::peers, "ccxt (JS)", "hot", 1, 40'000, {81.6, 685, 3'000}},
    {group::peers, "requests.Session", "hot", 1, 40'000, {484, 767, 4'500}},
    {group::peers, "requests, no session", "hot", 1, 40'000, {2'268, 3'422, 450}},
    {group::peers, "killswitch", "10 ms idle", 1, 10'000'000, {4.02, 8.8, 400}},
    {group::peers, "Go net/http", "10 ms idle", 1, 10'000'000, {32, 90, 400}},
    {group::peers, "Boost.Beast", "10 ms idle", 1, 10'000'000, {42.2, 95, 400}},
    {group::peers, "libcurl", "10 ms idle", 1, 10'000'000, {59, 130, 400}},
    {group::peers, "Node fetch", "10 ms idle", 1, 10'000'000, {239, 700, 400}},
    {group::peers, "requests.Session", "10 ms idle", 1, 10'000'000, {566, 900, 400}},
    {"crypto at the trigger", "HMAC & <seal>", "hot", 1, 0, {3.5, 4.1, 2'000}},
    {"crypto at the trigger", "Ed25519", "hot", 1, 0, {42.2, 66, 2'000}},
};

inline Results made_up_results() {
    Results results;
    results.host = read_host_facts();
    results.noise_before = {{1, 851, 9'000, 55'000, 300'000, 0.011}};
    results.noise_after = {{1, 790, 9'100, 54'000, 410'000, 0.0105}};
    results.quiet = {.others_share = 0.004, .steal_share = 0.0007, .is_known = true};
    for (const Said& said : made_up)
        results.figures.push_back({said.group, said.name, said.scenario, said.shots, said.idle_ns,
                                   said.group == group::peers ? "" : "io_uring", "",
                                   repetitions_of(said.shape)});
    results.figures[28].note = "signs, encrypts and sends when the trigger is seen";
    results.checks = {
        {"One shot", "killswitch", "bare client", 1.056, 1.10, "<=", 1.05, "same wait, same bytes"},
        {"Boost.Beast, hot", "Boost.Beast", "killswitch", 3.36, 3.3, ">=", 0, ""},
        {"Cold, 100 ms", "100 ms idle", "40 µs idle", 2.31, 2.2, "<=", 1.3, "a noisy neighbour"},
        {"Go, hot", "Go net/http", "killswitch", 0, 4.3, ">=", 0, "no compiler here"}};
    results.skipped = {"Go: no compiler on this machine"};
    results.omitted = {"a network card: all of this is loopback"};
    results.command = "trigger_to_wire --fires 20000 --html report.html && echo \"done\"";
    results.date = "2026-12-01T09:50:00Z";
    results.version = "0.1.0";
    return results;
}

} // namespace ks::bench
