#include "host_facts.hpp"

#include <sched.h>
#include <sys/utsname.h>
#include <time.h>
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#include <x86intrin.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace ks::bench {
namespace {

constexpr const char* unknown = "unknown";
constexpr i64 gap_ns_min = 1'000;
// Ten times more than the noisiest machine we met has in ten seconds.
constexpr size_t gaps_max = 100'000;

std::string first_line(const std::string& file, const std::string& otherwise = unknown) {
    std::ifstream in(file);
    std::string line;
    return std::getline(in, line) && !line.empty() ? line : otherwise;
}

// A list of CPUs; the kernel writes nothing, or "(null)", for none.
std::string cpu_list(const std::string& file) {
    if (!std::ifstream(file)) return unknown;
    const std::string line = first_line(file, "none");
    return line.find("null") != line.npos ? "none" : line;
}

std::string after_colon(const std::string& line) {
    const size_t at = line.find(": ");
    return at == line.npos ? unknown : line.substr(at + 2);
}

void read_cpuinfo(HostFacts& facts, const std::string& file) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("processor")) ++facts.cpus_count;
        if (line.starts_with("model name")) facts.cpu_model = after_colon(line);
        if (!line.starts_with("flags") || facts.hypervisor != unknown) continue;
        facts.hypervisor = "no";
        std::string tsc;
        std::istringstream flags(line);
        for (std::string flag; flags >> flag;) {
            if (flag == "hypervisor") facts.hypervisor = "yes";
            if (flag == "constant_tsc" || flag == "nonstop_tsc" || flag == "tsc_known_freq")
                tsc += (tsc.empty() ? "" : " ") + flag;
        }
        facts.tsc_flags = tsc.empty() ? "none" : tsc;
    }
}

std::string read_memory(const std::string& file) {
    std::ifstream in(file);
    for (std::string name; in >> name;) {
        u64 kib = 0;
        if (name != "MemTotal:" || !(in >> kib)) continue;
        const u64 tenths = kib * 10 / (1024 * 1024);
        return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
    }
    return unknown;
}

std::string read_io_uring(const std::string& file) {
    const std::string disabled = first_line(file);
    if (disabled == "0") return "enabled";
    if (disabled == "1") return "disabled for the unprivileged";
    return disabled == "2" ? "disabled" : unknown;
}

std::vector<Vulnerability> read_vulnerabilities(const std::string& folder) {
    std::vector<Vulnerability> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        found.push_back({entry.path().filename(), first_line(entry.path())});
    std::ranges::sort(found, {}, &Vulnerability::name);
    return found;
}

constexpr const char* wolfssl_aes() {
#ifdef WOLFSSL_AESNI
    return "AES-NI";
#else
    return "no AES-NI";
#endif
}

i64 monotonic_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

double measure_ticks_per_ns() {
    constexpr i64 calibration_ns = 10'000'000;
    const i64 from_ns = monotonic_ns();
    const u64 from = __rdtsc();
    i64 now_ns = from_ns;
    while (now_ns - from_ns < calibration_ns) now_ns = monotonic_ns();
    return static_cast<double>(__rdtsc() - from) / static_cast<double>(now_ns - from_ns);
}

std::vector<double> gaps_in(Nanos span, double ticks_per_ns) {
    std::vector<u64> ticks;
    ticks.reserve(gaps_max); // so that the spin itself never waits for memory
    const auto in_ticks = [&](i64 ns) {
        return static_cast<u64>(static_cast<double>(ns) * ticks_per_ns);
    };
    const u64 gap_min = in_ticks(gap_ns_min);
    u64 last = __rdtsc();
    for (const u64 end = last + in_ticks(span.ns); last < end && ticks.size() < gaps_max;) {
        const u64 now = __rdtsc();
        if (now - last > gap_min) ticks.push_back(now - last);
        last = now;
    }
    std::vector<double> gaps_ns;
    for (const u64 gap : ticks) gaps_ns.push_back(static_cast<double>(gap) / ticks_per_ns);
    std::ranges::sort(gaps_ns);
    return gaps_ns;
}

} // namespace

HostFacts read_host_facts(const std::string& root) {
    HostFacts facts;
    read_cpuinfo(facts, root + "/proc/cpuinfo");
    facts.memory = read_memory(root + "/proc/meminfo");
    const std::string kernel = root + "/proc/sys/kernel/";
    facts.kernel = first_line(kernel + "ostype") + " " + first_line(kernel + "osrelease");
    if (facts.kernel == "unknown unknown") facts.kernel = unknown;
    facts.io_uring = read_io_uring(kernel + "io_uring_disabled");
    const std::string devices = root + "/sys/devices/system/";
    facts.governor = first_line(devices + "cpu/cpu0/cpufreq/scaling_governor");
    facts.isolated_cpus = cpu_list(devices + "cpu/isolated");
    facts.nohz_full_cpus = cpu_list(devices + "cpu/nohz_full");
    facts.smt = first_line(devices + "cpu/smt/control");
    facts.clock_source = first_line(devices + "clocksource/clocksource0/current_clocksource");
    facts.vulnerabilities = read_vulnerabilities(devices + "cpu/vulnerabilities");
    facts.wolfssl = wolfSSL_lib_version();
    facts.wolfssl_aes = wolfssl_aes();
    return facts;
}

Noise spin_test(i32 cpu, Nanos span) {
    Noise noise;
    cpu_set_t before;
    cpu_set_t one;
    CPU_ZERO(&one);
    if (cpu < 0 || span.ns <= 0 || sched_getaffinity(0, sizeof before, &before) != 0) return noise;
    CPU_SET(static_cast<size_t>(cpu), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return noise;
    const double ticks_per_ns = measure_ticks_per_ns();
    const i64 spin_from_ns = monotonic_ns();
    const std::vector<double> gaps_ns = gaps_in(span, ticks_per_ns);
    const double spun_ns = static_cast<double>(monotonic_ns() - spin_from_ns);
    sched_setaffinity(0, sizeof before, &before);
    noise.cpu = cpu;
    if (gaps_ns.empty()) return noise;
    const auto rank = [&](size_t percent) {
        return gaps_ns[(gaps_ns.size() * percent + 99) / 100 - 1];
    };
    noise.gaps_per_second = static_cast<double>(gaps_ns.size()) * 1e9 / spun_ns;
    noise.p50_gap_ns = rank(50);
    noise.p99_gap_ns = rank(99);
    noise.max_gap_ns = gaps_ns.back();
    for (const double gap_ns : gaps_ns) noise.lost_share += gap_ns / spun_ns;
    return noise;
}

CpuTimes read_cpu_times(const std::string& root) {
    CpuTimes times;
    std::ifstream all(root + "/proc/stat"); // cpu user nice system idle iowait irq softirq steal
    std::string name;
    all >> name;
    u64 ticks = 0;
    for (i32 column = 0; column < 8 && all >> ticks; ++column) {
        times.total_ticks += ticks;
        const bool is_idle = column == 3 || column == 4;
        (column == 7 ? times.steal_ticks : times.busy_ticks) += is_idle ? 0 : ticks;
    }
    // The name in the second column may hold blanks; behind its bracket state is the first, and
    // utime, stime, cutime, cstime are the twelfth to the fifteenth (proc(5)).
    const std::string own = first_line(root + "/proc/self/stat", "");
    const size_t bracket = own.rfind(')');
    std::istringstream columns(bracket == own.npos ? "" : own.substr(bracket + 1));
    std::string column;
    for (i32 i = 1; i <= 15 && columns >> column; ++i)
        if (i >= 12) times.own_ticks += std::stoull(column);
    return times;
}

Quiet quiet_between(const CpuTimes& from, const CpuTimes& to) {
    if (to.total_ticks <= from.total_ticks || from.total_ticks == 0) return {};
    const double total = static_cast<double>(to.total_ticks - from.total_ticks);
    const u64 busy = to.busy_ticks - from.busy_ticks;
    const u64 own = to.own_ticks - from.own_ticks;
    return {.others_share = busy > own ? static_cast<double>(busy - own) / total : 0,
            .steal_share = static_cast<double>(to.steal_ticks - from.steal_ticks) / total,
            .is_known = true};
}

} // namespace ks::bench
