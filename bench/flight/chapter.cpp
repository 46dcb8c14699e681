#include "flight/chapter.hpp"

#include <algorithm>

namespace ks::bench {

namespace {

constexpr u32 batch_fires = 250; // of a row before the next one has its turn
constexpr u32 dropped_fires = 4; // the first of a batch: caches are the last row's

// One batch of one row. Fires that were not whole are flown again, so many times.
Result<void> fly_batch(const Series& row, u32 fires, std::vector<std::vector<u32>*>& into) {
    row.range->begin(row.shooting);
    u32 kept = 0;
    for (u32 flown = 0; kept < fires && flown < 4 * fires + 50; ++flown) {
        const Result<Stations> stations = row.range->fire();
        if (!stations) {
            row.range->end();
            return stations.error();
        }
        if (flown < dropped_fires || !stations->is_whole) continue;
        for (size_t i = 0; i < row.wanted.size(); ++i)
            into[i]->push_back(static_cast<u32>(std::max(0.0f, row.wanted[i].span(*stations))));
        ++kept;
    }
    row.range->end();
    if (kept < fires) return Error{"too many fires did not leave whole"};
    return {};
}

Figure figure_of(const Series& row, const Wanted& wanted, u32 repetitions) {
    Figure figure{wanted.group,         wanted.name, row.scenario, row.shooting.shots,
                  row.shooting.idle.ns, row.net,     "",           {}};
    figure.repetitions_ns.resize(repetitions);
    return figure;
}

} // namespace

Result<void> Chapter::fly(const Effort& effort, std::vector<Figure>& figures) {
    const size_t first = figures.size();
    for (const Series& row : rows_)
        for (const Wanted& wanted : row.wanted)
            figures.push_back(figure_of(row, wanted, effort.repetitions));
    for (u32 repetition = 0; repetition < effort.repetitions; ++repetition)
        for (u32 begun = 0, most = 1; begun < most; begun += batch_fires) {
            size_t at = first;
            for (const Series& row : rows_) {
                most = std::max(most, row.fires);
                std::vector<std::vector<u32>*> into;
                for (size_t i = 0; i < row.wanted.size(); ++i)
                    into.push_back(&figures[at++].repetitions_ns[repetition]);
                if (begun >= row.fires) continue;
                const u32 fires = std::min(batch_fires, row.fires - begun);
                if (Result<void> flown = fly_batch(row, fires, into); !flown)
                    return std::move(flown).error().within(row.scenario + ", " +
                                                           row.wanted[0].name + " x" +
                                                           std::to_string(row.shooting.shots));
            }
        }
    return {};
}

const Figure& find(const std::vector<Figure>& figures, std::string_view name,
                   std::string_view scenario, u32 shots) {
    static const Figure none;
    for (const Figure& figure : figures)
        if (figure.name == name && figure.scenario == scenario && figure.shots == shots)
            return figure;
    return none;
}

float until_seen(const Stations& s) {
    return s.seen;
}
float until_submit(const Stations& s) {
    return s.submit;
}
float until_returned(const Stations& s) {
    return s.returned;
}
float until_first_readable(const Stations& s) {
    return s.first_readable;
}
float until_last_readable(const Stations& s) {
    return s.last_readable;
}
float until_accepted(const Stations& s) {
    return s.accepted;
}
float until_sealed(const Stations& s) {
    return s.sealed;
}
float until_confirmed(const Stations& s) {
    return s.confirmed;
}
float seen_to_submit(const Stations& s) {
    return s.submit - s.seen;
}
float submit_to_returned(const Stations& s) {
    return s.returned - s.submit;
}

} // namespace ks::bench
