// Ready: could a kill leave now, and could its end be proven? Account by account, and as one word.
// Why: the day on which it is needed is the wrong day to learn that a key was revoked last month.
// Guarantees: READY only while each account has every bit of enum ks_ready and each cold thread
// beats; NOT READY while some shot could not leave signed, or a cold thread is silent for a second.
#pragma once

#include "hot/armory.hpp"
#include "hot/eyes.hpp"
#include "hot/gate.hpp"

namespace ks {

class Ready {
public:
    static constexpr Nanos beat_age_max = seconds(1); // of signer, connector, scribe

    Ready(const Plan& plan, const ks_status_page& status, Armory& armory, Lanes& lanes,
          Gates& gates, Eyes& eyes) noexcept
        : plan_(plan), status_(status), armory_(armory), lanes_(lanes), gates_(gates), eyes_(eyes) {
    }

    // Bits of enum ks_ready that hold for the account.
    u32 account(AccountId account, Instant now) noexcept;
    // 0 not ready, 1 ready with limits, 2 ready: of these accounts' bits, each as last looked at.
    u32 scope(const ScopePlan& scope) const noexcept;
    u32 engine(Instant now) const noexcept;

private:
    u32 shot(ShotId shot, Instant now) noexcept;
    bool beats(const u64& beat_ns, Instant now) const noexcept;

    const Plan& plan_;
    const ks_status_page& status_;
    Armory& armory_;
    Lanes& lanes_;
    Gates& gates_;
    Eyes& eyes_;
    std::array<u32, accounts_max> bits_{};
};

} // namespace ks
