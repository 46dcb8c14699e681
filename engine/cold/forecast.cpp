#include "cold/forecast.hpp"

#include <algorithm>
#include <queue>
#include <tuple>

namespace ks {

namespace {

constexpr Nanos first_minute = seconds(60);

// The places of all gates and the turns of all ordered keys, as a kill would use them up.
class Rehearsal {
public:
    explicit Rehearsal(const Plan& plan) : plan_(plan), key_free_at_(plan.keys.size()) {
        for (const GatePlan& gate : plan.gates) free_at_.emplace_back(gate.places);
    }

    // The first time from `from` on at which the request may leave and `keep` places stay free.
    Nanos earliest(const RequestPlan& request, Nanos from, u32 keep) const {
        Nanos at = from;
        if (is_ordered(request)) at = std::max(at, key_free_at_[request.key.index]);
        for (const Booking& booking : request.gates) {
            std::vector<Nanos> places = free_at_[booking.gate.index];
            const auto kept = std::min<size_t>(keep, places.size() - booking.weight);
            const auto last = places.begin() + static_cast<long>(booking.weight + kept) - 1;
            std::nth_element(places.begin(), last, places.end());
            at = std::max(at, *last);
        }
        return at;
    }

    void leave(const RequestPlan& request, Nanos at) {
        if (is_ordered(request)) key_free_at_[request.key.index] = at + answer_quick;
        for (const Booking& booking : request.gates) {
            const GatePlan& gate = plan_.gates[booking.gate.index];
            std::vector<Nanos>& places = free_at_[booking.gate.index];
            for (u16 i = 0; i < booking.weight; ++i)
                *std::min_element(places.begin(), places.end()) = at + gate.window + gate.margin;
        }
    }

private:
    bool is_ordered(const RequestPlan& request) const {
        return !request.key.is_none() && plan_.keys[request.key.index].is_ordered;
    }

    const Plan& plan_;
    std::vector<std::vector<Nanos>> free_at_; // by GateId: when each place is free again
    std::vector<Nanos> key_free_at_;          // by KeyId: when its answer has come
};

// What a shot does next: leave, or read for the n-th time.
struct Act {
    Nanos at;
    size_t shot = 0; // place in ScopePlan::shots
    u32 rounds = 0;  // of reads, complete
    size_t read = 0; // next in the round
    bool is_fire = true;
    Nanos round_began = {};

    // Earlier first; shots before reads, and both in firing order.
    bool operator<(const Act& other) const {
        return std::tuple(other.at, !other.is_fire, other.shot) < std::tuple(at, !is_fire, shot);
    }
};

// A symbol's shot and every read leave the venue's last bullets alone (Salvo::claim).
u32 kept_by(const Plan& plan, const ShotPlan& shot, const Act& act) {
    if (act.is_fire && shot.is_widest) return 0;
    return plan.venues[shot.venue.index].accounts_count;
}

// What follows a read that leaves now: the next of its round, the next round, or nothing.
bool next_read(const ShotPlan& shot, Act& act) {
    if (act.read == 0) act.round_began = act.at;
    const Nanos answered = act.at + answer_quick;
    act.at = answered;
    if (++act.read < shot.reads.size()) return true;
    act.read = 0;
    act.at = std::max(answered, act.round_began + shot.clear_apart);
    return ++act.rounds < shot.clear_reads;
}

} // namespace

Forecast forecast(const Plan& plan, const ScopePlan& scope) {
    Forecast told;
    told.leaves.resize(scope.shots.size());
    Rehearsal rehearsal(plan);
    std::priority_queue<Act> acts;
    for (size_t i = 0; i < scope.shots.size(); ++i) acts.push({{}, i});
    while (!acts.empty()) {
        Act act = acts.top();
        acts.pop();
        const ShotPlan& shot = plan.shots[scope.shots[act.shot].index];
        const RequestId id = act.is_fire ? shot.fire : shot.reads[act.read];
        const RequestPlan& request = plan.requests[id.index];
        const Nanos at = rehearsal.earliest(request, act.at, kept_by(plan, shot, act));
        if (at > act.at) {
            act.at = at;
            acts.push(act);
            continue;
        }
        rehearsal.leave(request, at);
        if (act.is_fire) {
            told.leaves[act.shot] = at;
            told.last_leaves = std::max(told.last_leaves, at);
            told.is_provable &= !shot.reads.empty();
            if (!shot.reads.empty())
                acts.push({at + answer_quick + shot.settle, act.shot, 0, 0, false, {}});
            continue;
        }
        told.clear = std::max(told.clear, at + answer_quick);
        if (next_read(shot, act)) acts.push(act);
    }
    return told;
}

u32 refires_left(const Plan& plan, const ScopePlan& scope, VenueId venue) {
    Rehearsal rehearsal(plan);
    std::vector<const RequestPlan*> shots;
    for (ShotId id : scope.shots) {
        const ShotPlan& shot = plan.shots[id.index];
        if (shot.venue != venue) continue;
        shots.push_back(&plan.requests[shot.fire.index]);
        rehearsal.leave(*shots.back(), rehearsal.earliest(*shots.back(), {}, 0));
    }
    const u32 keep = plan.venues[venue.index].accounts_count;
    u32 count = 0;
    while (!shots.empty() && count < refires_counted_max) {
        const auto soonest = [&](const RequestPlan* a, const RequestPlan* b) {
            return rehearsal.earliest(*a, {}, keep) < rehearsal.earliest(*b, {}, keep);
        };
        const RequestPlan& next = **std::min_element(shots.begin(), shots.end(), soonest);
        const Nanos at = rehearsal.earliest(next, {}, keep);
        if (at > first_minute) break;
        rehearsal.leave(next, at);
        ++count;
    }
    return count;
}

} // namespace ks
