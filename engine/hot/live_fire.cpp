#include "hot/live_fire.hpp"

namespace ks {

namespace {

// What a read has shown is believed for so long: an order may come to the pair at any time.
constexpr Nanos read_age_max = seconds(10);
// Reads wait for shared places; a venue that answers none must not hold up the other accounts.
constexpr Nanos patience = seconds(300);
constexpr Nanos look_again = milliseconds(100);
// What did not end with an accepted cancel is tried again after this part of the account's span.
constexpr i64 retry_part = 10;

} // namespace

LiveFire::LiveFire(const Plan& plan, const ks_status_page& status, Journal& journal,
                   Instant now) noexcept
    : plan_(plan), journal_(journal) {
    for (u16 i = 0; i < plan.accounts.size(); ++i) {
        const LiveFirePlan& wanted = plan.accounts[i].live_fire;
        const ks_account_line& line = status.account[i];
        if (wanted.fire.is_none()) continue;
        reports_[i].state = KS_LIVE_FIRE_WAITS;
        if (line.live_fire == KS_LIVE_FIRE_OFF || line.live_fire_of != wanted.of) continue;
        const auto state = static_cast<ks_live_fire>(line.live_fire);
        const Instant done_at{static_cast<i64>(line.live_fire_ns)};
        reports_[i] = {state, line.live_fire_orders, done_at};
        if (state == KS_LIVE_FIRE_DONE) next_at_[i] = done_at + wanted.every;
        // A predecessor that died at it again and again must not fire again and again.
        if (state != KS_LIVE_FIRE_DONE && state != KS_LIVE_FIRE_WAITS)
            next_at_[i] = now + wanted.every / retry_part;
    }
}

bool LiveFire::begin_one(Instant now) noexcept {
    if (plan_.accounts.empty()) return false;
    cursor_ = static_cast<u16>(cursor_ + 1u < plan_.accounts.size() ? cursor_ + 1 : 0);
    if (plan_.accounts[cursor_].live_fire.fire.is_none() || now < next_at_[cursor_]) return false;
    account_ = AccountId{cursor_};
    step_ = 0;
    began_at_ = now;
    return true;
}

LiveFire::Due LiveFire::due(Instant now) noexcept {
    if (is_out_ || now < look_at_) return {};
    if (account_.is_none() && !begin_one(now)) return {};
    const bool is_read = step_ == plan().reads.size();
    if (now - began_at_ > patience || (is_read && now - read_at_ > read_age_max)) {
        finish(KS_LIVE_FIRE_UNREAD, 0, now); // no place, no lane, or too late for what was read
        return {};
    }
    look_at_ = now + look_again;
    if (is_read) return {Purpose::live_fire, plan().fire};
    return {Purpose::pair_read, plan().reads[step_]};
}

void LiveFire::departed(const Letter& letter, Instant now) noexcept {
    is_out_ = true;
    is_cancel_out_ = step_ == plan().reads.size();
    if (!is_cancel_out_) {
        read_at_ = now;
        return;
    }
    reports_[account_.index].state = KS_LIVE_FIRE_SENT;
    Event sent = event(KS_LIVE_FIRE_SENT);
    sent.value = letter.nonce;
    sent.text = letter.digest;
    journal_.note(sent);
}

void LiveFire::answered(const Answer& answer, Instant now) noexcept {
    is_out_ = false;
    look_at_ = now;
    if (account_.is_none()) return; // it stood down
    if (answer.purpose == Purpose::live_fire) {
        is_cancel_out_ = false;
        const bool is_accepted = answer.verdict == Verdict::accepted;
        return finish(is_accepted ? KS_LIVE_FIRE_DONE : KS_LIVE_FIRE_FAILED, answer.ids_count, now);
    }
    if (answer.verdict == Verdict::clear)
        ++step_;
    else if (answer.verdict == Verdict::open)
        finish(KS_LIVE_FIRE_ORDER, std::max(answer.open_count, 1u), now);
    else
        finish(KS_LIVE_FIRE_UNREAD, 0, now);
}

// Of a cancel that has left the answer still counts: it was a real one.
void LiveFire::stand_down() noexcept {
    if (!is_cancel_out_) account_ = {};
}

void LiveFire::put_off(Instant now) noexcept {
    next_at_[account_.index] = now + plan().every / retry_part;
    account_ = {};
}

void LiveFire::finish(ks_live_fire state, u32 orders_count, Instant now) noexcept {
    Event done = event(state);
    done.number = orders_count;
    journal_.note(done);
    Report& report = reports_[account_.index];
    report.state = state;
    report.orders_count = orders_count;
    if (state != KS_LIVE_FIRE_DONE) return put_off(now);
    report.done_at = now;
    next_at_[account_.index] = now + plan().every;
    account_ = {};
}

Event LiveFire::event(ks_live_fire state) const noexcept {
    Event event;
    event.kind = EventKind::live_fire;
    event.account = account_.index;
    event.request = plan().fire.index;
    event.detail = static_cast<u16>(state);
    return event;
}

} // namespace ks
