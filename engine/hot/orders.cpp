#include "hot/orders.hpp"

#include <algorithm>

namespace ks {

OrderId order_id(std::string_view text) noexcept {
    u64 hash = 0xcbf29ce484222325;
    for (char letter : text) hash = (hash ^ static_cast<u8>(letter)) * 0x100000001b3;
    return hash == 0 ? 1 : hash;
}

// Entries are few and new ones rare: a run through one array costs less than a table's care.
Orders::Entry* Orders::find_or_add(Book& book, OrderId id, bool& is_new) noexcept {
    is_new = false;
    for (u16 i = 0; i < book.count; ++i)
        if (book.entries[i].id == id) return &book.entries[i];
    if (book.count == remembered_max) return nullptr;
    is_new = true;
    Entry& entry = book.entries[book.count++];
    entry = {id, 0, false, false};
    return &entry;
}

void Orders::named(ShotId shot, std::span<const OrderId> ids) noexcept {
    bool is_new = false;
    for (OrderId id : ids)
        if (Entry* entry = find_or_add(books_[shot.index], id, is_new)) entry->is_named = true;
}

void Orders::seen(ShotId shot, std::span<const OrderId> ids) noexcept {
    Book& book = books_[shot.index];
    bool is_new = false;
    for (OrderId id : ids) {
        Entry* entry = find_or_add(book, id, is_new);
        if (!entry) continue;
        entry->round = book.round;
        book.new_in_round = static_cast<u16>(book.new_in_round + is_new);
    }
}

void Orders::round_ended(ShotId shot, bool is_settled) noexcept {
    Book& book = books_[shot.index];
    if (book.is_settled && book.new_in_round > 0) {
        ++book.rounds_with_new;
        book.arriving += book.new_in_round;
    }
    for (u16 i = 0; i < book.count; ++i) {
        Entry& entry = book.entries[i];
        const bool was_open = entry.round != 0 && entry.round != book.round;
        if (!was_open || entry.is_named || entry.is_gone) continue;
        entry.is_gone = true;
        ++book.vanished;
    }
    book.is_settled |= is_settled;
    book.new_in_round = 0;
    book.round = static_cast<u16>(book.round == UINT16_MAX ? 1 : book.round + 1);
}

void Orders::round_failed(ShotId shot) noexcept {
    Book& book = books_[shot.index];
    for (u16 i = 0; i < book.count; ++i) // as if seen: the next whole round decides
        if (book.entries[i].round != 0) book.entries[i].round = book.round;
}

u32 Orders::arriving(ShotId shot) const noexcept {
    const Book& book = books_[shot.index];
    return book.rounds_with_new >= 2 ? book.arriving : 0;
}

} // namespace ks
