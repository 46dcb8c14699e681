// The table of peers: where the build has put each, and what to install when it is not there.
#include "peer_run.hpp"

#include <algorithm>
#include <filesystem>

namespace ks::bench {
namespace {

const std::string built = KS_PEERS_BUILT "/";
const std::string scripts = KS_PEERS_SOURCE "/";

bool are_all_files(const std::vector<std::string>& command) {
    return std::ranges::all_of(
        command, [](const std::string& part) { return std::filesystem::is_regular_file(part); });
}

} // namespace

// KS_PYTHON and KS_NODE are empty when CMake has not found the interpreter with what it needs.
std::vector<PeerKind> peer_kinds() {
    std::vector<PeerKind> kinds{
        {.name = "openssl", .command = {built + "peer_openssl"}, .package = "libssl-dev"},
        {.name = "beast", .command = {built + "peer_beast"}, .package = "libboost-dev"},
        {.name = "curl", .command = {built + "peer_curl"}, .package = "libcurl4-openssl-dev"},
        {.name = "go", .command = {built + "peer_go"}, .package = "golang-go"},
        {.name = "fetch", .command = {KS_NODE, scripts + "peer_fetch.mjs"}, .package = "nodejs"},
        {.name = "session",
         .command = {KS_PYTHON, scripts + "peer_session.py"},
         .package = "python3-requests"},
        {.name = "sample",
         .command = {KS_PYTHON, scripts + "peer_sample.py"},
         .package = "python3-requests",
         .is_cold = true},
    };
    for (PeerKind& kind : kinds) kind.is_here = are_all_files(kind.command);
    return kinds;
}

} // namespace ks::bench
