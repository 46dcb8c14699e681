#include "hot/gate.hpp"

#include <algorithm>

namespace ks {

namespace {

// Further ahead than two readings of CLOCK_MONOTONIC by different processes can ever be.
constexpr Nanos clock_difference_max = milliseconds(10);

u64 stamp_of(Instant now) {
    return static_cast<u64>(std::max<i64>(now.ns, 1));
} // 0 means free

u64 hold_ns(const GatePlan& gate) {
    return static_cast<u64>((gate.window + gate.margin).ns);
}

} // namespace

// A gate's places in one page.
struct Gates::Run {
    u64* places;
    u32 count;
    u64 stamp(u32 at) const { return __atomic_load_n(&places[at], __ATOMIC_RELAXED); }
};

Gates::Run Gates::shared(GateId id) const noexcept {
    const GatePlan& gate = plan_.gates[id.index];
    return {pages_.shared->place + gate.first_place, u32{gate.places} - gate.reserve};
}

Gates::Run Gates::own(GateId id) const noexcept {
    const GatePlan& gate = plan_.gates[id.index];
    return {pages_.own->place + gate.first_place + gate.places - gate.reserve, gate.reserve};
}

// Those that a claim may use, in the order in which it takes them.
struct Gates::Runs {
    Run shared;
    Run own;
};

Gates::Runs Gates::runs(GateId gate, Claim claim) const noexcept {
    const bool has_own = plan_.gates[gate.index].reserve > 0;
    return {claim.may_use_shared || !has_own ? shared(gate) : Run{nullptr, 0},
            claim.may_use_own ? own(gate) : Run{nullptr, 0}};
}

Gates::Gates(const Plan& plan, const GatePages& pages) : plan_(plan), pages_(pages) {}

bool Gates::book(std::span<const Booking> bookings, Instant now, Claim claim,
                 Booked& out) noexcept {
    out.stamp_ns = stamp_of(now);
    out.places.clear();
    for (const Booking& booking : bookings)
        if (!book_one(booking, claim, out)) {
            undo(out);
            return false;
        }
    return true;
}

bool Gates::book_one(const Booking& booking, Claim claim, Booked& out) noexcept {
    const GateId gate = booking.gate;
    if (booking.weight > booked_places_max - out.places.size()) return false;
    if (closed_until_ns(gate) > out.stamp_ns) return false;
    const Runs may = runs(gate, claim);
    u32 got = take(gate, may.shared, false, booking.weight, out);
    if (got < booking.weight) got += take(gate, may.own, true, booking.weight - got, out);
    const u32 kept = keep_free(booking, claim);
    return got == booking.weight && (kept == 0 || free_count(gate, out.stamp_ns) >= kept);
}

// A gate keeps what it can: with one place in all (BitoPro), a repeat that left it free for ever
// would never leave, and an order in flight would outlive the kill.
u32 Gates::keep_free(const Booking& booking, Claim claim) const noexcept {
    const u16 places = plan_.gates[booking.gate.index].places;
    return std::min<u32>(claim.keep_free, places > booking.weight ? places - booking.weight : 0);
}

u32 Gates::take(GateId gate, const Run& run, bool is_own, u32 wanted, Booked& out) noexcept {
    if (run.count == 0) return 0;
    u32& next = is_own ? next_own_[gate.index] : next_shared_[gate.index];
    std::array<u16, KS_WEIGHT_MAX> taken;
    const u32 got = ks_places_take(run.places, run.count, out.stamp_ns,
                                   hold_ns(plan_.gates[gate.index]), wanted, taken.data(), &next);
    for (u32 i = 0; i < got; ++i)
        (void)out.places.push({static_cast<u8>(gate.index), is_own, taken[i]});
    return got;
}

u32 Gates::free_count(GateId gate, u64 now_ns) const noexcept {
    u32 count = 0;
    for (const Run& run : {shared(gate), own(gate)})
        for (u32 i = 0; i < run.count; ++i)
            count += ks_place_is_free(run.stamp(i), now_ns, hold_ns(plan_.gates[gate.index]));
    return count;
}

Instant Gates::opens_at(std::span<const Booking> bookings, Instant now,
                        Claim claim) const noexcept {
    u64 at = stamp_of(now);
    for (const Booking& booking : bookings) {
        at = std::max(at, closed_until_ns(booking.gate));
        const u32 weight = booking.weight;
        const Runs may = runs(booking.gate, claim), all{shared(booking.gate), own(booking.gate)};
        at = std::max(at, free_at(booking.gate, may, weight, stamp_of(now)));
        const u32 kept = keep_free(booking, claim);
        at = std::max(at, free_at(booking.gate, all, weight + kept, stamp_of(now)));
    }
    return std::min(Instant{static_cast<i64>(at)}, far_future);
}

// The first instant from `now` on at which `wanted` places are free: goes through the distinct
// opening times in rising order, of which a booking waits for few.
u64 Gates::free_at(GateId gate, const Runs& runs, u32 wanted, u64 now_ns) const noexcept {
    const u64 hold = hold_ns(plan_.gates[gate.index]);
    u64 at = now_ns;
    u64 later = at;
    while (later < static_cast<u64>(far_future.ns)) {
        at = later;
        later = static_cast<u64>(far_future.ns);
        u32 free = 0;
        for (const Run& run : {runs.shared, runs.own})
            for (u32 i = 0; i < run.count; ++i) {
                const u64 stamp = run.stamp(i);
                if (ks_place_is_free(stamp, at, hold))
                    ++free;
                else
                    later = std::min(later, stamp + hold);
            }
        if (free >= wanted) return at;
    }
    return later;
}

void Gates::warm(std::span<const Booking> bookings) const noexcept {
    for (const Booking& booking : bookings) {
        const u16 at = booking.gate.index;
        keep_warm(&pages_.status->gate[at].closed_until_ns, cache_line_bytes);
        keep_warm(&shared(booking.gate).places[next_shared_[at]], cache_line_bytes);
        keep_warm(&own(booking.gate).places[next_own_[at]], cache_line_bytes);
        keep_warm(&plan_.gates[at], sizeof(GatePlan));
    }
}

void Gates::stamp(Booked& booked, Instant now) noexcept {
    const u64 later_ns = std::max(stamp_of(now), booked.stamp_ns);
    for (const Booked::Place& taken : booked.places)
        ks_place_change(&place(taken), booked.stamp_ns, later_ns);
    booked.stamp_ns = later_ns;
}

void Gates::undo(Booked& booked) noexcept {
    for (const Booked::Place& taken : booked.places) {
        const u64 hold = hold_ns(plan_.gates[taken.gate]);
        ks_place_change(&place(taken), booked.stamp_ns, ks_place_given_back(booked.stamp_ns, hold));
    }
    booked.places.clear();
}

u64& Gates::place(const Booked::Place& taken) const noexcept {
    const GateId gate{taken.gate};
    return (taken.is_own ? own(gate) : shared(gate)).places[taken.place];
}

// Written by this thread alone; ks_book of other processes reads it. relaxed: no other memory
// hangs on it.
void Gates::close_until(GateId gate, Instant until) noexcept {
    const u64 until_ns = std::max(closed_until_ns(gate), stamp_of(until));
    __atomic_store_n(&pages_.status->gate[gate.index].closed_until_ns, until_ns, __ATOMIC_RELAXED);
}

bool Gates::is_closed(GateId gate, Instant now) const noexcept {
    return closed_until_ns(gate) > stamp_of(now);
}

u64 Gates::closed_until_ns(GateId gate) const noexcept {
    return __atomic_load_n(&pages_.status->gate[gate.index].closed_until_ns, __ATOMIC_RELAXED);
}

void Gates::repair_one(Instant now) noexcept {
    if (plan_.gates.empty()) return;
    const GateId gate{repair_gate_};
    const Run run = shared(gate);
    if (repair_place_ >= run.count) {
        repair_place_ = 0;
        repair_gate_ = static_cast<u16>((repair_gate_ + 1) % plan_.gates.size());
        return;
    }
    const u64 stamp = run.stamp(repair_place_);
    if (stamp > stamp_of(now + clock_difference_max)) {
        ks_place_change(&run.places[repair_place_], stamp, stamp_of(now));
        u64& repaired = pages_.status->gate[gate.index].repaired;
        __atomic_store_n(&repaired, repaired + 1, __ATOMIC_RELAXED);
    }
    ++repair_place_;
}

} // namespace ks
