// Status as JSON: all that the page says, and the officer's line, in one object for programs.
#pragma once

#include "cold/ready_text.hpp"
#include "page.hpp"

namespace ks {

inline u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED); // relaxed: each word stands for itself
}
inline u32 load(const u32& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
inline ks_outcome outcome_of(const ks_scope_line& line) {
    return static_cast<ks_outcome>(static_cast<u32>(load(line.kill_outcome)));
}

std::string status_json(const Page& page, Moment now);

} // namespace ks
