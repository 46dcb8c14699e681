// Clocks: how far each venue's clock is from ours; written by the connector, read by the signer.
#pragma once

#include <array>
#include <atomic>

#include "hot/plan.hpp"

namespace ks {

// Add offset_ms to our CLOCK_REALTIME to get the venue's time; error_ms bounds how wrong that is.
struct VenueClock {
    std::atomic<i64> offset_ms{0};
    std::atomic<i64> error_ms{0};
    std::atomic<i64> measured_ns{0}; // CLOCK_MONOTONIC; 0: never measured
};
using VenueClocks = std::array<VenueClock, venues_max>;

} // namespace ks
