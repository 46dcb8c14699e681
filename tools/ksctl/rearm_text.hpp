// Re-arm text: what a human sees before he asks and after he is answered: who pulled, what is open,
// why the engine refuses, what still holds.
// Guarantees: only the engine's answer makes it "re-armed"; what other kills hold is listed.
#pragma once

#include <string>

#include "page.hpp"

namespace ks {

struct RearmAsked {
    u32 slot; // the scope whose kill is to end
    u32 only; // the scope whose cells alone are to open; KS_NONE: all of them
    u32 kill; // its number when it was asked
};

// "all  kill #17, pulled by risk2 at 02:13:05 UTC (3 min ago)", and every account as it stands.
std::string before_rearm_text(const Page& page, const RearmAsked& asked);
// The answer, and after DONE what still holds.
std::string rearm_text(const Page& page, const RearmAsked& asked, ks_rearm answer);
std::string rearm_json(const Page& page, const RearmAsked& asked, ks_rearm answer);

} // namespace ks
