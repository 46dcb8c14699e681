// status and rearm over real pages; the test plays the engine behind them.
#include <chrono>
#include <gtest/gtest.h>

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
    EXPECT_TRUE(text.starts_with("READY all: 1/1 accounts, all shots now; path drill 0.0 "
                                 "s, live fire never, eyes 1/1\nkillswitch test  "))
        << text;
    EXPECT_NE(text.find("  coinswitch/rfc8032       IDLE      eyes: saw 12 orders 0.0 s ago; key "),
              text.npos)
        << text;
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
         {"\"ready\":\"READY\",\"ready_line\":\"READY all: 1/1 accounts, all shots now; ",
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

// Plays the engine's part: waits for the next request in the scope's row, checks it, answers it.
u32 answer_when_asked(Engine& engine, ks_rearm answer) {
    const ks_operator_page& operators = engine.pages->operators();
    const u32 slot = engine.pages->slot_of("all")->index;
    const ks_operator_row& row = operators.row[slot];
    const u32 request = static_cast<u32>(engine.all().rearm_answer >> 32) + 1;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    u64 word = 0;
    do word = __atomic_load_n(&row.word, __ATOMIC_ACQUIRE);
    while (ks_word_epoch(word) != request && std::chrono::steady_clock::now() < give_up);
    EXPECT_EQ(word, ks_operator_word(request, ks_slot_key("all", operators.head.nonce), &row));
    __atomic_store_n(&engine.all().rearm_answer, u64{request} << 32 | answer, __ATOMIC_RELEASE);
    return row.kill;
}

struct Answer {
    ks_rearm answer;
    int code;
    const char* line;
};

TEST(Rearm, PrintsTheEnginesAnswer) {
    const Answer answers[] = {
        {KS_REARM_DONE, 0, "all kill #7: re-armed: this kill is over"},
        {KS_REARM_NOT_CLEAR, 11,
         "all kill #7: refused: an account of it is not CLEAR; look at ksctl status, cancel by "
         "hand"},
        {KS_REARM_STALE, 11,
         "all kill #7: refused: somebody has pulled again meanwhile; look again, then repeat"},
        {KS_REARM_PULL_WAITS, 11,
         "all kill #7: refused: a pull has not been handled yet; wait a second, look again"},
        {KS_REARM_NOT_KILLED, 11,
         "all kill #7: refused: it is not killed; there is nothing to lift"},
    };
    for (const Answer& expected : answers) {
        Engine engine;
        engine.kill(7, KS_CLEAR);
        Process rearm(
            {ksctl, "rearm", "all", "--reason", "looked, all gone", "--config", engine.config});
        EXPECT_EQ(answer_when_asked(engine, expected.answer), 7u);
        EXPECT_EQ(rearm.read_line(), expected.line);
        EXPECT_EQ(rearm.wait(), expected.code);
        const ks_operator_row& row =
            engine.pages->operators().row[engine.pages->slot_of("all")->index];
        EXPECT_STREQ(row.reason, "looked, all gone");
        EXPECT_EQ(row.uid, getuid());
        EXPECT_EQ(row.only, KS_NONE);
        EXPECT_EQ(row.exceptions_count, 0u);
    }
}

TEST(Rearm, CarriesThePartAndTheCountedExceptions) {
    Engine engine;
    engine.kill(7, KS_WORKING);
    Process rearm({ksctl, "rearm", "all", "--reason", "x", "--only", "venue:coinswitch",
                   "--accept-open", "coinswitch/rfc8032=4", "--config", engine.config});
    EXPECT_EQ(answer_when_asked(engine, KS_REARM_DONE), 7u);
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
    Engine engine;
    engine.kill(7, KS_CLEAR);
    engine.beat(false);
    const Ran ran = engine.ctl({"rearm", "all", "--reason", "x"});
    EXPECT_EQ(ran.code, 12);
    EXPECT_EQ(ran.out, "all kill #7: the engine does not answer; nothing is re-armed; run: "
                       "systemctl status killswitchd\n");
    for (const ks_operator_row& row : engine.pages->operators().row) EXPECT_EQ(row.word, 0u);
}

} // namespace
} // namespace ks
