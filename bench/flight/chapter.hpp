// Chapter: rows of fires flown in turns, A B C A B C, so that whatever drifts on a shared machine
// drifts for all of them; each station that a row wants becomes a Figure, kept by repetition.
#pragma once

#include <string>
#include <vector>

#include "flight/range.hpp"
#include "results.hpp"

namespace ks::bench {

// How much to fire: the counts are of one repetition.
struct Effort {
    u32 repetitions = 3;
    u32 hot = 7'000; // fires of a hot row with one shot
    u32 cold = 700;  // of a row with idle time
};

// Which span of a fire, and under which name and group it is published.
struct Wanted {
    std::string group;
    std::string name;
    float (*span)(const Stations&);
};

// Spans.
float until_seen(const Stations& s);
float until_submit(const Stations& s);
float until_returned(const Stations& s);
float until_first_readable(const Stations& s);
float until_last_readable(const Stations& s);
float until_accepted(const Stations& s);
float until_sealed(const Stations& s);
float until_confirmed(const Stations& s);
float seen_to_submit(const Stations& s);
float submit_to_returned(const Stations& s);

struct Series {
    Range* range = nullptr;
    Shooting shooting;
    std::string scenario;
    std::string net;
    u32 fires = 0; // of one repetition
    std::vector<Wanted> wanted;
};

class Chapter {
public:
    void add(Series row) { rows_.push_back(std::move(row)); }
    // Appends its figures. The error names the row.
    Result<void> fly(const Effort& effort, std::vector<Figure>& figures);

private:
    std::vector<Series> rows_;
};

// The figure of that name, scenario and number of shots, or an empty one.
const Figure& find(const std::vector<Figure>& figures, std::string_view name,
                   std::string_view scenario, u32 shots);

} // namespace ks::bench
