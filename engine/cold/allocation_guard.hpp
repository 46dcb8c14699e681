// Allocation guard: while a thread has forbidden itself to allocate, any malloc of it aborts.
// Why: "the hot thread allocates nothing" is a rule kept by a machine, in production too.
// Linked only where it is called; under a sanitizer, which owns malloc, it counts nothing.
#pragma once

#include "base/units.hpp"

namespace ks {

// For the calling thread, from now on.
void forbid_allocation() noexcept;
void allow_allocation() noexcept;
// Allocations by all threads since the start; 0 for ever under a sanitizer. For tests and benches.
u64 allocations_count() noexcept;
bool allocation_guard_works() noexcept; // false under a sanitizer

} // namespace ks
