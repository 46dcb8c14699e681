// Status tables: what stands below the status text in `ksctl status`: the halted cells, the shots,
// the lanes and the limits, as the public page has them.
#pragma once

#include <string>

#include "abi/killswitch.h"
#include "cold/journal_writer.hpp"

namespace ks {

constexpr u32 armed_signed = 1, armed_primary = 2, armed_backup = 4; // bits of ks_shot_line::armed

const char* suite_name(u32 suite); // "AES-128-GCM"

std::string halts_text(const ks_status_page& page);
std::string shots_text(const ks_status_page& page);
std::string lanes_text(const ks_status_page& page);
std::string limits_text(const ks_status_page& page, Moment now);

} // namespace ks
