// Rearm: what humans ask in the operator page, and the one answer that each request gets.
// Why: opening a halt is the one dangerous thing here besides firing too late. So a request is
// answered once, by its number, never later when nobody looks; and only after a fresh look at the
// venue, with a first shot ready to leave again.
// Guarantees: nothing opens while a pull waits, another kill has begun, an account shows orders
// beyond its exact exception, or its venue does not show it; no answer takes longer than look_max.
#pragma once

#include "hot/kills.hpp"

namespace ks {

class Rearm {
public:
    // How long the fresh reads of a request may take before it is refused: NOT_READ.
    static constexpr Nanos look_max = seconds(15);

    Rearm(const Plan& plan, const ks_operator_page& operators, Kills& kills, Sweep& sweep,
          Gates& gates, Trigger& triggers, Status& status, Journal& journal) noexcept
        : plan_(plan), operators_(operators), kills_(kills), sweep_(sweep), gates_(gates),
          triggers_(triggers), status_(status), journal_(journal) {}

    // Chore: looks at one scope's row, and goes on with what was asked there.
    void look_one(Instant now) noexcept;

private:
    // A request under way: copied whole when its word was seen.
    struct Asked {
        u32 request = 0;
        Instant since; // never: nothing is asked
        ks_operator_row row{};
        CellSet cells; // to be opened
    };
    struct Finding {
        ks_rearm answer = KS_REARM_DONE;
        AccountId account;
        Instant until;
    };

    bool take(ScopeId scope, Asked& asked, Instant now) noexcept;
    Finding begin(ScopeId scope, Asked& asked) noexcept;
    Finding find(ScopeId scope, const Asked& asked, Instant now) noexcept;
    Finding find_orders(ScopeId scope, const Asked& asked, Instant now) noexcept;
    Finding find_places(ScopeId scope, const Asked& asked, Instant now) noexcept;
    void answer(ScopeId scope, Asked& asked, const Finding& finding) noexcept;
    Finding begin_orders(ScopeId scope, const Asked& asked) noexcept;
    Instant reads_open(const ShotPlan& shot, Instant now) noexcept;
    bool is_named(const Asked& asked, AccountId account) const noexcept;
    bool is_excepted(const Asked& asked, AccountId account, u32 orders_open) const noexcept;

    const Plan& plan_;
    const ks_operator_page& operators_;
    Kills& kills_;
    Sweep& sweep_;
    Gates& gates_;
    Trigger& triggers_;
    Status& status_;
    Journal& journal_;
    std::array<Asked, scopes_max> asked_{};
    u16 cursor_ = 0;
};

} // namespace ks
