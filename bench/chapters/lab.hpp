// Lab: the machine's part of a run: the venue, the bare clients, the CPU of whoever is measured,
// how much to fire, and where figures and checks go.
#pragma once

#include <string>
#include <vector>

#include "flight/chapter.hpp"
#include "flight/subject.hpp"
#include "venue.hpp"

namespace ks::bench {

struct Lab {
    Venue& venue;
    BareClient* bare;
    BareClient* second; // for a second sending CPU
    bool& floods;       // the venue answers reads with four megabytes while this is set
    int cpu = 1;        // of whoever is measured; producer and venue have another
    Effort effort;
    Results& results;

    std::vector<Figure>& figures() { return results.figures; }
    const Figure& find(std::string_view name, std::string_view scenario, u32 shots) const {
        return ks::bench::find(results.figures, name, scenario, shots);
    }
    // p50 over p50 of two figures, as a check.
    void check(std::string name, const Figure& left, const Figure& right, const char* side,
               double bound, double goal = 0, std::string explanation = {});
};

} // namespace ks::bench
