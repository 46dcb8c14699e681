#include "cold/ready_text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "abi/killswitch_texts.h"
#include "cold/status_text.hpp"

namespace ks {

namespace {

constexpr const char* restart = "systemctl restart killswitchd";
constexpr const char* see_log = "journalctl -u killswitchd -n 50";

// relaxed: each word stands for itself
u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
u32 load(const u32& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

bool is_older(u64 at_ns, Nanos age_max, Moment now) {
    return at_ns == 0 || now.monotonic - Instant{static_cast<i64>(at_ns)} > age_max;
}

void find_silent(const ks_status_page& page, Moment now, std::vector<Obstacle>& obstacles) {
    const u64 beat_ns = load(page.engine_beat_ns);
    if (is_older(beat_ns, Nanos{KS_BEAT_AGE_NS_MAX}, now))
        obstacles.push_back(
            {true,
             "ENGINE NOT ANSWERING, last beat " + ago_text(beat_ns, now) + ": what follows is old",
             restart});
    const auto add = [&](const char* thread, u64 thread_beat_ns) {
        if (is_older(thread_beat_ns, beat_age_max, now))
            obstacles.push_back({true,
                                 std::string("the ") + thread + " is silent, last beat " +
                                     ago_text(thread_beat_ns, now),
                                 restart});
    };
    add("signer", load(page.signer_beat_ns));
    add("connector", load(page.connector_beat_ns));
    add("scribe", load(page.scribe_beat_ns));
    if ((load(page.cold_lacks) & KS_LACK_PAGE) != 0)
        obstacles.push_back({true, "a shared page was truncated, removed or replaced", restart});
    if (load(page.journal_failing_ns) != 0)
        obstacles.push_back({false, "events do not reach the disk: NOT JOURNALLED",
                             "make room in state_dir; then ksctl status"});
}

// What each missing bit means, and what a human does about it.
struct Missing {
    ks_ready bit;
    bool stops_firing;
    const char* cause;
    const char* remedy;
};
constexpr Missing missing[] = {
    {KS_READY_LANES, true, "no connection to the venue", see_log},
    {KS_READY_SIGNED, true, "no fresh signature", restart},
    {KS_READY_CLOCK, true, "the venue's clock is not known", see_log},
    {KS_READY_SEALED, false, "not sealed on both connections", "wait; then ksctl status"},
    {KS_READY_PLACES, false, "the venue has closed its rate limit", "wait; then ksctl status"},
    {KS_READY_EYES, false, "eyes UNPROVEN: its reads have never shown an order",
     "place an order there far from the market, wait a minute, cancel it"},
    {KS_READY_KEY, false, "the venue has not accepted the key lately",
     "check the key at the venue"},
};

// One obstacle a kind, with the names of all accounts that have it.
void find_missing(const std::vector<ks_account_line>& accounts, std::vector<Obstacle>& obstacles) {
    for (const Missing& what : missing) {
        std::string names;
        for (const ks_account_line& line : accounts)
            if (!(line.ready & what.bit)) names.append(names.empty() ? "" : ", ").append(line.name);
        if (!names.empty())
            obstacles.push_back({what.stops_firing, names + ": " + what.cause, what.remedy});
    }
}

// What the accounts of a scope add up to.
struct Sum {
    u32 accounts_count = 0, accounts_armed = 0, eyes_proven = 0;
    bool is_first_now = false;
    u64 drilled_ns = UINT64_MAX; // the oldest; 0: one was never drilled
    u32 fired_count = 0;
    u64 fired_ns = UINT64_MAX; // the oldest live fire of those

    void add(const ks_account_line& line) {
        constexpr u32 to_fire = KS_READY_LANES | KS_READY_SIGNED | KS_READY_CLOCK;
        ++accounts_count;
        accounts_armed += (line.ready & to_fire) == to_fire;
        is_first_now |= (line.ready & to_fire) == to_fire && (line.ready & KS_READY_PLACES);
        eyes_proven += line.eyes_ns != 0;
        drilled_ns = std::min(drilled_ns, line.key_ns);
        if (line.live_fire == KS_LIVE_FIRE_OFF || line.live_fire_ns == 0) return;
        ++fired_count;
        fired_ns = std::min(fired_ns, line.live_fire_ns);
    }
};

// The oldest of them, and how many accounts it stands for, unless for all.
std::string live_fires(const Sum& sum, Moment now) {
    if (sum.fired_count == 0) return "never";
    const std::string age = span_text(Nanos{now.monotonic.ns - static_cast<i64>(sum.fired_ns)});
    if (sum.fired_count == sum.accounts_count) return age;
    return age + " at " + std::to_string(sum.fired_count) + "/" +
           std::to_string(sum.accounts_count);
}

std::string facts_of(const Sum& sum, const ks_scope_line& scope, Moment now) {
    char shots[64] = "NO SHOT CAN LEAVE NOW";
    if (sum.is_first_now) std::snprintf(shots, sizeof shots, "first shot now");
    if (sum.is_first_now && scope.shots_in_ns > 0)
        std::snprintf(shots, sizeof shots, "first shot now, last +%.2f s",
                      static_cast<double>(scope.shots_in_ns) / 1e9);
    const bool was_drilled = sum.drilled_ns != 0 && sum.drilled_ns != UINT64_MAX;
    const Nanos drill_age{now.monotonic.ns - static_cast<i64>(sum.drilled_ns)};
    char text[256];
    std::snprintf(text, sizeof text, "%u/%u accounts, %s; path drill %s, live fire %s, eyes %u/%u",
                  sum.accounts_armed, sum.accounts_count, shots,
                  was_drilled ? span_text(drill_age).c_str() : "never",
                  live_fires(sum, now).c_str(), sum.eyes_proven, sum.accounts_count);
    return text;
}

std::string since_text(u64 since_ns, Moment now) {
    if (since_ns == 0) return "";
    const u64 age_ns =
        static_cast<u64>(std::max<i64>(now.monotonic.ns - static_cast<i64>(since_ns), 0));
    return " since " + utc_text(now.utc_ns - age_ns).substr(0, 19) + " UTC (" +
           span_text(Nanos{static_cast<i64>(age_ns)}) + ")";
}

} // namespace

const ks_scope_line& scope_all(const ks_status_page& page) {
    for (u32 i = 0; i < std::min<u32>(page.scopes_count, KS_SCOPES_MAX); ++i)
        if (std::strncmp(page.scope[i].name, "all", KS_NAME_BYTES) == 0) return page.scope[i];
    return page.scope[0];
}

Readiness readiness_of(const ks_status_page& page, const ks_scope_line& place, Moment now) {
    Readiness readiness;
    std::vector<Obstacle>& obstacles = readiness.obstacles;
    std::vector<ks_account_line> accounts;
    Sum sum;
    for (const u32 index : accounts_of(page, place)) {
        ks_account_line line{};
        (void)ks_read_account(&line, &page.account[index]); // stale is better than none
        sum.add(line);
        accounts.push_back(line);
    }
    find_silent(page, now, obstacles);
    find_missing(accounts, obstacles);
    // The engine may know more than its lines say.
    const bool is_all = std::strncmp(place.name, "all", KS_NAME_BYTES) == 0;
    const u32 said = is_all ? load(page.ready) : load(place.ready);
    const bool stops = std::ranges::any_of(obstacles, &Obstacle::stops_firing);
    if (said == 0 && !stops)
        obstacles.insert(obstacles.begin(),
                         {true, "the engine says so and gives no cause", see_log});
    ks_scope_line scope{};
    (void)ks_read_scope(&scope, &place);
    readiness.facts = std::string(place.name) + ": " + facts_of(sum, scope, now);
    readiness.ready = said == 0 || stops ? 0 : obstacles.empty() ? said : 1;
    readiness.line = ks_ready_text(readiness.ready);
    if (readiness.ready == 0)
        readiness.line += since_text(load(page.not_ready_since_ns), now) + ": " +
                          obstacles[0].cause + "; do: " + obstacles[0].remedy;
    else
        readiness.line += " " + readiness.facts;
    return readiness;
}

std::string ready_text(const Readiness& readiness) {
    std::string text = readiness.line + "\n";
    if (readiness.ready == 0) text += "  " + readiness.facts + "\n";
    for (const Obstacle& obstacle : readiness.obstacles) {
        if (readiness.ready == 0 && &obstacle == &readiness.obstacles[0]) continue;
        text += std::string(obstacle.stops_firing ? "  also: " : "  limited: ") + obstacle.cause +
                "; do: " + obstacle.remedy + "\n";
    }
    return text;
}

} // namespace ks
