#include "hot/sweep.hpp"

namespace ks {

namespace {

// The venue's clock is measured anew by then, by a fresh connection, and the request signed again.
constexpr Nanos resign_wait = milliseconds(500);
// People mend keys in mid-incident: a shot refused twice is still tried.
constexpr Nanos refused_retry_every = seconds(30);
constexpr u16 refusals_believed = 2;

Outcome outcome_of(const Answer& answer) {
    if (answer.kind == Answer::Kind::lost) return Outcome::lost;
    if (is_firewall(answer)) return Outcome::unknown;
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

} // namespace

bool is_firewall(const Answer& answer) noexcept {
    return answer.kind == Answer::Kind::answered && answer.http_status == 403 && !answer.is_json;
}

Sweep::Sweep(const Plan& plan, Journal& journal, Eyes& eyes) noexcept
    : plan_(plan), journal_(journal), eyes_(eyes) {
    for (u16 oms = 0; oms < plan.accounts.size(); ++oms)
        for (AccountId front : plan.accounts[oms].fronts) oms_of_[front.index].set(oms);
    for (const ShotPlan& shot : plan.shots) has_narrow_ |= !shot.is_widest;
}

void Sweep::enter(ShotId shot, State state) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.state == state) return;
    tell_aimed(shot);
    note_state(shot, flight.state, state);
    flight.state = state;
}

void Sweep::note_state(ShotId shot, State before, State after) noexcept {
    Event event;
    event.kind = EventKind::shot_state;
    event.shot = shot.index;
    event.number = static_cast<u64>(before);
    event.detail = static_cast<u16>(after);
    journal_.note(event);
}

bool Sweep::pulled(ShotId shot, Instant when, Instant now, Urgency& urgency) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.state == State::aimed) return false;
    if (flight.state == State::fired) {
        flight.is_again = true;
        return false;
    }
    const State before = flight.state;
    urgency = before == State::idle ? Urgency::first : Urgency::again;
    if (before == State::idle) {
        flight = {};
        orders_.begin(shot);
    }
    flight.pulled_at = when;
    flight.next_fire_at = now;
    flight.state = State::aimed;
    flight.aimed_from = before;
    flight.is_untold = true;
    return true;
}

void Sweep::resume_proven(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    if (flight.state != State::idle) return;
    flight = {};
    orders_.begin(shot);
    flight.is_answered = true;
    flight.outcome = Outcome::accepted;
    flight.pulled_at = flight.first_sent_at = flight.accepted_at = flight.next_read_at = now;
    enter(shot, State::accepted);
}

// The narrower shots that share this one's way.
template<class Visit> void Sweep::each_absorbed(ShotId wide, State state, Visit visit) noexcept {
    if (!plan_.shots[wide.index].is_widest || !has_narrow_) return;
    for (u16 i = 0; i < plan_.shots.size(); ++i)
        if (i != wide.index && plan_.shots[i].wide == wide && flights_[i].is_absorbed &&
            flights_[i].state == state)
            visit(ShotId{i});
}

void Sweep::departed(ShotId shot, bool is_stale, Instant now) noexcept {
    depart(shot, is_stale, now);
    each_absorbed(shot, State::aimed, [&](ShotId narrow) { depart(narrow, is_stale, now); });
}

void Sweep::depart(ShotId shot, bool is_stale, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    const ShotPlan& plan = plan_.shots[shot.index];
    if (flight.sent_count == 0) flight.first_sent_at = now;
    ++flight.sent_count;
    flight.sent_at = now;
    flight.wait = Wait::nothing;
    flight.is_needed = false;
    flight.is_again = false;
    flight.was_stale |= is_stale;
    flight.rounds_clear = 0;
    schedule_fire(flight, plan, now);
    enter(shot, State::fired);
}

void Sweep::schedule_fire(Flight& flight, const ShotPlan& plan, Instant now) noexcept {
    flight.next_fire_at = paced(plan.fire_pace, flight.first_sent_at, flight.sent_count, now);
}

bool Sweep::fire_answered(const Answer& answer, Instant now, Urgency& urgency) noexcept {
    Flight& flight = flights_[answer.shot.index];
    if (flight.state != State::fired) return false;
    each_absorbed(answer.shot, State::fired, [&](ShotId narrow) {
        Answer shared = answer;
        shared.shot = narrow;
        shared.ids = {}; // they are the account's, and counted there
        shared.ids_count = 0;
        // Aimed again, it goes on waiting for the wider one; else it is on its own.
        flights_[narrow.index].is_absorbed = judge_fire(shared, now) == State::aimed;
    });
    judge_fire(answer, now);
    if (flight.is_again) flight.next_fire_at = now;
    urgency = flight.is_again ? Urgency::again : Urgency::refire;
    if (flight.is_again) enter(answer.shot, State::aimed);
    return flight.state == State::aimed;
}

// What one answer makes of one shot in flight.
State Sweep::judge_fire(const Answer& answer, Instant now) noexcept {
    Flight& flight = flights_[answer.shot.index];
    const Outcome outcome = outcome_of(answer);
    flight.is_answered = true;
    flight.outcome = outcome;
    flight.http_status = answer.http_status;
    flight.is_firewalled = is_firewall(answer);
    if (answer.kind == Answer::Kind::answered) flight.answered_at = now;
    enter(answer.shot, after_fire[static_cast<size_t>(State::fired)][static_cast<size_t>(outcome)]);
    if (flight.state == State::accepted) {
        flight.accepted_at = now;
        if (flight.first_accepted_at.is_never()) flight.first_accepted_at = now;
        flight.refused_count = flight.lost_count = 0;
        flight.cancelled_count += answer.ids_count;
        flight.next_read_at = now + plan_.shots[answer.shot.index].settle;
        orders_.named(answer.shot, answer.ids);
    }
    if (outcome == Outcome::refused)
        flight.next_fire_at =
            now + (++flight.refused_count < refusals_believed ? resign_wait : refused_retry_every);
    if (outcome == Outcome::lost && flight.lost_count++ < plan_.resend_max)
        flight.next_fire_at = now;
    return flight.state;
}

Sweep::Due Sweep::due(Instant now) noexcept {
    if (plan_.shots.empty()) return {};
    due_cursor_ = static_cast<u16>(due_cursor_ + 1u < plan_.shots.size() ? due_cursor_ + 1 : 0);
    const ShotId shot{due_cursor_};
    Flight& flight = flights_[shot.index];
    const bool may_fire = flight.state != State::aimed && flight.needs_shot();
    if (may_fire && !flight.is_reading && now >= flight.next_fire_at) {
        enter(shot, State::aimed);
        return {Due::What::fire, shot, {}};
    }
    const bool may_read = flight.state == State::accepted || flight.state == State::clear ||
                          flight.state == State::unknown || flight.state == State::refused;
    const ShotPlan& plan = plan_.shots[shot.index];
    if (!may_read || flight.is_reading || plan.reads.empty() || now < flight.next_read_at)
        return {};
    return {Due::What::read, shot,
            needs_older(flight, plan) ? plan.reads_older[flight.older_index]
                                      : plan.reads[flight.read_index],
            flight.wanted_at > flight.read_began_at};
}

void Sweep::release(ShotId shot) noexcept {
    enter(shot, State::idle);
    flights_[shot.index] = {};
}

ks_outcome Sweep::outcome(ShotId shot) const noexcept {
    const Flight& flight = flights_[shot.index];
    const ShotPlan& plan = plan_.shots[shot.index];
    if (flight.state == State::idle) return KS_IDLE;
    if (flight.state == State::clear)
        return eyes_.are_trusted(shot) && is_front_read(plan.account) ? KS_CLEAR : KS_UNKNOWN;
    const bool is_unsent = flight.state == State::aimed && flight.sent_count == 0;
    if (is_unsent && (flight.wait == Wait::lane || flight.wait == Wait::signature))
        return KS_NOT_SENT;
    if (!flight.is_answered) return KS_WORKING;
    if (flight.outcome == Outcome::refused && flight.refused_count >= refusals_believed)
        return KS_REJECTED;
    const bool is_untold = flight.outcome == Outcome::unknown || flight.outcome == Outcome::lost ||
                           flight.outcome == Outcome::open || plan.reads.empty();
    return is_untold ? KS_UNKNOWN : KS_WORKING;
}

// Only where the venue's answers to a cancel name what they cancel.
u32 Sweep::vanished(ShotId shot) const noexcept {
    const RequestPlan& fire = plan_.requests[plan_.shots[shot.index].fire.index];
    for (const Probe& probe : plan_.judges[fire.judge.index].probes)
        if (probe.kind == ProbeKind::id) return orders_.vanished(shot);
    return 0;
}

u32 Sweep::notes(ShotId shot) const noexcept {
    const Flight& flight = flights_[shot.index];
    if (flight.state == State::idle) return 0;
    u32 notes = 0;
    if (!eyes_.are_trusted(shot)) notes |= KS_NOTE_EYES_UNPROVEN;
    if (!is_front_read(plan_.shots[shot.index].account)) notes |= KS_NOTE_OMS_ONLY;
    if (flight.is_firewalled) notes |= KS_NOTE_FIREWALL;
    if (flight.was_stale) notes |= KS_NOTE_STALE_SHOT;
    return notes;
}

} // namespace ks
