#include "hot/kills.hpp"

namespace ks {

namespace {
constexpr u32 high_half(u64 word) {
    return static_cast<u32>(word >> 32);
}
constexpr u32 low_half(u64 word) {
    return static_cast<u32>(word);
}
constexpr std::array<char, 16> hex_digits(u64 number) {
    std::array<char, 16> digits{};
    for (u32 i = 0; i < digits.size(); ++i)
        digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
    return digits;
}
} // namespace

void Kills::note(EventKind kind, ScopeId scope, u16 detail, u64 value,
                 const std::array<char, 16>& text) noexcept {
    Event event;
    event.kind = kind;
    event.scope = scope.index;
    event.producer = kills_[scope.index].pulled_by.index;
    event.number = kills_[scope.index].number;
    event.detail = detail;
    event.value = value;
    event.text = text;
    journal_.note(event);
}

void Kills::resume(Instant now) noexcept {
    for (u16 slot = 0; slot < plan_.scopes.size(); ++slot) {
        const ScopeId scope{slot};
        const ks_scope_line& line = status_.page().scope[slot];
        Kill& kill = kills_[slot];
        kill.number = high_half(line.kill_outcome);
        if (!held(scope).any()) continue;
        const auto before = static_cast<ks_outcome>(low_half(line.kill_outcome));
        kill.is_on = true;
        kill.is_held = before == KS_HELD;
        kill.outcome = kill.is_held ? KS_HELD : KS_WORKING;
        kill.pulled_by = ProducerId{static_cast<u16>(line.pulled_by)};
        kill.pulled_at = Instant{static_cast<i64>(line.pulled_ns)};
        kill.halted_at = Instant{static_cast<i64>(line.halted_ns)};
        kill.submitted_at = Instant{static_cast<i64>(line.submitted_ns)};
        ++on_count_;
        status_.kill_begun(scope, kill);
        if (before == KS_CLEAR)
            for (ShotId shot : plan_.scopes[slot].shots) {
                if (is_reached(scope, shot)) sweep_.resume_proven(shot, now);
            }
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
    kill.halted_at = now;
    status_.kill_begun(pull.scope, kill);
    const EventKind kind = is_held ? EventKind::pull_held : EventKind::pull_seen;
    note(kind, pull.scope, pull.reason, pull.epoch, hex_digits(static_cast<u64>(pull.when.ns)));
    note(EventKind::halt_closed, pull.scope, 0, closed);
    if (!kill.is_held) aim(pull.scope, pull.when, now);
    return kill.number;
}

void Kills::aim(ScopeId scope, Instant when, Instant now) noexcept {
    const auto& shots = plan_.scopes[scope.index].shots;
    for (size_t i = 0; i < shots.size(); ++i) {
        if (i + 2 < shots.size()) sweep_.expect(shots[i + 2]);
        Urgency urgency;
        if (is_reached(scope, shots[i]) && sweep_.pulled(shots[i], when, now, urgency))
            salvo_.aim(shots[i], urgency, now);
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
    for (ShotId shot : plan_.scopes[scope.index].shots)
        if (is_reached(scope, shot)) worst = worse(worst, sweep_.outcome(shot));
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
    status_.scope(scope, kill, held(scope), sweep_);
}

void Kills::warm(ScopeId scope) const noexcept {
    keep_warm(&kills_[scope.index], sizeof(Kill));
    keep_warm(&held(scope), sizeof(CellSet));
    keep_warm(&plan_.scopes[scope.index], cache_line_bytes);
    keep_warm(&status_.page().scope[scope.index], 4 * cache_line_bytes);
    keep_warm(&status_.page().halt, sizeof status_.page().halt);
}

// The kill still holds the shot's cell.
bool Kills::is_reached(ScopeId scope, ShotId shot) const noexcept {
    return held(scope).test(plan_.shots[shot.index].cell.index);
}

// All shots that some kill, one that fires, still reaches.
ShotSet Kills::wanted() const noexcept {
    ShotSet wanted;
    for (u16 slot = 0; slot < plan_.scopes.size(); ++slot) {
        if (!kills_[slot].is_on || kills_[slot].is_held) continue;
        for (ShotId shot : plan_.scopes[slot].shots)
            if (is_reached({slot}, shot)) wanted.set(shot.index);
    }
    return wanted;
}

void Kills::lift(ScopeId scope, const CellSet& cells) noexcept {
    Kill& kill = kills_[scope.index];
    halt_.release(scope, cells);
    if (!held(scope).any()) {
        kill.is_on = kill.is_held = false;
        kill.outcome = KS_IDLE;
        --on_count_;
    }
    const ShotSet still_wanted = wanted();
    for (ShotId shot : plan_.scopes[scope.index].shots) {
        if (!cells.test(plan_.shots[shot.index].cell.index)) continue;
        if (still_wanted.test(shot.index)) continue;
        salvo_.forget(shot);
        sweep_.release(shot);
    }
    status_.scope(scope, kill, held(scope), sweep_);
}

} // namespace ks
