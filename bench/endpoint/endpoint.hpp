// Endpoint: a real venue from this very host, measured with its recipe's harmless request: how long
// the engine's own stations take here, and how long until the venue's kernel has acknowledged the
// bytes and its front end has answered. For colocated hardware.
// Guarantees: sends nothing but the recipe's keep-alive, inside the recipe's own limit for it; the
// peer is verified as the engine verifies it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "results.hpp"

namespace ks::bench {

struct EndpointSetup {
    std::string host;    // "api.bitopro.com", "127.0.0.1:4433"; with a port unless 443
    std::string name;    // that its certificate must carry; empty: the recipe's host
    std::string recipe;  // "bitopro"
    std::string ca_file; // empty: the system's bundle
    u32 fires = 30;
};

// Adds its figures to the results, group "endpoint".
Result<void> measure_endpoint(const EndpointSetup& setup, Results& results);

} // namespace ks::bench
