// One gate, several processes, SIGKILL: the law holds for whoever dies when.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "hot/gate.hpp"
#include "unit/killed_child.hpp"
#include "unit/shared_pages.hpp"

namespace ks {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kills = 40;
constexpr i64 cuts = 40;
#else
constexpr int kills = 300;
constexpr i64 cuts = 1'000;
#endif
constexpr Nanos window = nanoseconds(900);
constexpr Nanos margin = nanoseconds(100);
constexpr u64 hold_ns = 1'000;
constexpr u16 places = 12;
constexpr u16 reserve = 4;

struct Departure {
    u64 at_ns;
    u32 weight;
};

// What every process writes down; the clock is a word that each booking moves on a little.
struct Log {
    static constexpr u32 departures_max = 1 << 20;
    u64 clock_ns;
    u32 count;
    std::array<Departure, departures_max> departures;

    u64 tick(u64 step_ns) { return __atomic_add_fetch(&clock_ns, 1 + step_ns, __ATOMIC_SEQ_CST); }
    void write(u64 at_ns, u32 weight) {
        const u32 index = __atomic_fetch_add(&count, 1, __ATOMIC_SEQ_CST);
        if (index < departures_max) departures[index] = {at_ns, weight};
    }
};

// The greatest sum of weights in any stretch of hold_ns.
u32 fullest_window(Log& log) {
    const auto end = log.departures.begin() + std::min(log.count, Log::departures_max);
    std::sort(log.departures.begin(), end,
              [](const Departure& a, const Departure& b) { return a.at_ns < b.at_ns; });
    std::deque<Departure> inside;
    u32 sum = 0;
    u32 fullest = 0;
    for (auto it = log.departures.begin(); it != end; ++it) {
        for (; !inside.empty() && inside.front().at_ns + hold_ns <= it->at_ns; inside.pop_front())
            sum -= inside.front().weight;
        inside.push_back(*it);
        sum += it->weight;
        fullest = std::max(fullest, sum);
    }
    return fullest;
}

TEST(GateUnderKill, NoWindowAboveTheLimitWhileProcessesAreKilled) {
    SharedPages pages(0, 0);
    const GateId gate = pages.add_gate(places, reserve, window, margin);
    Gates gates(*pages.plan, pages.gate_pages());
    SharedMemory<Log> log;
    std::mt19937 random(11);
    u32 ours = 0;
    for (int round = 0; round < kills; ++round) {
        const auto other = [&](u64 seed) {
            return [&, seed] {
                ks_handle ks{};
                ks.status = pages.status.get();
                ks.gates = pages.gates.get();
                std::minstd_rand step(static_cast<u32>(seed));
                for (;;) {
                    const u64 now_ns = log->tick(step() % 60);
                    const auto weight = static_cast<u32>(1 + step() % 3);
                    if (ks_book_at(&ks, gate.index, weight, now_ns)) log->write(now_ns, weight);
                }
            };
        };
        KilledChild first(other(random()));
        KilledChild second(other(random()));
        for (u64 turns = random() % 4'000; turns > 0; --turns) {
            const Booking bookings[] = {{gate, static_cast<u16>(1 + random() % 4)}};
            const u64 now_ns = log->tick(random() % 60);
            Booked booked;
            const Claim claim{.may_use_own = random() % 2 == 0};
            if (!gates.book(bookings, {static_cast<i64>(now_ns)}, claim, booked)) continue;
            log->write(now_ns, bookings[0].weight);
            ++ours;
        }
    }
    EXPECT_GT(ours, 0u);
    EXPECT_GT(log->count, ours) << "the other processes never booked";
    EXPECT_LE(fullest_window(*log), places);

    // Whatever the dead left taken is back one window after.
    const Booking all[] = {{gate, places}};
    Booked booked;
    const Instant later{static_cast<i64>(log->clock_ns + hold_ns)};
    EXPECT_TRUE(gates.book(all, later, {.may_use_own = true}, booked));
}

// A booking of `weight` is cut between any two instructions: it leaves at most the shared places
// stamped, and they are free again one window later.
void cut_bookings(u32 weight) {
    SharedPages pages(0, 0);
    const GateId gate = pages.add_gate(places, reserve, window, margin);
    ks_handle ks{};
    ks.status = pages.status.get();
    ks.gates = pages.gates.get();
    u64 now_ns = 10'000;
    u32 in_the_middle = 0;
    const bool is_allowed = kill_between_any_two_steps(
        [&] { ks_book_at(&ks, gate.index, weight, now_ns); }, cuts,
        [&] {
            u32 taken = 0;
            for (const u64 stamp : pages.gates->place) taken += stamp == now_ns;
            ASSERT_LE(taken, std::min<u32>(weight, places - reserve));
            in_the_middle += taken != 0 && taken != weight;
            ASSERT_EQ(ks_book_at(&ks, gate.index, places - reserve - taken, now_ns), 1);
            ASSERT_EQ(ks_book_at(&ks, gate.index, 1, now_ns), 0);
            now_ns += hold_ns;
            ASSERT_EQ(ks_book_at(&ks, gate.index, places - reserve, now_ns), 1);
            now_ns += hold_ns;
        });
    if (!is_allowed) GTEST_SKIP() << "ptrace is forbidden here";
    EXPECT_GT(in_the_middle, 0u);
}

TEST(GateUnderKill, ABookingKilledBetweenAnyTwoInstructionsLeaksNothing) {
    cut_bookings(5);
}

TEST(GateUnderKill, NeitherDoesARefusalThatWasUndoingItself) {
    cut_bookings(places - reserve + 1);
}

} // namespace
} // namespace ks
