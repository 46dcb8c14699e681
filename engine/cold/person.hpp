// Person: who asked, as far as the machine can tell: user, login, terminal, program.
// Guarantees: reads /etc/passwd and /proc alone, no name service that could hang; what cannot be
// known is said to be unknown.
#pragma once

#include <string>
#include <vector>

#include "cold/journal_format.hpp"
#include "hot/trigger.hpp"

namespace ks {

struct Person {
    u32 uid = UINT32_MAX; // UINT32_MAX: unknown
    u32 login_uid = UINT32_MAX;
    u32 pid = 0;
    std::string terminal;   // "pts/3"; empty: none, or the process has ended
    std::string executable; // "/usr/bin/ksctl"; empty: not to be seen
};

struct PulledSlot {
    u32 producer = KS_NONE;
    u32 scope = KS_NONE;
    u32 epoch = 0;
};

// Who makes a pull, in the words of the puller: nothing has checked them, all can be printed.
struct Said {
    Person person;
    std::string reason;
};
Said plain_said(const ks_said& said);
// What the page says now of the pull of this epoch; none: not said, torn, or said of another pull.
// More than one: threads of the producer pulled at once, and the engine saw one pull.
std::vector<Said> said_of(const TriggerPages& pages, const PulledSlot& pulled);

// Looks at the process while it is there; it is believed only if it belongs to `uid`.
Person look_at_person(u32 uid, u32 login_uid, u32 pid);

// "process 77 is of that user", else "claimed: ..." and why: what this machine can tell of the
// words of a puller, who names the process too.
std::string claim_text(const Person& person);

// "alice", else "uid 1000".
std::string user_name(u32 uid);

// "alice/pts3", as ks-panic calls that person: who logged in, if known, and where.
std::string short_text(const Person& person);

// Lines user, uid, login, login_uid, pid, terminal, executable.
void add_person(Lines& lines, const Person& person);

// "alice (logged in as bob, pts/3, /usr/bin/ksctl)", out of those lines.
std::string person_text(std::string_view lines);

} // namespace ks
