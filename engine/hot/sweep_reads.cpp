// The half of the sweep that reads: rounds, older windows, and what stands behind an OMS.
#include "hot/sweep.hpp"

namespace ks {

namespace {

// The first time of a pace that lies after now.
Instant next_paced(const Pace& pace, Instant begin, Instant now) {
    for (Nanos at : pace.at)
        if (begin + at > now) return begin + at;
    return now + pace.every;
}

} // namespace

void Sweep::schedule_read(Flight& flight, const ShotPlan& plan, Instant now) noexcept {
    if (flight.wanted_at > flight.read_began_at)
        flight.next_read_at = now;
    else if (flight.state == State::clear)
        flight.next_read_at = now + plan_.guard_read_every;
    else if (needs_older(flight, plan))
        flight.next_read_at = now;
    else if (waits_for_oms(flight, plan))
        flight.next_read_at = now + plan_.guard_read_every; // what is read before proves nothing
    else if (flight.rounds_clear > 0)
        flight.next_read_at = flight.round_counted_at + plan.clear_apart;
    else
        flight.next_read_at = std::max(next_paced(plan.read_pace, flight.first_sent_at, now),
                                       flight.accepted_at + plan.settle);
}

void Sweep::read_departed(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    flight.is_reading = true;
    flight.is_older_read = needs_older(flight, plan_.shots[shot.index]);
    if (flight.is_older_read || flight.read_index > 0) return;
    flight.round_at = now;
    flight.open_sum = flight.raised_sum = 0;
    flight.is_round_open = false;
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
    flight.is_firewalled = is_firewall(answer);
    if (!is_told) {
        flight.read_index = 0;
        orders_.round_failed(answer.shot);
        return apply_reading(answer.shot, Reading::silent, now);
    }
    const bool is_open = answer.verdict == Verdict::open;
    if (is_open) {
        orders_.seen(answer.shot, answer.ids);
        eyes_.saw(answer.shot, answer.request, std::max(answer.open_count, 1u), now);
    }
    if (flight.is_older_read)
        return apply_reading(answer.shot, finish_older(answer.shot, answer), now);
    flight.open_sum += is_open ? std::max(answer.open_count, 1u) : 0;
    flight.raised_sum += answer.raised_count;
    flight.is_round_open |= is_open;
    if (++flight.read_index < plan.reads.size()) {
        flight.next_read_at = now; // the round goes on: all of `reads` must be empty
        return;
    }
    flight.read_index = 0;
    apply_reading(answer.shot, finish_round(answer.shot, now), now);
}

// After enough empty rounds come the older windows, if there are any, each once; behind an OMS that
// still works after the first, for its new children are not old.
bool Sweep::needs_older(const Flight& flight, const ShotPlan& plan) const noexcept {
    if (flight.state != State::accepted || flight.older_index >= plan.reads_older.size())
        return false;
    return flight.rounds_clear >= plan.clear_reads || waits_for_oms(flight, plan);
}

// An empty round has been seen, and only the OMS in front keeps rounds from counting.
bool Sweep::waits_for_oms(const Flight& flight, const ShotPlan& plan) const noexcept {
    return flight.state == State::accepted && flight.open_count == 0 &&
           flight.read_began_at >= flight.accepted_at + plan.settle &&
           counts_from(plan.account) == far_future;
}

// Judges one complete round. Only rounds begun `settle` after the promise can prove anything, and
// behind an OMS only those begun after it was clear.
Reading Sweep::finish_round(ShotId shot, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    const ShotPlan& plan = plan_.shots[shot.index];
    flight.read_at = now;
    flight.read_began_at = flight.round_at;
    flight.open_count = flight.open_sum;
    const Instant settled_at =
        std::max(flight.accepted_at + plan.settle, counts_from(plan.account));
    const bool is_settled = !flight.accepted_at.is_never() && flight.round_at >= settled_at;
    const u32 arrived_before = orders_.arriving(shot);
    orders_.round_ended(shot, is_settled);
    if (orders_.arriving(shot) != arrived_before) note_arriving(shot);
    if (flight.is_round_open) {
        flight.rounds_clear = 0;
        return Reading::open;
    }
    const bool is_apart =
        flight.rounds_clear == 0 || flight.round_at - flight.round_counted_at >= plan.clear_apart;
    if (flight.state != State::accepted || !is_settled || !is_apart) return Reading::empty;
    flight.round_counted_at = flight.round_at;
    const bool is_enough = ++flight.rounds_clear >= plan.clear_reads;
    return is_enough && !needs_older(flight, plan) ? Reading::proven : Reading::empty;
}

// An older window is read once: nothing can be created in the past.
Reading Sweep::finish_older(ShotId shot, const Answer& answer) noexcept {
    Flight& flight = flights_[shot.index];
    flight.older_open = answer.verdict == Verdict::open ? std::max(answer.open_count, 1u) : 0;
    if (flight.older_open > 0) {
        flight.raised_sum = answer.raised_count;
        flight.open_sum = flight.older_open;
        flight.rounds_clear = 0;
        return Reading::open;
    }
    const ShotPlan& plan = plan_.shots[shot.index];
    const bool is_last = ++flight.older_index == plan.reads_older.size();
    return is_last && flight.rounds_clear >= plan.clear_reads ? Reading::proven : Reading::empty;
}

void Sweep::apply_reading(ShotId shot, Reading reading, Instant now) noexcept {
    Flight& flight = flights_[shot.index];
    const ShotPlan& plan = plan_.shots[shot.index];
    const State before = flight.state;
    if (reading == Reading::silent && !flight.is_older_read) flight.rounds_clear = 0;
    if (reading == Reading::open) {
        // Orders whose cancel is under way need no other, for a while.
        const bool are_going =
            flight.raised_sum >= flight.open_sum && now - flight.accepted_at < plan.raised_patience;
        flight.is_needed |= !are_going;
    }
    const State next = after_read[static_cast<size_t>(before)][static_cast<size_t>(reading)];
    if (before == State::clear && next == State::accepted) {
        note_reopened(shot, flight.orders_open());
        flight.next_fire_at = now; // due() aims it at once
        flight.is_needed = true;
    }
    enter(shot, next);
    if (next == State::clear && before != State::clear) {
        flight.clear_at = now;
        prove_again_behind(plan.account, now);
    }
    schedule_read(flight, plan, now);
    if (reading == Reading::silent && flight.is_older_read)
        flight.next_read_at = next_paced(plan.read_pace, flight.first_sent_at, now);
}

void Sweep::note_arriving(ShotId shot) noexcept {
    Event event;
    event.kind = EventKind::arriving;
    event.shot = shot.index;
    event.number = orders_.arriving(shot);
    journal_.note(event);
}

void Sweep::note_reopened(ShotId shot, u32 open_count) noexcept {
    ++flights_[shot.index].reopened_count;
    Event event;
    event.kind = EventKind::reopened;
    event.shot = shot.index;
    event.number = open_count;
    journal_.note(event);
}

// ---- an OMS and the exchanges behind it: a parent that lives makes new children there

// From when on rounds of this account count: when every killed OMS in front of it was clear.
Instant Sweep::counts_from(AccountId account) const noexcept {
    Instant from = never;
    if (!oms_of_[account.index].any()) return from;
    for (u16 i = 0; i < plan_.shots.size(); ++i) {
        const Flight& oms = flights_[i];
        if (oms.state == State::idle || !oms_of_[account.index].test(plan_.shots[i].account.index))
            continue;
        from = std::max(from, oms.state == State::clear ? oms.clear_at : far_future);
    }
    return from;
}

// Every account behind this OMS is being read by this kill.
bool Sweep::is_front_read(AccountId oms) const noexcept {
    const AccountPlan& account = plan_.accounts[oms.index];
    if (account.fronts.empty()) return (account.notes & KS_NOTE_OMS_ONLY) == 0;
    Bits<accounts_max> unread;
    for (AccountId front : account.fronts) unread.set(front.index);
    for (u16 i = 0; i < plan_.shots.size(); ++i)
        if (plan_.shots[i].is_widest && flights_[i].state != State::idle)
            unread.reset(plan_.shots[i].account.index);
    return !unread.any();
}

// The OMS has just become clear: what was read behind it before proves nothing.
void Sweep::prove_again_behind(AccountId oms, Instant now) noexcept {
    if (plan_.accounts[oms.index].fronts.empty()) return;
    for (u16 i = 0; i < plan_.shots.size(); ++i) {
        Flight& flight = flights_[i];
        if (!oms_of_[plan_.shots[i].account.index].test(oms.index)) continue;
        flight.rounds_clear = 0;
        if (flight.state == State::clear) enter(ShotId{i}, State::accepted);
        if (flight.state != State::idle && !flight.is_reading) flight.next_read_at = now;
    }
}

} // namespace ks
