#include "cold/host.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace ks {
namespace {

constexpr int nice_highest = -20;
// The engine's pages, rings and stacks; less does not hold them all.
constexpr u64 memlock_bytes_min = 256u * 1024 * 1024;

Error failed(std::string_view step, std::string_view remedy) {
    return {std::string(step) + ": " + strerror(errno) + "; " + std::string(remedy)};
}

std::string first_line(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

// A process in its own cgroup sees its quota at its own path; in a container that path is the root.
std::string read_cpu_quota(const std::string& root) {
    std::string path = first_line(root + "/proc/self/cgroup"); // "0::/system.slice/killswitchd"
    path = path.starts_with("0::") ? path.substr(3) : "";
    const std::string own = first_line(root + "/sys/fs/cgroup" + path + "/cpu.max");
    return own.empty() ? first_line(root + "/sys/fs/cgroup/cpu.max") : own;
}

u32 count_cpus() {
    cpu_set_t cpus;
    return sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? static_cast<u32>(CPU_COUNT(&cpus)) : 1;
}

Result<void> open_standard_files() {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return failed("open /dev/null", "make it: mknod -m 666 /dev/null c 1 3");
    return {};
}

} // namespace

Result<void> harden() {
    if (auto done = open_standard_files(); !done) return done;
    signal(SIGPIPE, SIG_IGN); // a closed lane is an errno, not a death
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return failed("forbid core files", "start with LimitCORE=0");
    if (prctl(PR_SET_DUMPABLE, 0) != 0)
        return failed("forbid dumping", "check the seccomp filter of the service");
    return {};
}

Result<void> lock_memory() {
    rlimit limit{};
    getrlimit(RLIMIT_MEMLOCK, &limit);
    limit.rlim_cur = limit.rlim_max; // ours to raise; if it is too low, mlockall says so
    setrlimit(RLIMIT_MEMLOCK, &limit);
    const bool is_enough = limit.rlim_max >= memlock_bytes_min || geteuid() == 0;
    // A lock that only just fits now would fail a later mapping, so it is not tried.
    if (is_enough && mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return {};
    if (!is_enough) errno = ENOMEM;
    return failed("lock memory", "a page fault may delay a shot; start with LimitMEMLOCK=infinity");
}

Result<void> pin_hot_thread(i32 cpu) {
    if (cpu < 0) return {};
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(cpu), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0)
        return failed("pin the hot thread to CPU " + std::to_string(cpu),
                      "choose a CPU of this machine and of the service's CPUAffinity");
    if (setpriority(PRIO_PROCESS, 0, nice_highest) != 0)
        return failed("raise the hot thread's priority", "start with LimitNICE=-20");
    return {};
}

Result<void> keep_off(i32 cpu) {
    cpu_set_t cpus;
    if (cpu < 0 || sched_getaffinity(0, sizeof cpus, &cpus) != 0) return {};
    CPU_CLR(static_cast<size_t>(cpu), &cpus);
    if (CPU_COUNT(&cpus) == 0) {
        errno = EINVAL;
        return failed("keep the cold threads off CPU " + std::to_string(cpu),
                      "it is the only one; leave cpu out, or give the service a second one");
    }
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0)
        return failed("keep the cold threads off CPU " + std::to_string(cpu),
                      "check the service's CPUAffinity");
    return {};
}

HostFacts read_host(const HostNeeds& needs, const std::string& root) {
    HostFacts facts;
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
        facts.memlock_bytes = limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
    facts.io_uring_disabled = first_line(root + "/proc/sys/kernel/io_uring_disabled");
    const std::string devices = root + "/sys/devices/system/";
    facts.clock_source = first_line(devices + "clocksource/clocksource0/current_clocksource");
    const std::string cpu = std::to_string(needs.cpu < 0 ? 0 : needs.cpu);
    facts.governor = first_line(devices + "cpu/cpu" + cpu + "/cpufreq/scaling_governor");
    facts.isolated = first_line(devices + "cpu/isolated");
    facts.cpu_quota = read_cpu_quota(root);
    facts.cpus_count = count_cpus();
    struct statfs run_dir {};
    if (statfs(needs.run_dir.c_str(), &run_dir) == 0)
        facts.is_run_dir_tmpfs = run_dir.f_type == TMPFS_MAGIC;
    return facts;
}

std::vector<std::string> what_host_lacks(const HostFacts& facts, const HostNeeds& needs) {
    std::vector<std::string> lacks;
    if (facts.memlock_bytes < memlock_bytes_min && geteuid() != 0)
        lacks.push_back("memory cannot be locked (limit " +
                        std::to_string(facts.memlock_bytes / 1024) +
                        " KiB), so a page fault may delay a shot; set LimitMEMLOCK=infinity");
    if (facts.io_uring_disabled == "1" || facts.io_uring_disabled == "2")
        lacks.push_back("io_uring is disabled, so a salvo costs one system call a shot; run: "
                        "sysctl kernel.io_uring_disabled=0");
    if (!facts.clock_source.empty() && facts.clock_source != "tsc")
        lacks.push_back("the clock source is " + facts.clock_source +
                        ", so reading the time is a system call; boot with clocksource=tsc");
    if (!facts.governor.empty() && facts.governor != "performance")
        lacks.push_back("the CPU frequency governor is " + facts.governor +
                        ", so the first shot leaves from a slow core; run: cpupower "
                        "frequency-set -g performance");
    const bool has_quota = !facts.cpu_quota.empty() && !facts.cpu_quota.starts_with("max");
    if (has_quota && needs.spins_always)
        lacks.push_back("the service has a CPU quota (" + facts.cpu_quota +
                        "), so a spinning thread is stopped in every period; remove CPUQuota, or "
                        "set spin = \"polite\"");
    if (needs.spins_always && facts.cpus_count < 2)
        lacks.push_back("there is one CPU only, and spin = \"always\" takes it from the threads "
                        "that sign and connect; set spin = \"polite\"");
    if (needs.spins_always && facts.isolated.empty())
        lacks.push_back("no CPU is isolated, so the kernel may run others on the hot one; boot "
                        "with isolcpus=" +
                        std::to_string(needs.cpu));
    if (!facts.is_run_dir_tmpfs)
        lacks.push_back(needs.run_dir + " is not on tmpfs, so a store into a page may wait for a "
                                        "disk; use a directory below /run or /dev/shm");
    return lacks;
}

} // namespace ks
