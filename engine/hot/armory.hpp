// Armory: every request as its latest signed text, and every shot sealed for its two lanes.
// Guarantees: a sealed record is used only if it was made from the latest text and for the lane's
// present fit (I2); a buffer is rewritten only while neither life of its lane has a send in flight
// (I4, which is why one buffer for each lane is enough); a spent nonce never leaves again.
#pragma once

#include "hot/lane.hpp"
#include "hot/mail.hpp"
#include "hot/plan.hpp"

namespace ks {

// The signed text of one request.
struct alignas(64) Letter {
    u16 text_bytes = 0; // 0: never signed yet
    u32 version = 0;
    u64 nonce = 0;
    Instant signed_at;
    Instant stale_at;
    std::array<char, 16> digest{}; // of the text, for the journal
    Instant wanted_at;             // when the signer was last asked for a new one
    std::array<std::byte, request_bytes_max> text{};
    std::span<const std::byte> span() const { return {text.data(), text_bytes}; }
};

enum class Readiness : u8 {
    unsigned_yet, // no text, or its nonce is spent: the signer has been asked
    in_turn,      // another request of its ordered key is in flight
    stale,        // sendable, but the venue may refuse its age
    fresh,
};

class Armory {
public:
    Armory(const Plan& plan, Mail& mail) noexcept : plan_(plan), mail_(mail) {}

    // Takes at most one signed request from the signer. False: none there.
    bool take_signed() noexcept;
    // Whether the request could leave now; asks the signer when it could not.
    Readiness readiness(RequestId request, Instant now) noexcept;
    // The record of this shot that may leave on its primary (0) or backup (1) lane now, or nullptr.
    const Record* sealed(ShotId shot, u8 which, const Lanes& lanes) const noexcept;
    // Seals a request inline for a lane, into that lane's own buffer.
    const Record* seal_inline(RequestId request, Lane& lane) noexcept;
    // Chore: looks at one shot and re-seals at most one of its records. True: sealed.
    bool seal_one(Lanes& lanes) noexcept;

    // Beside net.queue(): the nonce is spent and its key is in flight.
    void departed(RequestId request, Instant now) noexcept;
    // The answer came, or never will.
    void settled(RequestId request) noexcept;
    // The venue refused clock, nonce or signature: a new text is wanted.
    void refused(RequestId request) noexcept;

    const Letter& letter(RequestId request) const noexcept { return letters_[request.index]; }
    // What the departure of this shot on its primary lane reads.
    void warm(ShotId shot) const noexcept;
    // Of it, what this thread reads; the bytes of the record are the kernel's to fetch.
    void expect(ShotId shot) const noexcept;
    // Bit 0 signed, bit 1 sealed on its primary, bit 2 on its backup.
    u32 armed(ShotId shot, const Lanes& lanes) const noexcept;

private:
    struct alignas(64) Sealed {
        u32 version = 0; // of the letter
        Record record;
    };
    struct Key {
        RequestId out; // in flight; none: nothing
        u64 nonce_last = 0;
    };
    bool is_in_turn(RequestId request) const noexcept;
    bool is_spent(RequestId request) const noexcept;
    void want(RequestId request, Instant now) noexcept;
    bool seal_for(ShotId shot, u8 which, Lanes& lanes) noexcept;
    u16 lane_slot(ShotId shot, u8 which) const noexcept;

    const Plan& plan_;
    Mail& mail_;
    std::array<Letter, requests_max> letters_{};
    std::array<std::array<Sealed, 2>, shots_max> sealed_{};
    std::array<Key, keys_max> keys_{};
    u16 seal_cursor_ = 0;
};

} // namespace ks
