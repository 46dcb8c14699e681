// Status: the engine's own lines of the status page, as one writer keeps them.
// Guarantees: a line is a seqlock (odd while it is written), its fields are relaxed atomics, so
// readers never see a torn line and never stop the engine; a starting engine evens what a dead one
// left odd. Kill number and outcome of a scope are one word, so that no reader mixes two kills.
#pragma once

#include "hot/armory.hpp"
#include "hot/gate.hpp"
#include "hot/live_fire.hpp"
#include "hot/sweep.hpp"

namespace ks {

// The last kill of a scope, as the engine counts it.
struct Kill {
    bool is_on = false;   // it holds cells
    bool is_held = false; // too old to fire: halt closed, nothing sent
    u32 number = 0;
    ProducerId pulled_by;
    Instant pulled_at;
    Instant halted_at; // by the clock of the turn that closed the halt
    Instant submitted_at;
    Instant clear_at;
    ks_outcome outcome = KS_IDLE;
};

class Status {
public:
    Status(const Plan& plan, ks_status_page& page) noexcept;

    void beat(Instant now, u32 readiness) noexcept;
    void silent(u32 producers) noexcept;
    void longest_turn(Nanos turn, u32 did) noexcept;
    // At once, before the salvo: nobody may read an older kill's success.
    void kill_begun(ScopeId scope, const Kill& kill) noexcept;
    // `held`: the cells that the kill still keeps closed.
    void scope(ScopeId scope, const Kill& kill, const CellSet& held, const Sweep& sweep) noexcept;
    // `ready`: bits of enum ks_ready.
    ks_outcome account(AccountId account, const Sweep& sweep, const Eyes& eyes, Instant next_shot,
                       u32 ready) noexcept;
    void live_fire(AccountId account, const LiveFire::Report& report) noexcept;
    void shot(ShotId shot, const Sweep& sweep, const Eyes& eyes, const Letter& letter,
              u32 armed) noexcept;
    void scope_ready(ScopeId scope, u32 ready) noexcept;
    void lane(u16 slot, const Lane* lane) noexcept;
    void rearm_answer(ScopeId scope, u32 request, ks_rearm answer, AccountId account,
                      Instant until) noexcept;
    // The number of the request answered last; one that was cut short by a death counts as it.
    u32 rearm_request(ScopeId scope) const noexcept;
    void journal_lost(u64 lost) noexcept;

    ks_status_page& page() noexcept { return page_; }

private:
    const Plan& plan_;
    ks_status_page& page_;
    Instant not_ready_since_;
};

// The worst outcome decides; only when every account is clear is a kill CONFIRMED.
constexpr ks_outcome worse(ks_outcome a, ks_outcome b) {
    constexpr int badness[] = {/* idle */ 0,     /* working */ 2,  /* clear */ 1,
                               /* unknown */ 3,
                               /* rejected */ 4, /* not sent */ 5, /* held */ 6};
    return badness[a] >= badness[b] ? a : b;
}

} // namespace ks
