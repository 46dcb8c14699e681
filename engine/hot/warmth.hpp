// Warmth: what keeps the way of a shot in the caches while nothing is fired, for a kill comes after
// months: a send of its own through the same ring, and the lines of memory that a departure
// touches. Guarantees: no byte leaves on a venue's lane; a beat each plan.warm_every, one shot a
// beat.
#pragma once

#include "hot/engine.hpp"

namespace ks {

// The same queue, submit and completion as a fire, on a private pair; then one shot, in turn: its
// socket, and every line of memory that its departure would touch.
template<Clock C, Net N> void Engine<C, N>::warm(Instant now) noexcept {
    if (warm_near_.is_none() || now - warm_at_ < plan_.warm_every) return;
    warm_at_ = now;
    if (net_.queue(warm_near_, warm_bytes_)) net_.submit();
    journal_.warm();
    const u16 beat = ++warm_beat_;
    if (!plan_.shots.empty()) warm_shot({static_cast<u16>(beat % plan_.shots.size())});
    if (plan_.scopes.empty() || plan_.producers.empty()) return;
    const ScopeId scope{static_cast<u16>(beat % plan_.scopes.size())};
    kills_.warm(scope);
    triggers_.warm({static_cast<u16>(beat % plan_.producers.size())}, scope);
}

template<Clock C, Net N> void Engine<C, N>::warm_shot(ShotId shot) noexcept {
    const ShotPlan& plan = plan_.shots[shot.index];
    const auto& gates = plan_.requests[plan.fire.index].gates;
    armory_.warm(shot);
    sweep_.warm(shot);
    gates_.warm({gates.begin(), gates.size()});
    lanes_.warm(plan.lane_primary);
    if (const Lane* lane = lanes_.current(plan.lane_primary)) net_.touch(lane->ref);
}

template<Clock C, Net N> void Engine<C, N>::adopt_warm_pair(int near_fd, int far_fd) noexcept {
    if (near_fd < 0 || plan_.warm_every.ns == 0) return;
    const LaneRef near{plan_.lanes_count, 1}, far{static_cast<u16>(plan_.lanes_count + 1), 1};
    if (net_.adopt(near, near_fd) && net_.adopt(far, far_fd)) {
        warm_near_ = near;
        warm_far_ = far;
    }
}

} // namespace ks
