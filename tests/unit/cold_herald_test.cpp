// The herald over real pages, a real scribe and a real command's file; the clock is ours.
#include "cold/herald.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "cold/journal_survey.hpp"
#include "cold/page_birth.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

class HeraldTest : public testing::Test {
protected:
    HeraldTest() {
        ring->nonce = 1;
        put_name(page->engine, "ny4");
        put_name(page->scope[0].name, "all");
        page->scope[0].in_config = 1;
        put_name(page->producers[0], "risk");
        page->scopes_count = 1;
        page->ready = 2;
        EXPECT_EQ(pipe2(log_ends, O_CLOEXEC | O_NONBLOCK), 0);
        const std::string command = dir / "command";
        std::ofstream(command) << "#!/bin/sh\necho \"$1\" >>" << dir / "told"
                               << "\n";
        chmod(command.c_str(), 0700);
        beat();
        scribe.emplace(ScribeSetup{.state_directory = state_path, .alarm = {}}, *ring,
                       TriggerPages{.status = page.get()});
        EXPECT_TRUE(scribe->open(now));
        HeraldSetup setup;
        setup.engine = "ny4";
        setup.run_directory = run.get();
        setup.notify = {command};
        setup.log_socket = dir / "no-socket";
        setup.log_otherwise = log_ends[1];
        herald.emplace(std::move(setup), HeraldSees{*page, *operators, {}, lost, *clocks, *scribe});
    }
    ~HeraldTest() override {
        close(log_ends[0]);
        close(log_ends[1]);
    }
    void beat() {
        page->engine_beat_ns = page->signer_beat_ns = page->connector_beat_ns =
            page->scribe_beat_ns = static_cast<u64>(now.monotonic.ns);
    }
    void pass(Nanos span) {
        now.monotonic = now.monotonic + span;
        now.utc_ns += static_cast<u64>(span.ns);
        beat();
    }
    void step() {
        herald->step(now);
        scribe->step(now);
    }
    void pull(u32 number) {
        page->scope[0].pulled_ns = static_cast<u64>(now.monotonic.ns);
        page->scope[0].kill_outcome = u64{number} << 32 | KS_WORKING;
    }
    std::string log() {
        char bytes[16'384];
        const ssize_t count = read(log_ends[0], bytes, sizeof bytes);
        return {bytes, count > 0 ? static_cast<size_t>(count) : 0};
    }
    std::string load(const std::string& name) {
        std::ifstream file(dir / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // Real processes take real time.
    bool is_told(const std::string& words) {
        for (int round = 0; round < 20'000; ++round) {
            if (load("told").find(words) != std::string::npos) return true;
            poll(nullptr, 0, 1);
        }
        return false;
    }
    // The texts of all records of a type, in order.
    std::string records(RecordType type) {
        std::string text;
        EXPECT_TRUE(survey_journal(state_path, {}, [&](const JournalRecord& record) {
            if (record.head.type == type) text += record.text();
        }));
        return text;
    }

    TempDir dir;
    const std::string state_path = dir.path();
    const Fd run{open(dir.path().c_str(), O_RDONLY | O_DIRECTORY)};
    int log_ends[2];
    std::unique_ptr<JournalRing> ring = std::make_unique<JournalRing>();
    std::unique_ptr<ks_status_page> page = std::make_unique<ks_status_page>();
    std::unique_ptr<ks_operator_page> operators = std::make_unique<ks_operator_page>();
    std::unique_ptr<VenueClocks> clocks = std::make_unique<VenueClocks>();
    std::atomic<u32> lost{0};
    Moment now{{5'000'000'000}, 1'700'000'000'000'000'000};
    std::optional<Scribe> scribe;
    std::optional<Herald> herald;
};

TEST_F(HeraldTest, R19_an_alarm_goes_to_command_log_journal_and_page) {
    step();
    pull(1);
    step();
    EXPECT_EQ(page->alarm_last, 1u);
    EXPECT_TRUE(is_told("ny4 ALARM 1 PULLED: all, kill 1, by risk at "));
    EXPECT_NE(log().find("<1>killswitchd: ny4 ALARM 1 PULLED: all, kill 1"), std::string::npos);
    EXPECT_NE(records(RecordType::alarm).find("alarm=1\nkind=PULLED\ntext=all, kill 1, by risk"),
              std::string::npos);
}

TEST_F(HeraldTest, R19_repeats_each_minute_and_falls_silent_when_acknowledged) {
    step();
    pull(1);
    step();
    log();
    pass(seconds(60));
    step();
    EXPECT_NE(log().find("(told 2 times, first at 22:13:20 UTC)"), std::string::npos);
    operators->acknowledged = 1;
    step();
    EXPECT_EQ(page->alarm_acknowledged, 1u);
    pass(seconds(60));
    step();
    EXPECT_EQ(log().find("told"), std::string::npos);
    EXPECT_NE(records(RecordType::person).find("act=acknowledge\nalarm=1\n"), std::string::npos);
}

TEST_F(HeraldTest, R16_the_journals_head_goes_to_the_log_at_a_kill_and_each_day) {
    const auto head_text = [&] {
        return "ny4 journal head: record " + std::to_string(scribe->head().sequence) +
               ", SHA-256 " + hex(scribe->head().hash);
    };
    step();
    const std::string first = head_text();
    step();
    EXPECT_NE(log().find(first), std::string::npos) << "at the start";
    pull(1);
    step(); // tells; its records reach the disk behind the herald's back
    EXPECT_EQ(log().find("journal head"), std::string::npos) << "the kill is not under it yet";
    const std::string with_kill = head_text();
    step();
    EXPECT_NE(log().find(with_kill), std::string::npos);
    pass(seconds(86'399));
    step();
    EXPECT_EQ(log().find("journal head"), std::string::npos);
    pass(seconds(1));
    step();
    EXPECT_NE(log().find("journal head"), std::string::npos);
}

TEST_F(HeraldTest, R14_a_scribe_that_hangs_is_not_ready_and_not_journalled) {
    step();
    now.monotonic = now.monotonic + seconds(1) + Nanos{1};
    const u64 alive_ns = static_cast<u64>(now.monotonic.ns);
    page->engine_beat_ns = page->signer_beat_ns = page->connector_beat_ns = alive_ns;
    herald->step(now);
    EXPECT_EQ(page->cold_lacks, u32{KS_LACK_SCRIBE});
    EXPECT_EQ(page->journal_failing_ns, alive_ns);
    EXPECT_NE(log().find("NOT JOURNALLED: the disk does not answer."), std::string::npos);
    pull(1);
    herald->step(now);
    EXPECT_NE(log().find("Positions are NOT closed. NOT JOURNALLED: the disk does not answer."),
              std::string::npos);
    EXPECT_NE(load("status.txt").find("NOT READY"), std::string::npos);
    beat();
    step();
    EXPECT_EQ(page->cold_lacks, 0u);
    EXPECT_EQ(page->journal_failing_ns, 0u);
    EXPECT_NE(log().find("JOURNALLED AGAIN: events reach the disk again"), std::string::npos);
}

TEST_F(HeraldTest, R14_a_lost_page_is_not_ready) {
    step();
    lost = 1;
    pass(seconds(1));
    step();
    EXPECT_EQ(page->cold_lacks, u32{KS_LACK_PAGE});
    EXPECT_NE(log().find("PAGE LOST: "), std::string::npos);
    EXPECT_NE(records(RecordType::ready)
                  .find("state=begun\ncause=a shared page was truncated, removed or replaced\n"),
              std::string::npos);
}

TEST_F(HeraldTest, R14_what_the_start_found_is_told_first) {
    herald->raise({AlarmKind::latch_unreadable, "latch", "it is gone"});
    step();
    EXPECT_NE(log().find("ny4 ALARM 1 LATCH UNREADABLE: it is gone"), std::string::npos);
}

TEST_F(HeraldTest, R19_a_command_that_fails_is_in_log_and_journal) {
    std::ofstream(dir / "command") << "#!/bin/sh\nexit 7\n";
    step();
    pull(1);
    step();
    for (int round = 0; round < 20'000; ++round) {
        step();
        if (records(RecordType::note).find("ended with exit code 7") != std::string::npos) break;
        poll(nullptr, 0, 1);
    }
    EXPECT_NE(log().find("<4>killswitchd: notify: "), std::string::npos);
}

TEST_F(HeraldTest, WritesTheStatusTextEachSecond) {
    step();
    const std::string first = load("status.txt");
    EXPECT_TRUE(first.starts_with("READY all: ")) << first;
    page->pid = 77;
    pass(milliseconds(999));
    step();
    EXPECT_EQ(load("status.txt"), first);
    pass(milliseconds(1));
    step();
    EXPECT_NE(load("status.txt").find("engine pid 77"), std::string::npos);
}

TEST_F(HeraldTest, R16_says_goodbye_so_that_the_silence_after_it_is_explained) {
    std::stop_source stop;
    stop.request_stop();
    herald->run(stop.get_token());
    scribe->step(now);
    EXPECT_TRUE(records(RecordType::ready)
                    .ends_with("state=stopped\ncause=the engine was told to "
                               "stop\n"));
}

} // namespace
} // namespace ks
