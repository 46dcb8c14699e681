// Kills: what a pull does, what lifts it, and how each kill stands.
// Guarantees: every pull that is taken closes its halts before its first shot is queued and gets a
// kill number of its own; a kill is CONFIRMED only while every account of it is CLEAR. Whether a
// kill may be lifted is decided in rearm.hpp.
#pragma once

#include "hot/halt.hpp"
#include "hot/salvo.hpp"
#include "hot/status.hpp"
#include "hot/trigger.hpp"

namespace ks {

class Kills {
public:
    Kills(const Plan& plan, Halt& halt, Salvo& salvo, Sweep& sweep, Status& status,
          Journal& journal) noexcept
        : plan_(plan), halt_(halt), salvo_(salvo), sweep_(sweep), status_(status),
          journal_(journal) {}

    // Takes up what a predecessor left latched. Kills that were clear are read again, others fired
    // again: at least once, never zero times. What was held stays held.
    void resume(Instant now) noexcept;
    // A pull has been seen: halts, kill number, shots aimed. Returns the kill's number.
    u32 begin(const Pull& pull, Instant now) noexcept;
    // The pull's first salvo has been submitted.
    void submitted(const Pull& pull, Instant now) noexcept;

    // Lifts the kill from these cells: the halt opens where no other kill holds it.
    void lift(ScopeId scope, const CellSet& cells) noexcept;
    // Chore: looks at one scope.
    void judge_one(Instant now) noexcept;

    // What a pull of this scope reads and writes here and on the page.
    void warm(ScopeId scope) const noexcept;
    const Kill& kill(ScopeId scope) const noexcept { return kills_[scope.index]; }
    // The cells that the kill still keeps closed: after a partial re-arm, fewer than its scope's.
    const CellSet& held(ScopeId scope) const noexcept { return halt_.held(scope); }
    bool any_on() const noexcept { return on_count_ != 0; }
    ks_outcome outcome(ScopeId scope) const noexcept;

private:
    void aim(ScopeId scope, Instant when, Instant now) noexcept;
    bool is_reached(ScopeId scope, ShotId shot) const noexcept;
    ShotSet wanted() const noexcept;
    void note(EventKind kind, ScopeId scope, u16 detail, u64 value,
              const std::array<char, 16>& text = {}) noexcept;

    const Plan& plan_;
    Halt& halt_;
    Salvo& salvo_;
    Sweep& sweep_;
    Status& status_;
    Journal& journal_;
    std::array<Kill, scopes_max> kills_{};
    u16 on_count_ = 0;
    u16 judge_cursor_ = 0;
};

} // namespace ks
