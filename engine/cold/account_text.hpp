// Account text: what one account's line of the status page says, in words: how its kill stands,
// what its eyes have seen, what must be known beside it. Guarantees: no word is better than the
// page; a time that is not known is not invented.
#pragma once

#include <string>
#include <vector>

#include "abi/killswitch.h"
#include "cold/journal_writer.hpp"

namespace ks {

// "3.2 s", "14 s", "3 min", "5 h", "12 d": as exact as anyone needs it.
std::string span_text(Nanos span);
// "3 min ago"; "never".
std::string ago_text(u64 at_ns, Moment now);
// "02:13:05 UTC", with the date when it was not within a day; "a time not known".
std::string clock_text(u64 at_ns, Moment now);

// Which accounts own a cell of the scope.
std::vector<u32> accounts_of(const ks_status_page& page, const ks_scope_line& scope);

// "4 open, next shot in 2.0 s", "the venue refuses: ...": what follows the word of the outcome.
std::string outcome_text(const ks_account_line& line, Moment now);
// "saw 12 orders 3 min ago"; "UNPROVEN".
// "live fire 3 d ago"; empty where the config does not ask for it.
std::string live_fire_text(const ks_account_line& line, Moment now);
std::string eyes_text(const ks_account_line& line, Moment now);
// The account's whole line, and one for each note.
std::string account_text(const ks_account_line& place, Moment now);
// Sentences that must be known beside the outcome; none for an account that is not killed.
std::vector<std::string> notes_text(const ks_account_line& line);

} // namespace ks
