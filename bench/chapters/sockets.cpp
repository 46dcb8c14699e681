// Asks:    what does it cost where io_uring is forbidden?
// Expects: one system call a shot, and no more beside it than with io_uring: 1.05 of a bare loop
//          of send() that waits for the same word.
// Omits:   stacks that hook send() and bypass the kernel.
#include "chapters/chapters.hpp"

namespace ks::bench {

Result<void> measure_sockets(Lab& lab) {
    Result<std::unique_ptr<Subject>> subject =
        Subject::open(lab.venue, {.with_uring = false, .cpu = lab.cpu}, lab.bare);
    if (!subject) return std::move(subject).error();
    Chapter chapter;
    for (u32 shots : {1u, 8u, 64u}) {
        const u32 fires = shots == 64 ? lab.effort.hot / 8 : lab.effort.hot / 2;
        const Nanos between = microseconds(50);
        chapter.add({&(*subject)->range(),
                     {Task::turn, shots, between},
                     "plain sockets",
                     "sockets",
                     fires,
                     {{"sockets", "killswitch", until_returned}}});
        chapter.add({&(*subject)->range(),
                     {Task::bare_send, shots, between},
                     "plain sockets",
                     "sockets",
                     fires,
                     {{"sockets", "bare client, send()", until_returned}}});
    }
    if (Result<void> flown = chapter.fly(lab.effort, lab.figures()); !flown) return flown;
    for (u32 shots : {1u, 8u, 64u})
        lab.check("sockets x" + std::to_string(shots) + ": engine over bare send() loop",
                  lab.find("killswitch", "plain sockets", shots),
                  lab.find("bare client, send()", "plain sockets", shots), "<=", 1.05);
    return {};
}

} // namespace ks::bench
