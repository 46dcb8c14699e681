// Live fire: a real cancel-all on a pair that nobody trades, for accounts whose firm asks for it.
// Why: reads prove the way to the venue; only an accepted cancel proves that the key may cancel.
// Guarantees: one at a time; it begins, and its cancel leaves, only while nothing is killed; that
// cancel follows within seconds on complete reads of the pair, none of which showed an order; the
// date stays in the status page for a successor, under a mark of the key and the request.
#pragma once

#include "hot/armory.hpp"
#include "hot/journal.hpp"

namespace ks {

class LiveFire {
public:
    LiveFire(const Plan& plan, const ks_status_page& status, Journal& journal,
             Instant now) noexcept;

    // Chore: looks at one account while nothing is killed. The request that should leave now.
    struct Due {
        Purpose purpose = Purpose::none; // pair_read or live_fire
        RequestId request;
    };
    Due due(Instant now) noexcept;
    void departed(const Letter& letter, Instant now) noexcept;
    void answered(const Answer& answer, Instant now) noexcept;
    // Something is killed: what has not left stays.
    void stand_down() noexcept;

    // What became of an account's last one, for its line.
    struct Report {
        ks_live_fire state = KS_LIVE_FIRE_OFF;
        u32 orders_count = 0; // KS_LIVE_FIRE_ORDER: open; KS_LIVE_FIRE_DONE: cancelled all the same
        Instant done_at;      // the venue last accepted one
    };
    const Report& report(AccountId account) const noexcept { return reports_[account.index]; }

private:
    bool begin_one(Instant now) noexcept;
    void put_off(Instant now) noexcept;
    void finish(ks_live_fire state, u32 orders_count, Instant now) noexcept;
    Event event(ks_live_fire state) const noexcept;
    const LiveFirePlan& plan() const noexcept { return plan_.accounts[account_.index].live_fire; }

    const Plan& plan_;
    Journal& journal_;
    std::array<Report, accounts_max> reports_{};
    std::array<Instant, accounts_max> next_at_{};
    AccountId account_; // under way; none
    size_t step_ = 0;   // reads of its pair that have shown nothing
    bool is_out_ = false;
    bool is_cancel_out_ = false;
    Instant began_at_;
    Instant read_at_; // the last read left
    Instant look_at_;
    u16 cursor_ = 0;
};

} // namespace ks
