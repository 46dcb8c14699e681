#include "cold/readiness.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <span>

#include "abi/killswitch.h"
#include "cold/page_birth.hpp"

namespace ks {
namespace {

// relaxed: each word stands for itself
template<class T> T word(const T& place) {
    return std::atomic_ref(const_cast<T&>(place)).load(std::memory_order_relaxed);
}

bool is_old(u64 beat_ns, Instant now) {
    return Instant{static_cast<i64>(beat_ns)} + beat_age_max < now;
}

void add_thread(std::vector<std::string>& causes, const char* thread, u64 beat_ns, Instant now) {
    if (!is_old(beat_ns, now)) return;
    char text[96];
    const double age_s = static_cast<double>(now.ns - static_cast<i64>(beat_ns)) / 1e9;
    if (beat_ns == 0)
        std::snprintf(text, sizeof text, "the %s has not begun", thread);
    else
        std::snprintf(text, sizeof text, "the %s has been silent for %.0f s", thread, age_s);
    causes.emplace_back(text);
}

void add_shots(std::vector<std::string>& causes, const ks_status_page& page) {
    for (u32 i = 0; i < std::min<u32>(word(page.shots_count), KS_SHOTS_MAX); ++i) {
        constexpr u32 is_signed = 1;
        ks_shot_line shot;
        if (ks_read_shot(&shot, &page.shot[i]) && (shot.armed & is_signed) == 0)
            causes.push_back(std::string(name_of(shot.name)) + " is not signed");
    }
}

void add_lanes(std::vector<std::string>& causes, const ks_status_page& page) {
    const u32 count = std::min<u32>(word(page.lanes_count), KS_LANES_MAX);
    for (u32 i = 0; i < count; ++i) {
        const std::string_view venue = name_of(page.lane[i].venue);
        u32 up_count = 0;
        bool is_first = true;
        for (u32 other = 0; other < count; ++other) {
            if (name_of(page.lane[other].venue) != venue) continue;
            is_first &= other >= i;
            up_count += word(page.lane[other].up);
        }
        if (is_first && up_count == 0) causes.push_back(std::string(venue) + " has no connection");
    }
}

struct Missing {
    u32 bit;
    const char* text;
};

// What the engine says of each account; until it has said anything, nothing is known.
void add_accounts(std::vector<std::string>& causes, const ks_status_page& page,
                  std::span<const Missing> all_missing) {
    for (u32 i = 0; i < std::min<u32>(word(page.accounts_count), KS_ACCOUNTS_MAX); ++i) {
        ks_account_line line;
        if (!ks_read_account(&line, &page.account[i]) || line.ready == 0) continue;
        for (const Missing& missing : all_missing)
            if ((line.ready & missing.bit) == 0)
                causes.push_back(std::string(name_of(line.name)) + missing.text);
    }
}

} // namespace

u32 silent_threads(const ks_status_page& page, Instant now) {
    const u64 started_ns = word(page.started_ns); // a thread may take a moment to begin
    const auto is_silent = [&](const u64& beat_ns) {
        return is_old(std::max(word(beat_ns), started_ns), now);
    };
    u32 lacks = 0;
    if (is_silent(page.signer_beat_ns)) lacks |= KS_LACK_SIGNER;
    if (is_silent(page.connector_beat_ns)) lacks |= KS_LACK_CONNECTOR;
    if (is_silent(page.scribe_beat_ns)) lacks |= KS_LACK_SCRIBE;
    return lacks;
}

u32 readiness(const ks_status_page& page, Instant now) {
    if (is_old(word(page.engine_beat_ns), now) || silent_threads(page, now) != 0) return 0;
    return word(page.cold_lacks) != 0 ? 0 : word(page.ready);
}

std::vector<std::string> causes_of_not_ready(const ks_status_page& page, Instant now) {
    std::vector<std::string> causes;
    add_thread(causes, "engine", word(page.engine_beat_ns), now);
    add_thread(causes, "signer", word(page.signer_beat_ns), now);
    add_thread(causes, "connector", word(page.connector_beat_ns), now);
    add_thread(causes, "scribe", word(page.scribe_beat_ns), now);
    if ((word(page.cold_lacks) & KS_LACK_PAGE) != 0)
        causes.emplace_back("a shared page was truncated, removed or replaced");
    add_lanes(causes, page);
    add_shots(causes, page);
    constexpr Missing clock[] = {{KS_READY_CLOCK, ": the venue's clock is not known"}};
    add_accounts(causes, page, clock);
    return causes;
}

std::vector<std::string> limits_of_ready(const ks_status_page& page) {
    constexpr Missing limits[] = {{KS_READY_SEALED, ": a shot is not sealed on both its lanes"},
                                  {KS_READY_PLACES, ": the venue has closed its limit"},
                                  {KS_READY_EYES, ": eyes unproven, the best outcome is UNKNOWN"},
                                  {KS_READY_KEY, ": the key has not been accepted lately"}};
    std::vector<std::string> found;
    add_accounts(found, page, limits);
    return found;
}

} // namespace ks
