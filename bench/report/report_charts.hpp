// Report charts: a picture for each kind of group, drawn from its rows.
// Guarantees: a figure without samples is left out; nothing to draw gives an empty text.
#pragma once

#include <string>
#include <vector>

#include "report_text.hpp"

namespace ks::bench {

// Time against percentile, both logarithmic towards the tail; the first row stands out.
std::string percentile_chart(const std::vector<Row>& rows);
// A bar per scenario, cut where each station is passed, as shares of the whole.
std::string station_chart(const std::vector<Row>& rows);
// What one shot of a salvo costs: a bar per name for each number of shots.
std::string shots_chart(const std::vector<Row>& rows);
// p50 against the idle time before the kill; a line per name.
std::string idle_chart(const std::vector<Row>& rows);
// A bar per peer on a logarithmic axis, p50 with a whisker to p99, and how many times the first.
std::string peers_chart(const std::vector<Row>& rows);

} // namespace ks::bench
