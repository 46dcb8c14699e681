// The results as one page for people: no script, nothing loaded from elsewhere, light and dark,
// readable on paper; the charts are SVG inside it.
#pragma once

#include <string>

#include "results.hpp"

namespace ks::bench {

std::string html_report(const Results& results);

} // namespace ks::bench
