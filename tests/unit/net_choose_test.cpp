// The choice of the net, where the kernel allows io_uring and where a filter refuses it, as
// Docker's default does; and what a salvo costs in system calls, counted from outside the process.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdio>

#include "net/choose.hpp"

namespace ks {
namespace {

// From now on io_uring_setup fails with EPERM in this process, for good.
bool forbid_io_uring() {
    sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog filter{.len = std::size(steps), .filter = steps};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Prints what was chosen and why; for a child whose output the test reads.
[[noreturn]] void choose_and_exit(NetWish wish) {
    if (!forbid_io_uring()) _exit(3);
    const Result<ChosenNet> chosen = choose_net(wish);
    fprintf(stderr, "%s", chosen ? chosen->reason.c_str() : chosen.error().sentence.c_str());
    _exit(chosen ? 0 : 1);
}

TEST(ChooseNet, FallsBackToSocketsWhereIoUringIsForbiddenAndSaysWhy) {
    EXPECT_EXIT(choose_and_exit(NetWish::automatic), ::testing::ExitedWithCode(0),
                "sockets: io_uring_setup refused: EPERM \\(seccomp or kernel.io_uring_disabled\\)");
}

TEST(ChooseNet, RefusesToStartWhenAForcedIoUringIsForbidden) {
    EXPECT_EXIT(choose_and_exit(NetWish::uring), ::testing::ExitedWithCode(1),
                "io_uring_setup refused: EPERM .*; allow it, or write net = \"auto\"");
}

TEST(ChooseNet, TakesIoUringWhereItCanAndNamesItsKind) {
    const Result<ChosenNet> chosen = choose_net(NetWish::automatic);
    ASSERT_TRUE(chosen) << chosen.error().sentence;
    if (!chosen->is_uring()) GTEST_SKIP() << "SKIPPED: " << chosen->reason;
    EXPECT_EQ(chosen->reason, "io_uring: deferred task work");
}

TEST(ChooseNet, TakesSocketsWhenTold) {
    const Result<ChosenNet> chosen = choose_net(NetWish::sockets);
    ASSERT_TRUE(chosen);
    EXPECT_FALSE(chosen->is_uring());
    EXPECT_EQ(chosen->reason, "sockets: the configuration asks for them");
}

TEST(ChooseNet, SaysWhetherASecondCpuSends) {
    Result<std::unique_ptr<Sender>> second = Sender::open({});
    ASSERT_TRUE(second);
    const Result<ChosenNet> sockets = choose_net(NetWish::sockets, second->get());
    ASSERT_TRUE(sockets);
    EXPECT_EQ(sockets->reason, "sockets: the configuration asks for them; sender_cpu is not used, "
                               "it needs io_uring");
    const Result<ChosenNet> twin = choose_net(NetWish::automatic, second->get());
    ASSERT_TRUE(twin);
    if (!twin->is_uring()) GTEST_SKIP() << "SKIPPED: " << twin->reason;
    EXPECT_EQ(twin->reason,
              "io_uring: deferred task work; a second CPU sends part of a large salvo");
}

TEST(ChooseNet, ReadsTheThreeWordsOfTheConfigurationAndNoOther) {
    EXPECT_EQ(*parse_net_wish("auto"), NetWish::automatic);
    EXPECT_EQ(*parse_net_wish("uring"), NetWish::uring);
    EXPECT_EQ(*parse_net_wish("sockets"), NetWish::sockets);
    const Result<NetWish> wrong = parse_net_wish("epoll");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().sentence, "net is 'epoll'; write \"auto\", \"uring\" or \"sockets\"");
}

} // namespace
} // namespace ks
