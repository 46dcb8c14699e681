// Person: who asked, as far as the machine can tell: user, login, terminal, program.
// Guarantees: reads /etc/passwd and /proc alone, no name service that could hang; what cannot be
// known is said to be unknown.
#pragma once

#include <string>

#include "base/units.hpp"
#include "cold/journal_format.hpp"

namespace ks {

struct Person {
    u32 uid = UINT32_MAX; // UINT32_MAX: unknown
    u32 login_uid = UINT32_MAX;
    u32 pid = 0;
    std::string terminal;   // "pts/3"; empty: none, or the process has ended
    std::string executable; // "/usr/bin/ksctl"; empty: not to be seen
};

// Looks at the process while it is there; it is believed only if it belongs to `uid`.
Person look_at_person(u32 uid, u32 login_uid, u32 pid);

// "alice", else "uid 1000".
std::string user_name(u32 uid);

// Lines user, uid, login, login_uid, pid, terminal, executable.
void add_person(Lines& lines, const Person& person);

// "alice (logged in as bob, pts/3, /usr/bin/ksctl)", out of those lines.
std::string person_text(std::string_view lines);

} // namespace ks
