// Salvo: the shots that are aimed, and which of them leaves next: lane, signature, places.
// Guarantees: first shots of any scope leave before every shot pulled again, those before the
// sweep's own; a shot that cannot leave now stops no other, and is looked at again in the turn in
// which its place opens; nothing here can fail.
#pragma once

#include "hot/armory.hpp"
#include "hot/gate.hpp"
#include "hot/sweep.hpp"

namespace ks {

class Salvo {
public:
    Salvo(const Plan& plan, Armory& armory, Lanes& lanes, Gates& gates, Sweep& sweep) noexcept
        : plan_(plan), armory_(armory), lanes_(lanes), gates_(gates), sweep_(sweep) {}

    // The shot leaves as soon as it can, not before `earliest`.
    void aim(ShotId shot, Urgency urgency, Instant earliest) noexcept;
    // It leaves no more: re-armed.
    void forget(ShotId shot) noexcept;

    // All waiting shots in order, once a turn: begin, next until it says no, end.
    void begin() noexcept { cursor_ = kept_ = 0; }
    // The next shot that may leave now, its places booked. False: no more in this turn.
    bool next(Departure& departure, Booked& booked, Instant now) noexcept;
    // It could not be queued: next() looks at it again.
    void put_back() noexcept { --cursor_; }
    void end() noexcept;
    // When the shot could leave, as far as its gates know.
    Instant opens_at(ShotId shot, Instant now) noexcept;

    bool empty() const noexcept { return aimed_.empty(); }

private:
    struct Aimed {
        ShotId shot;
        Urgency urgency = Urgency::first;
        Instant earliest;
        Instant stale_since; // how long it has been waiting for a fresh signature
    };
    bool is_narrow(ShotId shot) const noexcept;
    void keep(const Aimed& aimed) noexcept;
    void remove(size_t at) noexcept;
    void expect(size_t at) const noexcept;
    Claim claim(const Aimed& aimed) const noexcept;
    bool is_sendable(Aimed& aimed, Departure& departure, Booked& booked, Instant now) noexcept;
    const Record* record(const Aimed& aimed, LaneRef& lane) noexcept;
    bool put_off(Aimed& aimed, Wait wait, Instant until) noexcept;

    const Plan& plan_;
    Armory& armory_;
    Lanes& lanes_;
    Gates& gates_;
    Sweep& sweep_;
    Bounded<Aimed, shots_max> aimed_; // ordered by urgency, then by when they were aimed
    u16 narrow_count_ = 0;            // of them, shots of one symbol
    size_t cursor_ = 0;               // of this turn's look
    size_t kept_ = 0;                 // of those before it, so many stay
};

} // namespace ks
