#include "hot/ready.hpp"

namespace ks {

namespace {

constexpr u32 bits_to_fire = KS_READY_LANES | KS_READY_SIGNED | KS_READY_CLOCK;

u32 word_of(u32 bits) {
    if ((bits & bits_to_fire) != bits_to_fire) return 0;
    return bits == KS_READY_ALL ? 2 : 1;
}

} // namespace

u32 Ready::account(AccountId account, Instant now) noexcept {
    u32 bits = KS_READY_ALL;
    for (u16 i = 0; i < plan_.shots.size(); ++i)
        if (plan_.shots[i].account == account) bits &= shot(ShotId{i}, now);
    const Instant key_at = eyes_.key_taken_at(account);
    const bool is_key_young = !key_at.is_never() && now - key_at <= plan_.key_age_max;
    if (plan_.eyes_every.ns > 0 && !is_key_young) bits &= ~u32{KS_READY_KEY};
    bits_[account.index] = bits;
    return bits;
}

u32 Ready::shot(ShotId shot, Instant now) noexcept {
    const ShotPlan& plan = plan_.shots[shot.index];
    const u32 armed = armory_.armed(shot, lanes_);
    const Letter& letter = armory_.letter(plan.fire);
    u32 bits = KS_READY_KEY;
    if (lanes_.up_count(plan.venue) > 0) bits |= KS_READY_LANES;
    if ((armed & 1) != 0 && letter.stale_at > now) bits |= KS_READY_SIGNED;
    if ((armed & 6) == 6) bits |= KS_READY_SEALED;
    if (eyes_.are_trusted(shot)) bits |= KS_READY_EYES;
    if (lanes_.is_clock_known(plan.venue)) bits |= KS_READY_CLOCK;
    bits |= KS_READY_PLACES;
    for (Booking booking : plan_.requests[plan.fire.index].gates)
        if (gates_.is_closed(booking.gate, now)) bits &= ~u32{KS_READY_PLACES};
    return bits;
}

u32 Ready::scope(const ScopePlan& scope) const noexcept {
    u32 worst = scope.shots.empty() ? 0 : 2;
    for (ShotId shot : scope.shots)
        worst = std::min(worst, word_of(bits_[plan_.shots[shot.index].account.index]));
    return worst;
}

u32 Ready::engine(Instant now) const noexcept {
    if (!beats(status_.signer_beat_ns, now) || !beats(status_.connector_beat_ns, now) ||
        !beats(status_.scribe_beat_ns, now))
        return 0;
    u32 worst = 2;
    for (u16 i = 0; i < plan_.accounts.size(); ++i) worst = std::min(worst, word_of(bits_[i]));
    return worst;
}

// relaxed: a lone word of another thread, compared with the clock
bool Ready::beats(const u64& beat_ns, Instant now) const noexcept {
    const Instant at{static_cast<i64>(__atomic_load_n(&beat_ns, __ATOMIC_RELAXED))};
    return now - at <= beat_age_max;
}

} // namespace ks
