// A dead engine must not leave the halt open: every answer of killswitch.h about silence, over real
// files in a real run directory, as a sender and a risk process meet them.
#include <gtest/gtest.h>
#include <unistd.h>

#include "abi/killswitch.h"
#include "cold/pages.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

constexpr u64 hour_ns = 3'600'000'000'000; // a busy machine must not make a live engine look silent

class Silence : public testing::Test {
protected:
    Silence() { start_engine(); }
    ~Silence() override {
        ks_close(&risk);
        ks_close(&sender);
    }

    // One scope of one cell, granted to risk1 and not to risk2; then it beats.
    void start_engine() {
        pages.reset();
        pages.emplace(
            std::move(*Pages::open({dir.path(), "test", {{"risk1", {}}, {"risk2", {}}}, {}, {}})));
        auto plan = std::make_unique<Plan>();
        AccountPlan account;
        account.name.assign("mock/main");
        (void)plan->accounts.push(account);
        CellPlan cell;
        cell.name.assign("mock/main");
        cell.account = {0};
        (void)pages->cell_of("mock/main");
        (void)plan->cells.push(cell);
        ScopePlan scope;
        scope.name.assign("all");
        scope.in_config = true;
        scope.cells.set(0);
        (void)pages->slot_of("all");
        (void)plan->scopes.push(scope);
        ProducerPlan granted;
        granted.granted.set(0);
        (void)plan->producers.push(granted);
        (void)plan->producers.push({});
        pages->publish(*plan);
        beat(ks_now_ns() + hour_ns);
    }
    void beat(u64 at_ns) {
        __atomic_store_n(&pages->status().engine_beat_ns, at_ns, __ATOMIC_RELEASE);
    }
    void open() {
        ASSERT_EQ(ks_open(&risk, dir.path().c_str(), "risk1"), KS_OPENED);
        ASSERT_EQ(ks_open_reader(&sender, dir.path().c_str()), KS_OPENED);
    }
    ks_pulled pull(ks_handle& ks) { return ks_pull(&ks, "all", 0, &ticket); }
    // Never OPEN, and never allowed, unless it is.
    ks_killed ask(const ks_handle& ks) {
        const ks_killed killed = ks_is_killed(&ks, 0);
        EXPECT_EQ(ks_may_send(&ks, 0), killed == KS_OPEN);
        return killed;
    }

    TempDir dir;
    std::optional<Pages> pages;
    ks_handle risk{}, sender{};
    ks_ticket ticket{};
};

TEST_F(Silence, R06_a_live_engine_is_open_and_takes_the_pull) {
    open();
    EXPECT_EQ(ask(sender), KS_OPEN);
    EXPECT_EQ(pull(risk), KS_PULL_TAKEN_BY_LIVE_ENGINE);
}

TEST_F(Silence, R06_an_engine_without_a_beat_is_silent_and_the_pull_is_stored) {
    open();
    for (const u64 beat_ns : {u64{0}, u64{1}, ks_now_ns() - KS_BEAT_AGE_NS_MAX - 1}) {
        beat(beat_ns);
        EXPECT_FALSE(ks_engine_lives(&risk));
        EXPECT_EQ(ask(sender), KS_ENGINE_SILENT) << beat_ns;
    }
    EXPECT_EQ(pull(risk), KS_PULL_STORED_ENGINE_SILENT);
    EXPECT_EQ(ask(sender), KS_KILLED) << "a stored pull is a kill, whoever lives";
}

TEST_F(Silence, R06_a_closed_halt_is_killed_also_while_the_engine_is_silent) {
    open();
    pages->status().halt[0] = 1;
    EXPECT_EQ(ask(sender), KS_KILLED);
    beat(0);
    EXPECT_EQ(ask(sender), KS_KILLED);
}

TEST_F(Silence, R06_a_pull_not_yet_taken_is_seen_by_every_sender) {
    open();
    EXPECT_EQ(pull(risk), KS_PULL_TAKEN_BY_LIVE_ENGINE);
    EXPECT_EQ(ask(sender), KS_KILLED);
    EXPECT_EQ(ask(risk), KS_KILLED);
    pages->status().handled[0][0].word = u64{ticket.epoch} << 32 | 1;
    EXPECT_EQ(ask(sender), KS_OPEN) << "handled, and its halt lies open: re-armed";
}

TEST_F(Silence, R06_without_the_grant_nothing_is_stored) {
    ks_handle other{};
    ASSERT_EQ(ks_open(&other, dir.path().c_str(), "risk2"), KS_OPENED);
    open();
    EXPECT_EQ(pull(other), KS_PULL_NO_GRANT);
    EXPECT_EQ(ks_pull(&risk, "no such scope", 0, &ticket), KS_PULL_NO_GRANT);
    EXPECT_EQ(ask(sender), KS_OPEN);
    ks_close(&other);
}

TEST_F(Silence, R06_without_a_page_nothing_is_stored_and_nothing_may_be_sent) {
    const TempDir empty;
    EXPECT_EQ(ks_open(&risk, empty.path().c_str(), "risk1"), KS_OPEN_NO_PAGE);
    EXPECT_EQ(ks_open_reader(&sender, empty.path().c_str()), KS_OPEN_NO_PAGE);
    EXPECT_EQ(pull(risk), KS_PULL_NO_PAGE);
    EXPECT_EQ(ask(sender), KS_ENGINE_SILENT);
    EXPECT_EQ(ks_find_cell(&sender, "mock/main"), KS_NONE);
    EXPECT_FALSE(ks_may_send(&sender, KS_NONE));
}

TEST_F(Silence, R06_a_reader_cannot_pull) {
    open();
    EXPECT_EQ(pull(sender), KS_PULL_NO_PAGE);
}

TEST_F(Silence, R06_a_retired_page_is_no_page) {
    open();
    __atomic_store_n(&pages->status().head.version, KS_ABI_VERSION + 1, __ATOMIC_RELEASE);
    start_engine(); // makes a fresh page, and retires the one that both handles hold
    EXPECT_EQ(ask(sender), KS_ENGINE_SILENT);
    EXPECT_EQ(pull(risk), KS_PULL_NO_PAGE);
    ks_close(&risk);
    ks_close(&sender);
    open();
    EXPECT_EQ(ask(sender), KS_OPEN);
    EXPECT_EQ(pull(risk), KS_PULL_TAKEN_BY_LIVE_ENGINE);
}

// Who holds the old page cannot see the new one: it must say silent, for ever, and its pulls must
// still reach the engine, whose trigger page is the same file.
TEST_F(Silence, R06_an_unlinked_page_falls_silent_with_its_engine_and_loses_no_pull) {
    open();
    ASSERT_EQ(unlink((dir / "status").c_str()), 0);
    EXPECT_EQ(ask(sender), KS_OPEN) << "its engine lives on, in the page that is mapped";
    beat(ks_now_ns() - KS_BEAT_AGE_NS_MAX - 1); // that engine dies
    EXPECT_EQ(ask(sender), KS_ENGINE_SILENT);
    start_engine();
    EXPECT_EQ(ask(sender), KS_ENGINE_SILENT) << "the new engine beats elsewhere";
    EXPECT_EQ(pull(risk), KS_PULL_STORED_ENGINE_SILENT);
    ks_handle fresh{};
    ASSERT_EQ(ks_open_reader(&fresh, dir.path().c_str()), KS_OPENED);
    EXPECT_EQ(ask(fresh), KS_KILLED) << "the pull through the old page";
    ks_close(&fresh);
}

TEST_F(Silence, R06_an_unlinked_trigger_page_is_still_the_engines) {
    open();
    ASSERT_EQ(unlink((dir / "trigger.risk1").c_str()), 0);
    EXPECT_EQ(pull(risk), KS_PULL_TAKEN_BY_LIVE_ENGINE);
    EXPECT_NE(pages->trigger({0}).row[0].slot[0].word, 0u) << "the old mapping fires";
}

} // namespace
} // namespace ks
