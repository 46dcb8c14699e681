// The status text: what an operator sees without any tool but cat;
// tests/vectors/words/status_*.txt.
#include "cold/status_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "cold/account_text.hpp"
#include "cold/ready_text.hpp"
#include "cold/status_tables.hpp"
#include "support/golden_words.hpp"

namespace ks {
namespace {

constexpr Moment now{{100'000'000'000'000}, 1'700'000'000'000'000'000};

u64 ago(Nanos span) {
    return static_cast<u64>((now.monotonic - span).ns);
}
u64 in(Nanos span) {
    return static_cast<u64>((now.monotonic + span).ns);
}

void put_name(char (&place)[KS_NAME_BYTES], std::string_view name) {
    std::ranges::copy(name, place);
}

// Two venues, three accounts, all of it ready, nothing killed.
std::unique_ptr<ks_status_page> make_page() {
    auto page = std::make_unique<ks_status_page>();
    put_name(page->engine, "ny4");
    page->environment = 2;
    page->config_mark = 0x3a7f;
    page->ready = 2;
    page->pid = 42;
    page->engine_beat_ns = page->signer_beat_ns = page->connector_beat_ns = page->scribe_beat_ns =
        ago(milliseconds(1));
    put_name(page->producers[1], "risk2");
    page->producers_count = 2;
    page->scopes_count = 2;
    put_name(page->scope[0].name, "all");
    put_name(page->scope[1].name, "desk:asia");
    for (ks_scope_line& scope : {std::ref(page->scope[0]), std::ref(page->scope[1])}) {
        scope.in_config = 1;
        scope.ready = 2;
        scope.shots_in_ns = 3'150'000'000;
        scope.clear_in_ns = 5'000'000'000;
    }
    page->scope[0].cells[0] = 7;
    page->scope[1].cells[0] = 4;
    page->cells_count = page->accounts_count = 3;
    const char* const names[] = {"bitopro/main", "bitopro/hedge", "coinswitch/main"};
    for (u32 i = 0; i < 3; ++i) {
        ks_account_line& account = page->account[i];
        put_name(account.name, names[i]);
        put_name(page->cell[i].name, names[i]);
        page->cell[i].in_config = 1;
        page->cell[i].account = i;
        account.orders_open = UINT32_MAX;
        account.ready = KS_READY_ALL;
        account.eyes_count = 12;
        account.eyes_ns = ago(seconds(180));
        account.key_ns = ago(seconds(14 - i));
    }
    return page;
}

// The kill of `all`, fourteen seconds old.
void kill(ks_status_page& page, ks_outcome outcome) {
    ks_scope_line& all = page.scope[0];
    all.kill_outcome = u64{17} << 32 | outcome;
    all.pulled_ns = ago(seconds(14));
    all.pulled_by = 1;
    all.accounts_count = all.shots_count = all.shots_sent = 3;
    all.accounts_clear = 1;
}

std::string text_of(const ks_status_page& page) {
    return status_text(page, now, "");
}

bool says(const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
}

TEST(StatusText, R18_ready) {
    expect_words(text_of(*make_page()), "status_ready.txt");
}

TEST(StatusText, R18_ready_with_limits) {
    const auto page = make_page();
    page->account[2].eyes_ns = page->account[2].eyes_count = 0;
    page->account[2].ready = KS_READY_ALL & ~(KS_READY_EYES | KS_READY_KEY);
    page->account[2].key_ns = 0;
    page->account[0].ready = KS_READY_ALL & ~KS_READY_PLACES;
    page->ready = 1;
    expect_words(text_of(*page), "status_ready_with_limits.txt");
}

TEST(StatusText, R18_not_ready) {
    const auto page = make_page();
    page->ready = 0;
    page->not_ready_since_ns = ago(seconds(75));
    page->signer_beat_ns = ago(seconds(75));
    page->account[0].ready = page->account[1].ready = KS_READY_ALL & ~KS_READY_LANES;
    page->account[2].ready = KS_READY_ALL & ~KS_READY_SEALED;
    expect_words(text_of(*page), "status_not_ready.txt");
}

// Never better than what the engine says itself, nor than what the page shows.
TEST(StatusText, R18_ready_only_while_engine_and_page_agree) {
    const auto page = make_page();
    EXPECT_EQ(readiness_of(*page, page->scope[0], now).ready, 2u);
    page->ready = 1;
    EXPECT_EQ(readiness_of(*page, page->scope[0], now).ready, 1u);
    page->ready = 0;
    const Readiness without_cause = readiness_of(*page, page->scope[0], now);
    EXPECT_EQ(without_cause.line,
              "NOT READY: the engine says so and gives no cause; do: journalctl "
              "-u killswitchd -n 50");
    page->ready = 2;
    for (u32 bit = 1; bit < KS_READY_ALL; bit <<= 1) {
        page->account[1].ready = KS_READY_ALL & ~bit;
        const Readiness readiness = readiness_of(*page, page->scope[0], now);
        ASSERT_EQ(readiness.obstacles.size(), 1u) << bit;
        EXPECT_TRUE(readiness.obstacles[0].cause.starts_with("bitopro/hedge: "));
        const bool stops = bit & (KS_READY_LANES | KS_READY_SIGNED | KS_READY_CLOCK);
        EXPECT_EQ(readiness.ready, stops ? 0u : 1u) << bit;
        EXPECT_EQ(readiness_of(*page, page->scope[1], now).ready, 2u) << "not its account";
    }
}

TEST(StatusText, R05_a_thread_whose_beat_is_old_is_not_ready_and_named) {
    struct Case {
        const char* thread;
        u64 ks_status_page::*beat_ns;
        Nanos age_max;
    };
    for (const Case& c :
         {Case{"ENGINE NOT ANSWERING", &ks_status_page::engine_beat_ns, milliseconds(50)},
          Case{"the signer is silent", &ks_status_page::signer_beat_ns, seconds(1)},
          Case{"the connector is silent", &ks_status_page::connector_beat_ns, seconds(1)},
          Case{"the scribe is silent", &ks_status_page::scribe_beat_ns, seconds(1)}}) {
        const auto page = make_page();
        (*page).*c.beat_ns = ago(c.age_max);
        EXPECT_TRUE(text_of(*page).starts_with("READY all: ")) << c.thread;
        (*page).*c.beat_ns = ago(c.age_max + Nanos{1});
        const std::string line = "NOT READY: " + std::string(c.thread) + ", last beat ";
        EXPECT_TRUE(text_of(*page).starts_with(line)) << text_of(*page);
        (*page).*c.beat_ns = 0;
        EXPECT_TRUE(text_of(*page).starts_with(line + "never")) << text_of(*page);
    }
}

TEST(StatusText, R11_each_outcome_says_what_follows) {
    const auto page = make_page();
    kill(*page, KS_REJECTED);
    ks_account_line& working = page->account[0];
    working.outcome = KS_WORKING;
    working.orders_open = 3;
    working.shots_sent = 2;
    working.orders_cancelled = 14;
    working.next_shot_ns = in(seconds(2));
    working.orders_arriving = 7;
    working.reopened_count = 1;
    working.notes = KS_NOTE_STRIPS_STOPS | KS_NOTE_TOKEN_REACH;
    ks_account_line& rejected = page->account[1];
    rejected.outcome = KS_REJECTED;
    rejected.shots_sent = 2;
    rejected.http_status = 401;
    rejected.answered_ns = ago(seconds(13));
    ks_account_line& unknown = page->account[2];
    unknown.outcome = KS_UNKNOWN;
    unknown.shots_sent = 4;
    unknown.http_status = 503;
    unknown.answered_ns = ago(seconds(1));
    unknown.orders_open = 0;
    unknown.orders_vanished = 3;
    unknown.next_read_ns = in(seconds(12));
    unknown.notes = KS_NOTE_EYES_UNPROVEN | KS_NOTE_OMS_ONLY;
    expect_words(text_of(*page), "status_killed.txt");
}

// Before a kill as well as in it: what cannot be proven must be known beforehand.
TEST(StatusText, R11_an_account_that_nothing_can_read_is_never_confirmed) {
    const auto page = make_page();
    const std::string note = "      NEVER CONFIRMED (confirm = \"none\"): nothing reads its open "
                             "orders; look at the venue.\n";
    EXPECT_FALSE(says(text_of(*page), note));
    page->account[2].notes = KS_NOTE_NO_READS;
    EXPECT_TRUE(says(text_of(*page), note)) << text_of(*page);
    kill(*page, KS_UNKNOWN);
    page->account[2].outcome = KS_UNKNOWN;
    EXPECT_TRUE(says(text_of(*page), note)) << text_of(*page);
}

TEST(StatusText, R11_clear_not_sent_and_held) {
    ks_account_line line{};
    line.outcome = KS_CLEAR;
    line.clear_ns = ago(seconds(12));
    EXPECT_EQ(outcome_text(line, now), "0 open, proven 12 s ago");
    line.outcome = KS_NOT_SENT;
    EXPECT_EQ(outcome_text(line, now), "no connection to the venue");
    line.ready = KS_READY_ALL & ~KS_READY_PLACES;
    EXPECT_EQ(outcome_text(line, now), "the venue's rate limit is used up");
    line.outcome = KS_HELD;
    EXPECT_EQ(outcome_text(line, now), "halt closed, nothing sent");
    line.outcome = KS_REJECTED;
    line.http_status = 403;
    line.notes = KS_NOTE_FIREWALL;
    line.orders_open = UINT32_MAX;
    EXPECT_EQ(outcome_text(line, now),
              "the venue refuses: blocked by a web firewall; last answer 403, not read yet");
}

std::string tables_of(const ks_status_page& page) {
    return halts_text(page) + shots_text(page) + lanes_text(page) + limits_text(page, now);
}

void put_gate(ks_gate_line& gate, std::string_view name, u16 places, u16 reserve, u64 window_ns) {
    put_name(gate.name, name);
    gate.places = places;
    gate.reserve = reserve;
    gate.window_ns = window_ns;
}

TEST(StatusText, R18_the_lower_tables_of_ksctl_status) {
    const auto page = make_page();
    page->halt[0] = 4;
    page->shots_count = 3;
    const char* const shots[] = {"bitopro/main margin *", "bitopro/hedge spot *",
                                 "coinswitch/main *"};
    const u32 armed[] = {7, 3, 0};
    for (u32 i = 0; i < 3; ++i) {
        put_name(page->shot[i].name, shots[i]);
        page->shot[i].armed = armed[i];
    }
    page->shot[2].shots_sent = 2;
    page->shot[2].orders_cancelled = 14;
    page->lanes_count = 3;
    for (u32 i = 0; i < 3; ++i) {
        ks_lane_line& lane = page->lane[i];
        std::ranges::copy(std::string_view(i < 2 ? "bitopro" : "coinswitch"), lane.venue);
        lane.up = i != 1;
        lane.life = 7 + i;
        lane.suite = i + 1;
    }
    page->gates_count = 2;
    put_gate(page->gate[0], "bitopro cancel", 1, 1, 1'000'000'000);
    put_gate(page->gate[1], "coinswitch cancel", 10, 8, 60'000'000'000);
    page->gate[1].closed_until_ns = in(milliseconds(7'300));
    expect_words(tables_of(*page), "status_tables.txt");
}

TEST(StatusText, R18_the_lower_tables_of_a_page_without_rows) {
    EXPECT_EQ(tables_of(*std::make_unique<ks_status_page>()),
              "\nhalted cells: order senders are refused\n  none\n\nshots\n\nlanes\n\nlimits\n");
}

TEST(StatusText, TheLowerTablesLeaveOutALineThatItsWriterNeverFinished) {
    const auto page = make_page();
    page->shots_count = page->lanes_count = page->gates_count = page->cells_count = UINT32_MAX;
    page->shot[0].sequence = page->lane[0].sequence = 1;
    EXPECT_FALSE(says(lanes_text(*page), "\n    0 "));
    EXPECT_TRUE(says(lanes_text(*page), "\n    1 "));
    EXPECT_GT(tables_of(*page).size(), 0u);
}

// The officer's line: "path drill 14 s, live fire 3 d".
TEST(StatusText, R18_live_fire_has_a_date_of_the_account_that_had_it_longest_ago) {
    const auto page = make_page();
    for (u32 i = 0; i < 3; ++i) {
        page->account[i].live_fire = KS_LIVE_FIRE_DONE;
        page->account[i].live_fire_ns = ago(seconds(8 * 3'600 * (i + 1)));
    }
    EXPECT_TRUE(says(text_of(*page), "path drill 14 s, live fire 24 h, eyes 3/3\n"));
    page->account[1].live_fire = KS_LIVE_FIRE_ORDER;
    page->account[1].live_fire_orders = 2;
    page->account[2].live_fire = KS_LIVE_FIRE_OFF; // not asked for, whatever its date says
    expect_words(text_of(*page), "status_live_fire.txt");
}

TEST(StatusText, R18_live_fire_says_what_became_of_the_last_one) {
    ks_account_line line{};
    EXPECT_EQ(live_fire_text(line, now), "");
    line.live_fire = KS_LIVE_FIRE_WAITS;
    EXPECT_EQ(live_fire_text(line, now), "live fire never");
    line.live_fire = KS_LIVE_FIRE_SENT;
    EXPECT_EQ(live_fire_text(line, now), "live fire never, one is with the venue");
    line.live_fire_ns = ago(seconds(3 * 3'600));
    line.live_fire = KS_LIVE_FIRE_DONE;
    EXPECT_EQ(live_fire_text(line, now), "live fire 3 h ago");
    line.live_fire_orders = 1;
    EXPECT_EQ(live_fire_text(line, now), "live fire 3 h ago, 1 order CANCELLED by it");
    line.live_fire = KS_LIVE_FIRE_ORDER;
    EXPECT_EQ(live_fire_text(line, now),
              "live fire 3 h ago, REFUSED since: 1 order on its pair, nothing was sent");
    line.live_fire = KS_LIVE_FIRE_UNREAD;
    EXPECT_EQ(live_fire_text(line, now),
              "live fire 3 h ago, not since: no whole read of its pair in time, nothing was sent");
    line.live_fire = KS_LIVE_FIRE_FAILED;
    EXPECT_EQ(live_fire_text(line, now),
              "live fire 3 h ago, FAILED since: the venue did not accept it");
}

TEST(StatusText, R02_eyes_say_what_they_saw_or_that_they_are_unproven) {
    ks_account_line line{};
    EXPECT_EQ(eyes_text(line, now), "UNPROVEN");
    line.eyes_ns = ago(seconds(180));
    line.eyes_count = 12;
    EXPECT_EQ(eyes_text(line, now), "saw 12 orders 3 min ago");
    line.eyes_count = 1;
    EXPECT_EQ(eyes_text(line, now), "saw 1 order 3 min ago");
}

TEST(StatusText, R17_a_scope_that_no_reads_prove_is_never_confirmed) {
    const auto page = make_page();
    page->scope[1].clear_in_ns = UINT64_MAX;
    EXPECT_TRUE(says(text_of(*page),
                     "  desk:asia                IDLE      READY; pulled now, the last "
                     "first shot leaves at +3.15 s; never CONFIRMED: no reads prove "
                     "an account of it\n"))
        << text_of(*page);
}

TEST(StatusText, SpansAreAsExactAsAnyoneNeedsThem) {
    EXPECT_EQ(span_text(milliseconds(3'150)), "3.1 s");
    EXPECT_EQ(span_text(seconds(14)), "14 s");
    EXPECT_EQ(span_text(seconds(180)), "3 min");
    EXPECT_EQ(span_text(seconds(5 * 3'600)), "5 h");
    EXPECT_EQ(span_text(seconds(3 * 86'400)), "3 d");
}

TEST(StatusText, CallsALineStaleThatItsWriterNeverFinished) {
    const auto page = make_page();
    page->scope[0].sequence = page->account[1].sequence = 1;
    const std::string text = text_of(*page);
    EXPECT_TRUE(says(text, "  all                      stale: its writer stopped half-way"))
        << text;
    EXPECT_TRUE(says(text, "  bitopro/hedge            stale: its writer stopped half-way"));
}

TEST(StatusText, ShowsAnAlarmBelowTheHead) {
    EXPECT_TRUE(says(status_text(*make_page(), now, "disk is gone"), " UTC\nALARM disk is gone\n"));
}

TEST(StatusText, StaysWithinThePageWhateverItsCountsSay) {
    const auto page = make_page();
    page->scopes_count = page->accounts_count = page->cells_count = UINT32_MAX;
    for (ks_scope_line& scope : page->scope) scope.pulled_by = UINT32_MAX;
    for (ks_cell_line& cell : page->cell) cell.account = UINT32_MAX;
    EXPECT_GT(text_of(*page).size(), 0u);
}

} // namespace
} // namespace ks
