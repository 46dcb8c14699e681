#include "hot/trigger.hpp"

namespace ks {

namespace {

constexpr u32 silent_bell = 0; // fills the last group of polled lines; never rings

u32 bell_of(const u32* bell) noexcept {
    // acquire: pairs with the release add in ks_row_pull; who sees the bell sees the word
    return __atomic_load_n(bell, __ATOMIC_ACQUIRE);
}

} // namespace

Trigger::Trigger(const Plan& plan, const TriggerPages& pages) : plan_(plan), pages_(pages) {
    rows_count_ = static_cast<u32>(plan.scopes.size() + KS_ROW_SLOTS - 1) / KS_ROW_SLOTS;
    for (u16 s = 0; s < plan.scopes.size(); ++s)
        name_hashes_[s] = ks_name_hash(plan.scopes[s].name.c_str());
    for (u16 p = 0; p < producers_max; ++p) {
        for (u16 s = 0; s < scopes_max; ++s)
            epochs_[p][s] = ks_word_epoch(pages.status->handled[p][s].word);
        for (u16 row = 0; row < rows_count_ && pages.trigger[p]; ++row) add_line({p, row});
    }
    while (polled_count_ % lines_polled != 0) bells_[polled_count_++] = &silent_bell;
}

// Only a row with a granted slot is polled: nothing else may fire. Its bell is taken as rung, so
// that pulls made while no engine ran are found by the first polls.
void Trigger::add_line(Line line) {
    bool is_polled = false;
    for (u16 place = 0; place < KS_ROW_SLOTS; ++place)
        is_polled |=
            is_granted({line.producer}, {static_cast<u16>(line.row * KS_ROW_SLOTS + place)});
    if (!is_polled) return;
    const u32* bell = &pages_.trigger[line.producer]->row[line.row].bell;
    lines_[polled_count_] = line;
    bells_[polled_count_] = bell;
    bells_seen_[polled_count_] = bell_of(bell) - 1;
    ++polled_count_;
}

Pull Trigger::poll(Instant now) noexcept {
    if (polled_count_ == 0) return {};
    const u32 first = next_polled_;
    next_polled_ = first + lines_polled == polled_count_ ? 0 : first + lines_polled;
    u32 rang = 0;
    for (u32 i = 0; i < lines_polled; ++i)
        rang |= bell_of(bells_[first + i]) ^ bells_seen_[first + i];
    return rang == 0 ? Pull{} : answer(first, now);
}

// At least one line of this group rang. The search starts behind the line answered last, so that a
// producer that never stops pulling delays the others by one pull, not for ever.
Pull Trigger::answer(u32 first, Instant now) noexcept {
    for (u32 i = 0; i < lines_polled; ++i) {
        const u32 in_group = (next_answered_ + i) % lines_polled;
        const u32 at = first + in_group;
        const u32 bell = bell_of(bells_[at]);
        if (bell == bells_seen_[at]) continue;
        if (const Pull pull = look(lines_[at], now)) {
            next_answered_ = in_group + 1; // its bell stays rung: the row may hold another pull
            return pull;
        }
        bells_seen_[at] = bell;
    }
    return {};
}

Pull Trigger::visit(Instant now) noexcept {
    if (rows_count_ == 0) return {};
    const u32 at = next_visited_;
    next_visited_ = at + 1 == rows_count_ * producers_max ? 0 : at + 1;
    const Line line{static_cast<u16>(at / rows_count_), static_cast<u16>(at % rows_count_)};
    return pages_.trigger[line.producer] ? look(line, now) : Pull{};
}

Pull Trigger::look(Line line, Instant now) noexcept {
    if (is_lost({line.producer})) return {};
    const ks_trigger_row& row = pages_.trigger[line.producer]->row[line.row];
    for (u16 i = 0; i < KS_ROW_SLOTS; ++i) {
        const u16 place = static_cast<u16>((next_place_ + i) % KS_ROW_SLOTS);
        const ScopeId scope{static_cast<u16>(line.row * KS_ROW_SLOTS + place)};
        if (scope.index >= plan_.scopes.size()) continue;
        if (const Pull pull = judge({line.producer}, scope, row, place, now)) {
            next_place_ = static_cast<u16>((place + 1) % KS_ROW_SLOTS);
            return pull;
        }
    }
    return {};
}

// Each field is read once; the producer may be writing it.
Pull Trigger::judge(ProducerId producer, ScopeId scope, const ks_trigger_row& row, u16 place,
                    Instant now) noexcept {
    // acquire: pairs with the CAS in ks_row_pull; `when` and reason are at least as new
    const u64 word = __atomic_load_n(&row.slot[place].word, __ATOMIC_ACQUIRE);
    const bool is_first_look = !looked_[producer.index].test(scope.index);
    looked_[producer.index].set(scope.index);
    u32& epoch = epochs_[producer.index][scope.index];
    if (ks_word_epoch(word) == epoch || !ks_word_is_valid(word, key(producer, scope))) return {};
    epoch = ks_word_epoch(word);

    Pull pull;
    pull.kind = Pull::Kind::fire;
    pull.scope = scope;
    pull.producer = producer;
    pull.epoch = epoch;
    pull.reason = __atomic_load_n(&row.reason[place], __ATOMIC_RELAXED);
    const u64 when_ns = __atomic_load_n(&row.slot[place].when_ns, __ATOMIC_RELAXED);
    const bool is_possible = when_ns != 0 && when_ns <= static_cast<u64>(now.ns);
    pull.when = is_possible ? Instant{static_cast<i64>(when_ns)} : now;
    if (!is_granted(producer, scope)) {
        pull.kind = Pull::Kind::refused;
        handled(pull, 0);
    } else if (is_first_look && now - pull.when > plan_.trigger_age_max) {
        pull.kind = Pull::Kind::held;
    }
    return pull;
}

void Trigger::handled(const Pull& pull, u32 kill_number) noexcept {
    u64& word = pages_.status->handled[pull.producer.index][pull.scope.index].word;
    // release: pairs with the acquire in ks_look and ks_pull_waits; the halt and the kill's number
    // were stored before
    __atomic_store_n(&word, u64{pull.epoch} << 32 | kill_number, __ATOMIC_RELEASE);
}

void Trigger::warm(ProducerId producer, ScopeId scope) const noexcept {
    keep_warm(&name_hashes_[scope.index], sizeof(u64));
    keep_warm(&epochs_[producer.index][scope.index], sizeof(u32));
    keep_warm(&looked_[producer.index].words[scope.index / 64], sizeof(u64));
    keep_warm(&plan_.producers[producer.index], cache_line_bytes);
}

bool Trigger::waits(ScopeId scope) const noexcept {
    for (u16 p = 0; p < producers_max; ++p) {
        if (!pages_.trigger[p] || is_lost({p}) || !is_granted({p}, scope)) continue;
        const ks_trigger_row& row = pages_.trigger[p]->row[scope.index / KS_ROW_SLOTS];
        // acquire: pairs with the CAS in ks_row_pull
        const u64 word =
            __atomic_load_n(&row.slot[scope.index % KS_ROW_SLOTS].word, __ATOMIC_ACQUIRE);
        const u64 done = pages_.status->handled[p][scope.index].word; // written by this thread
        if (ks_word_epoch(word) != ks_word_epoch(done) && ks_word_is_valid(word, key({p}, scope)))
            return true;
    }
    return false;
}

bool Trigger::is_granted(ProducerId producer, ScopeId scope) const noexcept {
    return producer.index < plan_.producers.size() && scope.index < plan_.scopes.size() &&
           plan_.scopes[scope.index].in_config &&
           plan_.producers[producer.index].granted.test(scope.index);
}

u64 Trigger::key(ProducerId producer, ScopeId scope) const noexcept {
    return name_hashes_[scope.index] ^ pages_.status->trigger_nonce[producer.index];
}

bool Trigger::is_lost(ProducerId producer) const noexcept {
    // relaxed: only a flag; the handler has mapped zeroes before anyone can go on reading
    return pages_.lost && (pages_.lost->load(std::memory_order_relaxed) >> producer.index & 1) != 0;
}

} // namespace ks
