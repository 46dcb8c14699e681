// Host facts: on what machine a figure was taken and how quiet it was, for the figure's readers.
// Guarantees: only reads, and spins when asked; what cannot be learnt reads "unknown".
#pragma once

#include <string>
#include <vector>

#include "base/units.hpp"

namespace ks::bench {

struct Vulnerability {
    std::string name;       // "spectre_v2"
    std::string mitigation; // "Mitigation: Retpolines"
};

// Texts as the kernel writes them.
struct HostFacts {
    std::string cpu_model = "unknown";
    u32 cpus_count = 0; // online; 0: unknown
    std::string kernel = "unknown";
    std::string governor = "unknown";
    std::string isolated_cpus = "unknown"; // "none" when the kernel says so
    std::string nohz_full_cpus = "unknown";
    std::string clock_source = "unknown";
    std::string tsc_flags = "unknown";   // "constant_tsc nonstop_tsc tsc_known_freq"
    std::string hypervisor = "unknown";  // "yes" or "no": the CPU flag
    std::string smt = "unknown";         // "on", "off", "notsupported"
    std::string memory = "unknown";      // "7.8 GiB"
    std::string io_uring = "unknown";    // "enabled", "disabled for the unprivileged", "disabled"
    std::string wolfssl = "unknown";     // version of the library that runs
    std::string wolfssl_aes = "unknown"; // "AES-NI" or "no AES-NI", by its build options
    std::string openssl = "unknown";     // the caller's to set: only the peers link it
    std::vector<Vulnerability> vulnerabilities;
};
// `root` stands in front of /proc and /sys.
HostFacts read_host_facts(const std::string& root = "");

// What a thread that only reads the TSC loses to everyone else.
struct Noise {
    i32 cpu = -1;               // -1: could not be pinned there, and nothing was measured
    double gaps_per_second = 0; // longer than 1 us
    double p50_gap_ns = 0;
    double p99_gap_ns = 0;
    double max_gap_ns = 0;
    double lost_share = 0; // of the time, 0 to 1
};
// Pins the calling thread to `cpu`, spins for `span`, and gives it back its CPUs.
Noise spin_test(i32 cpu, Nanos span);

// CPU time since boot, all CPUs together, and this process's and its dead children's part of it.
struct CpuTimes {
    u64 total_ticks = 0;
    u64 busy_ticks = 0;
    u64 steal_ticks = 0;
    u64 own_ticks = 0;
};
CpuTimes read_cpu_times(const std::string& root = "");

// How much of the machine others took between two points, as shares of all CPUs, 0 to 1.
struct Quiet {
    double others_share = 0; // other processes and the kernel's own work
    double steal_share = 0;  // other guests of the host
    bool is_known = false;
};
Quiet quiet_between(const CpuTimes& from, const CpuTimes& to);

} // namespace ks::bench
