#include "hot/eyes.hpp"

namespace ks {

Eyes::Eyes(const Plan& plan, const ks_status_page& status) noexcept : plan_(plan) {
    for (u16 i = 0; i < plan.shots.size(); ++i) {
        const ks_shot_line& line = status.shot[i];
        const AccountPlan& account = plan.accounts[plan.shots[i].account.index];
        if (line.eyes_of != account.eyes_of) continue;
        sights_[i] = {line.eyes_reads, line.eyes_count, Instant{static_cast<i64>(line.eyes_ns)}};
    }
}

bool Eyes::is_proven(ShotId shot) const noexcept {
    const size_t reads_count = plan_.shots[shot.index].reads.size();
    const u32 all = (1u << reads_count) - 1;
    return reads_count > 0 && (sights_[shot.index].reads & all) == all;
}

void Eyes::saw(ShotId shot, RequestId read, u32 orders_count, Instant now) noexcept {
    const ShotPlan& plan = plan_.shots[shot.index];
    for (size_t i = 0; i < plan.reads.size(); ++i)
        if (plan.reads[i] == read)
            sights_[shot.index] = {sights_[shot.index].reads | 1u << i, orders_count, now};
    // The look that proves left as one of the unproven, to be repeated soon: that would spend
    // places which a re-arm needs.
    if (is_proven(shot)) next_at_[shot.index] = now + plan_.eyes_every;
}

void Eyes::key_answered(AccountId account, bool is_taken, Instant now) noexcept {
    keys_[account.index] = is_taken ? now : never;
}

Eyes::Look Eyes::due(Instant now) noexcept {
    if (plan_.shots.empty() || plan_.eyes_every.ns == 0) return {};
    cursor_ = static_cast<u16>(cursor_ + 1u < plan_.shots.size() ? cursor_ + 1 : 0);
    const ShotPlan& shot = plan_.shots[cursor_];
    if (shot.reads.empty() || now < next_at_[cursor_]) return {};
    return {ShotId{cursor_}, shot.reads[next_read_[cursor_] % shot.reads.size()]};
}

// Unproven reads are made ten times as often: until then no kill of theirs can be confirmed.
void Eyes::looked(ShotId shot, Instant now) noexcept {
    ++next_read_[shot.index];
    next_at_[shot.index] = now + (is_proven(shot) ? plan_.eyes_every : plan_.eyes_every / 10);
}

} // namespace ks
