// Every screen of ks-panic as text, as incident-rules writes it: tests/vectors/words/panic_*.txt.
#include "panic_bench.hpp"

namespace ks {
namespace {

class PanicWords : public PanicBench {
protected:
    PanicWords()
        : PanicBench({"bitopro/main", "bitopro/hedge", "coinswitch/main", "coinswitch/hedge",
                      "treadfi/main", "treadfi/hedge"}) {
        gate("coinswitch cancel", 10, seconds(60));
        gate("bitopro cancel", 1, seconds(1));
    }
    void gate(const char* name, u16 places, Nanos window) {
        ks_status_page& status = pages->status();
        ks_gate_line& line = status.gate[status.gates_count++];
        std::string(name).copy(line.name, KS_NAME_BYTES - 1);
        line.places = places;
        line.window_ns = static_cast<u64>(window.ns);
    }
    // All have left but bitopro/hedge, which waits for its venue's limit.
    std::vector<Shown> five_of_six() {
        std::vector<Shown> shown(6);
        shown[1] = {.sent = 0, .next_shot_s = 1.05};
        return shown;
    }
    std::vector<Shown> all_clear() {
        return std::vector<Shown>(6, {.outcome = KS_CLEAR,
                                      .accepted_s = 0.09,
                                      .answered_s = 0.09,
                                      .read_s = 6.5,
                                      .clear_s = 6.5,
                                      .cancelled = 14,
                                      .open = 0,
                                      .http_status = 200});
    }
};

TEST_F(PanicWords, R12_all_clear) {
    const std::vector<Shown> waiting = five_of_six();
    std::vector<Shown> clear = all_clear();
    clear[1].accepted_s = 1.31;
    clear[2].notes = KS_NOTE_STRIPS_STOPS;
    for (size_t i = 2; i < 6; ++i) clear[i].accepted_s = 0;
    std::vector<Step> steps{
        {[&] { show_all(waiting, KS_WORKING); }, "SENT     5 of 6"},
        {[&] { show(0, {.accepted_s = 0.09, .cancelled = 14}); }, "accepted, 14"},
        {[&] { show_kill(clear, KS_WORKING); }, "SENT     6 of 6"},
        {[&] { show(1, {.accepted_s = 1.31, .cancelled = 2}); }, "accepted, 2"}};
    for (size_t i = 0; i < 6; ++i)
        steps.push_back({[&, i] { show(i, clear[i]); }, accounts[i] + "  CLEAR"});
    steps.push_back({[&] { show_kill(clear, KS_CLEAR, 6.5); }, ""});
    play(steps);
    const Ran ran = panic("all --confirm all --wait 60");
    EXPECT_EQ(ran.exit_code, 0);
    expect_words(ran, "panic_clear.txt");
}

TEST_F(PanicWords, R12_first_shots_of_a_venue_leave_one_after_the_other) {
    std::vector<Shown> shown(6);
    shown[0] = shown[1] = {.sent = 0, .next_shot_s = 1.05};
    shown[4] = {.sent = 0, .ready = KS_READY_ALL & ~KS_READY_LANES};
    std::string(" spot *").copy(pages->status().shot[1].name + accounts[1].size(), 8);
    play({{[&] { show_all(shown, KS_WORKING); }, ""}});
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_TRUE(ran.says("SENT     3 of 6 now; bitopro/main leaves at +1.05 s (venue limit), then "
                         "bitopro/hedge spot; treadfi/main waits (no connection to the venue)\n"))
        << ran.text;
}

TEST_F(PanicWords, R12_not_proven) {
    std::vector<Shown> shown = all_clear();
    shown[2] = {.outcome = KS_UNKNOWN,
                .sent = 4,
                .accepted_s = 0.2,
                .answered_s = 30.2,
                .read_s = 25.0,
                .next_shot_s = 62,
                .next_read_s = 40,
                .cancelled = 8,
                .open = 4,
                .http_status = 503};
    play({{[&] { show_all(shown, KS_UNKNOWN); }, ""}});
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 10);
    expect_words(ran, "panic_not_proven.txt");
}

TEST_F(PanicWords, R12_engine_not_answering) {
    const Ran ran = panic("all --confirm all --wait 0");
    EXPECT_EQ(ran.exit_code, 12);
    expect_words(ran, "panic_engine_not_answering.txt");
}

TEST_F(PanicWords, R12_engine_not_answering_after_the_wait) {
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 12);
    expect_words(ran, "panic_engine_still_not_answering.txt");
}

TEST_F(PanicWords, R12_engine_starts_within_the_wait) {
    std::vector<Shown> clear = all_clear();
    for (Shown& account : clear) account.accepted_s = 0; // one line an account is enough here
    std::thread starter([this, clear] {
        while (!ear.has_heard("DO BOTH NOW")) std::this_thread::yield();
        play({{[this, clear] { show_all(clear, KS_CLEAR, 6.5); }, ""}});
    });
    const Ran ran = panic("all --confirm all --wait 60");
    starter.join();
    EXPECT_EQ(ran.exit_code, 0) << ran.text;
    EXPECT_TRUE(ran.says("s  the engine answers: kill #17\nHALT     6 of 6")) << ran.text;
}

TEST_F(PanicWords, R12_engine_falls_silent_after_the_pull) {
    std::vector<Shown> shown = all_clear();
    shown[2] = {.sent = 1};
    play({{[&] { show_all(shown, KS_WORKING); }, "treadfi/hedge  CLEAR"},
          {[&] { beat(false); }, ""}});
    const Ran ran = panic("all --confirm all --wait 2");
    EXPECT_EQ(ran.exit_code, 12);
    expect_words(ran, "panic_engine_fell_silent.txt");
}

// All have left and are clear when the engine ends: what was clear before this pull is not.
TEST_F(PanicWords, R12_clear_of_a_kill_before_is_not_clear_of_this_one) {
    std::vector<Shown> shown = all_clear();
    for (Shown& account : shown) account.accepted_s = 0;
    shown[2].clear_s = 0;
    play({{[&] { show_all(shown, KS_WORKING); }, "treadfi/hedge  CLEAR"},
          {[&] { beat(false); }, ""}});
    const Ran ran = panic("all --confirm all --wait 2");
    EXPECT_EQ(ran.exit_code, 12);
    EXPECT_TRUE(ran.says("coinswitch/main UNKNOWN: sent 1x")) << ran.text;
    EXPECT_TRUE(ran.says("cancel by hand:\n           coinswitch/main  https://")) << ran.text;
}

// A turn reads its clock once, then looks for pulls: the stamp may lie just before the pull.
TEST_F(PanicWords, R12_a_halt_stamped_by_the_turn_that_saw_the_pull_is_at_once) {
    std::vector<Shown> shown = five_of_six();
    play({{[&] {
               halted_ns = pulled_ns - 300;
               show_all(shown, KS_WORKING);
           },
           ""}});
    EXPECT_TRUE(panic("all --confirm all --wait 1").says("(senders that check)   +0 us\n"));
}

TEST_F(PanicWords, R12_no_trigger_stored) {
    const Ran ran =
        ear.run(KS_PANIC " all --confirm all --engine no-such-engine --last-resort " + last_resort);
    EXPECT_EQ(ran.exit_code, 69);
    expect_words(ran, "panic_no_trigger_stored.txt");
}

TEST_F(PanicWords, R12_held) {
    play(
        {{[&] { show_all(std::vector<Shown>(6, {.outcome = KS_IDLE, .sent = 0}), KS_HELD); }, ""}});
    const Ran ran = panic("all --confirm all --wait 60");
    EXPECT_EQ(ran.exit_code, 13);
    expect_words(ran, "panic_held.txt");
}

TEST_F(PanicWords, R12_unknown_scope_names_those_that_there_are) {
    const Ran ran = panic("al --confirm al");
    EXPECT_EQ(ran.exit_code, 64);
    expect_words(ran, "panic_unknown_scope.txt");
}

TEST_F(PanicWords, R11_each_outcome_says_what_follows) {
    std::vector<Shown> shown = all_clear();
    shown[0] = {.sent = 3, .read_s = 20, .next_shot_s = 70, .open = 3, .http_status = 200};
    shown[1] = {.outcome = KS_REJECTED, .sent = 2, .answered_s = 0.4, .http_status = 401};
    shown[2] = {
        .outcome = KS_REJECTED, .answered_s = 0.3, .http_status = 403, .notes = KS_NOTE_FIREWALL};
    shown[3] = {.outcome = KS_NOT_SENT, .sent = 0, .ready = KS_READY_ALL & ~KS_READY_LANES};
    shown[4] = {.outcome = KS_UNKNOWN, .next_read_s = 90};
    play({{[&] { show_all(shown, KS_REJECTED); }, ""}});
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 11);
    expect_words(ran, "panic_each_outcome.txt");
}

TEST_F(PanicWords, R14_a_disk_that_fails_is_said_beside_the_outcome) {
    pages->status().journal_failing_ns = 1;
    play({{[&] { show_all(all_clear(), KS_CLEAR, 6.5); }, ""}});
    const Ran ran = panic("all --confirm all --wait 60");
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_TRUE(
        ran.says("         Positions are NOT closed. NOT JOURNALLED: the disk does not take "
                 "the journal.\n"))
        << ran.text;
}

TEST_F(PanicWords, R11_what_must_be_known_beside_clear) {
    std::vector<Shown> clear = all_clear();
    for (Shown& account : clear) account.accepted_s = 0;
    clear[0].notes = KS_NOTE_STRIPS_STOPS | KS_NOTE_STALE_SHOT;
    clear[0].vanished = 3;
    clear[2].notes = KS_NOTE_STRIPS_STOPS;
    clear[3].notes = KS_NOTE_NOT_COVERED;
    clear[4].notes = KS_NOTE_TOKEN_REACH;
    play({{[&] { show_all(clear, KS_CLEAR, 6.5); }, ""}});
    const Ran ran = panic("all --confirm all --wait 60");
    EXPECT_EQ(ran.exit_code, 0);
    expect_words(ran, "panic_notes.txt");
}

TEST_F(PanicWords, R11_an_account_that_nothing_can_read_is_never_confirmed) {
    std::vector<Shown> shown = all_clear();
    shown[2] = {.outcome = KS_UNKNOWN, .http_status = 200, .notes = KS_NOTE_NO_READS};
    play({{[&] { show_all(shown, KS_UNKNOWN); }, ""}});
    const Ran ran = panic("all --confirm all --wait 1 --json");
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_TRUE(
        ran.says("         coinswitch/main: NEVER CONFIRMED: nothing reads its open orders; "
                 "look at the venue.\n"))
        << ran.text;
    EXPECT_TRUE(ran.says("\"exchanges_checked\":true,\"is_unconfirmed\":true}")) << ran.text;
}

TEST_F(PanicWords, R01_reopened_and_orders_still_arriving) {
    std::vector<Shown> clear = all_clear(), open = clear;
    for (size_t i = 0; i < 6; ++i) clear[i].accepted_s = open[i].accepted_s = 0;
    open[0] = {
        .sent = 2, .read_s = 12, .open = 2, .http_status = 200, .arriving = 7, .reopened = 1};
    play({{[&] { show_all(clear, KS_WORKING); }, "treadfi/hedge  CLEAR"},
          {[&] { show_all(open, KS_WORKING); }, ""}});
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_TRUE(ran.says("bitopro/main  REOPENED: an order appeared after CLEAR; fired at again\n"
                         "         ORDERS STILL ARRIVING at bitopro/main (7 since the kill): a "
                         "sender ignores the halt. Stop it or revoke its key.\n"))
        << ran.text;
    EXPECT_TRUE(ran.says("NOT PROVEN after 1 s: 5 of 6 clear.")) << ran.text;
    EXPECT_TRUE(ran.says("         bitopro/main: REOPENED 1x: orders appeared after CLEAR.\n"));
}

TEST_F(PanicWords, R02_empty_reads_of_unproven_eyes_are_no_proof) {
    std::vector<Shown> shown = all_clear();
    shown[2].outcome = KS_UNKNOWN;
    shown[2].notes = KS_NOTE_EYES_UNPROVEN;
    play({{[&] { show_all(shown, KS_UNKNOWN); }, ""}});
    const Ran ran = panic("all --confirm all --wait 1");
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_TRUE(ran.says("         coinswitch/main: reads are empty but have never shown an order: "
                         "UNKNOWN.\n"))
        << ran.text;
}

TEST_F(PanicWords, R09_an_oms_is_never_clear_by_itself) {
    std::vector<Shown> shown = all_clear();
    for (Shown& account : shown) account.accepted_s = 0;
    shown[4].notes = KS_NOTE_OMS_ONLY | KS_NOTE_TOKEN_REACH;
    play({{[&] { show_all(shown, KS_CLEAR, 6.5); }, ""}});
    const Ran ran = panic("all --confirm all --wait 60");
    EXPECT_EQ(ran.exit_code, 10);
    EXPECT_TRUE(ran.says("treadfi/main  OMS CLEAR, exchanges not checked\n")) << ran.text;
    EXPECT_TRUE(ran.says("5 of 6 clear.\n         Positions are NOT closed. OMS CLEAR, exchanges "
                         "not checked: treadfi/main.\n"))
        << ran.text;
    EXPECT_TRUE(ran.says("treadfi/main: its cancel-all reached every account of the token."));
}

TEST_F(PanicWords, R16_the_trigger_page_says_who_pulled_and_why) {
    play({{[&] { show_all(all_clear(), KS_CLEAR, 6.5); }, ""}});
    const std::string reason(KS_REASON_BYTES_MAX + 1, 'r');
    const Ran ran = panic("all --confirm all --wait 60 --reason " + reason);
    EXPECT_EQ(ran.exit_code, 0) << ran.text;
    const u32 epoch =
        ks_word_epoch(__atomic_load_n(&pages->status().handled[0][0].word, __ATOMIC_ACQUIRE));
    const u64 key = ks_slot_key("all", pages->status().trigger_nonce[0]);
    ks_said said;
    ASSERT_TRUE(ks_read_said(&said, &pages->trigger({0}).said[0], 0, epoch, key));
    EXPECT_EQ(said.person.uid, getuid());
    EXPECT_NE(said.person.pid, 0u);
    EXPECT_EQ(std::string(said.person.executable), std::filesystem::canonical(KS_PANIC));
    EXPECT_EQ(std::string(said.person.reason), reason.substr(1)) << "cut, not refused";
}

TEST_F(PanicWords, R16_a_reason_is_shown_as_the_journal_has_it) {
    play({{[&] { show_all(all_clear(), KS_CLEAR, 6.5); }, ""}});
    const Ran ran = panic("all --confirm all --wait 60 --reason '下單失控 \u202e!tnes\x1b[2J'");
    EXPECT_TRUE(ran.says(", reason: 下單失控 ?!tnes?[2J.  Ctrl-C stops")) << ran.text;
}

TEST_F(PanicWords, R12_contacts_are_found_by_the_engines_name_and_never_through_a_link) {
    const std::string command =
        KS_PANIC " all --confirm all --wait 0 --run-dir " + dir.path().string() + "/";
    const std::string name = dir.path().filename();
    EXPECT_TRUE(ear.run(command).says("/var/lib/killswitch/" + name + "/last-resort.txt: No such"));
    const std::string link = dir / "link";
    ASSERT_EQ(symlink(last_resort.c_str(), link.c_str()), 0);
    const Ran linked = ear.run(command + " --last-resort " + link);
    EXPECT_TRUE(linked.says(link + ": Too many levels of symbolic links")) << linked.text;
    EXPECT_FALSE(linked.says("+886"));
    EXPECT_TRUE(
        ear.run(command + " --last-resort " + dir.path().string()).says("Invalid argument"));
}

TEST_F(PanicWords, R12_contacts_are_bounded_and_move_no_cursor) {
    std::ofstream file(last_resort);
    file << "title\nbitopro/main  https://a\x1b[2J 電話\xff\u202e +1\n";
    for (int i = 0; i < 20'000; ++i) file << "x/" << i << "  y\n";
    file << "bitopro/hedge  never read\n";
    file.close();
    const Ran ran = panic("all --confirm all --wait 0");
    EXPECT_TRUE(ran.says("bitopro/main  https://a?[2J 電話?? +1\n")) << ran.text;
    EXPECT_TRUE(ran.says("bitopro/hedge  (no contact: ")) << ran.text;
}

} // namespace
} // namespace ks
