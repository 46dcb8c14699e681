// The engine dies by SIGKILL at random instants of many kills: no pull is lost, no halt opens, and
// the journal stays readable up to its last whole record.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <random>

namespace ks {
namespace {

#ifdef KS_LONG_TESTS
constexpr int crashes_count = 200;
#else
constexpr int crashes_count = 60;
#endif
constexpr const char* cells[] = {"treadfi/main", "treadfi/hedge"};

// A venue without limits of its own, asked as often as the crashes need.
EngineOptions one_generous_venue() {
    EngineOptions options;
    options.venues = {"treadfi"};
    options.more["treadfi"] = "settings = { cancels_a_minute = 1000, reads_a_minute = 500 }\n";
    return options;
}

bool was_cancelled_since(const std::vector<Mock::Line>& log, std::string_view cell,
                         std::uint64_t since_ns) {
    for (const Mock::Line& line : log)
        if (line.mono_ns >= since_ns && line.request == "cancel_all" &&
            line.venue + "/" + line.account == cell)
            return true;
    return false;
}

std::string first_segment(const std::string& directory) {
    std::string first;
    for (const auto& file : std::filesystem::directory_iterator(directory))
        if (const std::string path = file.path(); first.empty() || path < first) first = path;
    return first;
}

class Crash : public testing::Test {
protected:
    // Pulls, lets the engine live for a while that ends anywhere in a kill, and kills it.
    ks_ticket pull_and_crash(std::mt19937& random) {
        const timespec life{0, std::uniform_int_distribution<long>(0, 30'000'000)(random)};
        const ks_ticket ticket = engine.pull();
        nanosleep(&life, nullptr);
        EXPECT_EQ(engine.end_by(SIGKILL), 128 + SIGKILL);
        return ticket;
    }
    void expect_halted(const char* when) {
        for (const char* cell : cells) {
            EXPECT_TRUE(engine.is_halt_closed(cell) || engine.killed(cell) == KS_KILLED)
                << cell << " " << when;
        }
    }
    bool is_handled(const ks_ticket& ticket) {
        ks_report report{};
        return eventually([&] { return engine.look(ticket, report) != KS_WAIT_NOT_TAKEN; });
    }
    bool are_cancelled_since(std::uint64_t since_ns) {
        return eventually([&] {
            const std::vector<Mock::Line> log = mock.log();
            return was_cancelled_since(log, cells[0], since_ns) &&
                   was_cancelled_since(log, cells[1], since_ns);
        });
    }

    const Mock mock;
    EngineUnderTest engine{mock, one_generous_venue()};
};

TEST_F(Crash, LosesNoPullAndOpensNoHalt) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    for (int crash = 0; crash < crashes_count && !HasFailure(); ++crash) {
        SCOPED_TRACE("crash " + std::to_string(crash));
        const std::uint64_t since_ns = ks_now_ns();
        const ks_ticket ticket = pull_and_crash(random);
        expect_halted("after the crash");
        engine.start();
        expect_halted("after the restart");
        EXPECT_TRUE(is_handled(ticket));
        EXPECT_TRUE(are_cancelled_since(since_ns)) << engine.ksctl("status").text << engine.log();
        expect_halted("at the end");
    }
    EXPECT_EQ(mock.truth("treadfi", "main", "/signature_failures"), 0u);
}

TEST_F(Crash, LeavesAJournalThatIsWholeAndTellsAFlippedBit) {
    constexpr int exit_data = 65;
    std::mt19937 random(1);
    for (int crash = 0; crash < 3; ++crash) {
        engine.start();
        ASSERT_TRUE(engine.becomes_ready()) << engine.log();
        pull_and_crash(random);
    }
    engine.start(); // mends the tail that the last crash tore
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    ASSERT_EQ(engine.stop(), 0) << engine.log();
    const Ran whole = engine.ksctl("journal verify");
    EXPECT_EQ(whole.exit_code, 0) << whole.text;

    const std::string segment = first_segment(engine.dir() + "/state");
    std::string bytes = read_text(segment);
    const std::size_t middle = bytes.find("treadfi"); // in the first record: the config's summary
    ASSERT_NE(middle, std::string::npos);
    bytes[middle] = static_cast<char>(bytes[middle] ^ 1);
    write_text(segment, bytes);
    const Ran damaged = engine.ksctl("journal verify");
    EXPECT_EQ(damaged.exit_code, exit_data) << damaged.text;
}

}
}
