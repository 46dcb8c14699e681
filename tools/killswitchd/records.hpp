// Records: what the journal is told at each start, so that its numbers can be read years later.
#pragma once

#include <vector>

#include "cold/config.hpp"
#include "cold/journal_format.hpp"
#include "cold/recipe.hpp"
#include "hot/plan.hpp"

namespace ks {

// Version, environment, hashes of config and recipes; then the names behind every id.
std::vector<ColdRecord> start_records(const Config& config, const std::vector<Recipe>& recipes,
                                      const Plan& plan);

// Whom to call when the engine is dead: <state_dir>/last-resort.txt, written at each start.
// Everyone may read it: at 3 a.m. whoever is awake must, without a config and without a page.
Result<void> write_last_resort(const Config& config);

// What ks-panic shows first: which environment this is, and which config is running.
void publish_identity(const Config& config, ks_status_page& status);

} // namespace ks
