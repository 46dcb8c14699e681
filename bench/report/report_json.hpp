// The results for programs: "schema": "killswitch.bench/1", times in nanoseconds.
#pragma once

#include <string>

#include "results.hpp"

namespace ks::bench {

std::string json_report(const Results& results);

} // namespace ks::bench
