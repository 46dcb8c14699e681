// Said book: a copy when a word has changed.
#include "cold/said_book.hpp"

#include <algorithm>

#include "abi/killswitch_words.h"

namespace ks {

void SaidBook::listen() {
    const std::lock_guard lock(door_);
    for (u32 p = 0; p < KS_PRODUCERS_MAX; ++p) listen(p);
}

// A record that is being replaced is of no pull any more: it is not tried again.
void SaidBook::listen(u32 producer) {
    if (!pages_.status || !pages_.trigger[producer]) return;
    Producer& known = producers_[producer];
    for (u32 i = 0; i < KS_SAID_MAX; ++i) {
        const ks_said& place = pages_.trigger[producer]->said[i];
        // relaxed: ks_read_said looks again, and takes the fields with what it finds
        const u64 word = __atomic_load_n(&place.word, __ATOMIC_RELAXED);
        if (word == known.words[i]) continue;
        known.words[i] = word;
        const u32 scope = __atomic_load_n(&place.scope, __ATOMIC_RELAXED);
        if (word == 0 || scope >= KS_SCOPES_MAX) continue;
        const u64 key =
            ks_slot_key(pages_.status->scope[scope].name, pages_.status->trigger_nonce[producer]);
        ks_said& heard = known.heard[known.heard_count % heard_max];
        if (ks_read_said(&heard, &place, scope, ks_word_epoch(word), key)) ++known.heard_count;
    }
}

std::vector<Said> SaidBook::of(const PulledSlot& pulled) {
    std::vector<Said> all;
    if (pulled.producer >= KS_PRODUCERS_MAX || pulled.epoch == 0) return all;
    const std::lock_guard lock(door_);
    listen(pulled.producer);
    const Producer& known = producers_[pulled.producer];
    const u64 first = known.heard_count - std::min(known.heard_count, heard_max);
    for (u64 i = first; i < known.heard_count; ++i) {
        const ks_said& heard = known.heard[i % heard_max];
        if (heard.scope == pulled.scope && ks_word_epoch(heard.word) == pulled.epoch)
            all.push_back(plain_said(heard));
    }
    return all;
}

} // namespace ks
