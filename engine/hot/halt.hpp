// Halt: the cells that must not trade, and which scopes keep them closed.
// Guarantees: a cell is closed while any scope holds it; bits are published (release) before the
// first byte of a salvo is queued; what is held lies in the status page, in memory that outlives
// the engine, so that a successor finds it and no halt opens on the way.
#pragma once

#include "hot/plan.hpp"

namespace ks {

class Halt {
public:
    // Adopts what a predecessor left in the status page: halts only ever close here.
    Halt(const Plan& plan, ks_status_page& status) noexcept;

    // Closes every cell of the scope. Returns how many were open until now.
    u32 close(ScopeId scope) noexcept;
    // The scope holds these cells no more; those that no other scope holds open.
    void release(ScopeId scope, const CellSet& cells) noexcept;

    const CellSet& held(ScopeId scope) const noexcept { return held_[scope.index]; }
    bool is_closed(CellId cell) const noexcept { return closed_.test(cell.index); }

private:
    void publish(ScopeId scope) noexcept;

    const Plan& plan_;
    ks_status_page& status_;
    std::array<CellSet, scopes_max> held_{};
    CellSet closed_;
};

} // namespace ks
