// status and rearm over real pages; the test plays the engine behind them.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <regex>

#include "abi/killswitch.h"
#include "cold/config.hpp"
#include "cold/load.hpp"
#include "cold/pages.hpp"
#include "cold/plan_compiler.hpp"
#include "ksctl_bench.hpp"
#include "process.hpp"

namespace ks {
namespace {

// Real pages, published from the compiled plan; a beat from the future counts as alive.
struct Engine : Bench {
    Compiled compiled;
    std::optional<Pages> pages;

    Engine() : Bench("coinswitch") {
        auto parsed = *read_config(this->config);
        auto recipes = *load_recipes(parsed);
        auto opened = Pages::open({parsed.engine.run_dir, "test", {{"panic", {}}}, {}, {}});
        if (!opened) throw std::runtime_error(opened.error().sentence);
        pages = std::move(*opened);
        const PlanNames names{[this](std::string_view name) { return pages->slot_of(name); },
                              [this](std::string_view name) { return pages->cell_of(name); },
                              [this](std::string_view name) { return pages->producer_of(name); }};
        auto made = compile_plan(parsed, recipes, names);
        if (!made) throw std::runtime_error(made.error().sentence);
        compiled = std::move(*made);
        pages->publish(*compiled.plan);
        beat(true);
    }
    void beat(bool is_alive) {
        constexpr u64 hour_ns = 3'600'000'000'000;
        __atomic_store_n(&pages->status().engine_beat_ns, is_alive ? ks_now_ns() + hour_ns : 1,
                         __ATOMIC_RELEASE);
    }
    ks_scope_line& all() { return pages->status().scope[pages->slot_of("all")->index]; }
    // All threads beat, and the one account has every bit.
    void become_ready() {
        ks_status_page& status = pages->status();
        status.signer_beat_ns = status.connector_beat_ns = status.scribe_beat_ns =
            status.engine_beat_ns;
        status.ready = 2;
        ks_account_line line = status.account[0];
        line.ready = KS_READY_ALL;
        line.eyes_ns = line.key_ns = ks_now_ns();
        line.eyes_count = 12;
        ks_write_account(&status.account[0], &line);
    }
    void kill(u32 number, ks_outcome outcome) {
        __atomic_store_n(&all().kill_outcome, u64{number} << 32 | outcome, __ATOMIC_RELEASE);
        pages->status().halt[0] = outcome == KS_IDLE ? 0 : 1;
    }
};

TEST(Status, TellsByItsExitCodeWhetherAKillIsProven) {
    Engine engine;
    for (auto [outcome, code] :
         {std::pair{KS_IDLE, 0}, std::pair{KS_CLEAR, 0}, std::pair{KS_WORKING, 10},
          std::pair{KS_UNKNOWN, 10}, std::pair{KS_REJECTED, 10}, std::pair{KS_NOT_SENT, 10},
          std::pair{KS_HELD, 10}}) {
        engine.kill(3, outcome);
        EXPECT_EQ(engine.ctl({"status", "all"}).code, code) << outcome;
    }
    const std::string held = engine.ctl({"status", "all"}).out;
    EXPECT_NE(held.find("all                      HELD      kill #3, pulled "), held.npos) << held;
    EXPECT_TRUE(held.ends_with("Positions are NOT closed.\n")) << held;
    EXPECT_NE(engine.ctl({"status"}).out.find("refused\n  coinswitch/rfc8032\n"),
              std::string::npos);
}

TEST(Status, SaysWhenNobodyIsThere) {
    Engine engine;
    engine.beat(false);
    const Ran ran = engine.ctl({"status"});
    EXPECT_EQ(ran.code, 12);
    EXPECT_TRUE(ran.out.starts_with("NOT READY: ENGINE NOT ANSWERING, last beat ")) << ran.out;
    EXPECT_NE(ran.out.find(": what follows is old; do: systemctl restart killswitchd\n"),
              ran.out.npos);
    const Bench never("treadfi");
    EXPECT_EQ(never.ctl({"status"}).code, 12);
    EXPECT_EQ(never.ctl({"status"}).errors, "ksctl: " + (never.dir / "run") +
                                                ": no engine has run here since boot; check that "
                                                "killswitchd runs: systemctl status killswitchd\n");
}

TEST(Status, NamesTheScopeThatWasMeant) {
    Engine engine;
    const Ran ran = engine.ctl({"status", "venue:coinswich"});
    EXPECT_EQ(ran.code, 64);
    EXPECT_EQ(ran.errors, "ksctl: " + (engine.dir / "run") +
                              ": unknown scope 'venue:coinswich'; did you mean "
                              "'venue:coinswitch'?\n");
}

TEST(Status, IsOneJsonObject) {
    Engine engine;
    engine.kill(3, KS_WORKING);
    const std::string json = engine.ctl({"status", "--json"}).out;
    EXPECT_TRUE(json.starts_with("{\"schema\":\"ksctl.status/1\",\"engine\":\"test\",\"alive\":"
                                 "true,"))
        << json;
    for (const char* part :
         {"\"name\":\"all\",\"in_config\":true,\"kill\":3,\"outcome\":\"WORKING\"",
          "\"halted\":[\"coinswitch/rfc8032\"]", "\"lanes\":["})
        EXPECT_NE(json.find(part), std::string::npos) << part << json;
}

TEST(Status, R18_leads_with_the_officers_line) {
    Engine engine;
    engine.become_ready();
    const std::string text = engine.ctl({"status"}).out;
    const std::regex officers_line("READY all: 1/1 accounts, first shot now; path drill [0-9.]+ s, "
                                   "live fire never, eyes 1/1\nkillswitch test  ");
    EXPECT_TRUE(std::regex_search(text, officers_line, std::regex_constants::match_continuous))
        << text;
    const std::regex eyes(
        "  coinswitch/rfc8032       IDLE      eyes: saw 12 orders [0-9.]+ s ago; key ");
    EXPECT_TRUE(std::regex_search(text, eyes)) << text;
    EXPECT_TRUE(engine.ctl({"status", "venue:coinswitch"})
                    .out.starts_with("NOT READY: the engine says so and gives no cause; do: "));
    engine.pages->status().signer_beat_ns = ks_now_ns() - 2'000'000'000;
    const std::string silent = engine.ctl({"status"}).out;
    EXPECT_TRUE(silent.starts_with("NOT READY: the signer is silent, last beat 2.")) << silent;
}

TEST(Status, R18_json_says_the_same) {
    Engine engine;
    engine.become_ready();
    const std::string ready = engine.ctl({"status", "--json"}).out;
    for (const char* part :
         {"\"ready\":\"READY\",\"ready_line\":\"READY all: 1/1 accounts, first shot now; ",
          "\"not_ready_ns\":null,\"obstacles\":[]", "\"eyes\":\"saw 12 orders ",
          "\"says\":\"not killed\""})
        EXPECT_NE(ready.find(part), ready.npos) << part << ready;
    engine.pages->status().account[0].ready = KS_READY_ALL & ~KS_READY_LANES;
    const std::string unready = engine.ctl({"status", "--json"}).out;
    EXPECT_NE(unready.find("\"ready\":\"NOT READY\""), unready.npos) << unready;
    EXPECT_NE(unready.find("\"obstacles\":[{\"stops_firing\":true,\"cause\":\"coinswitch/rfc8032: "
                           "no connection to the venue\",\"remedy\":\"journalctl "),
              unready.npos)
        << unready;
}

// Our microseconds stand in one column, the venue's answer in another; a wait is neither.
TEST(Flight, ShowsEachShotOfTheLastKill) {
    Engine engine;
    engine.kill(3, KS_WORKING);
    ks_account_line account = engine.pages->status().account[0];
    account.outcome = KS_WORKING;
    ks_write_account(&engine.pages->status().account[0], &account);
    ks_shot_line shot = engine.pages->status().shot[0];
    const auto fly = [&](u64 submitted_ns) {
        shot.pulled_ns = 1'000'000'000;
        shot.submitted_ns = shot.pulled_ns + submitted_ns;
        shot.accepted_ns = shot.submitted_ns + 180'000;
        shot.shots_sent = 2;
        shot.orders_cancelled = 8;
        ks_write_shot(&engine.pages->status().shot[0], &shot);
        return engine.ctl({"flight", "all"}).out;
    };
    const std::string head =
        "                                  submitted   then taken        clear  "
        "sent  cancelled\n";
    const std::string foot =
        "  submitted and clear: after the trigger; then taken: the venue's answer "
        "after that\n"
        "  (*) waited for the venue's limit, or for a connection\n"
        "  Positions are NOT closed.\n";
    EXPECT_EQ(fly(4'200),
              head +
                  "  coinswitch/rfc8032 *               4.2 us      0.18 ms            -"
                  "     2          8  WORKING\n" +
                  foot);
    EXPECT_EQ(fly(1'050'000'000), head +
                                      "  coinswitch/rfc8032 *           1.05 s (*)      0.18 ms  "
                                      "          -     2          8  WORKING\n" +
                                      foot);
}

// What a human reads of a re-arm, whole; the engine's part is played.
struct Rearming : Engine {
    std::string reason = "looked, all gone";

    // A kill of `all` that risk2 pulled, of one account with four orders open.
    Rearming() {
        kill(7, KS_WORKING);
        ks_scope_line line = all();
        line.pulled_ns = ks_now_ns() - 180'000'000'000;
        line.pulled_by = 1;
        ks_write_scope(&all(), &line);
        std::string("risk2").copy(pages->status().producers[1], KS_NAME_BYTES - 1);
        ks_account_line account = pages->status().account[0];
        account.outcome = KS_WORKING;
        account.orders_open = 4;
        account.shots_sent = 2;
        account.orders_cancelled = 3;
        ks_write_account(&pages->status().account[0], &account);
    }
    const ks_operator_row& row() { return pages->operators().row[pages->slot_of("all")->index]; }
    // Waits for the next request in the scope's row, checks it, answers it.
    u32 answer_when_asked(
        ks_rearm answer, const std::function<void()>& before = [] {}) {
        const u32 request = static_cast<u32>(all().rearm_answer >> 32) + 1;
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        u64 word = 0;
        do word = __atomic_load_n(&row().word, __ATOMIC_ACQUIRE);
        while (ks_word_epoch(word) != request && std::chrono::steady_clock::now() < give_up);
        const u64 key = ks_slot_key("all", pages->operators().head.nonce);
        EXPECT_EQ(word, ks_operator_word(request, key, &row()));
        before();
        __atomic_store_n(&all().rearm_answer, u64{request} << 32 | answer, __ATOMIC_RELEASE);
        return row().kill;
    }
    std::string ask(
        ks_rearm answer, int code, const std::function<void()>& before = [] {},
        const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{ksctl, "rearm", "all", "--reason", reason};
        words.insert(words.end(), {"--config", config});
        words.insert(words.end(), more.begin(), more.end());
        Process rearm(words);
        EXPECT_EQ(answer_when_asked(answer, before), 7u);
        std::string text;
        for (std::string line = rearm.read_line(); !line.empty(); line = rearm.read_line())
            text += line + "\n";
        EXPECT_EQ(rearm.wait(), code) << text;
        return std::regex_replace(text, std::regex(R"(\d\d:\d\d:\d\d UTC)"), "02:13:05 UTC");
    }
};

TEST(Rearm, R16_a_reason_of_two_hundred_bytes_arrives_whole) {
    Rearming engine;
    engine.reason = std::string(KS_REASON_BYTES_MAX, 'r');
    engine.ask(KS_REARM_DONE, 0);
    EXPECT_EQ(std::string(engine.row().reason), engine.reason);
}

const std::string asked =
    "all  kill #7, pulled by risk2 at 02:13:05 UTC (3 min ago)\n"
    "  coinswitch/rfc8032       WORKING   4 open; sent 2x, 3 cancelled; eyes: "
    "UNPROVEN; key accepted never\n"
    "Asking for a fresh look.\n";
const std::string refused = "  Trading stays halted. Positions are NOT closed.\n";

TEST(Rearm, R13_shows_what_is_open_and_who_pulled_before_it_asks) {
    Rearming engine;
    EXPECT_EQ(engine.ask(KS_REARM_DONE, 0),
              asked + "all kill #7: re-armed: this kill is over\n"
                      "  A producer that still sees its breach pulls again. Nothing is resumed by "
                      "itself.\n  Positions are NOT closed.\n");
    EXPECT_STREQ(engine.row().reason, "looked, all gone");
    EXPECT_EQ(engine.row().uid, getuid());
    EXPECT_EQ(engine.row().only, KS_NONE);
    EXPECT_EQ(engine.row().exceptions_count, 0u);
}

TEST(Rearm, R08_says_what_still_holds_and_who_pulled_it) {
    Rearming engine;
    ks_scope_line& other =
        engine.pages->status().scope[engine.pages->slot_of("venue:coinswitch")->index];
    other.held_cells[0] = other.cells[0];
    other.pulled_by = 0;
    other.pulled_ns = ks_now_ns() - 60'000'000'000;
    const std::string text = engine.ask(KS_REARM_DONE, 0);
    // A busy machine may take seconds to come this far.
    const std::regex holder("  still closed by venue:coinswitch, pulled by panic at 02:13:05 UTC "
                            "\\([67][0-9] s ago\\): coinswitch/rfc8032\n");
    EXPECT_TRUE(std::regex_search(text, holder)) << text;
}

TEST(Rearm, R08_a_part_names_the_rest_as_still_closed) {
    Rearming engine;
    engine.all().held_cells[0] = 1;
    const std::string text = engine.ask(KS_REARM_DONE, 0, [] {}, {"--only", "venue:coinswitch"});
    EXPECT_NE(text.find("all kill #7: re-armed for venue:coinswitch; its other cells stay "
                        "closed\n  still closed by all, pulled by risk2 at "),
              text.npos)
        << text;
}

struct Refusal {
    ks_rearm answer;
    std::function<void(Rearming&)> before;
    const char* says;
};

TEST(Rearm, R13_refuses_in_words_with_account_count_and_seconds) {
    const auto is_about = [](u32 account) {
        return [account](Rearming& e) { e.all().rearm_account = account; };
    };
    const Refusal refusals[] = {
        {KS_REARM_NOT_CLEAR, is_about(0),
         "coinswitch/rfc8032 shows 4 open orders; cancel by hand; or, if they are known and shall "
         "stay: --accept-open coinswitch/rfc8032=4"},
        {KS_REARM_NOT_CLEAR,
         [](Rearming& e) {
             e.all().rearm_account = 0;
             e.pages->status().account[0].orders_open = 0;
             e.pages->status().account[0].outcome = KS_UNKNOWN;
         },
         "coinswitch/rfc8032 is UNKNOWN: the venue does not tell; still trying; no answer, 0 open"},
        {KS_REARM_STALE, [](Rearming& e) { e.kill(8, KS_WORKING); },
         "somebody has pulled again: kill #8, pulled by risk2 at 02:13:05 UTC (3 min ago); look "
         "again, then repeat"},
        {KS_REARM_PULL_WAITS, [](Rearming&) {},
         "a pull has not been handled yet; wait a second, look again"},
        {KS_REARM_NO_PLACE,
         [](Rearming& e) {
             e.all().rearm_account = KS_NONE;
             e.all().rearm_until_ns = ks_now_ns() + 39'900'000'000;
         },
         "the first shots of a next kill could not all leave now; 40 s to wait"},
        {KS_REARM_NO_PLACE,
         [](Rearming& e) {
             e.all().rearm_account = 0;
             e.all().rearm_until_ns = ks_now_ns() + 39'900'000'000;
         },
         "the venue's limit allows no fresh look at coinswitch/rfc8032 yet; 40 s to wait"},
        {KS_REARM_NOT_READ, is_about(0),
         "the venue did not show coinswitch/rfc8032 in time; look there by hand; re-arm the rest "
         "with --only SCOPE; where nothing can be read at all: --accept-open "
         "coinswitch/rfc8032=unread"},
        {KS_REARM_WRONG, is_about(KS_NONE),
         "--only or --accept-open does not fit this kill; see: ksctl status"},
        {KS_REARM_WRONG, is_about(0),
         "the kill that stays reaches all of coinswitch/rfc8032, and would cancel what opens "
         "there; "
         "take the whole account into --only"},
    };
    for (const Refusal& refusal : refusals) {
        Rearming engine;
        EXPECT_EQ(engine.ask(refusal.answer, 11, [&] { refusal.before(engine); }),
                  asked + "all kill #7: refused: " + refusal.says + "\n" + refused);
    }
}

TEST(Rearm, R13_says_that_there_is_nothing_to_lift) {
    Rearming engine;
    engine.kill(7, KS_IDLE);
    EXPECT_EQ(engine.ask(KS_REARM_NOT_KILLED, 11),
              "all kill #7: refused: it is not killed; there is nothing to lift\n");
}

TEST(Rearm, R13_json_says_the_same) {
    Rearming engine;
    const auto before = [&] { engine.all().rearm_account = 0; };
    EXPECT_EQ(engine.ask(KS_REARM_NOT_CLEAR, 11, before, {"--json"}),
              R"({"schema":"ksctl.rearm/1","scope":"all","kill":7,"is_done":false,"answer":)"
              R"("refused: coinswitch/rfc8032 shows 4 open orders; cancel by hand; or, if )"
              R"(they are known and shall stay: --accept-open coinswitch/rfc8032=4","account")"
              R"(:"coinswitch/rfc8032","orders_open":4,"wait_ns":0,"still_closed":[],)"
              R"("positions_closed":false})"
              "\n");
}

TEST(Rearm, CarriesThePartAndTheCountedExceptions) {
    Rearming engine;
    Process rearm({ksctl, "rearm", "all", "--reason", "x", "--only", "venue:coinswitch",
                   "--accept-open", "coinswitch/rfc8032=4", "--config", engine.config});
    EXPECT_EQ(engine.answer_when_asked(KS_REARM_DONE), 7u);
    EXPECT_EQ(rearm.wait(), 0);
    const ks_operator_row& row = engine.pages->operators().row[engine.pages->slot_of("all")->index];
    EXPECT_EQ(row.only, engine.pages->slot_of("venue:coinswitch")->index);
    ASSERT_EQ(row.exceptions_count, 1u);
    EXPECT_EQ(row.exception[0].account, 0u);
    EXPECT_EQ(row.exception[0].orders_open, 4u);
    const Ran wrong =
        engine.ctl({"rearm", "all", "--reason", "x", "--accept-open", "coinswitch/rfc8032=some"});
    EXPECT_EQ(wrong.code, 64);
    EXPECT_TRUE(wrong.errors.find("is not ACCOUNT=COUNT") != std::string::npos) << wrong.errors;
}

TEST(Rearm, AsksNobodyWhenTheEngineIsSilent) {
    Rearming engine;
    engine.beat(false);
    const Ran ran = engine.ctl({"rearm", "all", "--reason", "x"});
    EXPECT_EQ(ran.code, 12);
    EXPECT_TRUE(ran.out.ends_with("all kill #7: the engine does not answer; nothing is known to be "
                                  "re-armed; run: systemctl status killswitchd\n"
                                  "  Positions are NOT closed.\n"))
        << ran.out;
    EXPECT_EQ(ran.out.find("fresh look"), ran.out.npos);
    for (const ks_operator_row& row : engine.pages->operators().row) EXPECT_EQ(row.word, 0u);
}

} // namespace
} // namespace ks
