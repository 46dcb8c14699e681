// KilledChild: a forked process that is ended by SIGKILL, at random or after an exact number of
// machine instructions, so that a test can cut a few lines of C between any two of its steps.
#pragma once

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.hpp"

namespace ks {

class KilledChild {
public:
    // Runs `work` in a child until kill() ends it.
    template<class Work> explicit KilledChild(Work work) : pid_(fork()) {
        if (pid_ != 0) return;
        work();
        _exit(0);
    }
    KilledChild(const KilledChild&) = delete;
    KilledChild& operator=(const KilledChild&) = delete;
    ~KilledChild() { kill(); }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

private:
    pid_t pid_;
};

// Runs `work` in a child, `steps_max` instructions of it at most, then kills the child. Returns how
// many it ran; fewer than steps_max: the work was complete. -1: ptrace is forbidden here.
template<class Work> i64 run_steps_then_kill(Work work, i64 steps_max) {
    const pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
        raise(SIGSTOP);
        work();
        raise(SIGSTOP);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (!WIFSTOPPED(status)) return -1;
    i64 steps = 0;
    while (steps < steps_max) {
        if (ptrace(PTRACE_SINGLESTEP, pid, nullptr, nullptr) != 0) break;
        waitpid(pid, &status, 0);
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) break;
        ++steps;
    }
    ::kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return steps;
}

// A machine-instruction-wide kill of `work` at each of about `cuts` evenly spread steps; `check`
// runs after each. False: ptrace is forbidden here.
template<class Work, class Check>
bool kill_between_any_two_steps(Work work, i64 cuts, Check check) {
    const i64 total = run_steps_then_kill(work, INT64_MAX);
    check();
    if (total < 0) return false;
    const i64 stride = total / cuts + 1;
    for (i64 steps = 0; steps <= total; steps += stride) {
        run_steps_then_kill(work, steps);
        check();
    }
    return true;
}

} // namespace ks
