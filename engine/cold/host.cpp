#include "cold/host.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace ks {

namespace {

std::string first_line(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::string reason() {
    return std::strerror(errno);
}

void examine_quota(std::vector<std::string>& notes) {
    const std::string quota = first_line("/sys/fs/cgroup/cpu.max");
    if (!quota.empty() && !quota.starts_with("max"))
        notes.push_back("host: a CPU quota (" + quota +
                        ") stops a spinning thread in every period; remove CPUQuota= from the "
                        "unit, or use spin = \"polite\"");
}

} // namespace

void prepare_descriptors() {
    int fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
    if (fd >= 0) close(fd);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0);
    constexpr rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

std::vector<std::string> prepare_process(i32 hot_cpu) {
    std::vector<std::string> notes = examine_host(hot_cpu);
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        notes.push_back("host: memory is not locked (" + reason() +
                        "): a page fault may delay a kill, and a secret may be swapped out; raise "
                        "LimitMEMLOCK to infinity");
    if (hot_cpu < 0) return notes;
    cpu_set_t others;
    if (sched_getaffinity(0, sizeof others, &others) != 0) return notes;
    CPU_CLR(static_cast<size_t>(hot_cpu), &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof others, &others) != 0)
        notes.push_back("host: cold threads share CPU " + std::to_string(hot_cpu) +
                        " with the hot one; give the process a second CPU");
    return notes;
}

std::vector<std::string> prepare_hot_thread(i32 cpu) {
    std::vector<std::string> notes;
    if (cpu >= 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(static_cast<size_t>(cpu), &one);
        if (sched_setaffinity(0, sizeof one, &one) != 0)
            notes.push_back("host: the hot thread is not pinned to CPU " + std::to_string(cpu) +
                            " (" + reason() + "); choose a CPU of this machine");
    }
    const auto thread = static_cast<id_t>(syscall(SYS_gettid));
    if (setpriority(PRIO_PROCESS, thread, -20) != 0)
        notes.push_back("host: the hot thread runs at normal priority (" + reason() +
                        "); grant LimitNICE=-20, or a busy neighbour may delay a kill by 3 ms");
    return notes;
}

std::vector<std::string> examine_host(i32 hot_cpu) {
    std::vector<std::string> notes;
    const std::string clock =
        first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    if (!clock.empty() && clock != "tsc")
        notes.push_back("host: the clock source is " + clock +
                        ", not tsc: every reading of the time is slow; see dmesg for why");
    const std::string cpu = std::to_string(hot_cpu < 0 ? 0 : hot_cpu);
    const std::string governor =
        first_line("/sys/devices/system/cpu/cpu" + cpu + "/cpufreq/scaling_governor");
    if (!governor.empty() && governor != "performance")
        notes.push_back("host: CPU " + cpu + " runs under the governor " + governor +
                        "; set performance, or the first shot pays for the frequency change");
    examine_quota(notes);
    const std::string uring = first_line("/proc/sys/kernel/io_uring_disabled");
    if (!uring.empty() && uring != "0")
        notes.push_back("host: kernel.io_uring_disabled is " + uring +
                        ": sockets are used unless this process is privileged");
    return notes;
}

} // namespace ks
