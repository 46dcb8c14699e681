// Errands: the requests that are no shots: reads of a kill, looks, live fires, signs of life.
// Guarantees: none spends a place that a kill's shot could need; each is submitted in its own turn.
#pragma once

#include "hot/engine.hpp"

namespace ks {

// Books, seals, queues and submits one of them. False: it could not leave, and nothing is spent.
template<Clock C, Net N>
bool Engine<C, N>::run(Departure errand, Lane* lane, Claim claim, Instant now) noexcept {
    if (!lane || armory_.readiness(errand.request, now) != Readiness::fresh) return false;
    const auto& gates = plan_.requests[errand.request.index].gates;
    Booked booked;
    if (!gates_.book({gates.begin(), gates.size()}, now, claim, booked)) return false;
    errand.lane = lane->ref;
    errand.record = armory_.seal_inline(errand.request, *lane);
    if (!errand.record || !leave(errand, now)) {
        gates_.undo(booked);
        return false;
    }
    net_.submit();
    return true;
}

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
    const Claim claim{.may_use_own = true, .may_use_shared = due.is_wanted};
    Lane* lane = lanes_.any_fit(plan_.shots[due.shot.index].venue);
    if (run({Purpose::read, due.request, due.shot}, lane, claim, now))
        return sweep_.read_departed(due.shot, now);
    const auto& gates = plan_.requests[due.request.index].gates;
    const Instant opens = gates_.opens_at({gates.begin(), gates.size()}, now, claim);
    sweep_.read_put_off(due.shot, std::max(opens, now + look_again));
}

// While nothing is killed: are the reads able to show an order, and is the key still taken? A
// chore: never an own place, and one lane of the venue at most.
template<Clock C, Net N> void Engine<C, N>::look(Instant now) noexcept {
    constexpr Nanos look_again = milliseconds(100);
    const Eyes::Look look = eyes_.due(now);
    if (look.shot.is_none()) return;
    if (sweep_.flight(look.shot).state != State::idle)
        return eyes_.next_look(look.shot, now + plan_.eyes_every); // its kill reads it
    eyes_.next_look(look.shot, now + look_again);
    Lane* lane = lanes_.spare(plan_.shots[look.shot.index].venue);
    if (run({Purpose::eyes, look.read, look.shot}, lane, {}, now)) eyes_.looked(look.shot, now);
}

// While nothing is killed: may the key cancel? Like a look, never an own place; a pull that comes
// meanwhile overtakes it.
template<Clock C, Net N> void Engine<C, N>::drill(Instant now) noexcept {
    if (kills_.any_on()) return live_fire_.stand_down();
    const LiveFire::Due due = live_fire_.due(now);
    if (due.purpose == Purpose::none) return;
    Lane* lane = lanes_.spare(plan_.requests[due.request.index].venue);
    if (run({due.purpose, due.request, {}}, lane, {}, now))
        live_fire_.departed(armory_.letter(due.request), now);
}

// Unsigned and cheap: keeps the lane's idle timers and ours honest. Never an own place.
template<Clock C, Net N> void Engine<C, N>::keep_alive_one(Instant now) noexcept {
    if (plan_.venues.empty()) return;
    keep_alive_cursor_ = static_cast<u16>((keep_alive_cursor_ + 1u) % plan_.venues.size());
    const VenuePlan& venue = plan_.venues[keep_alive_cursor_];
    if (venue.keep_alive.is_none()) return;
    Lane* lane = lanes_.most_idle(VenueId{keep_alive_cursor_}, now);
    static_cast<void>(run({Purpose::keep_alive, venue.keep_alive, {}}, lane, {}, now));
}

} // namespace ks
