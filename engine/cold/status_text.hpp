// Status text: the status page as a human reads it, and as status.txt in the run directory. It
// leads with the officer's line. Guarantees: shows only the public page; a line that its writer
// never finishes is called stale; the file is whole at any moment.
#pragma once

#include <string>
#include <string_view>

#include "abi/killswitch.h"
#include "cold/journal_writer.hpp"

namespace ks {

std::string_view words(ks_outcome outcome); // "CLEAR"
// "2026-11-21 12:40:08.123456"
std::string utc_text(u64 utc_ns);

// One scope in one line: its last kill while it is killed, else what a pull would do now.
std::string scope_text(const ks_status_page& page, const ks_scope_line& place, Moment now);
std::string producer_text(const ks_status_page& page, u32 producer); // "risk2"

std::string status_text(const ks_status_page& page, Moment now, std::string_view alarm);

// Replaces status.txt below the open directory. False: not written, the old one stays.
bool write_status_text(int run_directory, std::string_view text);

} // namespace ks
