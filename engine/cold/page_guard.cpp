#include "cold/page_guard.hpp"

#include <csignal>
#include <mutex>
#include <sys/mman.h>
#include <time.h>

#include <array>

namespace ks {

namespace {

constexpr size_t memory_page_bytes = 4096;
constexpr size_t ranges_max = 64; // a few engines in one process, as tests have

// Read by the handler while others are added: `begin` is stored last and cleared first.
struct Entry {
    std::atomic<char*> begin{nullptr};
    size_t bytes_count = 0;
    std::atomic<u32>* lost = nullptr;
    u32 bit = 0;
    HoleFill fill = HoleFill::zeroes;
};
std::array<Entry, ranges_max> entries;
std::mutex entries_mutex; // for writers; the handler takes no lock
struct sigaction action_before;

// Only async-signal-safe calls from here on.
void fill_hole(char* hole, const Entry& entry) {
    mmap(hole, memory_page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
         -1, 0);
    if (entry.fill == HoleFill::zeroes) return;
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const u64 now_ns = static_cast<u64>(now.tv_sec) * 1'000'000'000 + static_cast<u64>(now.tv_nsec);
    for (size_t i = 0; i < memory_page_bytes; i += sizeof(u64))
        __atomic_store_n(reinterpret_cast<u64*>(hole + i), now_ns, __ATOMIC_RELAXED);
}

void on_sigbus(int, siginfo_t* info, void*) {
    char* const address = static_cast<char*>(info->si_addr);
    for (const Entry& entry : entries) {
        char* const begin = entry.begin.load(std::memory_order_acquire); // pairs with guard_range
        if (!begin || address < begin || address >= begin + entry.bytes_count) continue;
        const auto offset = static_cast<size_t>(address - begin);
        fill_hole(begin + offset / memory_page_bytes * memory_page_bytes, entry);
        entry.lost->fetch_or(entry.bit, std::memory_order_relaxed);
        return;
    }
    sigaction(SIGBUS, &action_before, nullptr); // the access is repeated and ends the process
}

Result<void> install() {
    struct sigaction action {};
    action.sa_sigaction = on_sigbus;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    struct sigaction current;
    sigaction(SIGBUS, nullptr, &current);
    if ((current.sa_flags & SA_SIGINFO) != 0 && current.sa_sigaction == on_sigbus) return {};
    action_before = current;
    if (sigaction(SIGBUS, &action, nullptr) != 0) return Error{"cannot handle SIGBUS"};
    return {};
}

} // namespace

Result<void> guard_range(const GuardedRange& range) {
    const std::lock_guard lock(entries_mutex);
    if (auto installed = install(); !installed) return installed;
    for (Entry& entry : entries) {
        if (entry.begin.load(std::memory_order_relaxed)) continue;
        entry.bytes_count = range.bytes_count;
        entry.lost = range.lost;
        entry.bit = range.bit;
        entry.fill = range.fill;
        // release: pairs with the acquire in on_sigbus
        entry.begin.store(static_cast<char*>(range.begin), std::memory_order_release);
        return {};
    }
    return Error{"more than 64 guarded pages in one process"};
}

void unguard_range(const void* begin) {
    const std::lock_guard lock(entries_mutex);
    for (Entry& entry : entries)
        if (entry.begin.load(std::memory_order_relaxed) == begin)
            entry.begin.store(nullptr, std::memory_order_release);
}

} // namespace ks
