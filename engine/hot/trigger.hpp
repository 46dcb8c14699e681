// Trigger: finds the pulls that producers store in their pages, and answers each exactly once.
// Why: this is the ear of the engine; it must hear every pull within a turn or a few, and invent
// none, whatever a producer writes into its page.
// Guarantees: fires if and only if a word's check holds, its epoch is not the one handled, and the
// slot is granted; random bytes, a memset or a dead producer change nothing for the others.
#pragma once

#include <array>
#include <atomic>

#include "hot/plan.hpp"

namespace ks {

// Pages lost to a truncation (cold/pages maps zeroes in their place): bits of TriggerPages::lost.
constexpr u32 lost_gates_bit = 1u << 8; // below it, one bit for each producer
constexpr u32 lost_operator_bit = 1u << 9;

struct TriggerPages {
    ks_status_page* status = nullptr;
    std::array<ks_trigger_page*, producers_max> trigger{}; // by ProducerId; null: no such producer
    const std::atomic<u32>* lost = nullptr;
};

struct Pull {
    enum class Kind : u8 {
        none,
        fire,
        held,    // older than trigger_age_max when first seen after a start: close the halt only
        refused, // not granted, or a name the config no longer has; already answered
    };
    Kind kind = Kind::none;
    ScopeId scope;
    ProducerId producer;
    u32 epoch = 0;
    u16 reason = 0;
    Instant when; // the producer's own time of the pull, or now where that is impossible
    explicit operator bool() const { return kind != Kind::none; }
    bool is_of_page() const { return epoch != 0; } // else its producer's silence pulled
};

class Trigger {
public:
    // Epochs already handled are read from the status page; words beyond them are pulls that were
    // made while no engine ran. `plan` must outlive this.
    Trigger(const Plan& plan, const TriggerPages& pages);

    // Looks at the bells of the next lines_polled lines, and at the words of one that rang. A pull
    // is returned once. Call it every turn.
    Pull poll(Instant now) noexcept;
    // Looks at the words of the next line, bell or no bell: a chore for idle turns. It also finds
    // pulls that are not granted.
    Pull visit(Instant now) noexcept;
    // The pull has been answered by this kill (> 0). After submit and journal; fire and held alike.
    void handled(const Pull& pull, u32 kill_number) noexcept;
    // What judging a pull of this scope by this producer reads and writes.
    void warm(ProducerId producer, ScopeId scope) const noexcept;
    // A granted pull of this scope has not been handled yet: a re-arm must wait.
    bool waits(ScopeId scope) const noexcept;

    // Lines whose bells one poll() reads: with up to 16 (48 scopes of one producer, 24 of two) a
    // pull is seen in the very turn; with all 688, within 43 turns.
    static constexpr u32 lines_polled = 16;

private:
    static constexpr u32 lines_max = producers_max * KS_ROWS_MAX; // a multiple of lines_polled
    static_assert(lines_max % lines_polled == 0, "the last group is filled up, not cut off");
    struct Line {
        u16 producer = 0;
        u16 row = 0;
    };

    void add_line(Line line);
    Pull answer(u32 first, Instant now) noexcept;
    Pull look(Line line, Instant now) noexcept;
    Pull judge(ProducerId producer, ScopeId scope, const ks_trigger_row& row, u16 place,
               Instant now) noexcept;
    bool is_granted(ProducerId producer, ScopeId scope) const noexcept;
    u64 key(ProducerId producer, ScopeId scope) const noexcept;
    bool is_lost(ProducerId producer) const noexcept;

    const Plan& plan_;
    TriggerPages pages_;
    u32 rows_count_ = 0;   // rows that hold a scope
    u32 polled_count_ = 0; // lines with a granted slot, rounded up to lines_polled
    u32 next_polled_ = 0;
    u32 next_answered_ = 0;
    u16 next_place_ = 0;
    u32 next_visited_ = 0;
    // Polled lines: bells apart from the rest, so that an idle poll reads two short runs.
    alignas(64) std::array<const u32*, lines_max> bells_{};
    alignas(64) std::array<u32, lines_max> bells_seen_{};
    std::array<Line, lines_max> lines_{};
    std::array<u64, scopes_max> name_hashes_{};
    std::array<std::array<u32, scopes_max>, producers_max> epochs_{}; // last returned, by slot
    std::array<ScopeSet, producers_max> looked_{};                    // slots seen since the start
};

} // namespace ks
