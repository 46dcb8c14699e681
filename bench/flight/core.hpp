// Core: the hot thread of the benchmark: on one CPU it turns the shipped engine, or, between two
// batches, plays the bare client or only the ear that spins; never two at once.
// Why one thread for all: same CPU, same caches, same minute, so that ratios mean something.
// Guarantees: what it does is told by one word (Order), what it saw by one (Volley); both pass
// through memory without a lock; the engine's own turns are those of the daemon.
#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "base/result.hpp"
#include "base/units.hpp"
#include "flight/bare_client.hpp"
#include "tsc.hpp"

namespace ks {
class Sender;
struct House;
}

namespace ks::bench {

class TurnBook;

enum class Task : u32 {
    rest,       // sleeps; leaves the CPU to a peer
    turn,       // the engine
    bare_uring, // the bare client waits for the word, one call of io_uring
    bare_send,  // the same, one send() a record
    loop_send,  // the calls alone: 2 us after the word, so that its way is not in the figure
    ear,        // sees the word, sends nothing: the hand-over between two CPUs
    spin,       // looks at the counter and nothing else: what the machine itself takes
};

// What the hot thread is to do; changed only while it owes no volley.
struct Order {
    Task task = Task::rest;
    u16 scope = 0; // whose kill is watched, and whose shots must be armed
    u32 shots = 1;
};

// One fire as the hot thread saw it, in ticks.
struct Volley {
    u64 seen = 0;     // began the turn (or the look) that saw the word
    u64 submit = 0;   // before the kernel's call
    u64 returned = 0; // after it, or after the last of them
    u32 sent = 0;
};

struct CoreSetup {
    bool with_uring = true;
    int cpu = 1;                // of the hot thread
    BareClient* bare = nullptr; // fires from the same core
    Sender* second = nullptr;   // sends part of a large salvo, on a thread of the caller's
    TurnBook* book = nullptr;   // every turn, and every gap of Task::spin
};

class Core {
public:
    // The house must outlive this, and its cold threads must run.
    static Result<std::unique_ptr<Core>> start(House& house, const CoreSetup& setup);
    ~Core();

    void order(const Order& order);
    // Ends the present task first: so that the house is quiet, or the CPU free.
    void rest() { order({}); }

    // The number of the last volley; it grows by one a fire.
    u64 volleys() const { return volleys_.load(std::memory_order_acquire); }
    const Volley& volley() const { return volley_; }
    // The scope's shots have been answered and are sealed on both lanes again.
    bool is_armed() const { return armed_for_.load(std::memory_order_acquire) == volleys(); }
    u64 armed_at() const { return armed_at_; }       // in ticks
    u64 accepted_at() const { return accepted_at_; } // the last shot's acceptance, in ticks
    // The kill that the last volley belongs to is CONFIRMED.
    bool is_clear() const { return clear_for_.load(std::memory_order_acquire) == volleys(); }
    u64 clear_at() const { return clear_at_; }
    // Throws the core's caches away; returns when that is done.
    void evict();
    u64 allocations() const { return allocations_.load(std::memory_order_relaxed); }
    const std::string& net() const { return net_; }

    // The word that bare client and ear wait for.
    void pull_word() { word_.store(word_.load(std::memory_order_relaxed) + 1); }

private:
    Core() = default;
    struct Loop;
    template<class NetT> struct EngineLoop;
    void run(House& house, const CoreSetup& setup, std::atomic<int>& state);
    void publish(const Volley& volley);

    std::atomic<u64> sequence_{0}; // of orders
    std::atomic<u64> taken_{0};
    Order order_;
    std::atomic<bool> stops_{false};
    alignas(64) std::atomic<u64> word_{0};
    alignas(64) std::atomic<u64> volleys_{0};
    Volley volley_;
    alignas(64) std::atomic<u64> armed_for_{0};
    std::atomic<u64> clear_for_{0};
    u64 armed_at_ = 0, accepted_at_ = 0, clear_at_ = 0;
    std::atomic<u64> evictions_wanted_{0}, evictions_done_{0};
    std::atomic<u64> allocations_{0};
    BareClient* bare_ = nullptr;
    TurnBook* book_ = nullptr;
    std::string net_;
    Error refusal_;
    std::thread thread_;
};

} // namespace ks::bench
