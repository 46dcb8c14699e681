// ks-panic and the examples as processes: what they say and how they exit, for every answer that an
// engine can give. The engine here is a thread of the test that writes the status page.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <thread>

#include "abi/killswitch.h"
#include "cold/pages.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

struct Ran {
    int exit_code = -1;
    std::string text; // stdout and stderr
    bool says(std::string_view words) const { return text.find(words) != std::string::npos; }
};

Ran run(const std::string& command) {
    Ran ran;
    FILE* pipe = popen((command + " 2>&1 </dev/null").c_str(), "r");
    char buffer[4096];
    while (const size_t got = fread(buffer, 1, sizeof buffer, pipe)) ran.text.append(buffer, got);
    ran.exit_code = WEXITSTATUS(pclose(pipe));
    return ran;
}

// Beats, and answers the first pull it sees in the way a test chose.
class PanicTest : public testing::Test {
protected:
    using Answer = std::function<void(const Pull&)>;

    PanicTest() {
        PagesConfig config;
        config.run_dir = dir.path();
        config.engine = "test";
        config.producers = {{"panic", {}}, {"risk1", {}}};
        pages.emplace(std::move(*Pages::open(config)));
        publish();
    }
    ~PanicTest() override { stop_engine(); }

    void publish() {
        for (const char* name : {"bitopro/main", "coinswitch/main"}) {
            AccountPlan account;
            account.name.assign(name);
            (void)plan.accounts.push(account);
            CellPlan cell;
            cell.name.assign(name);
            cell.account = {pages->cell_of(name)->index};
            (void)plan.cells.push(cell);
        }
        ScopePlan scope;
        scope.in_config = true;
        scope.cells.words[0] = 3;
        for (const char* name : {"all", "desk:asia"}) {
            scope.name.assign(name);
            (void)pages->slot_of(name);
            (void)plan.scopes.push(scope);
        }
        ProducerPlan producer;
        producer.granted.set(0);
        for (int p = 0; p < 2; ++p) (void)plan.producers.push(producer);
        pages->publish(plan);
    }
    void start_engine(Answer answer) {
        engine = std::thread([this, answer] {
            Trigger trigger(plan, pages->trigger_pages());
            while (!stop.load()) {
                const u64 now_ns = ks_now_ns();
                // an hour ahead: a busy machine must not make this engine look silent
                __atomic_store_n(&pages->status().engine_beat_ns, now_ns + 3'600'000'000'000,
                                 __ATOMIC_RELEASE);
                if (const Pull pull = trigger.poll({static_cast<i64>(now_ns)})) {
                    answer(pull);
                    trigger.handled(pull, 17);
                }
                std::this_thread::yield();
            }
        });
        while (__atomic_load_n(&pages->status().engine_beat_ns, __ATOMIC_ACQUIRE) == 0)
            std::this_thread::yield();
    }
    void stop_engine() {
        stop.store(true);
        if (engine.joinable()) engine.join();
    }
    void answer(ks_outcome kill, ks_outcome first, ks_outcome second) {
        ks_status_page& status = pages->status();
        __atomic_store_n(&status.halt[0], u64{3}, __ATOMIC_RELEASE);
        const ks_outcome outcomes[] = {first, second};
        u32 clear = 0;
        for (u32 a = 0; a < 2; ++a) {
            ks_account_line line = status.account[a];
            line.outcome = outcomes[a];
            line.shots_sent = 4;
            line.orders_cancelled = 14;
            line.http_status = outcomes[a] == KS_UNKNOWN ? 503 : 200;
            line.orders_open = outcomes[a] == KS_CLEAR ? 0 : 4;
            ks_write_account(&status.account[a], &line);
            clear += outcomes[a] == KS_CLEAR;
        }
        ks_scope_line scope = status.scope[0];
        scope.accounts_clear = clear;
        scope.shots_count = 2;
        scope.shots_sent = 2;
        scope.pulled_ns = scope.clear_ns = ks_now_ns();
        ks_write_scope(&status.scope[0], &scope);
        __atomic_store_n(&status.scope[0].kill_outcome, u64{17} << 32 | kill, __ATOMIC_RELEASE);
    }
    Ran panic(const std::string& words) {
        return run(KS_PANIC " " + words + " --run-dir " + dir.path().string());
    }

    TempDir dir;
    std::unique_ptr<Plan> owned = std::make_unique<Plan>();
    Plan& plan = *owned;
    std::optional<Pages> pages;
    std::atomic<bool> stop{false};
    std::thread engine;
};

TEST_F(PanicTest, ExitsZeroOnlyWhenEveryAccountIsClear) {
    start_engine([this](const Pull&) { answer(KS_CLEAR, KS_CLEAR, KS_CLEAR); });
    const Ran ran = panic("all --confirm all --wait 60 --reason 9");
    EXPECT_EQ(ran.exit_code, 0) << ran.text;
    EXPECT_TRUE(ran.says("engine test alive")) << ran.text;
    EXPECT_TRUE(ran.says("PULLED   all  "));
    EXPECT_TRUE(ran.says("Ctrl-C stops this display, not the kill."));
    EXPECT_TRUE(ran.says("HALT     #17: 2 of 2 accounts refuse new orders"));
    EXPECT_TRUE(ran.says("SENT     2 of 2"));
    EXPECT_TRUE(ran.says("bitopro/main  CLEAR: sent 4x, 14 cancelled"));
    EXPECT_TRUE(ran.says("CLEAR    2 of 2 at +"));
    EXPECT_TRUE(ran.says("Positions are NOT closed."));
    EXPECT_TRUE(ran.says("ksctl rearm all --reason"));
}

TEST_F(PanicTest, ExitsTenWhenAVenueDoesNotTell) {
    start_engine([this](const Pull&) { answer(KS_UNKNOWN, KS_CLEAR, KS_UNKNOWN); });
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 10) << ran.text;
    EXPECT_TRUE(ran.says("NOT PROVEN after 1 s: 1 of 2 clear."));
    EXPECT_TRUE(ran.says("coinswitch/main  UNKNOWN: sent 4x, 14 cancelled, last answer 503, last "
                         "read 4 open"))
        << ran.text;
    EXPECT_TRUE(ran.says("Positions are NOT closed."));
    EXPECT_FALSE(ran.says("CLEAR    "));
}

TEST_F(PanicTest, ExitsElevenWhenAVenueRefuses) {
    for (const ks_outcome bad : {KS_REJECTED, KS_NOT_SENT}) {
        start_engine([this, bad](const Pull&) { answer(bad, KS_CLEAR, bad); });
        EXPECT_EQ(panic("all --confirm all --wait 1").exit_code, 11);
        stop_engine();
        stop.store(false);
    }
}

TEST_F(PanicTest, ExitsTwelveWhenNoEngineAnswersAndSaysWhatToDo) {
    const Ran ran = panic("all --confirm all --wait 0");
    EXPECT_EQ(ran.exit_code, 12) << ran.text;
    EXPECT_TRUE(ran.says("ENGINE NOT ANSWERING. NOTHING WAS SENT TO ANY VENUE."));
    EXPECT_TRUE(ran.says("Trigger stored; fires if the engine starts"));
    EXPECT_TRUE(ran.says("systemctl restart killswitchd"));
    EXPECT_TRUE(ran.says("Positions are NOT closed."));
}

TEST_F(PanicTest, DoesNotSayNothingWasSentWhileTheEngineLives) {
    pages->status().engine_beat_ns = ks_now_ns() + 3'600'000'000'000;
    const Ran ran = panic("all --confirm all --wait 0");
    EXPECT_EQ(ran.exit_code, 10) << ran.text;
    EXPECT_FALSE(ran.says("NOTHING WAS SENT"));
    EXPECT_TRUE(ran.says("the engine lives and has not answered yet"));
}

TEST_F(PanicTest, ExitsThirteenWhenThePullIsHeld) {
    start_engine([this](const Pull&) { answer(KS_HELD, KS_IDLE, KS_IDLE); });
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
    EXPECT_TRUE(ran.says("engine test SILENT"));
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
    start_engine([this](const Pull&) { answer(KS_UNKNOWN, KS_CLEAR, KS_UNKNOWN); });
    const Ran ran = run("{ " KS_PANIC " all --confirm all --wait 0 --json --run-dir " +
                        dir.path().string() + " --wait 1 2>/dev/null; }");
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_EQ(ran.text,
              "{\"schema\":\"killswitch.panic/1\",\"scope\":\"all\",\"pull\":\"taken_by_live_"
              "engine\",\"kill\":17,\"outcome\":\"UNKNOWN\",\"confirmed\":false,\"accounts_clear\":"
              "1,\"accounts_count\":2,\"shots_sent\":2,\"shots_count\":2,\"accounts\":[{\"name\":"
              "\"bitopro/main\",\"outcome\":\"CLEAR\",\"shots_sent\":4,\"orders_cancelled\":14,"
              "\"http_status\":200,\"orders_open\":0},{\"name\":\"coinswitch/main\",\"outcome\":"
              "\"UNKNOWN\",\"shots_sent\":4,\"orders_cancelled\":14,\"http_status\":503,"
              "\"orders_open\":4}],\"positions_closed\":false,\"exit\":10}\n");
}

TEST_F(PanicTest, TheRiskExamplePullsWhenTheLossExceedsItsLimit) {
    start_engine([this](const Pull&) { answer(KS_CLEAR, KS_CLEAR, KS_CLEAR); });
    const std::string example = KS_RISK_EXAMPLE " --limit 1000 --run-dir " + dir.path().string();
    const Ran calm = run("{ echo 999 | " + example + "; }");
    EXPECT_EQ(calm.exit_code, 0);
    EXPECT_FALSE(calm.says("pulled"));
    const Ran loss = run("{ printf '1000\\n1001\\n' | " + example + "; }");
    EXPECT_EQ(loss.exit_code, 0) << loss.text;
    EXPECT_TRUE(loss.says("pulled all: the engine lives"));
    EXPECT_TRUE(loss.says("kill #17: CONFIRMED")) << loss.text;
}

TEST_F(PanicTest, TheSenderExampleIsRefusedByTheHaltAndWithoutAnEngine) {
    const std::string example =
        KS_SENDER_EXAMPLE " " + dir.path().string() + " bitopro/main coinswitch/main";
    EXPECT_TRUE(run(example).says("bitopro/main  REFUSED: no live engine"));
    pages->status().engine_beat_ns = ks_now_ns() + 3'600'000'000'000;
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
