// The results as Markdown tables, for docs/BENCHMARKS.md: host, one table a group, the ratios.
#pragma once

#include <string>

#include "results.hpp"

namespace ks::bench {

std::string markdown_report(const Results& results);

} // namespace ks::bench
