// Alarms of a real engine: a real command hears of a kill and of its end, a human acknowledges, the
// journal says who; a disk that hangs delays neither the start nor the kill, and is shouted about.
#include "engine.hpp"
#include "pager.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace ks {
namespace {

constexpr int confirm_seconds_max = 40;

class Alarm : public testing::Test {
protected:
    Alarm() {
        for (const char* alias : {"main", "hedge"})
            mock.add_orders(std::string("venue=coinswitch&count=3&account=") + alias);
    }
    EngineOptions options() const {
        EngineOptions options;
        options.venues = {"coinswitch"};
        options.engine_lines = pager.line;
        return options;
    }
    const Mock mock;
    const Pager pager{mock.dir()};
};

TEST_F(Alarm, R19_a_kill_reaches_the_command_until_a_human_has_acknowledged) {
    EngineUnderTest engine(mock, options());
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    ASSERT_EQ(engine.wait(engine.pull(), confirm_seconds_max).outcome, KS_CLEAR) << engine.log();
    // Numbers are left out: a slow disk may have been an alarm before.
    EXPECT_TRUE(pager.hears(" PULLED: all, kill 1, by risk at ")) << engine.log();
    EXPECT_TRUE(pager.hears("OUTCOME: all, kill 1 is CLEAR: 2 of 2 accounts clear, every venue "
                            "shows 0 open orders. STOPS WERE CANCELLED: "))
        << read_text(pager.file);
    EXPECT_TRUE(pager.hears("coinswitch/main, coinswitch/hedge. Positions are NOT closed."))
        << read_text(pager.file);
    if (!std::filesystem::exists("/run/systemd/journal/socket")) {
        EXPECT_NE(engine.log().find("<1>killswitchd: test ALARM "), std::string::npos)
            << engine.log();
        EXPECT_NE(engine.log().find("<5>killswitchd: test journal head: record "),
                  std::string::npos);
    }
    const Ran acknowledged = engine.ksctl("ack");
    EXPECT_EQ(acknowledged.exit_code, 0) << acknowledged.text;
    EXPECT_GE(engine.status().alarm_acknowledged, 2u);
    EXPECT_EQ(engine.ksctl("ack 999").exit_code, 64);
    EXPECT_EQ(engine.stop(), 0);
}

TEST_F(Alarm, R16_the_journal_says_who_re_armed_and_why_and_with_what_open) {
    EngineUnderTest engine(mock, options());
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    ASSERT_EQ(engine.wait(engine.pull(), confirm_seconds_max).outcome, KS_CLEAR) << engine.log();
    const Ran rearmed = engine.ksctl("rearm all --reason \"hedged by hand\"");
    ASSERT_EQ(rearmed.exit_code, 0) << rearmed.text;
    EXPECT_TRUE(pager.hears("RE-ARMED: all re-armed by "));
    EXPECT_EQ(engine.ksctl("ack").exit_code, 0);
    EXPECT_EQ(engine.stop(), 0);
    const std::string text = engine.ksctl("journal print").text;
    for (const char* fact :
         {"ENGINE STARTS: ", "NOT READY from here on: ", "PULLED: all by risk: kill 1 (epoch ",
          "KILL 1 of all: pulled by risk at ", "KILL 1 of all: CLEAR. Positions are NOT closed.",
          "RE-ARM of all, kill 1: done, by ", "Why: \"hedged by hand\". ",
          "Open then: coinswitch/main=0 coinswitch/hedge=0. ", "ACKNOWLEDGED: alarms up to "})
        EXPECT_NE(text.find(fact), std::string::npos) << fact << "\n" << text;
    EXPECT_EQ(engine.ksctl("journal verify").exit_code, 0);
}

TEST_F(Alarm, R16_the_journal_says_who_pulled_and_why) {
    EngineUnderTest engine(mock, options());
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    ks_person person{};
    person.uid = getuid();
    person.login_uid = UINT32_MAX;
    person.pid = static_cast<std::uint32_t>(getpid());
    std::string("pts/3").copy(person.terminal, sizeof person.terminal);
    std::string("/usr/bin/risk").copy(person.executable, sizeof person.executable);
    std::string("loss above its limit: 損失 सीमा\x1b").copy(person.reason, sizeof person.reason);
    const ks_report report = engine.wait(engine.pull_as(person), confirm_seconds_max);
    ASSERT_EQ(report.outcome, KS_CLEAR) << engine.log();
    EXPECT_NE(report.halted_ns, 0u);
    EXPECT_LE(report.halted_ns, report.submitted_ns);
    EXPECT_TRUE(pager.hears(" PULLED: all, kill 1, by risk (it says: ")) << engine.log();
    EXPECT_EQ(engine.stop(), 0);
    const std::string text = engine.ksctl("journal print").text;
    EXPECT_NE(text.find(", login unknown, terminal pts/3, program /usr/bin/risk), process " +
                        std::to_string(getpid()) +
                        " is of that user. Why: \"loss above its limit: 損失 सीमा?\""),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(" UTC, fired, halt closed +"), std::string::npos) << text;
    const std::string exported = engine.ksctl("journal export").text;
    EXPECT_NE(exported.find("\"reason\":\"loss above its limit: 損失 सीमा?\""), std::string::npos);
}

// The herald looks once a millisecond; several of these pulls come between two looks. Nobody waits
// for their end: so many pulls spend the venue's places.
TEST_F(Alarm, R16_each_of_many_pulls_within_a_look_is_one_record_with_its_person) {
    constexpr std::uint32_t pulls_count = 30;
    EngineUnderTest engine(mock, options());
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    for (std::uint32_t i = 1; i <= pulls_count; ++i) {
        ks_person person{};
        ("reason " + std::to_string(i) + ".").copy(person.reason, sizeof person.reason);
        const ks_ticket ticket = engine.pull_as(person);
        const std::uint64_t* const handled =
            &engine.status().handled[ticket.producer][ticket.scope].word;
        const auto is_handled = [&] {
            return ks_word_epoch(__atomic_load_n(handled, __ATOMIC_ACQUIRE)) == ticket.epoch;
        };
        for (std::uint32_t tries = 0; tries < 1'000'000'000 && !is_handled(); ++tries) {
        }
        ASSERT_TRUE(is_handled()) << i;
    }
    EXPECT_EQ(engine.stop(), 0);
    const std::string text = engine.ksctl("journal print").text;
    std::uint32_t named_count = 0;
    for (std::uint32_t i = 1; i <= pulls_count; ++i) {
        const std::string kill = "KILL " + std::to_string(i) + " of all: pulled by ";
        const size_t at = text.find(kill);
        ASSERT_NE(at, std::string::npos) << i;
        EXPECT_EQ(text.find(kill, at + 1), std::string::npos) << i;
        const std::string line = text.substr(at, text.find('\n', at) - at);
        const bool is_named = line.ends_with("Why: \"reason " + std::to_string(i) + ".\"");
        EXPECT_TRUE(is_named || line.ends_with(". By whom it did not say")) << line;
        named_count += is_named;
    }
    EXPECT_GT(named_count, 0u) << "the last eight at least lie in the page";
}

TEST_F(Alarm, R14_a_hanging_disk_delays_no_start_and_no_kill_and_is_said) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "SKIPPED: the sanitizer's own library must be the first that is preloaded";
#endif
    EngineOptions hanging = options();
    hanging.preload = KS_HANG_PRELOAD;
    EngineUnderTest engine(mock, hanging);
    engine.begin_to_hang(); // before the first byte is on disk
    engine.start();
    const auto is_armed = [&] { return engine.armed_shots("coinswitch/") == 2; };
    ASSERT_TRUE(eventually(is_armed)) << engine.log();
    EXPECT_TRUE(eventually([&] { return (engine.status().cold_lacks & KS_LACK_SCRIBE) != 0; }));
    EXPECT_NE(engine.status().journal_failing_ns, 0u);
    EXPECT_EQ(engine.wait(engine.pull(), confirm_seconds_max).outcome, KS_CLEAR) << engine.log();
    EXPECT_TRUE(pager.hears("NOT JOURNALLED: the disk does not answer")) << engine.log();
    EXPECT_TRUE(pager.hears("Positions are NOT closed. NOT JOURNALLED: ")) << read_text(pager.file);
    const std::string text = read_text(engine.dir() + "/run/status.txt");
    EXPECT_NE(text.find("the scribe is silent"), std::string::npos) << text;
}

}
}
