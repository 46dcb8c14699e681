// Errands: the requests that are no shots: reads of a kill, looks of the eyes, signs of life.
// Guarantees: none spends a place that a kill's shot could need; each is submitted in its own turn.
#pragma once

#include "hot/engine.hpp"

namespace ks {

template<Clock C, Net N> void Engine<C, N>::sweep_one(Instant now) noexcept {
    if (!kills_.any_on()) return;
    const Sweep::Due due = sweep_.due(now);
    if (due.what == Sweep::Due::What::fire) salvo_.aim(due.shot, Urgency::refire, now);
    if (due.what == Sweep::Due::What::read) send_read(due, now);
}

// A read of the kill takes the engine's own places, and leaves the shared ones to humans; one that
// a re-arm waits for takes any.
template<Clock C, Net N> void Engine<C, N>::send_read(const Sweep::Due& due, Instant now) noexcept {
    constexpr Nanos look_again = milliseconds(1);
    const ShotPlan& shot = plan_.shots[due.shot.index];
    Lane* lane = lanes_.any_fit(shot.venue);
    if (!lane || armory_.readiness(due.request, now) != Readiness::fresh)
        return sweep_.read_put_off(due.shot, now + look_again);
    const Claim claim{.may_use_own = true, .may_use_shared = due.is_wanted};
    const RequestPlan& request = plan_.requests[due.request.index];
    Booked booked;
    if (!gates_.book({request.gates.begin(), request.gates.size()}, now, claim, booked))
        return sweep_.read_put_off(
            due.shot, gates_.opens_at({request.gates.begin(), request.gates.size()}, now, claim));
    Departure departure{Purpose::read, due.request, due.shot, lane->ref, nullptr, false};
    departure.record = armory_.seal_inline(due.request, *lane);
    if (!departure.record || !leave(departure, now)) return gates_.undo(booked);
    sweep_.read_departed(due.shot, now);
    net_.submit();
}

// While nothing is killed: are the reads able to show an order, and is the key still taken? A
// chore: never an own place, and one lane of the venue at most.
template<Clock C, Net N> void Engine<C, N>::look(Instant now) noexcept {
    constexpr Nanos look_again = milliseconds(100);
    const Eyes::Look look = eyes_.due(now);
    if (look.shot.is_none()) return;
    if (sweep_.flight(look.shot).state != State::idle)
        return eyes_.next_look(look.shot, now + plan_.eyes_every); // its kill reads it
    const RequestPlan& request = plan_.requests[look.read.index];
    eyes_.next_look(look.shot, now + look_again);
    Lane* lane = lanes_.spare(request.venue);
    if (!lane || armory_.readiness(look.read, now) != Readiness::fresh) return;
    Booked booked;
    if (!gates_.book({request.gates.begin(), request.gates.size()}, now,
                     {.may_use_own = false, .keep_free = 0}, booked))
        return;
    Departure departure{Purpose::eyes, look.read, look.shot, lane->ref, nullptr, false};
    departure.record = armory_.seal_inline(look.read, *lane);
    if (!departure.record || !leave(departure, now)) return gates_.undo(booked);
    eyes_.looked(look.shot, now);
    net_.submit();
}

// Unsigned and cheap: keeps the lane's idle timers and ours honest. Never an own place.
template<Clock C, Net N> void Engine<C, N>::keep_alive_one(Instant now) noexcept {
    if (plan_.venues.empty()) return;
    keep_alive_cursor_ = static_cast<u16>((keep_alive_cursor_ + 1u) % plan_.venues.size());
    const VenuePlan& venue = plan_.venues[keep_alive_cursor_];
    if (venue.keep_alive.is_none()) return;
    Lane* lane = lanes_.most_idle(VenueId{keep_alive_cursor_}, now);
    if (!lane || armory_.readiness(venue.keep_alive, now) != Readiness::fresh) return;
    const RequestPlan& request = plan_.requests[venue.keep_alive.index];
    Booked booked;
    if (!gates_.book({request.gates.begin(), request.gates.size()}, now,
                     {.may_use_own = false, .keep_free = 0}, booked))
        return;
    Departure departure{Purpose::keep_alive, venue.keep_alive, {}, lane->ref, nullptr, false};
    departure.record = armory_.seal_inline(venue.keep_alive, *lane);
    if (!departure.record || !leave(departure, now)) return gates_.undo(booked);
    net_.submit();
}

} // namespace ks
