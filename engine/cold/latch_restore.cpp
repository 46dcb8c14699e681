#include "cold/latch_restore.hpp"

#include <algorithm>

#include "cold/page_birth.hpp"
#include "cold/status_text.hpp"

namespace ks {
namespace {

// An engine has not started yet; relaxed stores are for senders who have the page mapped already.
template<class T> void put(T& word, T value) {
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}

void set_bit(u64* words, CellId cell) {
    __atomic_fetch_or(&words[cell.index / 64], u64{1} << cell.index % 64, __ATOMIC_RELEASE);
}

bool is_young(const LatchedScope& scope, const LatchRules& rules) {
    const u64 now_ns = rules.now.utc_ns;
    return scope.pulled_utc_ns <= now_ns &&
           now_ns - scope.pulled_utc_ns <= static_cast<u64>(rules.age_max.ns);
}

// On this boot's clock; a pull before the boot is as old as the clock can say.
u64 monotonic_of(u64 utc_ns, Moment now) {
    const u64 age_ns = now.utc_ns > utc_ns ? now.utc_ns - utc_ns : 0;
    const u64 now_ns = static_cast<u64>(now.monotonic.ns);
    return age_ns < now_ns ? now_ns - age_ns : 1;
}

Result<void> hold_cells(Pages& pages, const LatchedScope& scope, ks_scope_line& line) {
    for (const std::string& name : scope.cells) {
        Result<CellId> cell = pages.cell_of(name);
        if (!cell) return std::move(cell).error();
        set_bit(line.cells, *cell);
    }
    for (const std::string& name : scope.held) {
        Result<CellId> cell = pages.cell_of(name);
        if (!cell) return std::move(cell).error();
        set_bit(line.held_cells, *cell);
        set_bit(pages.status().halt, *cell);
    }
    return {};
}

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all.append(all.empty() ? "" : ", ").append(name);
    return all;
}

} // namespace

Result<std::vector<std::string>> restore_latch(Pages& pages, const Latch& latch,
                                               const LatchRules& rules) {
    std::vector<std::string> sentences;
    for (const LatchedScope& scope : latch.scopes) {
        Result<ScopeId> slot = pages.slot_of(scope.name);
        if (!slot) return std::move(slot).error();
        ks_scope_line& line = pages.status().scope[slot->index];
        if (Result<void> held = hold_cells(pages, scope, line); !held)
            return std::move(held).error();
        const bool is_on = !scope.held.empty();
        const bool goes_on = scope.outcome != KS_HELD && is_young(scope, rules);
        const ks_outcome outcome = !is_on ? KS_IDLE : goes_on ? scope.outcome : KS_HELD;
        put(line.kill_outcome, u64{scope.kill} << 32 | outcome);
        if (!is_on) continue;
        const Result<ProducerId> producer = pages.producer_of(scope.pulled_by);
        put(line.pulled_by, producer ? u32{producer->index} : KS_NONE);
        put(line.pulled_ns, monotonic_of(scope.pulled_utc_ns, rules.now));
        sentences.push_back(
            scope.name + ", kill " + std::to_string(scope.kill) + " of " +
            utc_text(scope.pulled_utc_ns) +
            " UTC, was on when the machine went down: halt closed, " +
            (goes_on ? "the kill goes on" : "HELD, nothing is sent; pull again or re-arm"));
    }
    return sentences;
}

void start_killed(Pages& pages, Moment now) {
    ks_status_page& page = pages.status();
    for (ks_scope_line& line : page.scope) {
        if (name_of(line.name) != "all") continue;
        for (size_t word = 0; word < std::size(line.cells); ++word) {
            put(line.held_cells[word], line.held_cells[word] | line.cells[word]);
            __atomic_fetch_or(&page.halt[word], line.cells[word], __ATOMIC_RELEASE);
        }
        put(line.kill_outcome, ((line.kill_outcome >> 32) + 1) << 32 | KS_HELD);
        put(line.pulled_by, u32{KS_NONE});
        put(line.pulled_ns, static_cast<u64>(now.monotonic.ns));
    }
}

std::vector<std::string> unmatched_latches(const ks_status_page& page) {
    std::vector<std::string> sentences;
    for (u32 s = 0; s < std::min<u32>(page.scopes_count, KS_SCOPES_MAX); ++s) {
        const ks_scope_line& line = page.scope[s];
        const std::vector<std::string> held = cells_of(page, line.held_cells);
        if (held.empty()) continue;
        const std::string name(name_of(line.name));
        if (line.in_config == 0)
            sentences.push_back(name + " is killed and is not in the config: " + joined(held) +
                                " stay halted; put it back, restart, then: ksctl rearm " + name);
        for (u32 c = 0; c < std::min<u32>(page.cells_count, KS_CELLS_MAX); ++c)
            if ((line.held_cells[c / 64] >> c % 64 & 1) != 0 && page.cell[c].in_config == 0)
                sentences.push_back(
                    std::string(name_of(page.cell[c].name)) + " is halted by " + name +
                    " and is not in the config: it stays halted, nothing guards it");
    }
    return sentences;
}

} // namespace ks
