#include "flight/core.hpp"

#include <sched.h>

#include "cold/allocation_guard.hpp"
#include "cold/host.hpp"
#include "flight/evictor.hpp"
#include "flight/stamped_net.hpp"
#include "flight/turn_book.hpp"
#include "hot_arena.hpp"
#include "house.hpp"
#include "net/loopback_pair.hpp"
#include "net/socket_net.hpp"
#include "net/tsc_clock.hpp"
#include "net/twin_net.hpp"

namespace ks::bench {

// The shipped engine over a stamped net.
template<class NetT> struct Core::EngineLoop {
    using Stamped = StampedNet<NetT>;
    using Flying = Engine<TscClock, Stamped>;

    EngineLoop(Core& core, NetT& net, const EngineParts& parts)
        : core_(core), stamped_(net, parts.plan.lanes_count), plan_(parts.plan),
          engine_(arena_.make(parts, clock_, stamped_)) {}

    void turn(const Order& order) {
        stamped_.begin_turn();
        engine_.turn();
        const auto& turn = stamped_.turn();
        if (core_.book_) core_.book_->turn(engine_.did(), turn.began, stamp_tsc());
        const u32 kill = engine_.kills().kill(ScopeId{order.scope}).number;
        if (kill != kill_) {
            kill_ = kill;
            if (turn.submit != 0)
                core_.publish({turn.began, turn.submit, turn.returned, turn.queued});
        }
        if (!core_.is_armed()) look_armed(order);
        if (!core_.is_clear()) look_clear(order);
    }
    // A scope that was not watched may have been killed before.
    void watch(const Order& order) { kill_ = engine_.kills().kill(ScopeId{order.scope}).number; }

private:
    // relaxed: published by the release of armed_for_
    void look_armed(const Order& order) {
        Instant accepted_at;
        for (ShotId shot : plan_.scopes[order.scope].shots) {
            const Flight& flight = engine_.sweep().flight(shot);
            const bool is_out = flight.state == State::aimed || flight.state == State::fired;
            if (is_out || engine_.armed(shot) != 7) return;
            accepted_at = std::max(accepted_at, flight.accepted_at);
        }
        const Instant now = clock_.now();
        core_.armed_at_ = stamp_tsc();
        core_.accepted_at_ = core_.armed_at_ - tsc_of(now - accepted_at);
        core_.armed_for_.store(core_.volleys(), std::memory_order_release);
    }
    void look_clear(const Order& order) {
        if (!core_.is_armed()) return;
        if (engine_.kills().outcome(ScopeId{order.scope}) != KS_CLEAR) return;
        core_.clear_at_ = stamp_tsc();
        core_.clear_for_.store(core_.volleys(), std::memory_order_release);
    }

    Core& core_;
    TscClock clock_;
    Stamped stamped_;
    const Plan& plan_;
    HotArena<Flying> arena_;
    Flying& engine_;
    u32 kill_ = 0;
};

void Core::publish(const Volley& volley) {
    volley_ = volley;
    volleys_.store(volleys() + 1, std::memory_order_release);
}

// What is played while the engine rests.
struct Core::Loop {
    explicit Loop(Core& its) : core(its) {}
    Core& core;
    Evictor evictor;
    u64 word_seen = 0;
    bool is_prepared = false;

    void play(const Order& order) {
        if (order.task == Task::spin) return spin();
        if (order.task == Task::ear) {
            core.armed_for_.store(core.volleys(), std::memory_order_release);
            return listen();
        }
        BareClient& bare = *core.bare_;
        if (!is_prepared) {
            if (!bare.collect()) return;
            is_prepared = bare.prepare(order.shots);
            core.armed_for_.store(core.volleys(), std::memory_order_release);
        }
        if (!hears()) return;
        if (order.task == Task::loop_send) rest_a_little();
        const u64 seen = stamp_tsc();
        bare.fire(order.shots,
                  order.task == Task::bare_uring ? BareClient::How::uring : BareClient::How::send);
        const u64 returned = stamp_tsc();
        bare.departed(order.shots);
        is_prepared = false;
        core.publish({seen, seen, returned, order.shots});
    }
    // acquire: pairs with pull_word()
    bool hears() {
        const u64 word = core.word_.load(std::memory_order_acquire);
        if (word == word_seen) return false;
        word_seen = word;
        return true;
    }
    // So that the word's own way between the CPUs is over and no part of the figure.
    static void rest_a_little() {
        const u64 end = stamp_tsc() + tsc_of(microseconds(2));
        while (stamp_tsc() < end) {
        }
    }
    void spin() {
        constexpr int looks = 1'000; // then the next order may come
        u64 before = stamp_tsc();
        for (int i = 0; i < looks; ++i) {
            const u64 now = stamp_tsc();
            core.book_->spin(before, now);
            before = now;
        }
    }
    void listen() {
        if (!hears()) return;
        const u64 seen = stamp_tsc();
        core.publish({seen, seen, seen, 0});
    }
    void serve_evictions() {
        const u64 wanted = core.evictions_wanted_.load(std::memory_order_acquire);
        if (wanted == core.evictions_done_.load(std::memory_order_relaxed)) return;
        evictor.evict();
        core.evictions_done_.store(wanted, std::memory_order_release);
    }
};

namespace {

template<class Made, class Body> void with_net(const CoreSetup& setup, Made made, Body body) {
    if (setup.with_uring) {
        auto net = UringNet::open();
        if (!made(net ? Error{} : net.error())) return;
        if (!setup.second) return body(**net);
        TwinNet twin(*std::move(net), *setup.second);
        body(twin);
    } else {
        auto net = SocketNet::open();
        if (made(net ? Error{} : net.error())) body(**net);
    }
}

} // namespace

void Core::run(House& house, const CoreSetup& setup, std::atomic<int>& state) {
    static_cast<void>(pin_hot_thread(setup.cpu));
    Result<LoopbackPair> pair = LoopbackPair::open();
    EngineParts parts = engine_parts(house);
    if (pair) {
        parts.warm_near = pair->take_near();
        parts.warm_far = pair->take_far();
    }
    const auto made = [&](const Error& error) {
        refusal_ = error;
        if (!error.sentence.empty()) state.store(-1);
        return error.sentence.empty();
    };
    with_net(setup, made, [&]<class NetT>(NetT& net) {
        EngineLoop<NetT> engine(*this, net, parts);
        Loop others(*this);
        if (bare_ && !bare_->open_ring()) net_ += ", bare client without io_uring";
        parts.status.backend = setup.with_uring ? 1 : 2;
        state.store(1);
        state.notify_all();
        const u64 allocated = allocations_count();
        forbid_allocation();
        u64 sequence = 0;
        Order order;
        while (!stops_.load(std::memory_order_relaxed)) {
            if (const u64 now = sequence_.load(std::memory_order_acquire); now != sequence) {
                sequence = now;
                order = order_;
                others.is_prepared = false;
                others.word_seen = word_.load(std::memory_order_relaxed);
                engine.watch(order);
                armed_for_.store(UINT64_MAX, std::memory_order_relaxed);
                taken_.store(sequence, std::memory_order_release);
                taken_.notify_all();
            }
            others.serve_evictions();
            if (order.task == Task::turn)
                engine.turn(order);
            else if (order.task == Task::rest)
                sequence_.wait(sequence);
            else
                others.play(order);
        }
        allow_allocation();
        allocations_.store(allocations_count() - allocated, std::memory_order_relaxed);
    });
    state.notify_all();
}

Result<std::unique_ptr<Core>> Core::start(House& house, const CoreSetup& setup) {
    std::unique_ptr<Core> core(new Core);
    core->bare_ = setup.bare;
    core->book_ = setup.book;
    core->net_ = setup.with_uring ? "io_uring" : "sockets";
    std::atomic<int> state{0};
    core->thread_ =
        std::thread([&house, setup, &state, made = core.get()] { made->run(house, setup, state); });
    state.wait(0);
    if (state.load() == 1) return core;
    core->thread_.join();
    return core->refusal_;
}

Core::~Core() {
    stops_.store(true, std::memory_order_relaxed);
    rest();
    if (thread_.joinable()) thread_.join();
}

void Core::order(const Order& order) {
    order_ = order;
    const u64 sequence = sequence_.load(std::memory_order_relaxed) + 1;
    sequence_.store(sequence, std::memory_order_release);
    sequence_.notify_all();
    while (taken_.load(std::memory_order_acquire) != sequence && !stops_.load()) sched_yield();
}

void Core::evict() {
    const u64 wanted = evictions_wanted_.load() + 1;
    evictions_wanted_.store(wanted, std::memory_order_release);
    while (evictions_done_.load(std::memory_order_acquire) != wanted) {
    }
}

} // namespace ks::bench
