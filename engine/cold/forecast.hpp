// Forecast: when the shots of a scope would leave, and when it would be proven clear, by the plan
// alone; what `ksctl check` prints and the status page promises.
// Guarantees: an upper bound, as long as no place is used when the pull comes, lanes are up,
// signatures fresh, and every venue is honest and quick: it answers each request, and carries out
// each cancel, within `answer_quick`. Of a venue that is slower it says nothing.
#pragma once

#include <vector>

#include "hot/plan.hpp"

namespace ks {

constexpr Nanos answer_quick = milliseconds(100); // once around the world, and the venue's own work

struct Forecast {
    std::vector<Nanos> leaves; // the first shots, as in ScopePlan::shots
    Nanos last_leaves;         // the latest of them
    Nanos clear;               // when every account of the scope is proven clear
    bool is_provable = true;   // false: something of it is read by nobody, so never CONFIRMED
};
Forecast forecast(const Plan& plan, const ScopePlan& scope);

constexpr u32 refires_counted_max = 999;
// How many cancels the venue's limits would still take in the first minute after the first shots of
// `scope`, beside the last bullets that are kept; refires_counted_max: as many or more.
u32 refires_left(const Plan& plan, const ScopePlan& scope, VenueId venue);

} // namespace ks
