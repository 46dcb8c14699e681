#include "hot_thread.hpp"

#include <time.h>

#include <thread>

#include "cold/allocation_guard.hpp"
#include "cold/host.hpp"
#include "hot_arena.hpp"
#include "net/loopback_pair.hpp"
#include "net/tsc_clock.hpp"

namespace ks {

namespace {

constexpr Nanos polite_after = microseconds(50);
constexpr int turns_a_nap = 64; // every chore has had its turn some times
constexpr timespec polite_sleep{.tv_sec = 0, .tv_nsec = 250'000};

template<Net NetT>
Result<void> turn_until(NetT& net, const HotSetup& setup, const std::atomic<bool>& stop) {
    using HotEngine = Engine<TscClock, NetT>;
    HotArena<HotEngine> arena;
    if (!arena.is_there())
        return Error{"hot thread: no memory for " + std::to_string(sizeof(HotEngine) >> 20) +
                     " MiB of state; free some, or raise the limit of the service"};
    TscClock clock;
    HotEngine& engine = arena.make(setup.parts, clock, net);
    forbid_allocation();
    // relaxed: a stop may be seen a turn later
    while (!stop.load(std::memory_order_relaxed)) {
        for (int turn = 0; turn < turns_a_nap; ++turn) engine.turn();
        if (setup.is_polite && engine.is_quiet(polite_after))
            clock_nanosleep(CLOCK_MONOTONIC, 0, &polite_sleep, nullptr);
    }
    allow_allocation();
    return {};
}

// A slower large salvo beats no engine: without it the hot thread sends everything, and says so.
std::unique_ptr<Sender> open_second(const HotSetup& setup) {
    if (setup.sender_cpu < 0) return nullptr;
    Result<std::unique_ptr<Sender>> second = Sender::open(setup.parts.plan.warm_every);
    if (second) return *std::move(second);
    setup.say(second.error().sentence);
    return nullptr;
}

std::jthread start_second(Sender* second, const HotSetup& setup) {
    if (!second) return {};
    return std::jthread([second, cpu = setup.sender_cpu, say = setup.say](std::stop_token stop) {
        if (Result<void> pinned = pin_hot_thread(cpu); !pinned) say(pinned.error().sentence);
        TscClock clock;
        forbid_allocation();
        while (!stop.stop_requested())
            if (!second->turn()) second->beat(clock.now());
        allow_allocation();
    });
}

} // namespace

Result<void> run_hot(const HotSetup& setup, const std::atomic<bool>& stop) {
    if (Result<void> pinned = pin_hot_thread(setup.cpu); !pinned)
        setup.say(pinned.error().sentence);
    const std::unique_ptr<Sender> second = open_second(setup);
    Result<ChosenNet> chosen = choose_net(setup.net, second.get());
    if (!chosen) return std::move(chosen).error();
    const std::jthread sends = start_second(second.get(), setup); // ends before the net does
    setup.say("net: " + chosen->reason);
    setup.parts.status.backend = chosen->is_uring() ? 1 : 2;
    HotSetup with_warmth = setup;
    Result<LoopbackPair> pair = LoopbackPair::open();
    if (pair && !setup.is_polite) {
        with_warmth.parts.warm_near = pair->take_near();
        with_warmth.parts.warm_far = pair->take_far();
    }
    return std::visit([&](auto& net) { return turn_until(*net, with_warmth, stop); }, chosen->net);
}

} // namespace ks
