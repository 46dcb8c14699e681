// Daemon: puts the engine together from a config file, in the one order that is safe, and keeps its
// five threads until told to stop.
// Guarantees: what can fail fails before the first thread starts, with a sentence that says what to
// do; pages are adopted before anything may fire; the hot thread ends first, the scribe last.
#pragma once

#include <string>

#include "base/result.hpp"

namespace ks {

// Runs until SIGTERM or SIGINT. The error's exit_code is the process's.
Result<void> run_daemon(const std::string& config_file);

} // namespace ks
