// The watches over pages that a test writes as the engine would: what each change becomes, as text.
#include "cold/watch.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <fcntl.h>

#include <fstream>

#include "cold/journal_sentences.hpp"
#include "cold/page_birth.hpp"
#include "cold/watch_clocks.hpp"
#include "cold/watch_operators.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

constexpr u64 pulled_ns = 4'000'000'000;

// Scope 0 `all` of two accounts, ready, pulled by nobody.
struct Watched {
    Watched() {
        put_name(page->scope[0].name, "all");
        page->scopes_count = 1;
        page->scope[0].cells[0] = 3;
        page->scope[0].accounts_count = 2;
        page->cells_count = page->accounts_count = 2;
        put_name(page->cell[0].name, "bitopro/main");
        put_name(page->cell[1].name, "coinswitch/main");
        put_name(page->account[0].name, "bitopro/main");
        put_name(page->account[1].name, "coinswitch/main");
        page->cell[0].in_config = page->cell[1].in_config = 1;
        page->cell[1].account = 1;
        page->account[0].ready = page->account[1].ready = KS_READY_ALL;
        put_name(page->producers[1], "risk");
        page->ready = 2;
        beat();
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
    void kill(u32 number, ks_outcome outcome, u64 at_ns = pulled_ns) {
        ks_scope_line& line = page->scope[0];
        line.kill_outcome = u64{number} << 32 | outcome;
        line.pulled_ns = at_ns;
        line.pulled_by = 1;
        line.held_cells[0] = outcome == KS_IDLE ? 0 : 3;
    }
    std::unique_ptr<ks_status_page> page = std::make_unique<ks_status_page>();
    std::unique_ptr<ks_operator_page> operators = std::make_unique<ks_operator_page>();
    std::unique_ptr<ks_trigger_page> trigger = std::make_unique<ks_trigger_page>();
    TriggerPages triggers{.status = page.get(), .trigger = {nullptr, trigger.get()}};
    Moment now{{5'000'000'000}, 1'700'000'000'000'000'000};
};

// "PULLED kill all: text" of each alarm.
std::vector<std::string> told(const Findings& found) {
    std::vector<std::string> all;
    for (const Finding& finding : found.alarms)
        all.push_back(std::string(facts(finding.kind).word) + " [" + finding.subject +
                      "]: " + finding.text);
    return all;
}

class KillWatchTest : public testing::Test, protected Watched {
protected:
    KillWatchTest() { look(); }
    std::vector<std::string> look() {
        found = {};
        watch.look(now, found);
        return told(found);
    }
    KillWatch watch{*page, triggers};
    Findings found;
};
using Sentences = std::vector<std::string>;

TEST_F(KillWatchTest, R19_says_that_it_was_pulled_by_whom_and_what_it_closed) {
    kill(3, KS_WORKING);
    EXPECT_EQ(look(), Sentences{"PULLED [kill all]: all, kill 3, by risk at 2023-11-14 "
                                "22:13:19.000000 UTC: halt closed for bitopro/main, "
                                "coinswitch/main; shots leave. Positions are NOT closed."});
    EXPECT_TRUE(found.is_kill);
    EXPECT_TRUE(look().empty()) << "once";
}

// What risk says of its pull of epoch 5, which kill 3 answers.
class SaidTest : public KillWatchTest {
protected:
    SaidTest() {
        page->trigger_nonce[1] = 0xabcdef;
        page->handled[1][0].word = u64{5} << 32 | 3;
        person.uid = 4'000'000'001; // nobody's
        person.login_uid = UINT32_MAX;
        put_name(person.terminal, "pts/3");
    }
    template<size_t bytes> static void put_name(char (&place)[bytes], std::string_view text) {
        std::ranges::fill(place, '\0');
        std::ranges::copy(text, place);
    }
    u64 key() const { return ks_slot_key("all", page->trigger_nonce[1]); }
    void say(u32 scope = 0, u32 epoch = 5) {
        const ks_saying saying = ks_say_begin(trigger.get(), scope, &person);
        ks_say_end(&saying, epoch, key());
    }
    std::string alarm() {
        kill(3, KS_WORKING);
        return look().at(0);
    }
    bool is_said() { return alarm().find(" (it says: ") != std::string::npos; }
    ks_person person{};
};

TEST_F(SaidTest, R19_a_pull_names_the_person) {
    say();
    EXPECT_TRUE(alarm().starts_with(
        "PULLED [kill all]: all, kill 3, by risk (it says: uid 4000000001/pts3) at "));
    EXPECT_TRUE(found.records.empty()) << "its record comes out of the pull's event";
}

TEST_F(SaidTest, R16_what_is_said_of_another_pull_is_not_said) {
    say(0, 4);
    EXPECT_FALSE(is_said());
}

TEST_F(SaidTest, R19_names_all_whose_pulls_were_one) {
    say();
    person.uid = 4'000'000'002;
    say();
    EXPECT_NE(alarm().find(" (it says: uid 4000000001/pts3, uid 4000000002/pts3) at "),
              std::string::npos);
}

TEST_F(SaidTest, R16_what_is_said_of_another_scope_is_not_said) {
    say(1, 5);
    EXPECT_FALSE(is_said());
}

TEST_F(SaidTest, R16_a_kill_that_answers_another_pull_has_no_person) {
    say();
    page->handled[1][0].word = u64{5} << 32 | 2;
    EXPECT_FALSE(is_said());
}

TEST_F(SaidTest, R16_a_producer_that_there_is_not_says_nothing) {
    say();
    KillWatch blind(*page, {.status = page.get()});
    blind.look(now, found);
    kill(3, KS_WORKING);
    found = {};
    blind.look(now, found);
    ASSERT_EQ(told(found).size(), 1u);
    EXPECT_EQ(told(found)[0].find("it says"), std::string::npos);
}

TEST_F(KillWatchTest, R19_waits_a_moment_for_the_line_that_follows_the_number) {
    kill(1, KS_WORKING);
    look();
    page->scope[0].kill_outcome = u64{2} << 32 | KS_WORKING; // its line still tells of kill 1
    EXPECT_TRUE(look().empty());
    page->scope[0].pulled_ns = pulled_ns + 500'000'000;
    EXPECT_EQ(look().size(), 1u);
    page->scope[0].kill_outcome = u64{3} << 32 | KS_WORKING;
    look();
    pass(milliseconds(100));
    EXPECT_EQ(look().size(), 1u) << "the engine died in between: told all the same";
}

TEST_F(KillWatchTest, R19_says_every_change_of_outcome) {
    kill(3, KS_WORKING);
    look();
    page->scope[0].accounts_clear = 1;
    page->account[0].outcome = KS_CLEAR;
    page->account[1].outcome = KS_UNKNOWN;
    page->account[1].http_status = 503;
    page->account[1].orders_open = 4;
    const std::string unclear = "1 of 2 accounts clear; coinswitch/main UNKNOWN, HTTP 503, 4 open; "
                                "still trying.";
    kill(3, KS_UNKNOWN);
    EXPECT_EQ(look(), Sentences{"OUTCOME [kill all]: all, kill 3 is UNKNOWN: " + unclear +
                                " Cancel by hand too. Positions are NOT closed."});
    kill(3, KS_WORKING);
    EXPECT_EQ(look(), Sentences{"OUTCOME [kill all]: all, kill 3 is WORKING: " + unclear +
                                " Positions are NOT closed."});
    page->scope[0].accounts_clear = 2;
    page->account[1].outcome = KS_CLEAR;
    page->account[1].notes = KS_NOTE_STRIPS_STOPS;
    kill(3, KS_CLEAR);
    EXPECT_EQ(look(), Sentences{"OUTCOME [kill all]: all, kill 3 is CLEAR: 2 of 2 accounts clear, "
                                "every venue shows 0 open orders. STOPS WERE CANCELLED: "
                                "coinswitch/main. Positions are NOT closed."});
    kill(3, KS_IDLE);
    EXPECT_TRUE(look().empty()) << "who re-armed is told with the person";
}

TEST_F(KillWatchTest, R19_every_word_about_a_kill_ends_with_the_positions) {
    for (u32 outcome = KS_WORKING; outcome <= KS_HELD; ++outcome) {
        kill(outcome, static_cast<ks_outcome>(outcome), pulled_ns + outcome);
        for (const std::string& sentence : look())
            EXPECT_TRUE(sentence.ends_with(" Positions are NOT closed.")) << sentence;
    }
}

TEST_F(KillWatchTest, R19_a_pull_that_is_held_says_that_nothing_was_sent) {
    kill(1, KS_HELD);
    const Sentences all = look();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_TRUE(all[0].starts_with("HELD [kill all]: all, kill 1, by risk at ")) << all[0];
    EXPECT_NE(all[0].find("too old, HELD: halt closed, NOTHING SENT; pull again or re-arm."),
              std::string::npos);
}

TEST_F(KillWatchTest, R19_a_start_that_finds_a_kill_tells_it_again) {
    kill(3, KS_WORKING);
    KillWatch fresh(*page, triggers);
    Findings first;
    fresh.look(now, first);
    ASSERT_EQ(told(first).size(), 1u);
    EXPECT_TRUE(told(first)[0].starts_with(
        "PULLED [kill all]: an engine has started and finds it killed: all, kill 3 is WORKING"));
}

TEST(AccountWatchTest, R19_orders_that_come_back_or_go_on_arriving_are_shouted) {
    Watched at;
    AccountWatch watch(*at.page);
    const auto look = [&] {
        Findings found;
        watch.look(found);
        return told(found);
    };
    EXPECT_TRUE(look().empty());
    at.page->account[0].reopened_count = 1;
    at.page->account[0].orders_open = 2;
    EXPECT_EQ(look(), Sentences{"REOPENED [reopened bitopro/main]: bitopro/main had no open order "
                                "and shows 2 again: fired at. A sender may ignore the halt. "
                                "Positions are NOT closed."});
    EXPECT_TRUE(look().empty());
    at.page->account[0].orders_arriving = 7;
    EXPECT_EQ(look(), Sentences{"ORDERS STILL ARRIVING [arriving bitopro/main]: at bitopro/main (7 "
                                "since the kill): a sender ignores the halt. Stop it or revoke its "
                                "key."});
    at.page->account[0].orders_arriving = 13;
    EXPECT_TRUE(look().empty()) << "not once an order";
    at.page->account[0].orders_arriving = 14;
    EXPECT_EQ(look().size(), 1u);
    at.page->account[0].orders_arriving = 1; // of the next kill
    EXPECT_EQ(look().size(), 1u);
}

class ReadyWatchTest : public testing::Test, protected Watched {
protected:
    Sentences look() {
        found = {};
        watch.look(now, found);
        return told(found);
    }
    std::string record() { return found.records.empty() ? "" : found.records[0].second.text(); }
    ReadyWatch watch{*page};
    Findings found;
};

TEST_F(ReadyWatchTest, R16_every_interval_of_not_ready_is_on_record_with_its_cause) {
    EXPECT_TRUE(look().empty());
    EXPECT_EQ(record(), "");
    page->ready = 0;
    page->account[0].ready &= ~u32{KS_READY_LANES};
    look();
    EXPECT_EQ(record(), "state=begun\ncause=bitopro/main: no connection to the venue\n");
    pass(milliseconds(100));
    look();
    EXPECT_EQ(record(), "");
    page->ready = 1;
    page->account[0].ready = KS_READY_ALL;
    pass(milliseconds(100));
    look();
    EXPECT_EQ(record(),
              "state=ended\ncause=bitopro/main: no connection to the venue\nnow=READY WITH LIMITS\n"
              "lasted_ms=200\n");
    EXPECT_TRUE(found.alarms.empty()) << "too short to wake anyone";
}

TEST_F(ReadyWatchTest, R16_a_cause_that_changes_is_on_record_once_it_stays) {
    page->ready = 0;
    look();
    page->account[0].ready &= ~u32{KS_READY_LANES};
    look();
    pass(milliseconds(249));
    look();
    EXPECT_EQ(record(), "");
    pass(milliseconds(1));
    look();
    EXPECT_EQ(record(), "state=changed\ncause=bitopro/main: no connection to the venue\n");
}

TEST_F(ReadyWatchTest, R19_more_than_ten_seconds_of_not_ready_is_an_alarm_and_so_is_its_end) {
    page->ready = 0;
    look();
    pass(milliseconds(9'999));
    EXPECT_TRUE(look().empty());
    pass(milliseconds(1));
    EXPECT_EQ(
        look(),
        Sentences{
            "NOT READY [ready]: for 10.0 s: the engine says so and gives no cause. A pull may "
            "not leave at once; look at: ksctl status"});
    pass(seconds(5));
    EXPECT_TRUE(look().empty());
    page->ready = 2;
    EXPECT_EQ(look(), Sentences{"READY AGAIN [ready]: READY again after 15.0 s"});
}

TEST_F(ReadyWatchTest, R05_each_cold_thread_that_hangs_is_not_ready_by_name) {
    const std::pair<u64*, const char*> threads[] = {{&page->signer_beat_ns, "signer"},
                                                    {&page->connector_beat_ns, "connector"},
                                                    {&page->scribe_beat_ns, "scribe"}};
    for (const auto& [beat_ns, name] : threads) {
        beat();
        *beat_ns -= 1'000'000'000;
        look();
        EXPECT_EQ(record(), "") << name << " is at the limit";
        *beat_ns -= 1;
        look();
        EXPECT_EQ(record(), "state=begun\ncause=the " + std::string(name) + " is silent\n");
        beat();
        look();
    }
}

class OperatorWatchTest : public testing::Test, protected Watched {
protected:
    void ask(u32 request, const char* reason) {
        ks_operator_row& row = operators->row[0];
        row = {};
        row.kill = 3;
        row.only = KS_NONE;
        row.uid = getuid();
        row.pid = static_cast<u32>(getpid());
        row.login_uid = KS_NONE;
        row.exceptions_count = 1;
        row.exception[0] = {1, 4};
        std::string_view(reason).copy(row.reason, sizeof row.reason - 1);
        row.word = ks_operator_word(request, ks_slot_key("all", operators->head.nonce), &row);
    }
    void answer(u32 request, ks_rearm answer) {
        page->scope[0].rearm_answer = u64{request} << 32 | answer;
    }
    std::string look() {
        found = {};
        watch.look(found);
        return found.records.empty() ? "" : found.records[0].second.text();
    }
    OperatorWatch watch{*page, *operators};
    Findings found;
};

TEST_F(OperatorWatchTest, R16_a_re_arm_names_person_reason_exceptions_and_what_was_open) {
    kill(3, KS_WORKING);
    page->account[0].outcome = KS_CLEAR;
    page->account[1].outcome = KS_WORKING;
    page->account[1].orders_open = 4;
    ask(1, "looked at both\n\u202e已對沖 हेज 🛑");
    EXPECT_EQ(look(), "");
    answer(1, KS_REARM_LOOKING);
    EXPECT_EQ(look(), "");
    kill(3, KS_IDLE);
    page->account[0].outcome = page->account[1].outcome = KS_IDLE; // and its count is forgotten
    page->account[0].orders_open = page->account[1].orders_open = UINT32_MAX;
    answer(1, KS_REARM_DONE);
    const std::string text = look();
    EXPECT_EQ(value_of(text, "act"), "rearm");
    EXPECT_EQ(value_of(text, "answer"), "done");
    EXPECT_EQ(value_of(text, "kill"), "3");
    EXPECT_EQ(value_of(text, "uid"), std::to_string(getuid()));
    EXPECT_EQ(value_of(text, "login"), "unknown");
    EXPECT_NE(value_of(text, "executable").find("test_cold"), std::string_view::npos) << text;
    EXPECT_EQ(value_of(text, "reason"), "looked at both??已對沖 हेज 🛑");
    EXPECT_EQ(value_of(text, "exceptions"), "coinswitch/main=4");
    EXPECT_EQ(value_of(text, "open"), "bitopro/main=0 coinswitch/main=4");
    EXPECT_EQ(value_of(text, "still_closed"), "none");
    ASSERT_EQ(found.alarms.size(), 1u);
    EXPECT_EQ(found.alarms[0].kind, AlarmKind::rearmed);
    EXPECT_EQ(found.alarms[0].subject, "kill all");
    EXPECT_NE(found.alarms[0].text.find(": \"looked at both??已對沖 हेज 🛑\". "),
              std::string::npos);
    EXPECT_EQ(look(), "") << "once";
}

TEST_F(OperatorWatchTest, R16_a_refused_re_arm_is_on_record_too) {
    kill(3, KS_WORKING);
    page->halt[0] = 3;
    ask(1, "impatient");
    look();
    answer(1, KS_REARM_NOT_CLEAR);
    const std::string text = look();
    EXPECT_EQ(value_of(text, "answer"), "refused: an account is not CLEAR");
    EXPECT_EQ(value_of(text, "still_closed"), "bitopro/main, coinswitch/main");
    EXPECT_TRUE(found.alarms.empty());
}

TEST_F(OperatorWatchTest, R16_answers_of_the_engine_before_are_history) {
    answer(7, KS_REARM_DONE);
    OperatorWatch fresh(*page, *operators);
    Findings first;
    fresh.look(first);
    EXPECT_TRUE(first.records.empty());
}

TEST_F(OperatorWatchTest, R16_a_scribbled_row_gives_nobody_a_name) {
    kill(3, KS_WORKING);
    ask(1, "true");
    operators->row[0].uid = 0;
    operators->row[0].reason[0] = 'T';
    look();
    answer(1, KS_REARM_STALE);
    const std::string text = look();
    EXPECT_EQ(value_of(text, "answer"), "refused: it was pulled again meanwhile");
    EXPECT_EQ(value_of(text, "user"), "");
}

TEST_F(OperatorWatchTest, R19_an_acknowledgement_is_on_record_with_its_person) {
    page->alarm_last = 5;
    Findings by_human;
    EXPECT_FALSE(watch.acknowledged(by_human));
    operators->acknowledged_by = getuid();
    operators->acknowledged_login = KS_NONE;
    operators->acknowledged_pid = static_cast<u32>(getpid());
    operators->acknowledged = 6; // nobody has seen that one
    EXPECT_FALSE(watch.acknowledged(by_human));
    operators->acknowledged = 5;
    EXPECT_EQ(watch.acknowledged(by_human), 5u);
    EXPECT_FALSE(watch.acknowledged(by_human));
    ASSERT_EQ(by_human.records.size(), 1u);
    EXPECT_EQ(value_of(by_human.records[0].second.text(), "alarm"), "5");
    EXPECT_EQ(value_of(by_human.records[0].second.text(), "uid"), std::to_string(getuid()));
}

TEST(ProducerWatchTest, R19_a_producer_that_falls_silent_is_shouted_and_its_return_noted) {
    Watched at;
    ProducerWatch watch(*at.page);
    Findings found;
    at.page->producers_silent = 2;
    watch.look(found);
    watch.look(found);
    ASSERT_EQ(found.alarms.size(), 1u);
    EXPECT_EQ(found.alarms[0].subject, "producer risk");
    at.page->producers_silent = 0;
    watch.look(found);
    ASSERT_EQ(found.records.size(), 2u);
    EXPECT_EQ(found.records[1].second.text(), "producer=risk\nstate=beats again\n");
}

TEST(PageWatchTest, R14_a_page_that_is_unlinked_replaced_or_truncated_is_shouted_once) {
    const TempDir dir;
    const auto touch = [&](const char* name) { std::ofstream(dir / name) << "x"; };
    touch("status");
    touch("trigger.risk");
    const Fd directory(open(dir.path().c_str(), O_RDONLY | O_DIRECTORY));
    std::atomic<u32> lost{0};
    PageWatch watch(directory.get(), lost, {"status", "trigger.risk"});
    Instant now{1};
    const auto look = [&] {
        Findings found;
        now = now + seconds(1);
        watch.look(now, found);
        return told(found);
    };
    EXPECT_TRUE(look().empty());
    std::filesystem::remove(dir / "status");
    ASSERT_EQ(look().size(), 1u);
    EXPECT_TRUE(look().empty());
    touch("new");
    std::filesystem::rename(dir / "new", dir / "trigger.risk");
    EXPECT_EQ(look(), Sentences{"PAGE LOST [page trigger.risk]: trigger.risk was removed from the "
                                "run directory or replaced; who has it open can still pull, nobody "
                                "else can; restart killswitchd"});
    lost = 1;
    EXPECT_EQ(look().size(), 1u);
    EXPECT_TRUE(look().empty());
    EXPECT_TRUE(watch.is_any_lost());
}

TEST(ClockWatchTest, R16_a_clock_that_moved_more_than_50_ms_is_on_record) {
    auto clocks = std::make_unique<VenueClocks>();
    ClockWatch watch(*clocks, {"bitopro", "coinswitch"});
    const auto look = [&] {
        Findings found;
        watch.look(found);
        std::string text;
        for (const auto& [type, lines] : found.records) text += lines.text();
        return text;
    };
    const auto measure = [&](size_t venue, i64 offset_ms) {
        (*clocks)[venue].offset_ms = offset_ms;
        (*clocks)[venue].error_ms = 8;
        (*clocks)[venue].measured_ns = 1;
    };
    EXPECT_EQ(look(), "");
    measure(0, 10);
    EXPECT_EQ(look(), "venue=bitopro\noffset_ms=10\nbefore_ms=not measured\nerror_ms=8\n");
    measure(0, 60);
    EXPECT_EQ(look(), "");
    measure(0, 61);
    EXPECT_EQ(look(), "venue=bitopro\noffset_ms=61\nbefore_ms=10\nerror_ms=8\n");
}

TEST(ClockWatchTest, R14_a_clock_that_two_venues_contradict_is_shouted_one_alone_is_not) {
    auto clocks = std::make_unique<VenueClocks>();
    ClockWatch watch(*clocks, {"bitopro", "coinswitch"});
    Findings found;
    for (VenueClock& clock : {std::ref((*clocks)[0]), std::ref((*clocks)[1])}) {
        EXPECT_TRUE(found.alarms.empty());
        clock.offset_ms = -1'500;
        clock.error_ms = 500;
        clock.measured_ns = 1;
        watch.look(found);
    }
    ASSERT_EQ(found.alarms.size(), 1u);
    EXPECT_EQ(found.alarms[0].text,
              "the clock of this machine differs from bitopro by -1500 ms, coinswitch by -1500 ms. "
              "Requests are signed by the venues' clocks; mend this one: chronyc tracking");
}

} // namespace
} // namespace ks
