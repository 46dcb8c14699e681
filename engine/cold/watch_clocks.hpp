// Clock watch: how far the venues' clocks are from ours, and when that moves.
// Why: a request signed for the wrong second is refused; whoever reads the journal later must know
// which second the venue was in. When venues agree against us, it is our clock that is wrong.
#pragma once

#include "cold/clocks.hpp"
#include "cold/watch.hpp"

namespace ks {

class ClockWatch {
public:
    static constexpr i64 moved_ms_min = 50; // less is the jitter of a measurement
    static constexpr i64 wrong_ms_min = 1'000;

    // Names of venues, by index.
    ClockWatch(const VenueClocks& clocks, std::vector<std::string> venues)
        : clocks_(clocks), venues_(std::move(venues)), told_(venues_.size()) {}
    void look(Findings& found);

private:
    struct Told {
        bool is_measured = false;
        i64 offset_ms = 0;
    };
    const VenueClocks& clocks_;
    std::vector<std::string> venues_;
    std::vector<Told> told_;
    bool is_wrong_ = false;
};

} // namespace ks
