// What a salvo costs: the system calls of submit(), counted from outside by tracing a child,
// between two calls that no kernel knows and that mark where submit() begins and ends.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <map>

#include "net/loopback_pair.hpp"
#include "net/socket_net.hpp"
#include "net/uring_net.hpp"

namespace ks {
namespace {

constexpr u16 lanes_count = 64;
constexpr i64 marker_begin = 0x7001; // far above the kernel's own numbers: ENOSYS
constexpr i64 marker_end = 0x7002;
constexpr int exit_no_net = 77;

// The traced child: 64 lanes, one request queued on each, one submit between the markers.
template<class N> [[noreturn]] void fire_one_salvo() {
    Result<std::unique_ptr<N>> opened = N::open();
    if (!opened) _exit(exit_no_net);
    N& net = **opened;
    static const std::byte request[432]{};
    std::vector<LoopbackPair> pairs;
    for (u16 slot = 0; slot < lanes_count; ++slot) {
        Result<LoopbackPair> pair = LoopbackPair::open();
        const LaneRef lane{.slot = slot, .life = 1};
        if (!pair || !net.adopt(lane, pair->take_near()) || !net.queue(lane, request)) _exit(1);
        pairs.push_back(*std::move(pair));
    }
    syscall(marker_begin);
    net.submit();
    syscall(marker_end);
    NetEvent event;
    u32 sent_count = 0;
    while (sent_count < lanes_count)
        if (net.poll(event) && event.what == What::sent && event.result == sizeof request)
            ++sent_count;
    _exit(0);
}

struct Calls {
    std::map<u64, u32> count_by_number;
    bool is_tracing_refused = false;
    int exit_code = -1;
};

// Lets the child run from system call to system call, and counts those between the markers.
Calls trace(pid_t child) {
    Calls calls;
    bool is_counting = false;
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
        calls.is_tracing_refused = true;
        return calls;
    }
    ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (;;) {
        ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
        if (waitpid(child, &status, 0) != child || WIFSIGNALED(status)) return calls;
        if (WIFEXITED(status)) {
            calls.exit_code = WEXITSTATUS(status);
            return calls;
        }
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
        __ptrace_syscall_info info{};
        ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
        const u64 number = info.entry.nr;
        if (number == marker_end) is_counting = false;
        if (is_counting) ++calls.count_by_number[number];
        if (number == marker_begin) is_counting = true;
    }
}

template<class N> Calls calls_of_one_salvo() {
    const pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) _exit(exit_no_net);
        raise(SIGSTOP);
        fire_one_salvo<N>();
    }
    return trace(child);
}

TEST(UringNetCalls, SixtyFourLanesLeaveInOneSystemCall) {
    const Calls calls = calls_of_one_salvo<UringNet>();
    if (calls.is_tracing_refused) GTEST_SKIP() << "SKIPPED: ptrace is forbidden here";
    if (calls.exit_code == exit_no_net) GTEST_SKIP() << "SKIPPED: io_uring is forbidden here";
    EXPECT_EQ(calls.exit_code, 0);
    EXPECT_EQ(calls.count_by_number, (std::map<u64, u32>{{SYS_io_uring_enter, 1}}));
}

TEST(SocketNetCalls, SixtyFourLanesLeaveInSixtyFourSystemCalls) {
    const Calls calls = calls_of_one_salvo<SocketNet>();
    if (calls.is_tracing_refused) GTEST_SKIP() << "SKIPPED: ptrace is forbidden here";
    EXPECT_EQ(calls.exit_code, 0);
    EXPECT_EQ(calls.count_by_number, (std::map<u64, u32>{{SYS_sendto, lanes_count}}));
}

} // namespace
} // namespace ks
