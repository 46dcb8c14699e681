// Eyes: whether the reads of each shot have ever shown an order, and when its key was last taken.
// Why: a read by a mistyped path, a wrong filter or a key of another account is empty for ever. A
// read that has never shown an order is no evidence that none is open (incident rules 2).
// Guarantees: what was proven stays in the status page for a successor, under a mark of the key and
// the reads that it was proven for; another key or another read begins unproven.
#pragma once

#include "hot/plan.hpp"

namespace ks {

class Eyes {
public:
    Eyes(const Plan& plan, const ks_status_page& status) noexcept;

    // Each of the shot's reads has shown an order, or the config does not ask for it.
    bool are_trusted(ShotId shot) const noexcept {
        return !plan_.needs_proven_eyes || is_proven(shot);
    }
    bool is_proven(ShotId shot) const noexcept;
    // A read showed so many orders.
    void saw(ShotId shot, RequestId read, u32 orders_count, Instant now) noexcept;
    // An authenticated answer: the venue took the key, or refused it.
    void key_answered(AccountId account, bool is_taken, Instant now) noexcept;

    // What a shot has seen, for its line.
    struct Sight {
        u32 reads = 0; // bit = index in ShotPlan::reads
        u32 orders_count = 0;
        Instant at;
    };
    const Sight& sight(ShotId shot) const noexcept { return sights_[shot.index]; }
    Instant key_taken_at(AccountId account) const noexcept { return keys_[account.index]; }

    // Chore: looks at one shot. The read that should be made of it while nothing is killed.
    struct Look {
        ShotId shot;
        RequestId read;
    };
    Look due(Instant now) noexcept;
    // It has left, or could not: next look then.
    void next_look(ShotId shot, Instant at) noexcept { next_at_[shot.index] = at; }
    void looked(ShotId shot, Instant now) noexcept;

private:
    const Plan& plan_;
    std::array<Sight, shots_max> sights_{};
    std::array<Instant, accounts_max> keys_{};
    std::array<Instant, shots_max> next_at_{};
    std::array<u8, shots_max> next_read_{};
    u16 cursor_ = 0;
};

} // namespace ks
