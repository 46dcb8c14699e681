// Chores: what the engine does in turns without a trigger or an answer, one a turn.
// Guarantees: each is short (the longest, sealing one record, about 4 us with Debian's library) and
// none spends a place that a kill could need.
#pragma once

#include "hot/engine.hpp"

namespace ks {

template<Clock C, Net N> void Engine<C, N>::chore(Instant now) noexcept {
    did_ = next_chore_;
    next_chore_ = static_cast<Chore>((static_cast<u8>(next_chore_) + 1) % chores_count);
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
    case Chore::triggers: {
        const Pull pull = triggers_.visit(now); // a pull whose bell never rang
        take(pull, now);
        if (pull.kind != Pull::Kind::none) fire(now);
        finish(pull, now);
        break;
    }
    case Chore::owed:
        pay_owed();
        break;
    case Chore::overdue:
        answered(lanes_.overdue(now), now);
        break;
    case Chore::sweep:
        sweep_one(now);
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
    if (answer.purpose != Purpose::keep_alive) journal_.note(event);
    const RequestPlan& request = plan_.requests[answer.request.index];
    if (answer.verdict == Verdict::throttled) {
        const VenuePlan& venue = plan_.venues[request.venue.index];
        const Nanos asked =
            answer.retry_after_s > 0 ? seconds(answer.retry_after_s) : venue.throttle_wait;
        const Instant until = now + std::min(asked, venue.throttle_wait_max);
        for (Booking booking : request.gates) gates_.close_until(booking.gate, until);
        event.kind = EventKind::throttled;
        event.value = static_cast<u64>((until - now).ns);
        journal_.note(event);
    }
    if (answer.verdict == Verdict::refused) armory_.refused(answer.request);
    if (answer.purpose == Purpose::read) sweep_.read_answered(answer, now);
    Urgency urgency;
    if (answer.purpose == Purpose::shot && sweep_.fire_answered(answer, now, urgency))
        salvo_.aim(answer.shot, urgency, now);
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

template<Clock C, Net N> void Engine<C, N>::sweep_one(Instant now) noexcept {
    if (!kills_.any_on()) return;
    const Sweep::Due due = sweep_.due(now);
    if (due.what == Sweep::Due::What::fire) salvo_.aim(due.shot, Urgency::refire, now);
    if (due.what == Sweep::Due::What::read) send_read(due, now);
}

// A read of the kill: it may use own places, but leaves the venue's last bullets.
template<Clock C, Net N> void Engine<C, N>::send_read(const Sweep::Due& due, Instant now) noexcept {
    constexpr Nanos look_again = milliseconds(1);
    const ShotPlan& shot = plan_.shots[due.shot.index];
    Lane* lane = lanes_.any_fit(shot.venue);
    if (!lane || armory_.readiness(due.request, now) != Readiness::fresh)
        return sweep_.read_put_off(due.shot, now + look_again);
    const Claim claim{.may_use_own = true,
                      .keep_free = plan_.venues[shot.venue.index].accounts_count};
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

// One line of each kind a visit; all lines have been written again within some milliseconds.
template<Clock C, Net N> void Engine<C, N>::publish_one(Instant now) noexcept {
    const u16 at = publish_cursor_++;
    if (at < plan_.shots.size()) {
        const ShotId shot{at};
        status_.shot(shot, sweep_.flight(shot), armory_.letter(plan_.shots[at].fire),
                     armory_.armed(shot, lanes_));
    }
    if (at < plan_.accounts.size()) {
        Instant next_shot = never;
        for (u16 i = 0; i < plan_.shots.size(); ++i)
            if (plan_.shots[i].account.index == at && sweep_.flight({i}).state == State::aimed)
                next_shot = std::max(next_shot, salvo_.opens_at({i}, now));
        const u32 before = status_.page().account[at].outcome;
        const ks_outcome outcome = status_.account(AccountId{at}, sweep_, next_shot);
        if (outcome != before) note_outcome(AccountId{at}, outcome);
    }
    if (at < plan_.lanes_count) status_.lane(at, lanes_.current(at));
    const size_t longest =
        std::max({plan_.shots.size(), plan_.accounts.size(), size_t{plan_.lanes_count}});
    if (publish_cursor_ >= longest) publish_cursor_ = 0;
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
    const u32 ready = readiness();
    if (ready != status_.page().ready) note_detail(EventKind::ready, ready);
    status_.beat(now, ready);
    // relaxed: the handler's mapping is in place before its bit is seen, or seen a beat later
    const u32 lost_pages = lost_pages_ ? lost_pages_->load(std::memory_order_relaxed) : 0;
    if (lost_pages != lost_seen_) note_detail(EventKind::page_lost, lost_pages);
    lost_seen_ = lost_pages;
}

// 2: every shot signed, sealed for both lanes that fit; 1: every shot could leave; 0: one could
// not.
template<Clock C, Net N> u32 Engine<C, N>::readiness() noexcept {
    u32 ready = 2;
    for (u16 i = 0; i < plan_.shots.size(); ++i) {
        const u32 armed = armory_.armed({i}, lanes_);
        if ((armed & 1) == 0 || lanes_.up_count(plan_.shots[i].venue) == 0) return 0;
        if (armed != 7) ready = 1;
    }
    return ready;
}

// The same queue, submit and completion as a fire, on a private pair; then one venue socket.
template<Clock C, Net N> void Engine<C, N>::warm(Instant now) noexcept {
    if (warm_near_.is_none() || now - warm_at_ < plan_.warm_every) return;
    warm_at_ = now;
    if (net_.queue(warm_near_, warm_bytes_)) net_.submit();
    if (plan_.lanes_count == 0) return;
    touch_cursor_ = static_cast<u16>((touch_cursor_ + 1u) % plan_.lanes_count);
    if (const Lane* lane = lanes_.current(touch_cursor_)) net_.touch(lane->ref);
}

template<Clock C, Net N> void Engine<C, N>::adopt_warm_pair(int near_fd, int far_fd) noexcept {
    if (near_fd < 0 || plan_.warm_every.ns == 0) return;
    const LaneRef near{plan_.lanes_count, 1}, far{static_cast<u16>(plan_.lanes_count + 1), 1};
    if (net_.adopt(near, near_fd) && net_.adopt(far, far_fd)) {
        warm_near_ = near;
        warm_far_ = far;
    }
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
