// Alarms on their way out of the machine: numbered, repeated, acknowledged; the system log as
// journald would get it; the firm's command as a real process.
#include "cold/alarm.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cold/notifier.hpp"
#include "cold/system_log.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

constexpr Moment start{{5'000'000'000}, 1'700'000'000'000'000'000};

Moment after(Nanos span) {
    return {start.monotonic + span, start.utc_ns + static_cast<u64>(span.ns)};
}

class AlarmBookTest : public testing::Test {
protected:
    std::unique_ptr<ks_status_page> page = std::make_unique<ks_status_page>();
    AlarmBook book{*page};
};

TEST_F(AlarmBookTest, R19_numbers_go_on_where_the_engine_before_ended) {
    page->alarm_last = 41;
    EXPECT_EQ(book.raise({AlarmKind::pulled, "kill all", "x"}, start).number, 42u);
    EXPECT_EQ(page->alarm_last, 42u);
}

TEST_F(AlarmBookTest, R19_is_told_again_each_minute_until_acknowledged) {
    book.raise({AlarmKind::pulled, "kill all", "x"}, start);
    EXPECT_TRUE(book.due(after(seconds(59))).empty());
    for (u32 minute = 1; minute <= 3; ++minute) {
        const std::vector<Alarm> due = book.due(after(seconds(60 * minute)));
        ASSERT_EQ(due.size(), 1u);
        EXPECT_EQ(due[0].number, 1u);
        EXPECT_EQ(due[0].told_count, minute + 1);
    }
    EXPECT_TRUE(book.acknowledge(1));
    EXPECT_EQ(page->alarm_acknowledged, 1u);
    EXPECT_TRUE(book.due(after(seconds(600))).empty());
}

TEST_F(AlarmBookTest, R19_an_acknowledgement_does_not_reach_into_the_future) {
    book.raise({AlarmKind::pulled, "kill all", "x"}, start);
    EXPECT_FALSE(book.acknowledge(2)) << "nobody has seen alarm 2";
    EXPECT_FALSE(book.acknowledge(0));
    EXPECT_EQ(book.waiting_count(), 1u);
    EXPECT_TRUE(book.acknowledge(1));
    EXPECT_FALSE(book.acknowledge(1));
    book.raise({AlarmKind::reopened, "reopened a", "x"}, start);
    EXPECT_EQ(book.waiting_count(), 1u);
}

TEST_F(AlarmBookTest, R19_a_later_word_on_the_same_thing_replaces_the_earlier) {
    book.raise({AlarmKind::pulled, "kill all", "pulled"}, start);
    book.raise({AlarmKind::outcome, "kill all", "unknown"}, start);
    book.raise({AlarmKind::pulled, "kill desk", "pulled"}, start);
    const std::vector<Alarm> due = book.due(after(seconds(60)));
    ASSERT_EQ(due.size(), 2u);
    EXPECT_EQ(due[0].finding.text, "unknown");
    book.raise({AlarmKind::rearmed, "kill all", "by a human, who knows"}, start);
    EXPECT_EQ(book.waiting_count(), 1u);
}

TEST_F(AlarmBookTest, R19_says_who_speaks_what_it_is_and_how_often_it_was_said) {
    Alarm alarm = book.raise({AlarmKind::orders_arriving, "arriving a", "at a (7)."}, start);
    EXPECT_EQ(alarm_text("ny4", alarm), "ny4 ALARM 1 ORDERS STILL ARRIVING: at a (7).");
    alarm.told_count = 3;
    EXPECT_EQ(alarm_text("ny4", alarm), "ny4 ALARM 1 ORDERS STILL ARRIVING: at a (7). (told 3 "
                                        "times, first at 22:13:20 UTC)");
}

TEST(AlarmFacts, R19_every_kind_has_a_fixed_id_of_its_own) {
    std::set<std::string_view> ids;
    for (size_t kind = 0; kind < alarm_kinds_count; ++kind) {
        const AlarmFacts& of = facts(static_cast<AlarmKind>(kind));
        EXPECT_EQ(of.message_id.size(), 32u) << of.word;
        EXPECT_EQ(of.message_id.find_first_not_of("0123456789abcdef"), std::string_view::npos);
        ids.insert(of.message_id);
    }
    EXPECT_EQ(ids.size(), alarm_kinds_count);
    EXPECT_EQ(facts(AlarmKind::pulled).message_id, "b3ed539faa82c5a58f65134f07ee93ad");
}

TEST(SystemLogTest, R19_speaks_journalds_own_protocol) {
    const TempDir dir;
    const std::string path = dir / "socket";
    const Fd journald(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    ASSERT_EQ(bind(journald.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    SystemLog log(path);
    log.write(
        {1, "0123456789abcdef0123456789abcdef", "all\nPRIORITY=7", {{"KILLSWITCH_X", "y\n"}}});
    char bytes[1024];
    const ssize_t count = recv(journald.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    EXPECT_EQ(std::string(bytes, static_cast<size_t>(count)),
              "MESSAGE=all PRIORITY=7\nPRIORITY=1\nMESSAGE_ID=0123456789abcdef0123456789abcdef\n"
              "SYSLOG_IDENTIFIER=killswitchd\nKILLSWITCH_X=y \n");
}

TEST(SystemLogTest, R19_without_journald_writes_a_line_with_its_priority) {
    const TempDir dir;
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const Fd reader(ends[0]), writer(ends[1]);
    SystemLog log(dir / "no-such-socket", writer.get());
    log.write({2, "x", "ny4 ALARM 1\n<0>forged", {}});
    char bytes[1024];
    const ssize_t count = read(reader.get(), bytes, sizeof bytes);
    EXPECT_EQ(std::string(bytes, static_cast<size_t>(count)),
              "<2>killswitchd: ny4 ALARM 1 <0>forged\n");
}

TEST(SystemLogTest, R19_does_not_wait_for_a_reader_that_has_stopped_reading) {
    const TempDir dir;
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const Fd reader(ends[0]), writer(ends[1]);
    SystemLog log(dir / "no-such-socket", writer.get());
    const std::string long_text(4'000, 'x');
    for (int line = 0; line < 100; ++line) log.write({2, "x", long_text, {}}); // 64 KB fit
}

class NotifierTest : public testing::Test {
protected:
    std::string script(const std::string& body) {
        const std::string path = dir / "command";
        std::ofstream(path) << "#!/bin/sh\n" << body;
        chmod(path.c_str(), 0700);
        return path;
    }
    std::string load(const std::string& name) {
        std::ifstream file(dir / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // Real processes take real time: steps at `now` until nothing runs.
    void finish(Notifier& notifier, Instant now) {
        for (int round = 0; round < 20'000 && !notifier.is_idle(); ++round) {
            for (std::string& failure : notifier.step(now)) failures.push_back(failure);
            poll(nullptr, 0, 1);
        }
        EXPECT_TRUE(notifier.is_idle());
    }
    TempDir dir;
    std::vector<std::string> failures;
};

TEST_F(NotifierTest, R19_runs_the_command_with_the_alarm_as_its_last_argument) {
    const std::string out = dir / "out";
    Notifier notifier({script("printf '%s|' \"$@\" >>" + out + "\n"), "--urgent"});
    notifier.tell("ny4 ALARM 1; $(rm -rf nothing) \"quoted\"");
    finish(notifier, start.monotonic);
    EXPECT_EQ(load("out"), "--urgent|ny4 ALARM 1; $(rm -rf nothing) \"quoted\"|");
    EXPECT_TRUE(failures.empty());
}

TEST_F(NotifierTest, R19_the_command_inherits_no_descriptor_and_no_environment) {
    const Fd leak(open("/dev/null", O_RDONLY)); // not closed on exec
    setenv("KS_TEST_LEAK", "leak", 1);
    Notifier notifier({script("ls /proc/self/fd >" + (dir / "fds") + "\nenv >" + (dir / "env"))});
    notifier.tell("x");
    finish(notifier, start.monotonic);
    EXPECT_EQ(load("fds"), "0\n1\n2\n3\n"); // 3: ls itself reads the directory
    EXPECT_EQ(load("env").find("KS_TEST_LEAK"), std::string::npos);
    EXPECT_NE(load("env").find("PATH=/usr/local/sbin"), std::string::npos);
}

TEST_F(NotifierTest, R19_a_command_that_hangs_is_killed_after_ten_seconds_with_its_children) {
    const std::string pid_file = dir / "pid";
    Notifier notifier({script("sleep 1000 & echo $! >" + pid_file + "; wait\n")});
    notifier.tell("x");
    notifier.step(start.monotonic);
    for (int round = 0; round < 20'000 && load("pid").empty(); ++round) poll(nullptr, 0, 1);
    EXPECT_TRUE(notifier.step(start.monotonic + Notifier::time_max - Nanos{1}).empty());
    EXPECT_FALSE(notifier.is_idle());
    finish(notifier, start.monotonic + Notifier::time_max);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_NE(failures[0].find("took longer than 10 s and was killed"), std::string::npos);
    const std::string child = "/proc/" + load("pid").substr(0, load("pid").find('\n')) + "/exe";
    char target[64]; // a zombie has no executable
    for (int round = 0; round < 20'000 && readlink(child.c_str(), target, 64) > 0; ++round)
        poll(nullptr, 0, 1);
    EXPECT_LT(readlink(child.c_str(), target, 64), 0) << "its child still runs";
}

TEST_F(NotifierTest, R19_a_failure_is_said_and_the_next_alarm_is_told_all_the_same) {
    const std::string out = dir / "out";
    Notifier notifier({script("echo \"$1\" >>" + out + "; exit 3\n")});
    notifier.tell("one");
    finish(notifier, start.monotonic);
    notifier.tell("two");
    finish(notifier, start.monotonic);
    EXPECT_EQ(load("out"), "one\ntwo\n");
    ASSERT_EQ(failures.size(), 2u);
    EXPECT_NE(failures[0].find("ended with exit code 3"), std::string::npos) << failures[0];
}

TEST_F(NotifierTest, R19_a_missing_command_is_said) {
    Notifier notifier({dir / "nothing"});
    notifier.tell("x");
    finish(notifier, start.monotonic);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_NE(failures[0].find("No such file or directory; make it an executable file"),
              std::string::npos)
        << failures[0];
}

TEST_F(NotifierTest, R19_runs_four_at_a_time_and_counts_what_finds_no_place) {
    const std::string out = dir / "out";
    Notifier notifier({script("echo x >>" + out + "\n")});
    for (size_t i = 0; i < Notifier::waiting_max + 3; ++i) notifier.tell("x");
    finish(notifier, start.monotonic);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_TRUE(failures[0].starts_with("notify: 3 alarms were not told")) << failures[0];
    EXPECT_EQ(load("out").size(), 2 * Notifier::waiting_max);
}

} // namespace
} // namespace ks
