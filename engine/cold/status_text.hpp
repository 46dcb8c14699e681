// Status text: the status page as a human reads it, and as status.txt in the run directory.
// Guarantees: shows only the public page; a line that its writer never finishes is called stale;
// the file is whole at any moment.
#pragma once

#include <string>
#include <string_view>

#include "abi/killswitch.h"
#include "cold/journal_writer.hpp"

namespace ks {

// A beat older than this is a dead thread: beats come each millisecond, a sync may hold one up.
constexpr Nanos beat_age_max = seconds(2);

std::string_view words(ks_outcome outcome); // "CLEAR"
// "2026-11-21 12:40:08.123456"
std::string utc_text(u64 utc_ns);

std::string status_text(const ks_status_page& page, Moment now, std::string_view alarm);

// Replaces status.txt below the open directory. False: not written, the old one stays.
bool write_status_text(int run_directory, std::string_view text);

} // namespace ks
