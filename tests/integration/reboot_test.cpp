// A machine that reboots in a kill: the run directory is gone, state_dir is all that is left. Every
// doubt ends halted.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace ks {
namespace {

namespace fs = std::filesystem;

EngineOptions one_venue(const std::string& engine_lines = "") {
    EngineOptions options;
    options.venues = {"treadfi"};
    options.more["treadfi"] = "settings = { cancels_a_minute = 1000, reads_a_minute = 500 }\n";
    options.engine_lines = engine_lines;
    return options;
}

std::size_t cancels_count(const Mock& mock) {
    std::size_t count = 0;
    for (const Mock::Line& line : mock.log()) count += line.request == "cancel_all";
    return count;
}

class Reboot : public testing::Test {
protected:
    // An engine that has pulled `all`, whose latch on disk says so.
    void pull_and_reboot(EngineUnderTest& engine) {
        engine.start();
        ASSERT_TRUE(engine.becomes_ready()) << engine.log();
        engine.pull();
        const std::string latch = engine.dir() + "/state/latch";
        ASSERT_TRUE(eventually(
            [&] { return read_text(latch).find("scope=all\nkill=1\n") != std::string::npos; }));
        engine.reboot();
    }
    bool is_all_halted(EngineUnderTest& engine) {
        return engine.is_halt_closed("treadfi/main") && engine.is_halt_closed("treadfi/hedge");
    }
    ks_outcome outcome(EngineUnderTest& engine) {
        return static_cast<ks_outcome>(static_cast<std::uint32_t>(
            __atomic_load_n(&engine.status().scope[0].kill_outcome, __ATOMIC_ACQUIRE)));
    }
    // A kill that is held: halted, and no cancel has left by the time that the engine is ready.
    void expect_held(EngineUnderTest& engine) {
        const std::size_t before = cancels_count(mock);
        engine.start();
        ASSERT_STREQ(engine.status().scope[0].name, "all");
        EXPECT_TRUE(is_all_halted(engine));
        ASSERT_TRUE(engine.becomes_ready()) << engine.log();
        EXPECT_EQ(outcome(engine), KS_HELD);
        EXPECT_EQ(cancels_count(mock), before);
        EXPECT_EQ(engine.ksctl("rearm all --reason looked").exit_code, 0);
        EXPECT_TRUE(eventually([&] { return !is_all_halted(engine); }));
    }
    const Mock mock;
};

TEST_F(Reboot, R14_a_kill_that_is_young_goes_on_and_fires_again) {
    EngineUnderTest engine(mock, one_venue());
    pull_and_reboot(engine);
    const std::size_t before = cancels_count(mock);
    mock.add_orders("venue=treadfi&count=2&account=main");
    engine.start();
    EXPECT_TRUE(is_all_halted(engine)) << engine.log();
    EXPECT_TRUE(eventually([&] {
        return mock.truth("treadfi", "main", "/products/oms/open_count") == 0;
    })) << engine.log();
    EXPECT_GT(cancels_count(mock), before);
    EXPECT_NE(outcome(engine), KS_HELD);
    EXPECT_NE(engine.log().find("was on when the machine went down: halt closed, the kill goes on"),
              std::string::npos);
}

TEST_F(Reboot, R14_a_kill_that_is_old_is_held_and_a_human_re_arms) {
    EngineUnderTest engine(mock, one_venue("trigger_age_max = \"1s\"\n"));
    pull_and_reboot(engine);
    const timespec longer_than_age_max{1, 100'000'000};
    nanosleep(&longer_than_age_max, nullptr);
    expect_held(engine);
}

TEST_F(Reboot, R14_an_unreadable_latch_starts_killed_and_sends_nothing) {
    EngineUnderTest engine(mock, one_venue());
    pull_and_reboot(engine);
    write_text(engine.dir() + "/state/latch", "killswitch-latch=1\nscribble\n");
    expect_held(engine);
    EXPECT_NE(engine.log().find("STARTS KILLED: latch: has no checksum at its end"),
              std::string::npos)
        << engine.log();
    EXPECT_TRUE(fs::exists(engine.dir() + "/state/latch.unreadable"));
}

// The operator mends one mistake after the other; no start on the way may forget the latch.
TEST_F(Reboot, R14_a_start_that_fails_after_the_pages_were_made_forgets_no_latch) {
    EngineUnderTest engine(mock, one_venue());
    pull_and_reboot(engine);
    write_text(engine.dir() + "/state/latch", "scribble");
    const std::string keys = engine.dir() + "/.keys"; // locked once the pages are there
    fs::permissions(keys, fs::perms::all);
    Process failing(
        {KS_TOOLS_DIR "/killswitchd/killswitchd", "--config", engine.dir() + "/killswitch.toml"});
    EXPECT_EQ(failing.wait(), 78);
    ASSERT_TRUE(fs::exists(engine.dir() + "/run/status"));
    fs::permissions(keys, fs::perms::owner_all);
    expect_held(engine);
}

TEST_F(Reboot, R14_a_journal_without_its_latch_starts_killed) {
    EngineUnderTest engine(mock, one_venue());
    pull_and_reboot(engine);
    fs::remove(engine.dir() + "/state/latch");
    expect_held(engine);
}

TEST_F(Reboot, R14_a_machine_on_which_nothing_ever_ran_starts_open) {
    EngineUnderTest engine(mock, one_venue());
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    EXPECT_FALSE(engine.is_halt_closed("treadfi/main"));
    EXPECT_EQ(engine.stop(), 0);
    engine.start(); // the same boot: the pages know all, the latch is not asked
    EXPECT_FALSE(engine.is_halt_closed("treadfi/main"));
}

TEST_F(Reboot, R14_a_latch_that_is_damaged_in_the_same_boot_changes_nothing) {
    EngineUnderTest engine(mock, one_venue());
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    EXPECT_EQ(engine.stop(), 0);
    write_text(engine.dir() + "/state/latch", "scribble");
    engine.start();
    EXPECT_FALSE(engine.is_halt_closed("treadfi/main"));
}

}
}
