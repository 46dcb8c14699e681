// Latch restore: what the last boot kept closed is closed again in fresh pages, before an engine
// starts on them.
// Why: the direction of every doubt is "halted". A restored kill goes on as it was while it is
// young; an old one is held: halt closed, nothing sent, a human pulls again or re-arms.
#pragma once

#include "cold/latch.hpp"
#include "cold/pages.hpp"

namespace ks {

struct LatchRules {
    Nanos age_max; // trigger_age_max: a kill pulled longer ago is held
    Moment now;
};

// Before the plan is published. Gives a sentence for each kill that goes on. An Error: names do not
// fit; then start_killed().
Result<std::vector<std::string>> restore_latch(Pages& pages, const Latch& latch,
                                               const LatchRules& rules);

// After the plan is published: every account is halted, nothing is sent, a human re-arms `all`.
void start_killed(Pages& pages, Moment now);

// A sentence for each halt that no name of the running config stands behind.
std::vector<std::string> unmatched_latches(const ks_status_page& page);

} // namespace ks
