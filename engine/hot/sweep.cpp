#include "hot/sweep.hpp"

namespace ks {

namespace {

// A refused signature is made anew by then (the signer looks each millisecond).
constexpr Nanos resign_wait = milliseconds(20);
// People mend keys in mid-incident: a shot refused twice is still tried.
constexpr Nanos refused_retry_every = seconds(30);
constexpr u16 refusals_believed = 2;

Outcome outcome_of(const Answer& answer) {
    if (answer.kind == Answer::Kind::lost) return Outcome::lost;
    switch (answer.verdict) {
    case Verdict::accepted:
        return Outcome::accepted;
    case Verdict::clear:
        return Outcome::clear;
    case Verdict::open:
        return Outcome::open;
    case Verdict::throttled:
        return Outcome::throttled;
    case Verdict::refused:
        return Outcome::refused;
    case Verdict::unknown:
        return Outcome::unknown;
    }
    return Outcome::unknown;
}

// The time of the n-th act of a pace that began at `begin`; after the table, `every` from now.
Instant paced(const Pace& pace, Instant begin, size_t count, Instant now) {
    if (count < pace.at.size()) return std::max(begin + pace.at[count], now);
    return now + pace.every;
}

// The first time of a pace that lies after now.
Instant next_paced(const Pace& pace, Instant begin, Instant now) {
    for (Nanos at : pace.at)
        if (begin + at > now) return begin + at;
    return now + pace.every;
}

} // namespace

void Sweep::enter(ShotId shot, State state) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.state == state) return;
    Event event;
    event.kind = EventKind::shot_state;
    event.shot = shot.index;
    event.number = static_cast<u64>(flight.state);
    event.detail = static_cast<u16>(state);
    flight.state = state;
    journal_.note(event);
}

bool Sweep::pulled(ShotId shot, Instant when, Instant now, Urgency& urgency) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.state == State::aimed) return false;
    if (flight.state == State::fired) {
        flight.is_again = true;
        return false;
    }
    urgency = flight.state == State::idle ? Urgency::first : Urgency::again;
    if (flight.state == State::idle) flight = {};
    flight.pulled_at = when;
    flight.next_fire_at = now;
    enter(shot, State::aimed);
    return true;
}

void Sweep::resume_proven(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.state != State::idle) return;
    flight = {};
    flight.is_answered = true;
    flight.outcome = Outcome::accepted;
    flight.pulled_at = flight.first_sent_at = flight.accepted_at = flight.next_read_at = now;
    enter(shot, State::accepted);
}

void Sweep::departed(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    const ShotPlan& plan = plan_.shots[shot.index];
    if (flight.sent_count == 0) flight.first_sent_at = now;
    ++flight.sent_count;
    flight.sent_at = now;
    flight.wait = Wait::nothing;
    flight.is_needed = false;
    flight.is_again = false;
    flight.rounds_clear = 0;
    schedule_fire(flight, plan, now);
    enter(shot, State::fired);
}

void Sweep::schedule_fire(Flight& flight, const ShotPlan& plan, Instant now) noexcept {
    flight.next_fire_at = paced(plan.fire_pace, flight.first_sent_at, flight.sent_count, now);
}

void Sweep::schedule_read(Flight& flight, const ShotPlan& plan, Instant now) noexcept {
    if (flight.wanted_at > flight.read_began_at)
        flight.next_read_at = now;
    else if (flight.state == State::clear)
        flight.next_read_at = now + plan_.guard_read_every;
    else if (flight.rounds_clear > 0)
        flight.next_read_at = flight.round_counted_at + plan.clear_apart;
    else
        flight.next_read_at = std::max(next_paced(plan.read_pace, flight.first_sent_at, now),
                                       flight.accepted_at + plan.settle);
}

bool Sweep::fire_answered(const Answer& answer, Instant now, Urgency& urgency) noexcept {
    Flight& flight = flights_[answer.shot.index];
    if (flight.state != State::fired) return false;
    const ShotPlan& plan = plan_.shots[answer.shot.index];
    const Outcome outcome = outcome_of(answer);
    flight.is_answered = true;
    flight.outcome = outcome;
    flight.http_status = answer.http_status;
    enter(answer.shot, after_fire[static_cast<size_t>(State::fired)][static_cast<size_t>(outcome)]);
    if (flight.state == State::accepted) {
        flight.accepted_at = now;
        if (flight.first_accepted_at.is_never()) flight.first_accepted_at = now;
        flight.refused_count = flight.lost_count = 0;
        flight.cancelled_count += answer.ids_count;
        flight.next_read_at = now + plan.settle;
    }
    if (outcome == Outcome::refused)
        flight.next_fire_at =
            now + (++flight.refused_count < refusals_believed ? resign_wait : refused_retry_every);
    if (outcome == Outcome::lost && flight.lost_count++ < plan_.resend_max)
        flight.next_fire_at = now;
    if (flight.is_again) flight.next_fire_at = now;
    urgency = flight.is_again ? Urgency::again : Urgency::refire;
    if (flight.is_again) enter(answer.shot, State::aimed);
    return flight.state == State::aimed;
}

void Sweep::read_departed(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.read_index == 0) {
        flight.round_at = now;
        flight.open_sum = 0;
        flight.is_round_open = false;
    }
    flight.is_reading = true;
}

void Sweep::want_round(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    flight.wanted_at = now;
    if (!flight.is_reading && flight.read_index == 0) flight.next_read_at = now;
}

void Sweep::read_put_off(ShotId shot, Instant until) noexcept {
    flights_[shot.index].next_read_at = until;
}

void Sweep::read_answered(const Answer& answer, Instant now) noexcept {
    Flight& flight = flights_[answer.shot.index];
    if (!flight.is_reading) return;
    flight.is_reading = false;
    const ShotPlan& plan = plan_.shots[answer.shot.index];
    const bool is_told = answer.kind == Answer::Kind::answered &&
                         (answer.verdict == Verdict::clear || answer.verdict == Verdict::open);
    if (!is_told) {
        flight.read_index = 0;
        return apply_reading(answer.shot, Reading::silent, now);
    }
    flight.open_sum += answer.verdict == Verdict::open ? std::max(answer.open_count, 1u) : 0;
    flight.is_round_open |= answer.verdict == Verdict::open;
    if (++flight.read_index < plan.reads.size()) {
        flight.next_read_at = now; // the round goes on: all of `reads` must be empty
        return;
    }
    flight.read_index = 0;
    apply_reading(answer.shot, finish_round(flight, plan, now), now);
}

// Judges one complete round. Only rounds begun `settle` after the promise can prove anything.
Reading Sweep::finish_round(Flight& flight, const ShotPlan& plan, Instant now) noexcept {
    flight.read_at = now;
    flight.read_began_at = flight.round_at;
    flight.open_count = flight.open_sum;
    if (flight.is_round_open) {
        flight.rounds_clear = 0;
        return Reading::open;
    }
    const bool is_settled = flight.round_at >= flight.accepted_at + plan.settle;
    const bool is_apart =
        flight.rounds_clear == 0 || flight.round_at - flight.round_counted_at >= plan.clear_apart;
    if (flight.state != State::accepted || !is_settled || !is_apart) return Reading::empty;
    flight.round_counted_at = flight.round_at;
    return ++flight.rounds_clear >= plan.clear_reads ? Reading::proven : Reading::empty;
}

void Sweep::apply_reading(ShotId shot, Reading reading, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    const State before = flight.state;
    if (reading == Reading::silent) flight.rounds_clear = 0;
    if (reading == Reading::open) flight.is_needed = true;
    const State next = after_read[static_cast<size_t>(before)][static_cast<size_t>(reading)];
    if (before == State::clear && next == State::accepted) {
        Event event;
        event.kind = EventKind::reopened;
        event.shot = shot.index;
        event.number = flight.open_count;
        journal_.note(event);
        flight.next_fire_at = now; // due() aims it at once
    }
    enter(shot, next);
    if (next == State::clear && before != State::clear) flight.clear_at = now;
    schedule_read(flight, plan_.shots[shot.index], now);
}

Sweep::Due Sweep::due(Instant now) noexcept {
    if (plan_.shots.empty()) return {};
    due_cursor_ = static_cast<u16>(due_cursor_ + 1u < plan_.shots.size() ? due_cursor_ + 1 : 0);
    const ShotId shot{due_cursor_};
    Flight& flight = flights_[shot.index];
    const bool may_fire = flight.state == State::unknown || flight.state == State::refused ||
                          (flight.state == State::accepted && flight.is_needed);
    if (may_fire && !flight.is_reading && now >= flight.next_fire_at) {
        enter(shot, State::aimed);
        return {Due::What::fire, shot, {}};
    }
    const bool may_read = flight.state == State::accepted || flight.state == State::clear ||
                          flight.state == State::unknown || flight.state == State::refused;
    const ShotPlan& plan = plan_.shots[shot.index];
    if (may_read && !flight.is_reading && !plan.reads.empty() && now >= flight.next_read_at)
        return {Due::What::read, shot, plan.reads[flight.read_index]};
    return {};
}

void Sweep::release(ShotId shot) noexcept {
    enter(shot, State::idle);
    flights_[shot.index] = {};
}

ks_outcome Sweep::outcome(ShotId shot) const noexcept {
    const Flight& flight = flights_[shot.index];
    if (flight.state == State::idle) return KS_IDLE;
    if (flight.state == State::clear) return KS_CLEAR;
    const bool is_unsent = flight.state == State::aimed && flight.sent_count == 0;
    if (is_unsent && (flight.wait == Wait::lane || flight.wait == Wait::signature))
        return KS_NOT_SENT;
    if (!flight.is_answered) return KS_WORKING;
    if (flight.outcome == Outcome::refused && flight.refused_count >= refusals_believed)
        return KS_REJECTED;
    const bool is_untold = flight.outcome == Outcome::unknown || flight.outcome == Outcome::lost ||
                           flight.outcome == Outcome::open;
    return is_untold ? KS_UNKNOWN : KS_WORKING;
}

} // namespace ks
