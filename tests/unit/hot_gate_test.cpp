// Gate against its law: at most N departures in any window, and never one fewer than allowed.
#include "hot/gate.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "unit/shared_pages.hpp"

namespace ks {
namespace {

constexpr Instant start{7};
constexpr Nanos window = seconds(1);
constexpr Nanos margin = milliseconds(20);
constexpr Nanos hold = window + margin;
constexpr Claim shot{.may_use_own = true};
constexpr Claim chore{};

struct Bench {
    SharedPages pages{0, 0};
    Booked booked;
    GateId add(u16 places, u16 reserve) { return pages.add_gate(places, reserve, window, margin); }
};

TEST(Gate, RefusesUntilTheOldestDepartureLeavesTheWindow) {
    Bench bench;
    const Booking whole[] = {{bench.add(10, 0), 10}};
    const Booking one[] = {{{0}, 1}};
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    EXPECT_TRUE(gates.book(whole, start, chore, bench.booked));
    EXPECT_FALSE(gates.book(one, start + hold - nanoseconds(1), chore, bench.booked));
    EXPECT_TRUE(gates.book(one, start + hold, chore, bench.booked));
}

// For every arrival: admitted exactly when the weights of the last `hold` leave room.
TEST(Gate, AdmitsExactlyTheLimitInEveryWindowOverAMillionRandomArrivals) {
    constexpr u32 places = 20;
    Bench bench;
    const GateId gate = bench.add(places, 6);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    std::mt19937_64 random(41);
    std::deque<std::pair<Instant, u32>> departures;
    u32 inside = 0;
    u32 admitted = 0;
    Instant now = start;
    for (int i = 0; i < 1'000'000; ++i) {
        // mostly a random step, at times exactly to the boundary of the oldest departure
        const bool to_boundary = random() % 8 == 0 && !departures.empty();
        const Instant boundary = to_boundary ? departures.front().first + hold : never;
        now = std::max(now + nanoseconds(static_cast<i64>(random() % 100'000'000)), boundary);
        if (to_boundary && random() % 2 == 0) now = std::max(boundary - nanoseconds(1), start);
        const auto weight = static_cast<u16>(1 + random() % 7);
        while (!departures.empty() && departures.front().first + hold <= now) {
            inside -= departures.front().second;
            departures.pop_front();
        }
        const Booking bookings[] = {{gate, weight}};
        const bool is_admitted = gates.book(bookings, now, shot, bench.booked);
        ASSERT_EQ(is_admitted, inside + weight <= places) << "arrival " << i;
        if (!is_admitted) continue;
        departures.emplace_back(now, weight);
        inside += weight;
        ++admitted;
    }
    EXPECT_GT(admitted, 100'000u);
}

TEST(Gate, KnowsExactlyWhenARefusedBookingOpens) {
    std::mt19937_64 random(42);
    for (int round = 0; round < 3'000; ++round) {
        Bench bench;
        const GateId first = bench.add(static_cast<u16>(1 + random() % 6), 1);
        const GateId second = bench.add(static_cast<u16>(2 + random() % 6), 2);
        Gates gates(*bench.pages.plan, bench.pages.gate_pages());
        Instant now = start;
        Claim claim{.may_use_own = random() % 2 == 0, .keep_free = static_cast<u16>(random() % 3)};
        const Booking bookings[] = {{first, static_cast<u16>(1 + random() % 2)},
                                    {second, static_cast<u16>(1 + random() % 3)}};
        for (int i = 0; i < 20 && gates.book(bookings, now, claim, bench.booked); ++i)
            now = now + nanoseconds(static_cast<i64>(random() % 300'000'000));
        if (gates.book(bookings, now, claim, bench.booked)) continue;
        const Instant opens = gates.opens_at(bookings, now, claim);
        ASSERT_GT(opens, now);
        if (opens == far_future) {
            EXPECT_FALSE(gates.book(bookings, now + hold, claim, bench.booked));
            continue;
        }
        ASSERT_FALSE(gates.book(bookings, opens - nanoseconds(1), claim, bench.booked));
        ASSERT_TRUE(gates.book(bookings, opens, claim, bench.booked));
    }
}

TEST(Gate, OpensNowWhenItIsOpenAndNeverForAWeightBeyondItsPlaces) {
    Bench bench;
    const GateId gate = bench.add(4, 2);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Booking two[] = {{gate, 2}};
    const Booking three[] = {{gate, 3}};
    const Booking five[] = {{gate, 5}};
    EXPECT_EQ(gates.opens_at(two, start, chore), start);
    EXPECT_EQ(gates.opens_at(three, start, chore), far_future);
    EXPECT_EQ(gates.opens_at(three, start, shot), start);
    EXPECT_EQ(gates.opens_at(five, start, shot), far_future);
}

TEST(Gate, LeaksNoPlaceByARefusedWeight) {
    Bench bench;
    const GateId wide = bench.add(5, 0);
    const GateId narrow = bench.add(2, 0);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Booking too_much[] = {{wide, 4}, {narrow, 3}};
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(gates.book(too_much, start, shot, bench.booked));
    EXPECT_TRUE(bench.booked.places.empty());
    const Booking all[] = {{wide, 5}, {narrow, 2}};
    EXPECT_TRUE(gates.book(all, start, shot, bench.booked));
}

TEST(Gate, GivesPlacesBackByUndo) {
    Bench bench;
    const Booking all[] = {{bench.add(3, 1), 3}};
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(gates.book(all, start, shot, bench.booked));
        gates.undo(bench.booked);
    }
}

TEST(Gate, LetsChoresNeverTouchTheReserve) {
    Bench bench;
    const GateId gate = bench.add(5, 2);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Booking one[] = {{gate, 1}};
    u32 chores = 0;
    while (gates.book(one, start, chore, bench.booked)) ++chores;
    EXPECT_EQ(chores, 3u);
    u32 shots = 0;
    while (gates.book(one, start, shot, bench.booked)) ++shots;
    EXPECT_EQ(shots, 2u);
    for (const u64 place : bench.pages.gates->place) EXPECT_TRUE(place == 0 || place == 7);
    EXPECT_EQ(bench.pages.own->place[3], 7u); // the same numbers, in the engine's own page
    EXPECT_EQ(bench.pages.own->place[4], 7u);
}

TEST(Gate, LetsShotsUseSharedPlacesBeforeTheirOwn) {
    Bench bench;
    const Booking three[] = {{bench.add(5, 2), 3}};
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    EXPECT_TRUE(gates.book(three, start, shot, bench.booked));
    for (const Booked::Place& place : bench.booked.places) EXPECT_FALSE(place.is_own);
}

TEST(Gate, KeepsLastBulletsFree) {
    Bench bench;
    const GateId gate = bench.add(5, 2);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Booking one[] = {{gate, 1}};
    const Claim careful{.may_use_own = true, .keep_free = 2};
    u32 booked = 0;
    while (gates.book(one, start, careful, bench.booked)) ++booked;
    EXPECT_EQ(booked, 3u);
    const Booking two[] = {{gate, 2}};
    EXPECT_TRUE(gates.book(two, start, shot, bench.booked));
}

TEST(Gate, LetsARepeatLeaveWhereNoPlaceCanBeKept) {
    Bench bench;
    const GateId gate = bench.add(1, 1);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Booking one[] = {{gate, 1}};
    const Claim careful{.may_use_own = true, .keep_free = 2};
    EXPECT_EQ(gates.opens_at(one, start, careful), start);
    EXPECT_TRUE(gates.book(one, start, careful, bench.booked));
    EXPECT_LT(gates.opens_at(one, start, careful), far_future);
}

TEST(Gate, HoldsAPlaceFromItsStampNotFromItsBooking) {
    Bench bench;
    const Booking one[] = {{bench.add(1, 1), 1}};
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    Booked first;
    ASSERT_TRUE(gates.book(one, start, shot, first));
    gates.stamp(first, start + milliseconds(5));
    gates.stamp(first, start + milliseconds(9));
    gates.stamp(first, start); // never back
    const Instant opens = start + milliseconds(9) + hold;
    EXPECT_EQ(gates.opens_at(one, start, shot), opens);
    EXPECT_FALSE(gates.book(one, opens - nanoseconds(1), shot, bench.booked));
    EXPECT_TRUE(gates.book(one, opens, shot, bench.booked));
    gates.undo(first); // no longer its place: nothing happens
    EXPECT_FALSE(gates.book(one, opens, shot, bench.booked));
}

TEST(Gate, StaysClosedUntilTheVenueSaid) {
    Bench bench;
    const GateId gate = bench.add(5, 2);
    const Booking one[] = {{gate, 1}};
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Instant until = start + seconds(3);
    gates.close_until(gate, until);
    gates.close_until(gate, start + seconds(1)); // never shortens
    EXPECT_FALSE(gates.book(one, until - nanoseconds(1), shot, bench.booked));
    EXPECT_EQ(gates.opens_at(one, start, shot), until);
    EXPECT_TRUE(gates.book(one, until, shot, bench.booked));
}

TEST(Gate, IsClosedToOtherProcessesTooWhenTheVenueSaidSo) {
    Bench bench;
    const GateId gate = bench.add(2, 0);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    ks_handle ks{};
    ks.status = bench.pages.status.get();
    ks.gates = bench.pages.gates.get();
    EXPECT_EQ(ks_book(&ks, gate.index, 1), 1);
    gates.close_until(gate, Instant{static_cast<i64>(ks_now_ns())} + seconds(3'600));
    EXPECT_EQ(ks_book(&ks, gate.index, 1), 0);
}

TEST(Gate, RepairsImpossibleStampsAndCountsThem) {
    Bench bench;
    bench.add(2, 1);
    const GateId gate = bench.add(4, 1);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const u16 first = bench.pages.plan->gates[gate.index].first_place;
    const Instant now = start + seconds(100);
    const auto soon = static_cast<u64>((now + milliseconds(10)).ns); // another clock may say so
    bench.pages.gates->place[first] = UINT64_MAX;
    bench.pages.gates->place[first + 1] = soon;
    bench.pages.gates->place[first + 2] = soon + 1;
    for (int i = 0; i < 20; ++i) gates.repair_one(now);
    EXPECT_EQ(bench.pages.gates->place[first], static_cast<u64>(now.ns));
    EXPECT_EQ(bench.pages.gates->place[first + 1], soon);
    EXPECT_EQ(bench.pages.gates->place[first + 2], static_cast<u64>(now.ns));
    EXPECT_EQ(bench.pages.status->gate[gate.index].repaired, 2u);
    EXPECT_EQ(bench.pages.status->gate[0].repaired, 0u);
}

TEST(Gate, AdmitsABookingOfNoGates) {
    Bench bench;
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    EXPECT_TRUE(gates.book({}, start, chore, bench.booked));
    EXPECT_EQ(gates.opens_at({}, start, chore), start);
    gates.repair_one(start);
}

TEST(Gate, RefusesAWeightBeyondWhatABookingCanHold) {
    Bench bench;
    const GateId gate = bench.add(200, 0);
    Gates gates(*bench.pages.plan, bench.pages.gate_pages());
    const Booking most[] = {{gate, booked_places_max}};
    const Booking more[] = {{gate, booked_places_max + 1}};
    EXPECT_FALSE(gates.book(more, start, shot, bench.booked));
    EXPECT_TRUE(gates.book(most, start, shot, bench.booked));
}

} // namespace
} // namespace ks
