// Gate: keeps every departure inside the venues' rate limits, and places in reserve for a kill.
// Why: a cancel-all refused by a limit that ordinary traffic has spent is a kill that fails.
// Guarantees: at most N departures in any window for N places, whatever process dies when (each
// place changes hands only window + margin after its last departure, killswitch_words.h); a refused
// booking leaves no place taken; the engine's own places cannot be reached by anyone else.
#pragma once

#include <array>
#include <span>

#include "hot/plan.hpp"

namespace ks {

struct Claim {
    bool may_use_own = false;   // shots: shared places first, then the engine's own; chores: never
    bool may_use_shared = true; // a kill's reads leave them to re-arm, looks and humans
    u16 keep_free = 0;          // places that must stay free afterwards, or as many of them as the
                                // gate has beside this booking: other accounts' last bullets
};

// A booking takes at most this many places over all its gates; more is a config error.
constexpr u16 booked_places_max = KS_WEIGHT_MAX;

// The places one booking took, enough to stamp them again or to give them back.
struct Booked {
    struct Place {
        u8 gate = 0;
        bool is_own = false;
        u16 place = 0; // index in the gate's run of that page
    };
    static_assert(gates_max <= 256, "a gate fits in a byte");
    u64 stamp_ns = 0;
    Bounded<Place, booked_places_max> places;
};

struct GatePages {
    ks_status_page* status = nullptr; // gate lines: closed_until, repaired
    ks_gates_page* shared = nullptr;
    ks_gates_page* own = nullptr;
};

class Gates {
public:
    // `plan` must outlive this; the gate lines of the status page have been published from it.
    Gates(const Plan& plan, const GatePages& pages);

    // Takes `weight` places at every gate, in order, or none at all. False: see opens_at().
    bool book(std::span<const Booking> bookings, Instant now, Claim claim, Booked& out) noexcept;
    // The first instant at which the same booking would be admitted if nobody else books;
    // far_future when it never can be (weight beyond the places it may use).
    Instant opens_at(std::span<const Booking> bookings, Instant now, Claim claim) const noexcept;
    // The departure was later than the booking: its places are held from `now` on.
    void stamp(Booked& booked, Instant now) noexcept;
    // Nothing left: the places are free again.
    void undo(Booked& booked) noexcept;
    // The venue said so (429, Retry-After). Never shortens; the caller keeps it within bounds.
    void close_until(GateId gate, Instant until) noexcept;
    // The venue has closed it, and it is not open again yet.
    bool is_closed(GateId gate, Instant now) const noexcept;
    // The places that these bookings would look at first.
    void warm(std::span<const Booking> bookings) const noexcept;
    // Looks at one shared place; a stamp further ahead than clocks can differ becomes `now`, and is
    // counted in the gate's line. A chore.
    void repair_one(Instant now) noexcept;

private:
    struct Run;
    Run shared(GateId gate) const noexcept;
    Run own(GateId gate) const noexcept;
    bool book_one(const Booking& booking, Claim claim, Booked& out) noexcept;
    u32 take(GateId gate, const Run& run, bool is_own, u32 wanted, Booked& out) noexcept;
    u32 free_count(GateId gate, u64 now_ns) const noexcept;
    u32 keep_free(const Booking& booking, Claim claim) const noexcept;
    struct Runs;
    Runs runs(GateId gate, Claim claim) const noexcept;
    u64 free_at(GateId gate, const Runs& runs, u32 wanted, u64 now_ns) const noexcept;
    u64& place(const Booked::Place& taken) const noexcept;
    u64 closed_until_ns(GateId gate) const noexcept;

    const Plan& plan_;
    GatePages pages_;
    std::array<u32, gates_max> next_shared_{}; // where the next search starts
    std::array<u32, gates_max> next_own_{};
    u16 repair_gate_ = 0;
    u16 repair_place_ = 0;
};

} // namespace ks
