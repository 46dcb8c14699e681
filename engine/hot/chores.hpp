// Chores: what the engine does in turns without a trigger or an answer, one a turn.
// Guarantees: each is short (the longest, sealing one record, about 4 us with Debian's library) and
// none spends a place that a kill could need.
#pragma once

#include "hot/engine.hpp"

namespace ks {

// How long each chore rests between two looks. None: what a trigger, a lane or a signature may be
// waiting for. The others have a reader who counts in milliseconds, and cost up to 300 ns: looked
// at each turn, they were most of what a trigger had to wait for. `beat` and `warm` keep their own
// time.
constexpr std::array<Nanos, chores_count> chore_rests = [] {
    std::array<Nanos, chores_count> rests{};
    const auto rest = [&](Chore chore, Nanos span) { rests[static_cast<size_t>(chore)] = span; };
    rest(Chore::triggers, microseconds(1)); // 688 lines: each within a millisecond
    rest(Chore::pulse, microseconds(20));
    rest(Chore::overdue, microseconds(10));
    rest(Chore::eyes, microseconds(20));
    rest(Chore::live_fire, microseconds(100));
    rest(Chore::judge, microseconds(10));
    rest(Chore::rearm, microseconds(10));
    rest(Chore::publish, microseconds(10)); // 258 lines: each within three milliseconds
    rest(Chore::keep_alive, microseconds(100));
    rest(Chore::gates, microseconds(10));
    return rests;
}();

template<Clock C, Net N> void Engine<C, N>::chore(Instant now) noexcept {
    did_ = next_chore_;
    next_chore_ = static_cast<Chore>((static_cast<u8>(next_chore_) + 1) % chores_count);
    Instant& next_look = chore_at_[static_cast<size_t>(did_)];
    if (now < next_look) return;
    next_look = now + chore_rests[static_cast<size_t>(did_)];
    switch (did_) {
    case Chore::none:
        break;
    case Chore::letters:
        static_cast<void>(armory_.take_signed());
        break;
    case Chore::lanes_up:
        adopt_lane(now);
        break;
    case Chore::seal:
        static_cast<void>(armory_.seal_one(lanes_));
        break;
    case Chore::triggers:
        answer(triggers_.visit(now), now); // a pull whose bell never rang
        break;
    case Chore::pulse:
        answer(pulse_.look_one(now), now);
        break;
    case Chore::owed:
        pay_owed();
        break;
    case Chore::overdue:
        answered(lanes_.overdue(now), now);
        break;
    case Chore::sweep:
        sweep_one(now);
        break;
    case Chore::eyes:
        look(now);
        break;
    case Chore::live_fire:
        drill(now);
        break;
    case Chore::judge:
        kills_.judge_one(now);
        break;
    case Chore::rearm:
        rearm_.look_one(now);
        break;
    case Chore::publish:
        publish_one(now);
        break;
    case Chore::keep_alive:
        keep_alive_one(now);
        break;
    case Chore::gates:
        gates_.repair_one(now);
        break;
    case Chore::ending:
        end_one();
        break;
    case Chore::beat:
        beat(now);
        break;
    case Chore::warm:
        warm(now);
        break;
    case Chore::fire:
    case Chore::receive:
        break;
    }
}

// A pull found by a chore: halt, salvo, submit and `handled` in the same order as in turn().
template<Clock C, Net N> void Engine<C, N>::answer(const Pull& pull, Instant now) noexcept {
    if (!pull) return;
    take(pull, now);
    fire(now);
    finish(pull, now);
}

// "Blocked by a web firewall": incident rules 4.
constexpr Nanos firewall_pause = seconds(60);

// 8 judge, 9 sweep: an answer moves its shot; a throttled one closes its gates for a while.
template<Clock C, Net N> void Engine<C, N>::answered(const Answer& answer, Instant now) noexcept {
    if (answer.kind == Answer::Kind::none) return;
    armory_.settled(answer.request);
    Event event;
    event.kind = EventKind::answer;
    event.shot = answer.shot.index;
    event.request = answer.request.index;
    event.lane = answer.lane.slot;
    event.number = answer.http_status;
    event.detail = static_cast<u16>(answer.verdict);
    event.value = answer.open_count;
    note_answer(event, answer);
    const RequestPlan& request = plan_.requests[answer.request.index];
    const VenuePlan& venue = plan_.venues[request.venue.index];
    if (is_firewall(answer)) {
        throttle(answer, firewall_pause, true, now);
    } else if (answer.verdict == Verdict::throttled) {
        throttle(answer, throttle_wait(answer, venue), false, now);
    } else if (answer.verdict == Verdict::refused) {
        armory_.refused(answer.request);
        lanes_.renew_one(request.venue); // its warm-up measures the venue's clock
    }
    if (answer.kind == Answer::Kind::answered && answer.verdict != Verdict::throttled)
        throttled_in_a_row_[request.venue.index] = 0;
    if (!request.key.is_none() && answer.kind == Answer::Kind::answered) {
        const bool is_taken = answer.verdict == Verdict::accepted ||
                              answer.verdict == Verdict::clear || answer.verdict == Verdict::open;
        if (is_taken || answer.verdict == Verdict::refused)
            eyes_.key_answered(request.account, is_taken, now);
    }
    if (answer.purpose == Purpose::eyes && answer.verdict == Verdict::open)
        eyes_.saw(answer.shot, answer.request, std::max(answer.open_count, 1u), now);
    if (answer.purpose == Purpose::pair_read || answer.purpose == Purpose::live_fire)
        live_fire_.answered(answer, now);
    if (answer.purpose == Purpose::read) sweep_.read_answered(answer, now);
    Urgency urgency;
    if (answer.purpose == Purpose::shot && sweep_.fire_answered(answer, now, urgency))
        salvo_.aim(answer.shot, urgency, now);
}

// Of a cancel's answer, and of one that is not understood, the beginning too: it is the evidence.
template<Clock C, Net N>
void Engine<C, N>::note_answer(const Event& event, const Answer& answer) noexcept {
    if (answer.purpose == Purpose::keep_alive) return;
    const bool is_told = answer.verdict == Verdict::clear || answer.verdict == Verdict::open;
    if (is_told || answer.head.empty()) return journal_.note(event);
    journal_.note(event, answer.head);
}

// How long a 429 closes the gate.
template<Clock C, Net N>
Nanos Engine<C, N>::throttle_wait(const Answer& answer, const VenuePlan& venue) noexcept {
    constexpr u8 doublings_max = 16; // every wait_max is reached by then
    u8& in_a_row = throttled_in_a_row_[plan_.requests[answer.request.index].venue.index];
    Nanos wait = answer.retry_after_s > 0 ? seconds(answer.retry_after_s) : venue.throttle_wait;
    if (answer.retry_after_s <= 0 && venue.throttle_doubles) wait = wait * (i64{1} << in_a_row);
    in_a_row = static_cast<u8>(std::min<int>(in_a_row + 1, doublings_max));
    return std::min(wait, venue.throttle_wait_max);
}

// The venue, or the web firewall in front of it, wants no more for a while.
template<Clock C, Net N> void Engine<C, N>::throttle(const Answer& answer, Nanos wait,
                                                     bool address_only, Instant now) noexcept {
    const RequestPlan& request = plan_.requests[answer.request.index];
    for (Booking booking : request.gates)
        if (!address_only || plan_.gates[booking.gate.index].is_of_address)
            gates_.close_until(booking.gate, now + wait);
    Event event;
    event.kind = EventKind::throttled;
    event.shot = answer.shot.index;
    event.request = answer.request.index;
    event.lane = answer.lane.slot;
    event.number = answer.http_status;
    event.value = static_cast<u64>(wait.ns);
    journal_.note(event);
}

template<Clock C, Net N> void Engine<C, N>::adopt_lane(Instant now) noexcept {
    if (has_event_) return; // its bytes come first: there is one place for left-over ones
    int fd = -1;
    std::span<std::byte> leftover;
    Lane* lane = lanes_.adopt_one(now, fd, leftover);
    if (!lane) return;
    if (!net_.adopt(lane->ref, fd)) {
        answered(lanes_.closed({lane->ref, What::closed, -1, fd, {}}), now);
        return;
    }
    Event event;
    event.kind = EventKind::lane_up;
    event.lane = lane->ref.slot;
    event.number = lane->ref.life;
    journal_.note(event);
    event_ = {lane->ref, What::got, 0, -1, leftover};
    has_event_ = !leftover.empty();
}

template<Clock C, Net N> void Engine<C, N>::pay_owed() noexcept {
    Lane* lane = lanes_.owing();
    if (!lane) return;
    if (!net_.queue(lane->ref, lane->session.owed()))
        return lanes_.end(*lane, DownWhy::send_failed);
    lanes_.owed_spent(*lane);
    net_.submit();
}

// One line of each kind a visit; all lines have been written again within some milliseconds.
template<Clock C, Net N> void Engine<C, N>::publish_one(Instant now) noexcept {
    const u16 at = publish_cursor_++;
    if (at < plan_.shots.size()) {
        const ShotId shot{at};
        status_.shot(shot, sweep_, eyes_, armory_.letter(plan_.shots[at].fire),
                     armory_.armed(shot, lanes_));
    }
    if (at < plan_.accounts.size()) {
        const AccountId account{at};
        const u32 before = status_.page().account[at].outcome;
        const ks_outcome outcome = status_.account(account, sweep_, eyes_, next_shot(account, now),
                                                   ready_.account(account, now));
        if (outcome != before) note_outcome(account, outcome);
        status_.live_fire(account, live_fire_.report(account));
    }
    if (at < plan_.scopes.size()) status_.scope_ready(ScopeId{at}, ready_.scope(plan_.scopes[at]));
    if (at < plan_.lanes_count) status_.lane(at, lanes_.current(at));
    const size_t longest = std::max({plan_.shots.size(), plan_.accounts.size(), plan_.scopes.size(),
                                     size_t{plan_.lanes_count}});
    if (publish_cursor_ >= longest) publish_cursor_ = 0;
}

// When the next shot that the account still needs could leave; never: it needs none.
template<Clock C, Net N> Instant Engine<C, N>::next_shot(AccountId account, Instant now) noexcept {
    Instant next = far_future;
    for (u16 i = 0; i < plan_.shots.size(); ++i) {
        const Flight& flight = sweep_.flight({i});
        if (plan_.shots[i].account != account || !flight.needs_shot()) continue;
        const Instant opens = salvo_.opens_at({i}, now);
        next = std::min(next, flight.state == State::aimed ? opens
                                                           : std::max(opens, flight.next_fire_at));
    }
    return next == far_future ? never : next;
}

template<Clock C, Net N> void Engine<C, N>::end_one() noexcept {
    if (Lane* lane = lanes_.to_drop()) {
        Event event;
        event.kind = EventKind::lane_down;
        event.lane = lane->ref.slot;
        event.number = lane->ref.life;
        event.detail = static_cast<u16>(lane->why);
        journal_.note(event);
        net_.drop(lane->ref);
    }
    lanes_.give_back();
}

template<Clock C, Net N> void Engine<C, N>::beat(Instant now) noexcept {
    if (now - beat_at_ < milliseconds(1)) return;
    beat_at_ = now;
    status_.journal_lost(journal_.lost());
    const u32 ready = ready_.engine(now);
    if (ready != status_.page().ready) note_detail(EventKind::ready, ready);
    status_.silent(pulse_.silent());
    status_.beat(now, ready);
    // relaxed: the handler's mapping is in place before its bit is seen, or seen a beat later
    const u32 lost_pages = lost_pages_ ? lost_pages_->load(std::memory_order_relaxed) : 0;
    if (lost_pages != lost_seen_) note_detail(EventKind::page_lost, lost_pages);
    lost_seen_ = lost_pages;
}

template<Clock C, Net N>
void Engine<C, N>::note(EventKind kind, const Departure& departure) noexcept {
    Event event;
    event.kind = kind;
    event.shot = departure.shot.index;
    event.request = departure.request.index;
    event.lane = departure.lane.slot;
    event.number = sweep_.flight(departure.shot).sent_count;
    event.value = armory_.letter(departure.request).nonce;
    event.text = armory_.letter(departure.request).digest;
    event.detail = departure.is_stale;
    journal_.note(event);
}

template<Clock C, Net N>
void Engine<C, N>::note_outcome(AccountId account, ks_outcome outcome) noexcept {
    Event event;
    event.kind = EventKind::account_outcome;
    event.account = account.index;
    event.detail = static_cast<u16>(outcome);
    journal_.note(event);
}

template<Clock C, Net N> void Engine<C, N>::note_detail(EventKind kind, u32 detail) noexcept {
    Event event;
    event.kind = kind;
    event.detail = static_cast<u16>(detail);
    journal_.note(event);
}

template<Clock C, Net N> void Engine<C, N>::note_refused(const Pull& pull) noexcept {
    Event event;
    event.kind = EventKind::pull_refused;
    event.scope = pull.scope.index;
    event.producer = pull.producer.index;
    event.number = pull.epoch;
    journal_.note(event);
}

template<Clock C, Net N> void Engine<C, N>::measure(Instant began) noexcept {
    now_ = clock_.now();
    const Nanos turn = now_ - began;
    if (turn <= turn_max_) return;
    turn_max_ = turn;
    status_.longest_turn(turn, static_cast<u32>(did_));
}

} // namespace ks
