#include "hot/kills.hpp"

namespace ks {

namespace {
constexpr u32 high_half(u64 word) {
    return static_cast<u32>(word >> 32);
}
constexpr u32 low_half(u64 word) {
    return static_cast<u32>(word);
}
} // namespace

Kills::Kills(const Plan& plan, const ks_operator_page& operators, Halt& halt, Salvo& salvo,
             Sweep& sweep, Trigger& triggers, Status& status, Journal& journal) noexcept
    : plan_(plan), operators_(operators), halt_(halt), salvo_(salvo), sweep_(sweep),
      triggers_(triggers), status_(status), journal_(journal) {}

void Kills::note(EventKind kind, ScopeId scope, u16 detail, u64 value) noexcept {
    Event event;
    event.kind = kind;
    event.scope = scope.index;
    event.producer = kills_[scope.index].pulled_by.index;
    event.number = kills_[scope.index].number;
    event.detail = detail;
    event.value = value;
    journal_.note(event);
}

void Kills::resume(Instant now) noexcept {
    for (u16 slot = 0; slot < plan_.scopes.size(); ++slot) {
        const ScopeId scope{slot};
        const ks_scope_line& line = status_.page().scope[slot];
        Kill& kill = kills_[slot];
        kill.number = high_half(line.kill_outcome);
        if (!halt_.is_held_by(scope)) continue;
        const auto before = static_cast<ks_outcome>(low_half(line.kill_outcome));
        kill.is_on = true;
        kill.is_held = before == KS_HELD;
        kill.outcome = kill.is_held ? KS_HELD : KS_WORKING;
        kill.pulled_by = ProducerId{static_cast<u16>(line.pulled_by)};
        kill.pulled_at = Instant{static_cast<i64>(line.pulled_ns)};
        kill.submitted_at = Instant{static_cast<i64>(line.submitted_ns)};
        ++on_count_;
        status_.kill_begun(scope, kill);
        if (before == KS_CLEAR)
            for (ShotId shot : plan_.scopes[slot].shots) sweep_.resume_proven(shot, now);
        else if (!kill.is_held)
            aim(scope, kill.pulled_at, now);
    }
}

u32 Kills::begin(const Pull& pull, Instant now) noexcept {
    Kill& kill = kills_[pull.scope.index];
    const bool is_held = pull.kind == Pull::Kind::held;
    if (!kill.is_on) ++on_count_;
    // A held pull never takes back a kill that is already firing.
    kill.is_held = is_held && (!kill.is_on || kill.is_held);
    kill.is_on = true;
    ++kill.number;
    kill.outcome = kill.is_held ? KS_HELD : KS_WORKING;
    kill.pulled_by = pull.producer;
    kill.pulled_at = pull.when;
    kill.submitted_at = kill.clear_at = never;
    const u32 closed = halt_.close(pull.scope);
    status_.kill_begun(pull.scope, kill);
    const EventKind kind = is_held ? EventKind::pull_held : EventKind::pull_seen;
    note(kind, pull.scope, pull.reason, pull.epoch);
    note(EventKind::halt_closed, pull.scope, 0, closed);
    if (!kill.is_held) aim(pull.scope, pull.when, now);
    return kill.number;
}

void Kills::aim(ScopeId scope, Instant when, Instant now) noexcept {
    for (ShotId shot : plan_.scopes[scope.index].shots) {
        Urgency urgency;
        if (sweep_.pulled(shot, when, now, urgency)) salvo_.aim(shot, urgency, now);
    }
}

void Kills::submitted(const Pull& pull, Instant now) noexcept {
    Kill& kill = kills_[pull.scope.index];
    kill.submitted_at = now;
    note(EventKind::salvo_submitted, pull.scope, 0, static_cast<u64>((now - kill.pulled_at).ns));
}

ks_outcome Kills::outcome(ScopeId scope) const noexcept {
    const Kill& kill = kills_[scope.index];
    if (!kill.is_on) return KS_IDLE;
    if (kill.is_held) return KS_HELD;
    ks_outcome worst = KS_IDLE;
    for (ShotId shot : plan_.scopes[scope.index].shots) worst = worse(worst, sweep_.outcome(shot));
    return worst == KS_IDLE ? KS_NOT_SENT : worst; // a scope without a shot reaches nobody
}

void Kills::judge_one(Instant now) noexcept {
    if (plan_.scopes.empty()) return;
    judge_cursor_ =
        static_cast<u16>(judge_cursor_ + 1u < plan_.scopes.size() ? judge_cursor_ + 1 : 0);
    const ScopeId scope{judge_cursor_};
    Kill& kill = kills_[scope.index];
    if (!kill.is_on) return;
    const ks_outcome outcome = this->outcome(scope);
    if (outcome != kill.outcome) {
        kill.outcome = outcome;
        kill.clear_at = outcome == KS_CLEAR ? now : never;
        note(EventKind::kill_outcome, scope, static_cast<u16>(outcome), 0);
    }
    status_.scope(scope, kill, sweep_);
}

// Obeyed only under its check, for the kill that stands: see ks_operator_row.
void Kills::rearm_one(Instant) noexcept {
    if (plan_.scopes.empty()) return;
    rearm_cursor_ =
        static_cast<u16>(rearm_cursor_ + 1u < plan_.scopes.size() ? rearm_cursor_ + 1 : 0);
    const ScopeId scope{rearm_cursor_};
    const ks_operator_row& row = operators_.row[scope.index];
    const u64 word = __atomic_load_n(&row.word, __ATOMIC_ACQUIRE); // acquire: pairs with ksctl
    const u64 key = ks_slot_key(plan_.scopes[scope.index].name.c_str(), operators_.head.nonce);
    if (!ks_word_is_valid(word, key)) return;
    const u32 number = ks_word_epoch(word);
    const u64 answered = status_.page().scope[scope.index].rearm_answer;
    if (high_half(answered) == number && low_half(answered) == KS_REARM_DONE) return;
    const ks_rearm answer = may_rearm(scope, number);
    if (high_half(answered) == number && low_half(answered) == static_cast<u32>(answer)) return;
    if (answer == KS_REARM_DONE) rearm(scope);
    note(EventKind::rearm, scope, static_cast<u16>(answer), row.uid);
    status_.rearm_answer(scope, number, answer);
}

ks_rearm Kills::may_rearm(ScopeId scope, u32 number) noexcept {
    const Kill& kill = kills_[scope.index];
    if (!kill.is_on) return KS_REARM_NOT_KILLED;
    if (kill.number != number) return KS_REARM_STALE;
    if (triggers_.waits(scope)) return KS_REARM_PULL_WAITS;
    if (!kill.is_held && outcome(scope) != KS_CLEAR) return KS_REARM_NOT_CLEAR;
    return KS_REARM_DONE;
}

void Kills::rearm(ScopeId scope) noexcept {
    Kill& kill = kills_[scope.index];
    kill.is_on = kill.is_held = false;
    kill.outcome = KS_IDLE;
    --on_count_;
    halt_.release(scope);
    for (ShotId shot : plan_.scopes[scope.index].shots) {
        bool is_wanted = false; // by another scope that still holds
        for (u16 other = 0; other < plan_.scopes.size() && !is_wanted; ++other)
            if (kills_[other].is_on && !kills_[other].is_held)
                for (ShotId its : plan_.scopes[other].shots) is_wanted |= its == shot;
        if (is_wanted) continue;
        salvo_.forget(shot);
        sweep_.release(shot);
    }
    status_.scope(scope, kill, sweep_);
}

} // namespace ks
