// Latch: what keeps halts closed, as text for state_dir, where it outlives a reboot.
// Why: the run directory is memory; after a power cut the halt would be open, and nobody had said
// so. Docs: docs/FORMATS.md.
// Guarantees: names, never numbers, so that another config cannot give a halt to another cell; a
// text that is torn, cut or changed is refused whole.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/killswitch_pages.h"
#include "base/result.hpp"
#include "cold/journal_writer.hpp"

namespace ks {

// The last kill of a scope. It is latched while it holds cells.
struct LatchedScope {
    std::string name;
    u32 kill = 0;
    ks_outcome outcome = KS_IDLE;
    u64 pulled_utc_ns = 0;
    std::string pulled_by;          // producer; empty: not known
    std::vector<std::string> cells; // what the scope was made of
    std::vector<std::string> held;  // what it keeps closed
};

struct Latch {
    std::string boot; // id, in hex
    u64 written_utc_ns = 0;
    std::vector<LatchedScope> scopes; // those that were ever killed
};

Latch latch_of(const ks_status_page& page, Moment now);
std::string latch_text(const Latch& latch);
Result<Latch> parse_latch(std::string_view text);

// The cells of a set of the status page, by name.
std::vector<std::string> cells_of(const ks_status_page& page,
                                  const u64 (&cells)[KS_CELLS_MAX / 64]);

} // namespace ks
