// Host: what the process asks of the machine before it may hold a secret or fire, and what the
// machine lacks, in sentences.
// Guarantees: harden() leaves no way for a secret into a core file or another process; the survey
// only reads. A lack is a warning, never a reason not to start: a slow kill beats none.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

// First thing in main(): /dev/null on closed standard files (else a socket would get number 1),
// SIGPIPE ignored, no core file, not dumpable.
Result<void> harden();

// Locks all memory, present and future. The error says how to allow it.
Result<void> lock_memory();

// For the calling thread: the hot one to its CPU at highest priority; or, before cold threads are
// made, everything away from that CPU. cpu -1: wherever the kernel likes.
Result<void> pin_hot_thread(i32 cpu);
Result<void> keep_off(i32 cpu);

// What the survey looks at. Texts are as the kernel writes them, empty where it does not tell.
struct HostFacts {
    u64 memlock_bytes = UINT64_MAX; // UINT64_MAX: unlimited
    std::string io_uring_disabled;  // "0", "1" or "2"
    std::string clock_source;       // "tsc"
    std::string governor;           // of the hot CPU: "performance"
    std::string cpu_quota;          // cgroup's cpu.max: "max 100000"
    std::string isolated;           // isolated CPUs: "2-3"
    u32 cpus_count = 1;             // this process may use
    bool is_run_dir_tmpfs = true;
};
struct HostNeeds {
    std::string run_dir;
    i32 cpu = -1;
    bool spins_always = false;
};
// `root` stands in front of /proc and /sys.
HostFacts read_host(const HostNeeds& needs, const std::string& root = "");

// One sentence a lack, with the command that mends it; empty: nothing is missing.
std::vector<std::string> what_host_lacks(const HostFacts& facts, const HostNeeds& needs);

} // namespace ks
