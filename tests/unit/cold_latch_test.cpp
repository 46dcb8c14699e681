// The latch through a reboot: written by a scribe's keeper, found by the next start, restored into
// fresh pages; and every way in which it can be damaged on the way.
#include "cold/latch_restore.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <iterator>

#include <fcntl.h>

#include "base/fd.hpp"
#include "cold/latch_file.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

namespace fs = std::filesystem;

constexpr u64 now_utc_ns = 1'700'000'000'000'000'000;
constexpr Moment now{{500'000'000'000}, now_utc_ns};
constexpr LatchRules rules{seconds(60), now};

// One boot of a machine: fresh pages in a run directory of its own, and the firm's config.
struct Boot {
    explicit Boot(std::vector<std::string> accounts = {"mock/main", "mock/hedge"}) {
        PagesConfig config;
        config.run_dir = run.path();
        config.engine = "test";
        config.producers = {{"panic", {}}, {"risk", {}}};
        Result<Pages> opened = Pages::open(config);
        if (!opened) throw std::runtime_error(opened.error().sentence);
        pages.emplace(std::move(*opened));
        names = std::move(accounts);
    }
    ks_status_page& page() { return pages->status(); }

    // What the daemon does between opening the pages and the first turn.
    void publish() {
        auto plan = std::make_unique<Plan>();
        for (const std::string& name : names) {
            const CellId cell = *pages->cell_of(name);
            while (plan->cells.size() <= cell.index) (void)plan->cells.push({});
            plan->cells[cell.index].name.assign(name);
            plan->cells[cell.index].account = {static_cast<u16>(plan->accounts.size())};
            AccountPlan account;
            account.name.assign(name);
            (void)plan->accounts.push(account);
        }
        for (const char* name : {"all", "desk"}) {
            const ScopeId slot = *pages->slot_of(name);
            while (plan->scopes.size() <= slot.index) (void)plan->scopes.push({});
            ScopePlan& scope = plan->scopes[slot.index];
            scope.name.assign(name);
            scope.in_config = true;
            scope.cells.set(pages->cell_of(names[0])->index);
            if (scope.name.view() == "all")
                for (const std::string& cell : names) scope.cells.set(pages->cell_of(cell)->index);
        }
        pages->publish(*plan);
    }
    ks_scope_line& scope(const char* name) { return page().scope[pages->slot_of(name)->index]; }
    bool is_closed(const char* cell) {
        const u16 bit = pages->cell_of(cell)->index;
        return (page().halt[bit / 64] >> bit % 64 & 1) != 0;
    }
    bool is_held_by(const char* name, const char* cell) {
        const u16 bit = pages->cell_of(cell)->index;
        return (scope(name).held_cells[bit / 64] >> bit % 64 & 1) != 0;
    }
    // As the hot thread leaves it.
    void kill(const char* name, u32 number, ks_outcome outcome, Nanos age) {
        ks_scope_line& line = scope(name);
        line.kill_outcome = u64{number} << 32 | outcome;
        line.pulled_by = 1;
        line.pulled_ns = static_cast<u64>((now.monotonic - age).ns);
        std::copy(std::begin(line.cells), std::end(line.cells), line.held_cells);
    }
    ks_outcome outcome(const char* name) {
        return static_cast<ks_outcome>(static_cast<u32>(scope(name).kill_outcome));
    }
    u32 number(const char* name) { return static_cast<u32>(scope(name).kill_outcome >> 32); }

    TempDir run;
    std::optional<Pages> pages;
    std::vector<std::string> names;
};

class LatchTest : public testing::Test {
protected:
    void keep(Boot& boot) {
        const Fd directory(open(state.path().c_str(), O_RDONLY | O_DIRECTORY));
        const Result<void> kept = keeper.keep(directory.get(), boot.page(), now);
        EXPECT_TRUE(kept) << kept.error().sentence;
    }
    Latch found() {
        Result<std::optional<Latch>> latch = find_latch(state.path());
        if (!latch) throw std::runtime_error(latch.error().sentence);
        return latch->value();
    }
    std::string trouble() {
        const Result<std::optional<Latch>> latch = find_latch(state.path());
        return latch ? "found" : latch.error().sentence;
    }
    void save(const std::string& name, const std::string& text) {
        std::ofstream(state / name, std::ios::binary) << text;
    }
    std::string load(const std::string& name) {
        std::ifstream file(state / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // The start of an engine after a reboot, on the latch that lies there.
    std::vector<std::string> restore(Boot& boot) {
        Result<std::vector<std::string>> restored = restore_latch(*boot.pages, found(), rules);
        EXPECT_TRUE(restored) << restored.error().sentence;
        boot.publish();
        return *restored;
    }
    TempDir state;
    LatchKeeper keeper;
};

TEST_F(LatchTest, R14_is_text_that_a_human_can_read) {
    Boot boot;
    boot.publish();
    boot.kill("desk", 17, KS_WORKING, seconds(5));
    const Latch latch = latch_of(boot.page(), now);
    const std::string text = latch_text(latch);
    EXPECT_TRUE(text.starts_with("killswitch-latch=1\nboot=")) << text;
    EXPECT_NE(text.find("written_utc_ns=1700000000000000000\n"
                        "scope=desk\nkill=17\noutcome=WORKING\n"
                        "pulled_utc_ns=1699999995000000000\npulled_by=risk\n"
                        "cell=mock/main\nheld=mock/main\ncrc="),
              std::string::npos)
        << text;
}

TEST_F(LatchTest, R14_every_flipped_or_missing_byte_is_found) {
    Boot boot;
    boot.publish();
    boot.kill("all", 3, KS_CLEAR, seconds(5));
    const std::string text = latch_text(latch_of(boot.page(), now));
    ASSERT_TRUE(parse_latch(text));
    for (size_t at = 0; at < text.size(); ++at) {
        std::string flipped = text;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        EXPECT_FALSE(parse_latch(flipped)) << "byte " << at;
        EXPECT_FALSE(parse_latch(text.substr(0, at))) << "cut at " << at;
    }
    EXPECT_FALSE(parse_latch(text + "x"));
}

TEST_F(LatchTest, R14_halts_of_another_boot_are_closed_again) {
    Boot first;
    first.publish();
    first.kill("desk", 17, KS_WORKING, seconds(5));
    keep(first);
    Boot second;
    const std::vector<std::string> told = restore(second);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0], "desk, kill 17 of 2023-11-14 22:13:15.000000 UTC, was on when the machine "
                       "went down: halt closed, the kill goes on");
    EXPECT_TRUE(second.is_closed("mock/main"));
    EXPECT_FALSE(second.is_closed("mock/hedge"));
    EXPECT_TRUE(second.is_held_by("desk", "mock/main"));
    EXPECT_EQ(second.number("desk"), 17u);
    EXPECT_EQ(second.scope("desk").pulled_by, 1u);
    EXPECT_EQ(second.scope("desk").pulled_ns, 495'000'000'000u);
}

// What each outcome and age at the power cut becomes at the next start.
TEST_F(LatchTest, R14_a_kill_goes_on_while_young_and_is_held_when_old) {
    struct Row {
        ks_outcome before;
        Nanos age;
        ks_outcome after;
    };
    const Nanos young = seconds(60), old = seconds(60) + Nanos{1}, future = seconds(-1);
    constexpr ks_outcome outcomes[] = {KS_WORKING, KS_CLEAR, KS_UNKNOWN, KS_REJECTED, KS_NOT_SENT};
    std::vector<Row> rows{{KS_HELD, young, KS_HELD}, {KS_HELD, old, KS_HELD}};
    for (ks_outcome outcome : outcomes) {
        rows.push_back({outcome, young, outcome});
        rows.push_back({outcome, old, KS_HELD});
        rows.push_back({outcome, future, KS_HELD}); // a clock that was set: nobody knows how old
    }
    for (const Row& row : rows) {
        SCOPED_TRACE(testing::Message() << row.before << " aged " << row.age.ns);
        Latch latch;
        LatchedScope& scope = latch.scopes.emplace_back();
        scope.name = "all";
        scope.kill = 3;
        scope.outcome = row.before;
        scope.pulled_utc_ns = now_utc_ns - static_cast<u64>(row.age.ns);
        scope.cells = scope.held = {"mock/main", "mock/hedge"};
        Boot boot;
        ASSERT_TRUE(restore_latch(*boot.pages, latch, rules));
        boot.publish();
        EXPECT_EQ(boot.outcome("all"), row.after);
        EXPECT_TRUE(boot.is_closed("mock/main") && boot.is_closed("mock/hedge"));
    }
}

TEST_F(LatchTest, R14_what_was_re_armed_stays_open_and_numbers_go_on) {
    Boot first;
    first.publish();
    first.kill("all", 9, KS_CLEAR, seconds(5));
    ks_scope_line& line = first.scope("all");
    const u16 opened = first.pages->cell_of("mock/hedge")->index; // re-armed in part
    line.held_cells[0] &= ~(u64{1} << opened);
    first.kill("desk", 4, KS_CLEAR, seconds(5));
    first.scope("desk").held_cells[0] = 0; // re-armed
    first.scope("desk").kill_outcome = u64{4} << 32 | KS_IDLE;
    keep(first);
    Boot second;
    restore(second);
    EXPECT_TRUE(second.is_closed("mock/main"));
    EXPECT_FALSE(second.is_closed("mock/hedge"));
    EXPECT_EQ(second.outcome("desk"), KS_IDLE);
    EXPECT_EQ(second.number("desk"), 4u);
}

TEST_F(LatchTest, R14_a_config_with_a_new_account_halts_that_too) {
    Boot first;
    first.publish();
    first.kill("all", 1, KS_WORKING, seconds(1));
    keep(first);
    Boot second({"mock/main", "mock/hedge", "mock/new"});
    restore(second);
    EXPECT_TRUE(second.is_held_by("all", "mock/new"));
}

TEST_F(LatchTest, R14_a_name_missing_from_the_new_config_starts_halted_and_is_shouted) {
    Boot first({"mock/main", "mock/old"});
    first.publish();
    first.kill("all", 1, KS_WORKING, seconds(1));
    keep(first);
    Boot second({"mock/main", "mock/hedge"});
    restore(second);
    EXPECT_TRUE(second.is_closed("mock/old"));
    EXPECT_EQ(unmatched_latches(second.page()),
              std::vector<std::string>{"mock/old is halted by all and is not in the config: it "
                                       "stays halted, nothing guards it"});
}

TEST_F(LatchTest, R14_a_scope_missing_from_the_new_config_names_its_remedy) {
    Latch latch;
    LatchedScope& scope = latch.scopes.emplace_back();
    scope.name = "asia";
    scope.kill = 2;
    scope.outcome = KS_WORKING;
    scope.pulled_utc_ns = now_utc_ns;
    scope.cells = scope.held = {"mock/main"};
    Boot boot;
    ASSERT_TRUE(restore_latch(*boot.pages, latch, rules));
    boot.publish();
    EXPECT_TRUE(boot.is_closed("mock/main"));
    EXPECT_EQ(unmatched_latches(boot.page()),
              std::vector<std::string>{"asia is killed and is not in the config: mock/main stay "
                                       "halted; put it back, restart, then: ksctl rearm asia"});
}

TEST_F(LatchTest, R14_killed_without_a_latch_is_everything_halted_and_nothing_sent) {
    Boot boot;
    boot.publish();
    start_killed(*boot.pages, now);
    EXPECT_TRUE(boot.is_closed("mock/main") && boot.is_closed("mock/hedge"));
    EXPECT_EQ(boot.outcome("all"), KS_HELD); // the engine sends nothing for a held kill
    EXPECT_EQ(boot.number("all"), 1u);
    EXPECT_EQ(boot.outcome("desk"), KS_IDLE);
}

// What lies in state_dir at a start after a reboot, and what is made of it.
TEST_F(LatchTest, R14_what_cannot_be_read_is_never_taken_for_nothing) {
    EXPECT_EQ(trouble(), "found"); // an empty directory: no engine has ever run
    EXPECT_FALSE(find_latch(state.path())->has_value());
    EXPECT_FALSE(find_latch(state / "missing")->has_value());
    save(segment_name(1), "");
    EXPECT_NE(trouble().find("latch: is gone from"), std::string::npos) << trouble();
    save(latch_name, "");
    EXPECT_EQ(trouble(), "latch: does not begin as a latch does");
    save(latch_name, "killswitch-latch=1\n");
    EXPECT_EQ(trouble(), "latch: has no checksum at its end");
    save(latch_name, "killswitch-latch=1\ncrc=00000000\n");
    EXPECT_EQ(trouble(), "latch: does not match its checksum: it was cut or changed");
    fs::remove(state / latch_name);
    fs::create_directory(state / latch_name);
    EXPECT_EQ(trouble(), "read latch: Is a directory");
    fs::remove(state / latch_name);
    fs::create_symlink("/dev/null", state / latch_name);
    EXPECT_EQ(trouble(), "open latch: Too many levels of symbolic links");
}

TEST_F(LatchTest, R14_a_disk_that_hangs_is_a_latch_that_cannot_be_read) {
    std::promise<void> disk;
    const LatchReader hangs = [answers = disk.get_future().share()](const std::string& path) {
        answers.wait();
        return read_latch(path);
    };
    const Result<std::optional<Latch>> latch = find_latch(state.path(), milliseconds(1), hangs);
    disk.set_value();
    ASSERT_FALSE(latch);
    EXPECT_EQ(latch.error().sentence,
              "latch: the disk of " + state.path().string() + " does not answer");
}

TEST_F(LatchTest, IsWrittenAtFirstAndThenOnlyWhenSomethingChanges) {
    Boot boot;
    boot.publish();
    keep(boot);
    EXPECT_TRUE(parse_latch(load(latch_name)));
    fs::remove(state / latch_name);
    keep(boot);
    EXPECT_FALSE(fs::exists(state / latch_name));
    boot.kill("desk", 1, KS_WORKING, {});
    keep(boot);
    EXPECT_EQ(found().scopes.at(0).kill, 1u);
    boot.scope("desk").pulled_ns -= 7; // the time of the pull comes a chore after its number
    keep(boot);
    EXPECT_EQ(found().scopes.at(0).pulled_utc_ns, now_utc_ns - 7);
    boot.scope("desk").pulled_ns = 0;
    keep(boot);
    EXPECT_EQ(found().scopes.at(0).pulled_utc_ns, now_utc_ns);
    boot.scope("desk").held_cells[0] = 0;
    keep(boot);
    EXPECT_TRUE(found().scopes.at(0).held.empty());
}

TEST_F(LatchTest, R14_a_damaged_file_is_kept_as_evidence) {
    save(latch_name, "scribble");
    Boot boot;
    boot.publish();
    keep(boot);
    EXPECT_EQ(load("latch.unreadable"), "scribble");
    EXPECT_TRUE(parse_latch(load(latch_name)));
}

} // namespace
} // namespace ks
