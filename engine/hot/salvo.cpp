#include "hot/salvo.hpp"

namespace ks {

namespace {
// A lane, a signature or a key's turn comes within this; looking more often gains nothing.
constexpr Nanos look_again = microseconds(20);
} // namespace

void Salvo::aim(ShotId shot, Urgency urgency, Instant earliest) noexcept {
    const ShotId wide = plan_.shots[shot.index].wide;
    if (wide != shot && sweep_.flight(wide).state == State::aimed) return sweep_.absorb(shot);
    // Narrower ones that wait would spend places for what this one does anyway.
    for (size_t i = 0; wide == shot && narrow_count_ > 0 && i < aimed_.size();) {
        const ShotId narrow = aimed_[i].shot;
        if (narrow == shot || plan_.shots[narrow.index].wide != shot) {
            ++i;
            continue;
        }
        sweep_.absorb(narrow);
        urgency = std::min(urgency, aimed_[i].urgency);
        remove(i);
    }
    narrow_count_ = static_cast<u16>(narrow_count_ + is_narrow(shot));
    // A shot is aimed at most once (Sweep::pulled joins), so the list never overflows.
    static_cast<void>(aimed_.push({shot, urgency, earliest, never}));
    for (size_t i = aimed_.size() - 1; i > 0 && aimed_[i - 1].urgency > aimed_[i].urgency; --i)
        std::swap(aimed_[i - 1], aimed_[i]);
}

bool Salvo::is_narrow(ShotId shot) const noexcept {
    return plan_.shots[shot.index].wide != shot;
}

void Salvo::remove(size_t at) noexcept {
    narrow_count_ = static_cast<u16>(narrow_count_ - is_narrow(aimed_[at].shot));
    std::move(aimed_.begin() + at + 1, aimed_.end(), aimed_.begin() + at);
    aimed_.truncate(aimed_.size() - 1);
}

void Salvo::forget(ShotId shot) noexcept {
    for (size_t i = 0; i < aimed_.size(); ++i)
        if (aimed_[i].shot == shot) {
            remove(i);
            break;
        }
    // What waited for it waits for itself.
    for (u16 i = 0; i < plan_.shots.size(); ++i) {
        const bool is_left = plan_.shots[i].wide == shot && i != shot.index &&
                             sweep_.flight({i}).is_absorbed &&
                             sweep_.flight({i}).state == State::aimed;
        if (is_left) aim({i}, Urgency::first, never);
    }
}

// Own places for every shot; but a symbol's shots and repeats leave each account its last bullet.
Claim Salvo::claim(const Aimed& aimed) const noexcept {
    const ShotPlan& plan = plan_.shots[aimed.shot.index];
    if (plan.is_widest && aimed.urgency != Urgency::refire)
        return {.may_use_own = true, .keep_free = 0};
    return {.may_use_own = true, .keep_free = plan_.venues[plan.venue.index].accounts_count};
}

bool Salvo::next(Departure& departure, Booked& booked, Instant now) noexcept {
    while (cursor_ < aimed_.size()) {
        expect(cursor_ + 2);
        Aimed& aimed = aimed_[cursor_++];
        if (aimed.earliest <= now && is_sendable(aimed, departure, booked, now)) return true;
        keep(aimed);
    }
    return false;
}

// Its lines are asked for while the shots before it are looked at.
void Salvo::expect(size_t at) const noexcept {
    if (at >= aimed_.size()) return;
    const ShotId shot = aimed_[at].shot;
    armory_.expect(shot);
    lanes_.warm(plan_.shots[shot.index].lane_primary);
}

// Those that stay close ranks as the look goes on, so that none is moved twice.
void Salvo::keep(const Aimed& aimed) noexcept {
    if (&aimed != &aimed_[kept_]) aimed_[kept_] = aimed;
    ++kept_;
}

void Salvo::end() noexcept {
    if (kept_ == cursor_) return; // none has left
    while (cursor_ < aimed_.size()) keep(aimed_[cursor_++]);
    aimed_.truncate(kept_);
    narrow_count_ = 0;
    for (const Aimed& aimed : aimed_)
        narrow_count_ = static_cast<u16>(narrow_count_ + is_narrow(aimed.shot));
}

bool Salvo::is_sendable(Aimed& aimed, Departure& departure, Booked& booked, Instant now) noexcept {
    const ShotPlan& plan = plan_.shots[aimed.shot.index];
    const Readiness readiness = armory_.readiness(plan.fire, now);
    if (readiness == Readiness::unsigned_yet)
        return put_off(aimed, Wait::signature, now + look_again);
    if (readiness == Readiness::in_turn) return put_off(aimed, Wait::turn, now + look_again);
    if (readiness == Readiness::stale) {
        // A refused cancel costs one place, an unsent one may cost the firm: wait, then send stale.
        if (aimed.stale_since.is_never()) aimed.stale_since = now;
        if (now - aimed.stale_since < plan_.stale_grace)
            return put_off(aimed, Wait::signature, now + look_again);
    }
    const Bounded<Booking, request_gates_max>& gates = plan_.requests[plan.fire.index].gates;
    const std::span<const Booking> bookings{gates.begin(), gates.size()};
    if (!gates_.book(bookings, now, claim(aimed), booked))
        return put_off(aimed, Wait::place, gates_.opens_at(bookings, now, claim(aimed)));
    departure = {Purpose::shot, plan.fire, aimed.shot, {}, nullptr, readiness == Readiness::stale};
    departure.record = record(aimed, departure.lane);
    if (departure.record) return true;
    gates_.undo(booked);
    return put_off(aimed, Wait::lane, now + look_again);
}

// The sealed record whose lane fits; or, when neither fits, one sealed now for any lane that does.
const Record* Salvo::record(const Aimed& aimed, LaneRef& lane) noexcept {
    const ShotPlan& plan = plan_.shots[aimed.shot.index];
    for (u8 which = 0; which < 2; ++which)
        if (const Record* sealed = armory_.sealed(aimed.shot, which, lanes_)) {
            lane = lanes_.current(which == 0 ? plan.lane_primary : plan.lane_backup)->ref;
            return sealed;
        }
    Lane* any = lanes_.any_fit(plan.venue);
    if (!any) return nullptr;
    lane = any->ref;
    return armory_.seal_inline(plan.fire, *any);
}

// Always false: not sendable now.
bool Salvo::put_off(Aimed& aimed, Wait wait, Instant until) noexcept {
    aimed.earliest = until;
    sweep_.waits_for(aimed.shot, wait);
    return false;
}

Instant Salvo::opens_at(ShotId shot, Instant now) noexcept {
    const RequestPlan& request = plan_.requests[plan_.shots[shot.index].fire.index];
    return gates_.opens_at({request.gates.begin(), request.gates.size()}, now,
                           {.may_use_own = true, .keep_free = 0});
}

} // namespace ks
