// Orders: which orders the answers of a kill have named, shot by shot.
// Why: a count cannot tell an order that will not die from a sender that ignores the halt, nor a
// cancel from a fill. Ids can: what keeps appearing was sent after the halt, and what is gone
// without having been named in a cancel's answer was perhaps filled.
// Guarantees: fixed memory; beyond `remembered_max` orders of a shot nothing is claimed of the
// rest.
#pragma once

#include <array>
#include <span>

#include "hot/plan.hpp"

namespace ks {

// An order's id as a 64-bit hash (FNV-1a of the venue's text); never 0.
using OrderId = u64;
OrderId order_id(std::string_view text) noexcept;

class Orders {
public:
    static constexpr u16 remembered_max = 128;

    void begin(ShotId shot) noexcept { static_cast<Tally&>(books_[shot.index]) = {}; }
    // A cancel's answer names them: they go by our hand.
    void named(ShotId shot, std::span<const OrderId> ids) noexcept;
    // A read of the round under way shows them open.
    void seen(ShotId shot, std::span<const OrderId> ids) noexcept;
    // The round is complete. `is_settled`: it began when the venue's promise should have been kept,
    // so what a later round shows anew was sent after the halt.
    void round_ended(ShotId shot, bool is_settled) noexcept;
    // The round was cut short: what it did not show says nothing.
    void round_failed(ShotId shot) noexcept;

    // Sent after the halt, seen in at least two rounds; 0 until then.
    u32 arriving(ShotId shot) const noexcept;
    // Seen open, gone, never named.
    u32 vanished(ShotId shot) const noexcept { return books_[shot.index].vanished; }

private:
    struct Entry {
        OrderId id = 0;
        u16 round = 0;
        bool is_named = false;
        bool is_gone = false;
    };
    struct Tally {
        u16 count = 0; // of entries
        u16 round = 1;
        u16 new_in_round = 0;
        u16 rounds_with_new = 0;
        u32 arriving = 0;
        u32 vanished = 0;
        bool is_settled = false;
    };
    struct Book : Tally { // a kill begins with a new tally: entries beyond its count say nothing
        std::array<Entry, remembered_max> entries{};
    };
    static Entry* find_or_add(Book& book, OrderId id, bool& is_new) noexcept;

    std::array<Book, shots_max> books_{};
};

} // namespace ks
