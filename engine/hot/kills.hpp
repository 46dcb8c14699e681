// Kills: what a pull does, what re-arm undoes, and how each kill stands.
// Guarantees: every pull that is taken closes its halts before its first shot is queued and gets a
// kill number of its own; a kill is CONFIRMED only while every account of it is CLEAR; re-arm is
// refused unless it names the current kill, all is clear and no pull waits.
#pragma once

#include "hot/halt.hpp"
#include "hot/salvo.hpp"
#include "hot/status.hpp"
#include "hot/trigger.hpp"

namespace ks {

class Kills {
public:
    Kills(const Plan& plan, const ks_operator_page& operators, Halt& halt, Salvo& salvo,
          Sweep& sweep, Trigger& triggers, Status& status, Journal& journal) noexcept;

    // Takes up what a predecessor left latched. Kills that were clear are read again, others fired
    // again: at least once, never zero times. What was held stays held.
    void resume(Instant now) noexcept;
    // A pull has been seen: halts, kill number, shots aimed. Returns the kill's number.
    u32 begin(const Pull& pull, Instant now) noexcept;
    // The pull's first salvo has been submitted.
    void submitted(const Pull& pull, Instant now) noexcept;

    // Chores: each looks at one scope.
    void judge_one(Instant now) noexcept;
    void rearm_one(Instant now) noexcept;

    const Kill& kill(ScopeId scope) const noexcept { return kills_[scope.index]; }
    bool any_on() const noexcept { return on_count_ != 0; }
    ks_outcome outcome(ScopeId scope) const noexcept;

private:
    void aim(ScopeId scope, Instant when, Instant now) noexcept;
    ks_rearm may_rearm(ScopeId scope, u32 kill) noexcept;
    void rearm(ScopeId scope) noexcept;
    void note(EventKind kind, ScopeId scope, u16 detail, u64 value) noexcept;

    const Plan& plan_;
    const ks_operator_page& operators_;
    Halt& halt_;
    Salvo& salvo_;
    Sweep& sweep_;
    Trigger& triggers_;
    Status& status_;
    Journal& journal_;
    std::array<Kill, scopes_max> kills_{};
    u16 on_count_ = 0;
    u16 judge_cursor_ = 0;
    u16 rearm_cursor_ = 0;
};

} // namespace ks
