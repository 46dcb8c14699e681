// Ready text: the officer's line, the one sentence that says whether a kill could leave now and be
// proven, and every obstacle with the command that removes it.
// Guarantees: READY only while engine and cold threads beat and nothing is known to be missing;
// what the page does not know is "never" or UNPROVEN, not left out.
#pragma once

#include <string>
#include <vector>

#include "cold/account_text.hpp"

namespace ks {

struct Obstacle {
    bool stops_firing; // NOT READY; else a limit
    std::string cause; // "coinswitch/main: no connection to the venue"
    std::string remedy;
};

struct Readiness {
    u32 ready = 0;     // as on the page: 0 not ready, 1 with limits, 2 ready
    std::string line;  // "READY all: 6/6 accounts, ..."; "NOT READY since ...: cause; do: command"
    std::string facts; // "all: 6/6 accounts, first shot now, last +3.15 s; path drill 14 s, ..."
    std::vector<Obstacle> obstacles; // those that stop firing first
};

// A cold thread whose beat is older is dead: beats come each millisecond.
constexpr Nanos beat_age_max = seconds(1);

// Of one scope; `all` says it of the engine.
Readiness readiness_of(const ks_status_page& page, const ks_scope_line& scope, Moment now);
// The line, and below it what it has no room for.
std::string ready_text(const Readiness& readiness);
// The scope `all`; any other is a bug of the page, and then the first.
const ks_scope_line& scope_all(const ks_status_page& page);

} // namespace ks
