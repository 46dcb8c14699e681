// Key locks: one engine a key. Two that sign with one ordered key refuse each other's nonces, and
// two that do not know of each other spend each limit twice.
// Guarantees: held until this process ends, however it ends; seen by every engine whose run
// directory lies beside ours (all of them below /run/killswitch). Another machine sees nothing.
#pragma once

#include <string>
#include <vector>

#include "base/fd.hpp"
#include "cold/plan_compiler.hpp"

namespace ks {

// One open and locked file a key: hold them as long as the keys are used. A venue with a `share`
// shares its keys with others that have one too, but never one whose nonces must rise. An Error
// with exit code 75 names the engine that has the key.
Result<std::vector<Fd>> lock_keys(const Config& config, const Compiled& compiled,
                                  const std::vector<OwnedCredentials>& credentials);

} // namespace ks
