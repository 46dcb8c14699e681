// Sender: a second CPU's share of a large salvo. It decides nothing: the hot thread offers what
// shall leave, and takes back what has not been begun.
// Guarantees: an offer is begun by exactly one of the two; a sender that hangs holds back one offer
// at most; no lock, no allocation after open(). Its calls are plain send(): they need no ring, and
// a ring's batch would only make the hot thread wait for more than one.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "hot/plan.hpp"
#include "net/loopback_pair.hpp"

namespace ks {

class Sender {
public:
    struct Offer {
        LaneRef lane;
        int fd = -1;
        std::span<const std::byte> bytes; // fixed until the offer is done or taken back
        i32 result = 0;                   // what send() took, or -errno; once done
    };
    static constexpr u32 offers_max = 128;

    // `warm_every` 0: no beat.
    static Result<std::unique_ptr<Sender>> open(Nanos warm_every);

    // For the sender's thread. Sends the oldest offer; false: there was none.
    bool turn() noexcept;
    // Nothing to do: a send on a private pair each `warm_every`, so that the way stays warm.
    void beat(Instant now) noexcept;

    // For the hot thread. False: too many are under way, send it yourself.
    bool offer(const Offer& offer) noexcept;
    // The newest offer that nobody has begun; it is the caller's again.
    bool take_back(Offer& offer) noexcept;
    // The oldest offer, once it is done; each is reported once.
    bool collect(Offer& offer) noexcept;
    bool is_idle() const noexcept { return collected_ == offered_; }

private:
    enum class State : u32 { free, offered, begun, done };
    struct alignas(64) Place {
        std::atomic<State> state{State::free};
        Offer offer;
    };
    Sender(LoopbackPair pair, Nanos warm_every)
        : pair_(std::move(pair)), near_(pair_.take_near()), warm_every_(warm_every) {}
    Place& place(u32 number) noexcept { return places_[number % offers_max]; }

    LoopbackPair pair_;
    Fd near_;
    const Nanos warm_every_;
    Instant beat_at_;
    u32 begun_ = 0;               // the sender's own: the next offer to begin
    alignas(64) u32 offered_ = 0; // the hot thread's own
    u32 collected_ = 0;
    std::array<Place, offers_max> places_{};
};

} // namespace ks
