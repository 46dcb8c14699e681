// Readiness: what keeps the engine from being READY, in sentences, from the status page alone.
// Why: the hot thread knows its shots and lanes; a cold thread that hangs it cannot see. Both
// together are the truth that a human is shown.
#pragma once

#include <string>
#include <vector>

#include "abi/killswitch_pages.h"
#include "base/units.hpp"

namespace ks {

// A thread whose beat is older hangs or is dead.
constexpr Nanos beat_age_max = seconds(1);

// The beats that are too old: KS_LACK_SIGNER, KS_LACK_CONNECTOR, KS_LACK_SCRIBE.
u32 silent_threads(const ks_status_page& page, Instant now);

// 0 NOT READY, 1 READY WITH LIMITS, 2 READY: the engine's word, and no lack of the cold side. An
// engine that does not beat is not ready.
u32 readiness(const ks_status_page& page, Instant now);

// Why it is not ready, a short sentence each; empty when nothing is known to be missing.
std::vector<std::string> causes_of_not_ready(const ks_status_page& page, Instant now);

// What a pull now would lack, though it would leave: the limits of READY WITH LIMITS.
std::vector<std::string> limits_of_ready(const ks_status_page& page);

} // namespace ks
