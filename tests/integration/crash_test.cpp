// The engine dies by SIGKILL at random instants of many kills: no pull is lost, no halt opens, and
// the journal stays readable up to its last whole record.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <thread>

namespace ks {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int crashes_count = 6; // a start takes ten times as long
#else
constexpr int crashes_count = 50; // in each of four runs
#endif
constexpr const char* cells[] = {"treadfi/main", "treadfi/hedge"};

std::string with(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    if (at == text.npos) throw std::runtime_error("no such line: " + std::string(from));
    return text.replace(at, from.size(), to);
}

// The shipped recipe of a venue that proves itself within a tenth of a second.
std::string quick_recipes() {
    const std::string dir = make_dir();
    std::string text = read_text(KS_SOURCE_DIR "/engine/venues/treadfi.toml");
    text = with(text, "apart = \"5s\"", "apart = \"20ms\"");
    text = with(text, "settle = \"1s\"", "settle = \"10ms\"");
    text = with(text, "default = 30\n", "default = 1000\n"); // reads a minute,
    text = with(text, "reserve = 20", "reserve = 900");      // most of them for kills
    text = with(text, "oms = true", "oms = false"); // it stands alone here, and must come clear
    text = with(text, "at = [\"1s\", \"2s\", \"3s\"", "at = [\"10ms\", \"40ms\", \"3s\"");
    write_text(dir + "/treadfi.toml", text);
    return dir;
}

// A venue without limits of its own, asked as often as the crashes need.
EngineOptions one_generous_venue() {
    EngineOptions options;
    options.venues = {"treadfi"};
    options.more["treadfi"] = "settings = { cancels_a_minute = 1000, reads_a_minute = 1000 }\n";
    options.recipe_dir = quick_recipes();
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

// Asks all the while, as order senders do, whether orders may be sent.
class Watch {
public:
    explicit Watch(const EngineUnderTest& engine) : engine_(engine) {}
    void begin() { is_halted_ = true; }
    void end() { is_halted_ = false; }
    int opened_count() const { return opened_count_; }

private:
    void look(std::stop_token stop) {
        const timespec nap{0, 50'000};
        while (!stop.stop_requested()) {
            for (const char* cell : cells) {
                const bool was_halted = is_halted_;
                const bool may_send = was_halted && engine_.killed(cell) == KS_OPEN;
                opened_count_ += may_send && is_halted_;
            }
            nanosleep(&nap, nullptr);
        }
    }
    const EngineUnderTest& engine_;
    std::atomic<bool> is_halted_{false};
    std::atomic<int> opened_count_{0};
    std::jthread thread_{[this](std::stop_token stop) { look(stop); }};
};

class Crash : public testing::TestWithParam<unsigned> {
protected:
    ~Crash() override { remove_dir(options.recipe_dir); }
    // Pulls, lets the engine live for a while that ends anywhere in a kill, and kills it.
    ks_ticket pull_and_crash(std::mt19937& random) {
        // Half of the crashes fall into the first milliseconds, the others anywhere up to CLEAR.
        const long at_most_ns = random() % 2 ? 3'000'000 : 120'000'000;
        const timespec life{0, std::uniform_int_distribution<long>(0, at_most_ns)(random)};
        const ks_ticket ticket = engine.pull();
        nanosleep(&life, nullptr);
        EXPECT_EQ(engine.end_by(SIGKILL), 128 + SIGKILL);
        return ticket;
    }
    bool are_cancelled_since(std::uint64_t since_ns) {
        return eventually([&] {
            const std::vector<Mock::Line> log = mock.log();
            return was_cancelled_since(log, cells[0], since_ns) &&
                   was_cancelled_since(log, cells[1], since_ns);
        });
    }
    void rearm() {
        const Ran ran = engine.ksctl("rearm all --reason test");
        ASSERT_EQ(ran.exit_code, 0) << ran.text << engine.ksctl("status all").text;
        for (const char* cell : cells) ASSERT_FALSE(engine.is_halt_closed(cell));
    }

    const Mock mock;
    const EngineOptions options = one_generous_venue();
    EngineUnderTest engine{mock, options};
};

// Each round begins re-armed: were its pull lost, nothing would be cancelled after it.
TEST_P(Crash, LosesNoPullAndOpensNoHalt) {
    const unsigned seed = std::random_device()() + GetParam();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    Watch watch(engine);
    for (int crash = 0; crash < crashes_count && !HasFailure(); ++crash) {
        SCOPED_TRACE("crash " + std::to_string(crash));
        for (const char* alias : {"main", "hedge"})
            mock.add_orders("venue=treadfi&account=" + std::string(alias) + "&count=1");
        const std::uint64_t since_ns = ks_now_ns();
        const ks_ticket ticket = pull_and_crash(random);
        watch.begin();
        engine.start();
        EXPECT_TRUE(engine.becomes(ticket, KS_CLEAR)) << engine.ksctl("status").text;
        EXPECT_TRUE(are_cancelled_since(since_ns)) << engine.ksctl("status").text << engine.log();
        watch.end();
        EXPECT_EQ(watch.opened_count(), 0);
        rearm();
    }
    EXPECT_EQ(mock.truth("treadfi", "main", "/signature_failures"), 0u);
    EXPECT_EQ(engine.stop(), 0) << engine.log();
    const Ran whole = engine.ksctl("journal verify");
    EXPECT_EQ(whole.exit_code, 0) << whole.text;
}

INSTANTIATE_TEST_SUITE_P(Run, Crash, testing::Range(0u, 4u));

class CrashedJournal : public Crash {};

TEST_P(CrashedJournal, IsWholeUpToItsLastRecordAndTellsAFlippedBit) {
    constexpr int exit_data = 65;
    std::mt19937 random(GetParam());
    for (int crash = 0; crash < 3; ++crash) {
        engine.start();
        ASSERT_TRUE(engine.becomes_ready()) << engine.log();
        pull_and_crash(random);
    }
    // What a crash cut off can only be the end of the last segment.
    const Ran cut = engine.ksctl("journal verify --json");
    EXPECT_TRUE(cut.exit_code == 0 || cut.text.find("torn") != std::string::npos) << cut.text;
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

INSTANTIATE_TEST_SUITE_P(Seed, CrashedJournal, testing::Values(1u));

}
}
