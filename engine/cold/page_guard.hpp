// PageGuard: what happens when another process truncates a page that we have mapped.
// Why: touching it raises SIGBUS, which ends a process; no producer may end the engine.
// Guarantees: the handler maps private memory over the hole, sets the page's bit in `lost`, and the
// faulting load goes on; a SIGBUS anywhere else ends the process as it always did.
#pragma once

#include <atomic>

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

// What the hole is filled with. Zeroes are no pull; a place used just now admits nothing yet.
enum class HoleFill : u8 { zeroes, now };

struct GuardedRange {
    void* begin = nullptr;
    size_t bytes_count = 0;
    std::atomic<u32>* lost = nullptr; // outlives the range
    u32 bit = 0;
    HoleFill fill = HoleFill::zeroes;
};

// Installs the handler at the first call. An Error when the table is full.
Result<void> guard_range(const GuardedRange& range);
void unguard_range(const void* begin);

} // namespace ks
