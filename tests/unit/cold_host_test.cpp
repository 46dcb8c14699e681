#include "cold/host.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "temp_dir.hpp"

namespace ks {
namespace {

// Runs `body` in a child, because what it changes cannot be taken back. True: it returned true.
template<class Body> bool holds_in_child(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body() ? 0 : 1);
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Host, LeavesNoWayIntoACoreFile) {
    EXPECT_TRUE(holds_in_child([] {
        rlimit limit{};
        return harden() && prctl(PR_GET_DUMPABLE) == 0 && getrlimit(RLIMIT_CORE, &limit) == 0 &&
               limit.rlim_max == 0;
    }));
}

TEST(Host, GivesNoSocketTheNumberOfAStandardFile) {
    EXPECT_TRUE(holds_in_child([] {
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        if (!harden()) return false;
        return dup(STDERR_FILENO) > STDERR_FILENO; // the three are taken
    }));
}

TEST(Host, SurvivesAWriteToAClosedPipe) {
    EXPECT_TRUE(holds_in_child([] {
        int ends[2];
        if (!harden() || pipe(ends) != 0) return false;
        close(ends[0]);
        return write(ends[1], "x", 1) < 0 && errno == EPIPE;
    }));
}

TEST(Host, NamesACpuThatIsNotThere) {
    auto pinned = pin_hot_thread(1023);
    ASSERT_FALSE(pinned);
    EXPECT_EQ(pinned.error().sentence,
              "pin the hot thread to CPU 1023: Invalid argument; choose a CPU of this machine and "
              "of the service's CPUAffinity");
    EXPECT_TRUE(pin_hot_thread(-1));
}

TEST(Host, RefusesToTakeTheOnlyCpuFromTheColdThreads) {
    EXPECT_TRUE(holds_in_child([] {
        cpu_set_t cpus;
        sched_getaffinity(0, sizeof cpus, &cpus);
        i32 first = 0;
        while (!CPU_ISSET(static_cast<size_t>(first), &cpus)) ++first;
        CPU_ZERO(&cpus);
        CPU_SET(static_cast<size_t>(first), &cpus);
        sched_setaffinity(0, sizeof cpus, &cpus);
        auto kept = keep_off(first);
        return !kept && kept.error().sentence.ends_with(
                            "; it is the only one; leave cpu out, or give the service a second "
                            "one");
    }));
}

void put(const std::string& file, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text << '\n';
}

TEST(Host, ReadsWhatTheKernelSays) {
    const TempDir root;
    put(root / "proc/sys/kernel/io_uring_disabled", "2");
    put(root / "proc/self/cgroup", "0::/a.slice");
    put(root / "sys/fs/cgroup/a.slice/cpu.max", "50000 100000");
    put(root / "sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet");
    put(root / "sys/devices/system/cpu/cpu3/cpufreq/scaling_governor", "powersave");
    put(root / "sys/devices/system/cpu/isolated", "3");
    const HostNeeds needs{root.path().string(), 3, true};
    const HostFacts facts = read_host(needs, root.path().string());
    EXPECT_EQ(facts.io_uring_disabled, "2");
    EXPECT_EQ(facts.cpu_quota, "50000 100000");
    EXPECT_EQ(facts.clock_source, "hpet");
    EXPECT_EQ(facts.governor, "powersave");
    EXPECT_EQ(facts.isolated, "3");
    EXPECT_TRUE(facts.is_run_dir_tmpfs); // TempDir lies in /dev/shm
    EXPECT_FALSE(read_host({"/proc", -1, false}, root.path().string()).is_run_dir_tmpfs);
}

TEST(Host, LacksNothingWhenAllIsWell) {
    const HostFacts facts{UINT64_MAX, "0", "tsc", "performance", "max 100000", "3", 4, true};
    EXPECT_EQ(what_host_lacks(facts, {"/run/x", 3, true}), std::vector<std::string>{});
    EXPECT_EQ(what_host_lacks({}, {"/run/x", -1, false}), std::vector<std::string>{});
}

TEST(Host, NamesEveryLackWithItsRemedy) {
    const HostFacts facts{UINT64_MAX, "1", "hpet", "powersave", "50000 100000", "", 1, false};
    EXPECT_EQ(
        what_host_lacks(facts, {"/var/x", 3, true}),
        (std::vector<std::string>{
            "io_uring is disabled, so a salvo costs one system call a shot; run: sysctl "
            "kernel.io_uring_disabled=0",
            "the clock source is hpet, so reading the time is a system call; boot with "
            "clocksource=tsc",
            "the CPU frequency governor is powersave, so the first shot leaves from a slow core; "
            "run: cpupower frequency-set -g performance",
            "the service has a CPU quota (50000 100000), so a spinning thread is stopped in every "
            "period; remove CPUQuota, or set spin = \"polite\"",
            "there is one CPU only, and spin = \"always\" takes it from the threads that sign and "
            "connect; set spin = \"polite\"",
            "no CPU is isolated, so the kernel may run others on the hot one; boot with "
            "isolcpus=3",
            "/var/x is not on tmpfs, so a store into a page may wait for a disk; use a directory "
            "below /run or /dev/shm"}));
}

TEST(Host, MindsAQuotaOnlyWhenItSpins) {
    const HostFacts facts{UINT64_MAX, "0", "tsc", "performance", "50000 100000", "", 1, true};
    EXPECT_EQ(what_host_lacks(facts, {"/run/x", -1, false}), std::vector<std::string>{});
}

} // namespace
} // namespace ks
