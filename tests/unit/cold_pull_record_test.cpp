// What the journal says of a pull, out of the event that the hot thread left: each pull once, with
// its own person, whatever died in between. The scribe and its files are real; the clock is ours.
#include "cold/pull_record.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include <sys/resource.h>
#include <unistd.h>

#include "cold/journal_sentences.hpp"
#include "cold/journal_survey.hpp"
#include "cold/page_birth.hpp"
#include "cold/person.hpp"
#include "cold/scribe.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

constexpr u64 halted_ns = 5'000'000'000;
constexpr u32 pid_of_nobody = (1 << 22) + 1; // Linux gives none above 2^22

ks_person person_of(u32 uid, std::string_view reason) {
    ks_person person{};
    person.uid = uid;
    person.login_uid = UINT32_MAX;
    std::string_view("pts/3").copy(person.terminal, sizeof person.terminal);
    std::string_view("/usr/bin/ks-panic").copy(person.executable, sizeof person.executable);
    reason.copy(person.reason, sizeof person.reason);
    return person;
}

// Scopes 0 `all` of two cells and 1 `desk` of one; producer 1 is `risk`.
struct Machine {
    Machine() {
        ring->nonce = 0xabcdef;
        put_name(page->scope[0].name, "all");
        put_name(page->scope[1].name, "desk");
        page->scopes_count = page->cells_count = 2;
        page->scope[0].cells[0] = 3;
        page->scope[1].cells[0] = 2;
        put_name(page->cell[0].name, "bitopro/main");
        put_name(page->cell[1].name, "coinswitch/main");
        put_name(page->producers[1], "risk");
        page->trigger_nonce[1] = 0xabcdef;
    }
    std::unique_ptr<Scribe> start_scribe() {
        auto scribe = std::make_unique<Scribe>(
            ScribeSetup{.state_directory = dir.path(),
                        .segment_bytes = segment_bytes,
                        .alarm = [this](std::string_view text) { alarms.emplace_back(text); }},
            *ring, pages);
        EXPECT_TRUE(scribe->open(now));
        return scribe;
    }
    // As the hot thread notes it: a pull of `all` by risk, 3.4 us before its halt.
    Event pull(u32 kill, u32 epoch, u64 pulled_ns = halted_ns - 3'400) {
        Event event{.at_ns = halted_ns,
                    .kind = EventKind::pull_seen,
                    .scope = 0,
                    .producer = 1,
                    .number = kill,
                    .value = epoch};
        char digits[event.text.size() + 1];
        std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(pulled_ns));
        std::copy_n(digits, event.text.size(), event.text.begin());
        return event;
    }
    void say(u32 epoch, const ks_person& person, u32 scope = 0) {
        const ks_saying saying = ks_say_begin(trigger.get(), scope, &person);
        ks_say_end(&saying, epoch, ks_slot_key(page->scope[scope].name, page->trigger_nonce[1]));
    }
    // The records of persons on disk, in order, in a journal without fault.
    std::vector<std::string> persons() {
        std::vector<std::string> all;
        const Result<JournalSurvey> found =
            survey_journal(dir.path(), {}, [&](const JournalRecord& record) {
                if (record.head.type == RecordType::person) all.emplace_back(record.text());
            });
        EXPECT_TRUE(found && found->faults.empty());
        return all;
    }
    std::vector<std::string> values(std::string_view key) {
        std::vector<std::string> all;
        for (const std::string& record : persons()) all.emplace_back(value_of(record, key));
        return all;
    }

    TempDir dir;
    u64 segment_bytes = 4096;
    std::unique_ptr<JournalRing> ring = std::make_unique<JournalRing>();
    std::unique_ptr<ks_status_page> page = std::make_unique<ks_status_page>();
    std::unique_ptr<ks_trigger_page> trigger = std::make_unique<ks_trigger_page>();
    const TriggerPages pages{.status = page.get(), .trigger = {nullptr, trigger.get()}};
    Journal journal{*ring};
    Moment now{{halted_ns + 1'000'000}, 1'700'000'000'001'000'000};
    std::vector<std::string> alarms;
};

class PullRecord : public testing::Test, protected Machine {
protected:
    // The one record of kill 3, made at once.
    std::string record_of(const Event& event) {
        const Moment at{{halted_ns}, 1'700'000'000'000'000'000};
        return pull_record(event, *page, said_of(pages, slot_of(event)), at).text();
    }
};
using Values = std::vector<std::string>;

TEST_F(PullRecord, R16_a_pull_is_a_record_with_the_scope_as_cells) {
    EXPECT_EQ(record_of(pull(3, 5)),
              "act=pull\nscope=all\nkill=3\nepoch=5\nproducer=risk\n"
              "pulled_utc=2023-11-14 22:13:19.999996\nperson=not said\noutcome=fired\nhalted_us=4\n"
              "cells=bitopro/main, coinswitch/main\n");
}

TEST_F(PullRecord, R16_a_pull_names_the_person_and_the_reason) {
    ks_person person = person_of(4'000'000'001, "fat finger"); // nobody's
    person.pid = pid_of_nobody;
    say(5, person);
    const std::string text = record_of(pull(3, 5));
    EXPECT_EQ(text, "act=pull\nscope=all\nkill=3\nepoch=5\nproducer=risk\n"
                    "pulled_utc=2023-11-14 22:13:19.999996\nperson=said by the producer\n"
                    "user=uid 4000000001\nuid=4000000001\nlogin=unknown\nlogin_uid=unknown\n"
                    "pid=4194305\nterminal=pts/3\nexecutable=/usr/bin/ks-panic\n"
                    "uid_is=claimed: process 4194305 is not to be seen\n"
                    "reason=fat finger\noutcome=fired\nhalted_us=4\n"
                    "cells=bitopro/main, coinswitch/main\n");
    EXPECT_EQ(sentence(RecordType::person, text),
              "KILL 3 of all: pulled by risk at 2023-11-14 22:13:19.999996 UTC, fired, halt closed "
              "+4 us; it covers bitopro/main, coinswitch/main. By its own word for uid 4000000001 "
              "(uid 4000000001, login unknown, terminal pts/3, program /usr/bin/ks-panic), "
              "claimed: process 4194305 is not to be seen. Why: \"fat finger\"");
}

TEST_F(PullRecord, R16_what_is_said_of_another_pull_or_scope_is_not_said) {
    say(4, person_of(1, "of the pull before"));
    say(5, person_of(1, "of the desk"), 1);
    EXPECT_EQ(value_of(record_of(pull(3, 5)), "person"), "not said");
}

// Scopes 0 and 8 once shared a place.
TEST_F(PullRecord,
       R16_eight_pulls_of_any_scopes_keep_their_persons_and_the_ninth_takes_the_oldest) {
    page->scopes_count = 9;
    put_name(page->scope[8].name, "hedge");
    for (u32 i = 0; i < 9; ++i)
        say(5 + i / 2, person_of(1000 + i, "number " + std::to_string(i)), i % 2 * 8);
    for (u32 i = 0; i < 9; ++i) {
        Event event = pull(3, 5 + i / 2);
        event.scope = i % 2 == 0 ? 0 : 8;
        const std::string text = record_of(event);
        EXPECT_EQ(value_of(text, "person"), i == 0 ? "not said" : "said by the producer");
        EXPECT_EQ(value_of(text, "reason"), i == 0 ? "" : "number " + std::to_string(i));
    }
}

TEST_F(PullRecord, R16_a_uid_is_claimed_unless_the_process_named_is_of_that_user) {
    const std::string process = "process " + std::to_string(getpid());
    ks_person person = person_of(getuid(), "true");
    person.pid = static_cast<u32>(getpid());
    say(5, person);
    EXPECT_EQ(value_of(record_of(pull(3, 5)), "uid_is"), process + " is of that user");
    person.uid = 4'000'000'001;
    say(6, person);
    EXPECT_EQ(value_of(record_of(pull(4, 6)), "uid_is"),
              "claimed: " + process + " is of " + user_name(getuid()));
    person.pid = 0;
    say(7, person);
    EXPECT_EQ(value_of(record_of(pull(5, 7)), "uid_is"), "claimed: process 0 is not to be seen");
}

TEST_F(PullRecord, R16_threads_whose_pulls_were_one_are_all_named) {
    say(5, person_of(4'000'000'001, "loss"));
    say(5, person_of(4'000'000'002, ""));
    const std::string text = record_of(pull(3, 5));
    EXPECT_EQ(value_of(text, "uid"), "4000000001");
    EXPECT_EQ(value_of(text, "also"), "uid 4000000002/pts3: \"not said\"");
    EXPECT_TRUE(sentence(RecordType::person, text)
                    .ends_with("Why: \"loss\", and at the same moment for uid 4000000002/pts3: "
                               "\"not said\""));
}

TEST_F(PullRecord, R16_what_is_begun_and_not_ended_is_not_said) {
    const ks_person person = person_of(1001, "killed before it could say of which pull");
    ks_say_begin(trigger.get(), 0, &person);
    const std::string text = record_of(pull(3, 5));
    EXPECT_EQ(value_of(text, "person"), "not said");
    EXPECT_TRUE(sentence(RecordType::person, text).ends_with(". By whom it did not say"));
}

TEST_F(PullRecord, R16_a_producer_that_there_is_not_says_nothing) {
    say(5, person_of(1, "not heard"));
    Event event = pull(3, 5);
    for (const u16 producer : {u16{0}, u16{KS_PRODUCERS_MAX}, u16{0xffff}}) {
        event.producer = producer;
        EXPECT_EQ(value_of(record_of(event), "person"), "not said");
        EXPECT_EQ(value_of(record_of(event), "producer"), "nobody known");
    }
    event.scope = 0xffff;
    EXPECT_EQ(record_of(event), "act=pull\nscope=unknown\n");
}

TEST_F(PullRecord, R16_the_silence_of_a_producer_is_nobodys_pull) {
    const std::string text = record_of(pull(3, 0));
    EXPECT_EQ(value_of(text, "person"), "nobody: the producer fell silent");
    EXPECT_TRUE(sentence(RecordType::person, text).ends_with(". Nobody pulled: it fell silent"));
}

TEST_F(PullRecord, R16_a_pull_that_is_held_says_so) {
    Event event = pull(3, 5, 1);
    event.kind = EventKind::pull_held;
    EXPECT_EQ(value_of(record_of(event), "outcome"), "HELD");
    EXPECT_EQ(value_of(record_of(event), "pulled_utc"), "2023-11-14 22:13:15.000000");
}

TEST_F(PullRecord, R16_the_halt_has_a_time_that_is_rounded_up_and_never_0) {
    const std::pair<u64, const char*> cases[] = {{0, "1"},          {1, "1"},
                                                 {1'000, "1"},      {1'001, "2"},
                                                 {999'999, "1000"}, {4'000'000'000, "4000000"}};
    for (const auto& [after_ns, us] : cases)
        EXPECT_EQ(value_of(record_of(pull(3, 5, halted_ns - after_ns)), "halted_us"), us);
}

TEST_F(PullRecord, R16_a_time_that_nobody_noted_is_unknown) {
    Event older = pull(3, 5);
    older.text = {};
    const std::string text = record_of(older);
    EXPECT_EQ(value_of(text, "pulled_utc"), "unknown");
    EXPECT_EQ(value_of(text, "halted_us"), "unknown");
    EXPECT_NE(sentence(RecordType::person, text).find(", fired, halt closed: when is unknown; "),
              std::string::npos);
    EXPECT_EQ(value_of(record_of(pull(3, 5, halted_ns + 1)), "pulled_utc"), "unknown");
    older.text.fill('x');
    EXPECT_EQ(value_of(record_of(older), "pulled_utc"), "unknown");
}

TEST_F(PullRecord, R16_a_record_torn_at_any_byte_is_not_said) {
    say(5, person_of(1001, "whole"));
    const ks_said whole = trigger->said[0];
    EXPECT_EQ(value_of(record_of(pull(3, 5)), "reason"), "whole");
    for (size_t i = 0; i < sizeof whole; ++i) {
        trigger->said[0] = whole;
        reinterpret_cast<u8*>(&trigger->said[0])[i] ^= 0x40;
        EXPECT_EQ(value_of(record_of(pull(3, 5)), "person"), "not said") << "byte " << i;
    }
    trigger->said[0] = whole;
    page->trigger_nonce[1] ^= 1;
    EXPECT_EQ(value_of(record_of(pull(3, 5)), "person"), "not said") << "another page";
}

TEST_F(PullRecord, R16_a_reason_in_any_language_reaches_the_journal) {
    say(5, person_of(1001, "下單失控 रोक दिया 🛑"));
    const std::string text = record_of(pull(3, 5));
    EXPECT_EQ(value_of(text, "reason"), "下單失控 रोक दिया 🛑");
    EXPECT_NE(sentence(RecordType::person, text)
                  .find("Why: \"下單失控 रोक दिया 🛑\""),
              std::string::npos);
}

TEST_F(PullRecord, R16_only_plain_text_reaches_the_journal_and_whole_characters) {
    ks_person person = person_of(1001, "");
    std::string_view("\x1b[2J\0", 5).copy(person.terminal, sizeof person.terminal);
    std::string_view("/bin/\u202egnp\xff\0", 13).copy(person.executable, sizeof person.executable);
    for (size_t i = 1; i + 3 <= sizeof person.reason; i += 3) // no NUL at all
        std::string_view("單").copy(person.reason + i, 3);
    person.reason[0] = '\n';
    say(5, person);
    const std::string text = record_of(pull(3, 5));
    EXPECT_EQ(value_of(text, "terminal"), "?[2J");
    EXPECT_EQ(value_of(text, "executable"), "/bin/?gnp?");
    std::string expected = "?";
    while (expected.size() + 3 <= KS_REASON_BYTES_MAX) expected += "單";
    EXPECT_EQ(value_of(text, "reason"), expected);
}

TEST_F(PullRecord, R16_two_pulls_of_one_scope_within_a_look_are_two_records) {
    const auto scribe = start_scribe();
    say(5, person_of(1001, "the first"));
    journal.note(pull(3, 5));
    say(6, person_of(1002, "the second"));
    journal.note(pull(4, 6));
    page->scope[0].kill_outcome = u64{4} << 32 | KS_WORKING; // the page knows only the last
    page->scope[0].pulled_by = 1;
    scribe->step(now);
    EXPECT_EQ(values("kill"), (Values{"3", "4"}));
    EXPECT_EQ(values("epoch"), (Values{"5", "6"}));
    EXPECT_EQ(values("reason"), (Values{"the first", "the second"}));
    scribe->step(now);
    EXPECT_EQ(persons().size(), 2u) << "once";
}

// Eight places in the page, and a disk that is slower than nine pulls.
TEST_F(PullRecord, R16_a_disk_that_hangs_forgets_nobody_whom_the_herald_has_heard) {
    constexpr u32 pulls_count = SaidBook::heard_max;
    const auto scribe = start_scribe();
    Values reasons;
    for (u32 i = 1; i <= pulls_count; ++i) {
        reasons.push_back("number " + std::to_string(i));
        say(i, person_of(1000 + i, reasons.back()));
        journal.note(pull(i, i));
        if (i % KS_SAID_MAX == 0) scribe->listen();
    }
    scribe->step(now);
    EXPECT_EQ(values("reason"), reasons);
}

TEST_F(PullRecord, R16_what_is_scribbled_into_a_page_is_not_heard) {
    const auto scribe = start_scribe();
    for (u32 i = 0; i < 1'000; ++i) {
        ks_said& place = trigger->said[i % KS_SAID_MAX];
        place.word = u64{5} << 32 | i * 2654435761u;
        place.scope = i % 3 == 0 ? 0 : i;
        scribe->listen();
    }
    journal.note(pull(3, 5));
    scribe->step(now);
    EXPECT_EQ(values("person"), Values{"not said"});
}

TEST_F(PullRecord, R16_a_pull_of_an_engine_that_died_before_it_was_told_is_told_by_the_next) {
    start_scribe().reset();
    say(5, person_of(1001, "just in time"));
    journal.note(pull(3, 5)); // and nobody drains: kill -9
    start_scribe().reset();
    EXPECT_EQ(values("reason"), Values{"just in time"});
    start_scribe().reset();
    EXPECT_EQ(persons().size(), 1u);
}

// The machine that wrote the batch died anywhere in it: the record is there once, after one start.
TEST_F(PullRecord, R16_a_batch_torn_at_any_byte_leaves_each_pull_one_record) {
    const u64 told_bytes = record_bytes(record_of(pull(3, 5)).size());
    const u64 batch_bytes = record_bytes(sizeof(Event)) + told_bytes;
    for (u64 kept = 0; kept <= batch_bytes; ++kept) {
        SCOPED_TRACE(kept);
        Machine machine;
        {
            const auto scribe = machine.start_scribe();
            machine.journal.note(machine.pull(3, 5));
            scribe->step(machine.now);
        }
        const std::string path = machine.dir / segment_name(1).c_str();
        std::ifstream file(path, std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(file), {}};
        SegmentReader reader(std::as_bytes(std::span(bytes)));
        for (JournalRecord record; reader.next(record);) {
        }
        std::fill(bytes.begin() + static_cast<i64>(reader.offset() - batch_bytes + kept),
                  bytes.end(), 0);
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
        machine.ring->drained = 0;
        machine.ring->journaled = 1; // the opening of the segment
        machine.start_scribe().reset();
        machine.start_scribe().reset();
        EXPECT_EQ(machine.values("kill"), Values{"3"});
    }
}

TEST_F(PullRecord, R16_a_torn_pull_of_a_ring_that_is_gone_is_said_to_lack_its_record) {
    {
        Scribe scribe(ScribeSetup{.state_directory = dir.path(), .alarm = {}}, *ring, {});
        EXPECT_TRUE(scribe.open(now));
        journal.note(pull(3, 5)); // without pages it has no record
        scribe.step(now);
    }
    ring->nonce = 1; // the machine started anew
    ring->written = ring->drained = ring->journaled = 0;
    start_scribe().reset();
    ASSERT_EQ(alarms.size(), 1u);
    EXPECT_EQ(alarms[0], "journal: kill 3 has no record of who pulled: the machine died before it");
    EXPECT_TRUE(persons().empty());
}

TEST_F(PullRecord, R16_many_pulls_over_many_segments_and_a_full_disk_are_each_one_record) {
    constexpr u32 pulls_count = 60;
    const auto scribe = start_scribe();
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit full{.rlim_cur = 2048, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    for (u32 i = 1; i <= pulls_count; ++i) journal.note(pull(i, i));
    scribe->step(now);
    setrlimit(RLIMIT_FSIZE, &before);
    now.monotonic = now.monotonic + seconds(1);
    scribe->step(now);
    Values all;
    for (u32 i = 1; i <= pulls_count; ++i) all.push_back(std::to_string(i));
    EXPECT_EQ(values("kill"), all);
}

} // namespace
} // namespace ks
