#include "cold/forecast.hpp"

#include <algorithm>
#include <utility>

#include "hot/gate.hpp"

namespace ks {

namespace {

constexpr Nanos first_minute = seconds(60);
constexpr Nanos far_off = seconds(1'000'000'000);

// As Salvo::claim and Engine::send_read have it.
Claim first_shot(const Plan& plan, const ShotPlan& shot) {
    const u16 kept = shot.is_widest ? u16{0} : plan.venues[shot.venue.index].accounts_count;
    return {.may_use_own = true, .keep_free = kept};
}
constexpr Claim read_of_a_kill{.may_use_own = true, .may_use_shared = false};

// The places of all gates and the turns of all ordered keys, as a kill would use them up.
class Rehearsal {
public:
    explicit Rehearsal(const Plan& plan) : plan_(plan), key_free_at_(plan.keys.size()) {
        for (const GatePlan& gate : plan.gates) free_at_.emplace_back(gate.places);
    }

    // The first time from `from` on at which the gates admit the request (Gates::book).
    Nanos earliest(const RequestPlan& request, Nanos from, Claim claim) const {
        Nanos at = from;
        if (is_ordered(request)) at = std::max(at, key_free_at_[request.key.index]);
        for (const Booking& booking : request.gates) {
            const std::vector<Nanos>& all = free_at_[booking.gate.index];
            const auto kept = std::min<size_t>(claim.keep_free, all.size() - booking.weight);
            const auto [first, last] = usable(booking.gate, claim);
            at = std::max(at, nth(all, first, last, booking.weight));
            at = std::max(at, nth(all, 0, all.size(), booking.weight + kept));
        }
        return at;
    }

    void leave(const RequestPlan& request, Nanos at, Claim claim) {
        if (is_ordered(request)) key_free_at_[request.key.index] = at + answer_quick;
        for (const Booking& booking : request.gates) {
            const GatePlan& gate = plan_.gates[booking.gate.index];
            const auto [first, last] = usable(booking.gate, claim);
            u16 got = 0;
            for (size_t i = first; i < last && got < booking.weight; ++i) {
                Nanos& place = free_at_[booking.gate.index][i];
                if (place > at) continue;
                place = at + gate.window + gate.margin;
                ++got;
            }
        }
    }

private:
    bool is_ordered(const RequestPlan& request) const {
        return !request.key.is_none() && plan_.keys[request.key.index].is_ordered;
    }

    // The shared places come first, then the engine's own.
    std::pair<size_t, size_t> usable(GateId id, Claim claim) const {
        const GatePlan& gate = plan_.gates[id.index];
        const size_t shared = gate.places - gate.reserve;
        return {claim.may_use_shared || gate.reserve == 0 ? 0 : shared,
                claim.may_use_own ? gate.places : shared};
    }

    // When `count` of the places from first to last are free; never, if there are fewer.
    static Nanos nth(const std::vector<Nanos>& all, size_t first, size_t last, size_t count) {
        if (count > last - first) return far_off;
        std::vector<Nanos> places(all.begin() + static_cast<long>(first),
                                  all.begin() + static_cast<long>(last));
        const auto wanted = places.begin() + static_cast<long>(count) - 1;
        std::nth_element(places.begin(), wanted, places.end());
        return *wanted;
    }

    const Plan& plan_;
    std::vector<std::vector<Nanos>> free_at_; // by GateId: when each place is free again
    std::vector<Nanos> key_free_at_;          // by KeyId: when its answer has come
};

// One shot on its way to being clear: what it does next, and when.
struct Course {
    Nanos at;
    bool has_left = false;
    bool is_clear = false;
    Nanos left;
    Nanos counts_from; // reads begun before it prove nothing
    Nanos round_began;
    Nanos clear;
    u32 rounds = 0;     // of reads, empty and counted
    size_t read = 0;    // next of the round
    size_t older = 0;   // next of the older windows
    bool waits = false; // only the OMS in front keeps its rounds from counting
};

// All shots of a scope, played through in the order of time.
class Play {
public:
    Play(const Plan& plan, const ScopePlan& scope)
        : plan_(plan), scope_(scope), rehearsal_(plan), courses_(scope.shots.size()) {}

    Forecast run();

private:
    const ShotPlan& shot(size_t i) const { return plan_.shots[scope_.shots[i].index]; }
    bool is_over(size_t i) const {
        return courses_[i].is_clear || (courses_[i].has_left && shot(i).reads.empty());
    }
    // The earliest; of two, the one that has not left, then the first in firing order.
    size_t next() const;
    bool reads_older(size_t i) const;
    const RequestPlan& request(size_t i) const;
    void left(size_t i);
    void read(size_t i);
    void round_over(size_t i, Nanos answered);
    void became_clear(size_t i, Nanos now);
    bool stands_behind(size_t front, size_t oms) const;
    bool is_provable() const;

    const Plan& plan_;
    const ScopePlan& scope_;
    Rehearsal rehearsal_;
    std::vector<Course> courses_;
};

size_t Play::next() const {
    size_t best = courses_.size();
    for (size_t i = 0; i < courses_.size(); ++i) {
        if (is_over(i)) continue;
        if (best == courses_.size() || std::pair(courses_[i].at, courses_[i].has_left) <
                                           std::pair(courses_[best].at, courses_[best].has_left))
            best = i;
    }
    return best;
}

// As Sweep::needs_older: behind an OMS that still works the time is used for them.
bool Play::reads_older(size_t i) const {
    const Course& course = courses_[i];
    return course.older < shot(i).reads_older.size() &&
           (course.rounds >= shot(i).clear_reads || course.waits);
}

const RequestPlan& Play::request(size_t i) const {
    const Course& course = courses_[i];
    const ShotPlan& plan = shot(i);
    const RequestId id = !course.has_left ? plan.fire
                         : reads_older(i) ? plan.reads_older[course.older]
                                          : plan.reads[course.read];
    return plan_.requests[id.index];
}

void Play::left(size_t i) {
    Course& course = courses_[i];
    course.has_left = true;
    course.left = course.at;
    course.counts_from = std::max(course.counts_from, course.at + answer_quick + shot(i).settle);
    course.at = course.at + answer_quick + shot(i).settle;
}

void Play::read(size_t i) {
    Course& course = courses_[i];
    const ShotPlan& plan = shot(i);
    const Nanos answered = course.at + answer_quick;
    if (reads_older(i)) {
        course.at = answered;
        if (++course.older < plan.reads_older.size()) return;
        if (course.rounds >= plan.clear_reads) return became_clear(i, answered);
        course.at = answered + plan_.guard_read_every;
        return;
    }
    if (course.read == 0) course.round_began = course.at;
    course.at = answered;
    if (++course.read < plan.reads.size()) return;
    course.read = 0;
    round_over(i, answered);
}

void Play::round_over(size_t i, Nanos answered) {
    Course& course = courses_[i];
    const ShotPlan& plan = shot(i);
    bool is_free = true;
    for (size_t oms = 0; oms < courses_.size(); ++oms)
        is_free &= courses_[oms].is_clear || !stands_behind(i, oms);
    const bool counts = is_free && course.round_began >= course.counts_from;
    course.waits = !is_free;
    if (!counts) {
        course.at = reads_older(i) ? answered : answered + plan_.guard_read_every;
        return;
    }
    if (++course.rounds < plan.clear_reads)
        course.at = std::max(answered, course.round_began + plan.clear_apart);
    else if (!reads_older(i))
        became_clear(i, answered);
}

// Behind an OMS that has just become clear all is proven again: its parents made children so far.
void Play::became_clear(size_t i, Nanos now) {
    courses_[i].is_clear = true;
    courses_[i].clear = now;
    for (size_t front = 0; front < courses_.size(); ++front) {
        Course& course = courses_[front];
        if (!stands_behind(front, i)) continue;
        course.counts_from = std::max(course.counts_from, now);
        course.is_clear = false;
        course.rounds = 0;
        course.read = 0;
        course.waits = false;
        if (course.has_left) course.at = course.counts_from;
    }
}

bool Play::stands_behind(size_t front, size_t oms) const {
    const auto& fronts = plan_.accounts[shot(oms).account.index].fronts;
    return std::find(fronts.begin(), fronts.end(), shot(front).account) != fronts.end();
}

// Everything is read, and behind every OMS of the scope every exchange's whole account with it.
bool Play::is_provable() const {
    for (size_t i = 0; i < courses_.size(); ++i) {
        const AccountPlan& account = plan_.accounts[shot(i).account.index];
        if (shot(i).reads.empty() || (account.notes & KS_NOTE_OMS_ONLY)) return false;
        for (AccountId front : account.fronts) {
            bool is_killed = false;
            for (ShotId other : scope_.shots)
                is_killed |=
                    plan_.shots[other.index].is_widest && plan_.shots[other.index].account == front;
            if (!is_killed) return false;
        }
    }
    return true;
}

Forecast Play::run() {
    for (size_t i = next(); i < courses_.size(); i = next()) {
        Course& course = courses_[i];
        const bool is_fire = !course.has_left;
        const Claim claim = is_fire ? first_shot(plan_, shot(i)) : read_of_a_kill;
        const Nanos at = rehearsal_.earliest(request(i), course.at, claim);
        if (at == far_off) break; // no place is large enough: the plan's compiler makes one
        if (at > course.at) {
            course.at = at;
            continue;
        }
        rehearsal_.leave(request(i), at, claim);
        if (is_fire)
            left(i);
        else
            read(i);
    }
    Forecast told;
    told.is_provable = is_provable() && next() == courses_.size();
    for (const Course& course : courses_) {
        told.leaves.push_back(course.left);
        told.last_leaves = std::max(told.last_leaves, course.left);
        told.clear = std::max(told.clear, course.clear);
    }
    return told;
}

} // namespace

Forecast forecast(const Plan& plan, const ScopePlan& scope) {
    return Play(plan, scope).run();
}

u32 refires_left(const Plan& plan, const ScopePlan& scope, VenueId venue) {
    Rehearsal rehearsal(plan);
    std::vector<const RequestPlan*> shots;
    for (ShotId id : scope.shots) {
        const ShotPlan& shot = plan.shots[id.index];
        if (shot.venue != venue) continue;
        shots.push_back(&plan.requests[shot.fire.index]);
        const Claim claim = first_shot(plan, shot);
        rehearsal.leave(*shots.back(), rehearsal.earliest(*shots.back(), {}, claim), claim);
    }
    const Claim refire{.may_use_own = true, .keep_free = plan.venues[venue.index].accounts_count};
    u32 count = 0;
    while (!shots.empty() && count < refires_counted_max) {
        const auto soonest = [&](const RequestPlan* a, const RequestPlan* b) {
            return rehearsal.earliest(*a, {}, refire) < rehearsal.earliest(*b, {}, refire);
        };
        const RequestPlan& next = **std::min_element(shots.begin(), shots.end(), soonest);
        const Nanos at = rehearsal.earliest(next, {}, refire);
        if (at > first_minute) break;
        rehearsal.leave(next, at, refire);
        ++count;
    }
    return count;
}

} // namespace ks
