// ks-panic and the examples as processes: what they say and how they exit, for every answer that an
// engine can give. The engine here is a thread of the test that writes the status page.
#include "panic_bench.hpp"

namespace ks {
namespace {

class PanicTest : public PanicBench {
protected:
    PanicTest() : PanicBench({"bitopro/main", "coinswitch/main"}) {}

    void answer(ks_outcome kill, ks_outcome first, ks_outcome second) {
        std::vector<Shown> shown;
        for (const ks_outcome outcome : {first, second})
            shown.push_back({.outcome = outcome,
                             .sent = 4,
                             .clear_s = outcome == KS_CLEAR ? 0.5 : 0,
                             .cancelled = 14,
                             .open = outcome == KS_CLEAR ? 0u : 4u,
                             .http_status = static_cast<u16>(outcome == KS_UNKNOWN ? 503 : 200)});
        show_all(shown, kill, 0.5);
    }
    void start_engine(std::function<void()> first) { play({{first, ""}}); }
};

TEST_F(PanicTest, ExitsZeroOnlyWhenEveryAccountIsClear) {
    start_engine([this] { answer(KS_CLEAR, KS_CLEAR, KS_CLEAR); });
    const Ran ran = panic("all --confirm all --wait 60 --reason 9");
    EXPECT_EQ(ran.exit_code, 0) << ran.text;
    EXPECT_TRUE(ran.says("PULLED   all  ")) << ran.text;
    EXPECT_TRUE(ran.says("CLEAR    2 of 2 at +0.5 s")) << ran.text;
}

TEST_F(PanicTest, ExitsTenWhenAVenueDoesNotTell) {
    start_engine([this] { answer(KS_UNKNOWN, KS_CLEAR, KS_UNKNOWN); });
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 10) << ran.text;
    EXPECT_TRUE(ran.says("NOT PROVEN after 1 s: 1 of 2 clear.")) << ran.text;
    EXPECT_FALSE(ran.says("CLEAR    "));
}

TEST_F(PanicTest, ExitsElevenWhenAVenueRefuses) {
    for (const ks_outcome bad : {KS_REJECTED, KS_NOT_SENT}) {
        start_engine([this, bad] { answer(bad, KS_CLEAR, bad); });
        EXPECT_EQ(panic("all --confirm all --wait 1").exit_code, 11);
        stop_engine();
    }
}

TEST_F(PanicTest, DoesNotSayNothingWasSentWhileTheEngineLives) {
    beat();
    const Ran ran = panic("all --confirm all --wait 0");
    EXPECT_EQ(ran.exit_code, 10) << ran.text;
    EXPECT_FALSE(ran.says("NOTHING WAS SENT"));
    EXPECT_TRUE(ran.says("the engine lives and has not answered yet"));
}

TEST_F(PanicTest, ExitsThirteenWhenThePullIsHeld) {
    start_engine([this] { answer(KS_HELD, KS_IDLE, KS_IDLE); });
    const Ran ran = panic("all --confirm all --wait 60");
    EXPECT_EQ(ran.exit_code, 13) << ran.text;
    EXPECT_TRUE(ran.says("NOTHING WAS SENT."));
    EXPECT_TRUE(ran.says("Positions are NOT closed."));
}

TEST_F(PanicTest, PullsNothingUnlessTheScopeIsTypedTwice) {
    for (const char* words :
         {"all", "all --confirm", "all --confirm al", "--confirm all", "all all --confirm all",
          "all --confirm all --wait", "all --confirm all --wait -1", "all --confirm all --wait 1x",
          "all --confirm all --bogus 1", "nosuch --confirm nosuch"}) {
        const Ran ran = run(KS_PANIC " --run-dir " + dir.path().string() + " " + words);
        EXPECT_EQ(ran.exit_code, 64) << words << ran.text;
    }
    for (const ks_trigger_slot& slot : pages->trigger({0}).row[0].slot) EXPECT_EQ(slot.word, 0u);
}

TEST_F(PanicTest, PrintsStatusAndUsageWhenCalledBare) {
    answer(KS_UNKNOWN, KS_CLEAR, KS_UNKNOWN);
    const Ran ran = panic("");
    EXPECT_EQ(ran.exit_code, 64);
    EXPECT_TRUE(ran.says("engine SILENT"));
    EXPECT_TRUE(ran.says("kill #17 UNKNOWN")) << ran.text;
    EXPECT_TRUE(ran.says("desk:asia            not killed")) << ran.text;
    EXPECT_TRUE(ran.says("usage: ks-panic SCOPE --confirm SCOPE"));
}

TEST_F(PanicTest, Exits69WithoutAPageAnd77WithoutTheRight) {
    const Ran none = run(KS_PANIC " all --confirm all --engine no-such-engine");
    EXPECT_EQ(none.exit_code, 69);
    EXPECT_TRUE(none.says("NO TRIGGER STORED: no engine has run here since boot")) << none.text;
    EXPECT_TRUE(none.says("Positions are NOT closed."));
    EXPECT_EQ(panic("all --confirm all --producer nobody").exit_code, 77);
    const Ran ungranted = panic("desk:asia --confirm desk:asia");
    EXPECT_EQ(ungranted.exit_code, 77);
    EXPECT_TRUE(ungranted.says("NO TRIGGER STORED")) << ungranted.text;
}

TEST_F(PanicTest, PrintsOneJsonObjectOnStdoutAndWordsOnStderr) {
    start_engine([this] { answer(KS_UNKNOWN, KS_CLEAR, KS_UNKNOWN); });
    const Ran ran = run("{ " KS_PANIC " all --confirm all --wait 0 --json --run-dir " +
                        dir.path().string() + " --wait 1 2>/dev/null; }");
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_EQ(
        ran.text,
        R"({"schema":"killswitch.panic/1","scope":"all","pull":"taken_by_live_engine","kill":17)"
        R"(,"outcome":"UNKNOWN","confirmed":false,"accounts_clear":1,"accounts_count":2)"
        R"(,"shots_sent":2,"shots_count":2,"accounts":[{"name":"bitopro/main")"
        R"(,"outcome":"CLEAR","shots_sent":4,"orders_cancelled":14,"http_status":200)"
        R"(,"orders_open":0,"orders_arriving":0,"orders_vanished":0,"reopened":0)"
        R"(,"stops_cancelled":false,"exchanges_checked":true,"is_unconfirmed":false})"
        R"(,{"name":"coinswitch/main")"
        R"(,"outcome":"UNKNOWN","shots_sent":4,"orders_cancelled":14,"http_status":503)"
        R"(,"orders_open":4,"orders_arriving":0,"orders_vanished":0,"reopened":0)"
        R"(,"stops_cancelled":false,"exchanges_checked":true,"is_unconfirmed":false})"
        R"(],"positions_closed":false,"exit":10})"
        "\n");
}

TEST_F(PanicTest, TheRiskExamplePullsWhenTheLossExceedsItsLimit) {
    start_engine([this] { answer(KS_CLEAR, KS_CLEAR, KS_CLEAR); });
    const std::string example = KS_RISK_EXAMPLE " --limit 1000 --run-dir " + dir.path().string();
    const Ran calm = run("{ echo 999 | " + example + "; }");
    EXPECT_EQ(calm.exit_code, 0);
    EXPECT_FALSE(calm.says("pulled"));
    const Ran loss = run("{ printf '1000\\n1001\\n' | " + example + "; }");
    EXPECT_EQ(loss.exit_code, 0) << loss.text;
    EXPECT_EQ(loss.text, "loss 1000.00 of 1000.00\nloss 1001.00 of 1000.00\n"
                         "pulled all: the engine lives\n"
                         "kill #17: CONFIRMED: every venue shows no open order (2 of 2 accounts "
                         "clear). Positions are NOT closed.\n");
    const Ran refused = run("{ echo 1001 | " + example + " --scope desk:asia; }");
    EXPECT_TRUE(refused.says("NO TRIGGER STORED: the config does not let this producer pull this "
                             "scope. Use the second path. Positions are NOT closed.\n"))
        << refused.text;
}

TEST_F(PanicTest, TheSenderExampleIsRefusedByTheHaltAndWithoutAnEngine) {
    const std::string example =
        KS_SENDER_EXAMPLE " " + dir.path().string() + " bitopro/main coinswitch/main";
    EXPECT_TRUE(run(example).says("bitopro/main  REFUSED: no live engine"));
    beat();
    const Ran open = run(example);
    EXPECT_EQ(open.exit_code, 0);
    EXPECT_TRUE(open.says("bitopro/main  OPEN")) << open.text;
    pages->status().halt[0] = 2;
    const Ran halted = run(example);
    EXPECT_EQ(halted.exit_code, 1);
    EXPECT_TRUE(halted.says("bitopro/main  OPEN"));
    EXPECT_TRUE(halted.says("coinswitch/main  REFUSED: killed"));
}

} // namespace
} // namespace ks
