// What a salvo costs, counted and not assumed: one system call, no allocation, no crypto.
// The shipped engine over real io_uring and real sockets, in a child that the test traces.
#include <gtest/gtest.h>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "cold/allocation_guard.hpp"
#include "net/socket_net.hpp"
#include "net/uring_net.hpp"
#include "stage/wired.hpp"

// Linked with --wrap for each of these: every record that is sealed or opened passes here.
static ks::u64 crypto_count = 0;
extern "C" {
using Bytes = unsigned char;
int __real_wc_AesGcmEncrypt(void* aes, Bytes* out, const Bytes* in, unsigned size, const Bytes* iv,
                            unsigned iv_size, Bytes* tag, unsigned tag_size, const Bytes* aad,
                            unsigned aad_size);
int __wrap_wc_AesGcmEncrypt(void* aes, Bytes* out, const Bytes* in, unsigned size, const Bytes* iv,
                            unsigned iv_size, Bytes* tag, unsigned tag_size, const Bytes* aad,
                            unsigned aad_size) {
    ++crypto_count;
    return __real_wc_AesGcmEncrypt(aes, out, in, size, iv, iv_size, tag, tag_size, aad, aad_size);
}
int __real_wc_AesGcmDecryptUpdate(void* aes, Bytes* out, const Bytes* in, unsigned size,
                                  const Bytes* aad, unsigned aad_size);
int __wrap_wc_AesGcmDecryptUpdate(void* aes, Bytes* out, const Bytes* in, unsigned size,
                                  const Bytes* aad, unsigned aad_size) {
    ++crypto_count;
    return __real_wc_AesGcmDecryptUpdate(aes, out, in, size, aad, aad_size);
}
}

namespace ks::sim {
namespace {

constexpr u16 shots_count = 8;
constexpr StageSetup setup{.accounts_count = shots_count, .lanes_count = 10, .fire_places = 20};

enum ChildExit { fired = 0, no_net, not_armed, not_sent, allocated, encrypted };

void mark() {
    syscall(SYS_getppid);
} // begins and ends the counted stretch

// Arms for real, pulls, and takes the one turn in which all shots leave.
template<Net NetT> int fire_once() {
    auto net = NetT::open();
    if (!net) return no_net;
    Wired<NetT> wired(setup, **net);
    if (!wired.arm()) return not_armed;
    wired.turn_until([&, end = wired.clock.now() + milliseconds(20)] {
        return wired.clock.now() > end; // chores have nothing left to do
    });
    if (crypto_count == 0) return not_armed; // the counter sees the sealing that armed it
    const u64 allocations_before = allocations_count();
    const u64 crypto_before = crypto_count;
    wired.pull("all", wired.clock.now());
    mark();
    wired.engine().turn();
    mark();
    for (u16 shot = 0; shot < shots_count; ++shot)
        if (wired.engine().sweep().flight({shot}).sent_count != 1) return not_sent;
    if (allocations_count() != allocations_before) return allocated;
    return crypto_count != crypto_before ? encrypted : fired;
}

// As on a busy day: 64 shots at eight venues, over and over; before each pull every venue has
// answered, every request was signed anew, and every shot sealed again.
constexpr u16 salvos_count = 50;
template<Net NetT> int fire_many() {
    auto net = NetT::open();
    if (!net) return no_net;
    Wired<NetT> wired({.venues_count = 8,
                       .accounts_count = 8,
                       .lanes_count = 8,
                       .fire_places = 60,
                       .fire_window = microseconds(1),
                       .fire_margin = {}},
                      **net);
    if (!wired.arm()) return not_armed;
    for (u16 salvo = 0; salvo < salvos_count; ++salvo) {
        for (const ShotPlan& shot : wired.plan->shots) wired.deliver(shot.fire);
        if (!wired.rearm() || !wired.turn_until([&] { return wired.are_all_sealed(); }))
            return not_armed;
        const u64 allocations_before = allocations_count();
        const u64 crypto_before = crypto_count;
        wired.pull("all", wired.clock.now());
        mark();
        do wired.engine().turn();
        while (wired.engine().sweep().flight(ShotId{0}).state != State::fired);
        mark();
        if (!wired.all_fired()) return not_sent;
        if (allocations_count() != allocations_before) return allocated;
        if (crypto_count != crypto_before) return encrypted;
    }
    return fired;
}

// Runs a child under PTRACE_SYSCALL. Returns the numbers of the calls between its marks, of which
// every second one ends a stretch.
std::vector<long> calls_between_marks(int (*child)(), int& exit_code) {
    const pid_t pid = fork();
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        raise(SIGSTOP);
        _exit(child());
    }
    std::vector<long> calls;
    int marks = 0, status = 0;
    bool is_entry = true;
    waitpid(pid, &status, 0);
    ptrace(PTRACE_SETOPTIONS, pid, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    while (ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) == 0) {
        if (waitpid(pid, &status, 0) < 0 || WIFEXITED(status) || WIFSIGNALED(status)) break;
        if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
        if (is_entry) {
            user_regs_struct registers{};
            ptrace(PTRACE_GETREGS, pid, nullptr, &registers);
            const long number = static_cast<long>(registers.orig_rax);
            if (number == SYS_getppid)
                ++marks;
            else if (marks % 2 == 1)
                calls.push_back(number);
        }
        is_entry = !is_entry;
    }
    exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return calls;
}

TEST(Salvo, OfAdmittedShotsIsOneSystemCallNoAllocationAndNoCrypto) {
    int exit_code = -1;
    const std::vector<long> calls = calls_between_marks(fire_once<UringNet>, exit_code);
    if (exit_code == no_net) GTEST_SKIP() << "this kernel refuses io_uring";
    ASSERT_EQ(exit_code, fired);
    EXPECT_EQ(calls, std::vector<long>{SYS_io_uring_enter});
}

TEST(Salvo, OfSixtyFourShotsStaysSoWhileEveryoneSignsSealsAndAnswers) {
    int exit_code = -1;
    const std::vector<long> calls = calls_between_marks(fire_many<UringNet>, exit_code);
    if (exit_code == no_net) GTEST_SKIP() << "this kernel refuses io_uring";
    ASSERT_EQ(exit_code, fired);
    EXPECT_EQ(calls, std::vector<long>(salvos_count, SYS_io_uring_enter));
}

TEST(Salvo, OverPlainSocketsIsOneSendAShot) {
    int exit_code = -1;
    const std::vector<long> calls = calls_between_marks(fire_once<SocketNet>, exit_code);
    ASSERT_EQ(exit_code, fired);
    EXPECT_EQ(std::count(calls.begin(), calls.end(), SYS_sendto), shots_count);
    for (long call : calls) EXPECT_TRUE(call == SYS_sendto || call == SYS_epoll_wait) << call;
}

TEST(AllocationGuard, AbortsOnAnAllocationOfTheHotThread) {
    if (!allocation_guard_works()) GTEST_SKIP() << "a sanitizer owns malloc";
    EXPECT_DEATH(
        {
            forbid_allocation();
            operator delete(operator new(7)); // a call, so that no compiler leaves it out
        },
        "the hot thread allocated memory");
}

} // namespace
} // namespace ks::sim
