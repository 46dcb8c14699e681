// The timeline, as text: what a human reads after a kill.
#include "cold/journal_timeline.hpp"

#include <gtest/gtest.h>

#include "abi/killswitch.h"
#include "cold/journal_sentences.hpp"

namespace ks {
namespace {

constexpr u64 pulled_ns = 1'000'000'000;
constexpr u64 pulled_utc_ns = 1'700'000'000'123'456'000;

// A record of an event that happened `after_ns` after the pull.
struct Told {
    Event event;
    JournalRecord record;
    Told(Event what, u64 after_ns) : event(what) {
        event.at_ns = pulled_ns + after_ns;
        record.head.type = RecordType::event;
        record.head.at_ns = event.at_ns;
        record.head.utc_ns = pulled_utc_ns + after_ns;
        record.payload = std::as_bytes(std::span(&event, 1));
    }
};
JournalRecord cold(RecordType type, const std::string& text) {
    JournalRecord record;
    record.head.type = type;
    record.head.utc_ns = pulled_utc_ns;
    record.payload = std::as_bytes(std::span(text));
    return record;
}
class Story {
public:
    void tell(RecordType type, const Lines& lines, u64 after_ns) {
        const std::string bytes = lines.text();
        JournalRecord record = cold(type, bytes);
        record.head.at_ns = pulled_ns + after_ns;
        record.head.utc_ns = pulled_utc_ns + after_ns;
        text_ += timeline_.add(record);
    }
    void happen(const Event& event, u64 after_ns) {
        text_ += timeline_.add(Told(event, after_ns).record);
    }
    std::string end() { return text_ + timeline_.finish(); }

private:
    Timeline timeline_;
    std::string text_;
};

void tell_kill(Story& story) {
    const Event pull{.kind = EventKind::pull_seen,
                     .scope = 0,
                     .producer = 1,
                     .detail = 7,
                     .number = 2,
                     .value = 5};
    story.happen(pull, 0);
    story.happen({.kind = EventKind::halt_closed, .scope = 0, .number = 2, .value = 1}, 0);
    story.happen({.kind = EventKind::shot_sent, .shot = 2, .lane = 3, .number = 1}, 3'400);
    story.happen({.kind = EventKind::salvo_submitted, .scope = 0, .number = 2, .value = 4'000},
                 4'000);
    story.happen({.kind = EventKind::answer, .request = 9, .detail = 0, .number = 200}, 1'500'000);
    story.happen({.kind = EventKind::order_cancelled, .shot = 2, .text = {'4', '7', '1', '1'}},
                 1'500'000);
    Lines pulled;
    pulled.add("act", "pull").add("scope", "all").add("kill", 2).add("producer", "risk");
    pulled.add("pulled_utc", "2023-11-14 22:13:20.123456").add("outcome", "fired");
    pulled.add("halted_us", 4);
    story.tell(RecordType::person, pulled.add("cells", "bitopro/main"), 2'000'000);
    story.happen({.kind = EventKind::answer, .request = 8, .detail = 2, .number = 200, .value = 1},
                 900'000'000);
    story.happen({.kind = EventKind::kill_outcome, .scope = 0, .detail = 2, .number = 2},
                 2'000'000'000);
    story.tell(RecordType::alarm,
               Lines().add("alarm", 3).add("kind", "OUTCOME").add("text", "all, kill 2 is CLEAR."),
               2'001'000'000);
}

void tell_afterwards(Story& story) {
    story.tell(RecordType::ready,
               Lines().add("state", "begun").add("cause", "bitopro has no connection"),
               3'000'000'000);
    story.tell(RecordType::ready,
               Lines().add("state", "ended").add("now", "READY").add("lasted_ms", 12'300),
               15'300'000'000);
    Lines clock;
    clock.add("venue", "bitopro").add("offset_ms", "-120").add("before_ms", "3");
    story.tell(RecordType::clock, clock.add("error_ms", "8"), 15'400'000'000);
    Lines rearm;
    rearm.add("act", "rearm").add("scope", "all").add("answer", "done").add("kill", 2);
    rearm.add("only", "all of it").add("user", "alice").add("uid", 1000).add("login", "bob");
    rearm.add("terminal", "pts/3").add("executable", "/usr/bin/ksctl");
    rearm.add("reason", "positions\nhedged").add("exceptions", "none");
    rearm.add("open", "bitopro/main=0").add("still_closed", "none");
    story.tell(RecordType::person, rearm, 60'000'000'000);
    story.tell(RecordType::ready, Lines().add("state", "stopped"), 61'000'000'000);
    story.tell(RecordType::start, Lines().add("version", "0.1.0"), 3'661'000'000'000);
    story.tell(RecordType::start, Lines().add("version", "0.1.0"), 3'670'000'000'000);
}

constexpr const char* story_text =
    R"(2023-11-14 22:13:20.123456             names: what the numbers in events mean, from here on
2023-11-14 22:13:20.123456    +0.0 µs  PULLED: all by risk: kill 2 (epoch 5, reason 7)
2023-11-14 22:13:20.123456    +0.0 µs  HALT closed: all, 1 cell more
2023-11-14 22:13:20.123459    +3.4 µs  shot sent: bitopro/main * on bitopro#0
2023-11-14 22:13:20.123460    +4.0 µs  salvo submitted: kill 2 of all was with the kernel )"
    R"(4.0 µs after the pull
2023-11-14 22:13:20.124956    +1.5 ms  answer: fire bitopro/main, HTTP 200, accepted
2023-11-14 22:13:20.124956    +1.5 ms  order cancelled: bitopro/main *, id 4711
2023-11-14 22:13:20.125456    +2.0 ms  KILL 2 of all: pulled by risk at )"
    R"(2023-11-14 22:13:20.123456 UTC, fired, halt closed +4 us; it covers bitopro/main
2023-11-14 22:13:21.023456  +900.0 ms  answer: read bitopro/main, HTTP 200, open, 1 open order
2023-11-14 22:13:22.123456     +2.0 s  KILL 2 of all: CLEAR. Positions are NOT closed.
2023-11-14 22:13:22.124456     +2.0 s  ALARM 3 OUTCOME: all, kill 2 is CLEAR.
2023-11-14 22:13:23.123456     +3.0 s  NOT READY from here on: bitopro has no connection
2023-11-14 22:13:35.423456    +15.3 s  READY again, after 12.3 s of NOT READY
2023-11-14 22:13:35.523456    +15.4 s  clock of bitopro against ours: -120 ms (before: 3; known )"
    R"(to 8 ms)
2023-11-14 22:14:20.123456    +60.0 s  RE-ARM of all, kill 2: done, by alice (uid 1000, logged )"
    R"(in as bob, terminal pts/3, program /usr/bin/ksctl). Why: "positions\x0ahedged". Open then: )"
    R"(bitopro/main=0. Exceptions: none. Still closed: none.
2023-11-14 22:14:21.123456    +61.0 s  NOT READY from here on: the engine was told to stop
2023-11-14 23:14:21.123456  +3661.0 s  no record since 2023-11-14 22:14:21.123456, 3600.0 s: no )"
    R"(engine ran
2023-11-14 23:14:21.123456  +3661.0 s  ENGINE STARTS: version 0.1.0
2023-11-14 23:14:30.123456  +3670.0 s  no record since 2023-11-14 23:14:21.123456, 9.0 s: when )"
    R"(the engine before this one ended is not known
2023-11-14 23:14:30.123456  +3670.0 s  ENGINE STARTS: version 0.1.0
)";

TEST(Timeline, R16_reads_as_a_story_with_names_times_persons_and_reasons) {
    Story story;
    Lines names;
    names.add("scope.0", "all").add("producer.1", "risk").add("shot.2", "bitopro/main *");
    names.add("lane.3", "bitopro#0").add("outcome.2", "CLEAR").add("verdict.0", "accepted");
    names.add("verdict.2", "open").add("request.8", "read bitopro/main");
    story.tell(RecordType::names, names.add("request.9", "fire bitopro/main"), 0);
    tell_kill(story);
    tell_afterwards(story);
    EXPECT_EQ(story.end(), story_text);
}

// As an older engine wrote it, or anyone who may write the file.
TEST(Timeline, R16_shows_no_byte_that_turns_or_hides_words) {
    Timeline timeline;
    const std::string lines = "reason=\u202e!tnes ton \xc2\x9b 2J\xff 單\n";
    EXPECT_TRUE(timeline.add(cold(RecordType::person, lines))
                    .ends_with("person: reason ?!tnes ton ? 2J? 單\n"));
}

TEST(Timeline, JoinsAnIdThatGoesOnInTextEvents) {
    Timeline timeline;
    const Told first({.kind = EventKind::order_cancelled, .shot = 2, .text = {'a', 'b'}}, 0);
    const Told rest({.kind = EventKind::text, .shot = 2, .text = {'c', '\n'}}, 0);
    EXPECT_EQ(timeline.add(first.record), "");
    EXPECT_EQ(timeline.add(rest.record), "");
    EXPECT_TRUE(timeline.finish().ends_with("order cancelled: shot 2, id abc\\x0a\n"));
}

TEST(Timeline, ShowsTheLinesOfAColdRecordItDoesNotKnowSideBySide) {
    Timeline timeline;
    const std::string lines = "person=uid 0\nreason=drill\n";
    EXPECT_TRUE(timeline.add(cold(RecordType::person, lines))
                    .ends_with("person: person uid 0, reason drill\n"));
}

TEST(Timeline, HasASentenceForEveryKindOfEvent) {
    const JournalNames names;
    for (u16 kind = 1; kind <= static_cast<u16>(EventKind::text); ++kind) {
        const std::string text = sentence({.kind = static_cast<EventKind>(kind)}, names);
        EXPECT_FALSE(text.empty());
        EXPECT_EQ(text.find("event of kind"), std::string::npos) << text;
    }
    EXPECT_EQ(sentence({.kind = static_cast<EventKind>(999)}, names), "event of kind 999");
}

TEST(JournalTimeline, R18_tells_of_each_end_of_a_live_fire) {
    JournalNames names;
    names.learn("account.2=coinswitch/main\nrequest.7=live fire coinswitch/main\n");
    Event event{.kind = EventKind::live_fire, .account = 2, .request = 7};
    const auto told = [&](ks_live_fire state, u64 number) {
        event.detail = static_cast<u16>(state);
        event.number = number;
        return sentence(event, names);
    };
    EXPECT_EQ(told(KS_LIVE_FIRE_DONE, 0), "LIVE FIRE of coinswitch/main: accepted");
    EXPECT_EQ(told(KS_LIVE_FIRE_DONE, 1),
              "LIVE FIRE of coinswitch/main: accepted, 1 order CANCELLED");
    EXPECT_EQ(told(KS_LIVE_FIRE_ORDER, 2),
              "LIVE FIRE of coinswitch/main REFUSED: 2 orders on its pair; nothing was sent");
    EXPECT_EQ(told(KS_LIVE_FIRE_UNREAD, 0), "LIVE FIRE of coinswitch/main put off: no whole read "
                                            "of its pair in time; nothing was sent");
    EXPECT_EQ(told(KS_LIVE_FIRE_FAILED, 0),
              "LIVE FIRE of coinswitch/main FAILED: the venue did not accept it");
    event.value = 17;
    event.text = {'8', 'a'};
    EXPECT_EQ(told(KS_LIVE_FIRE_SENT, 0), "LIVE FIRE of coinswitch/main: a real cancel-all left "
                                          "for its pair, nonce 17, digest 8a");
    Event gone{.kind = EventKind::order_cancelled, .request = 7};
    gone.text = {'4', '2'};
    EXPECT_EQ(sentence(gone, names), "order cancelled: live fire coinswitch/main, id 42");
}

TEST(JournalNames, ComeFromThePlanAndAreReadBack) {
    auto plan = std::make_unique<Plan>();
    VenuePlan venue;
    venue.name.assign("bitopro");
    venue.lane_first = 4;
    ASSERT_TRUE(plan->venues.push(venue));
    AccountPlan account;
    account.name.assign("bitopro/main");
    account.venue = VenueId{0};
    ASSERT_TRUE(plan->accounts.push(account));
    ASSERT_TRUE(plan->cells.push({.name = {"bitopro/main"}, .account = {0}}));
    ScopePlan all;
    all.name.assign("all");
    all.in_config = true;
    all.cells.set(0);
    ASSERT_TRUE(plan->scopes.push(all));
    RequestPlan read;
    read.kind = RequestKind::read;
    read.account = {0};
    ASSERT_TRUE(plan->requests.push(read));
    JournalNames names;
    names.learn(names_of(*plan).text());
    EXPECT_EQ(names.of("scope", 0), "all");
    EXPECT_EQ(names.of("scope.0", 0), "scope.0 0");
    EXPECT_EQ(names.of("lane", 5), "bitopro#1");
    EXPECT_EQ(names.of("request", 0), "read bitopro/main");
    EXPECT_EQ(names.of("outcome", KS_NOT_SENT), "NOT SENT");
    EXPECT_EQ(names.of("shot", 9), "shot 9");
    EXPECT_EQ(names.of("shot", 0xffff), "no shot");
    EXPECT_NE(names_of(*plan).text().find("scope.0.cells=bitopro/main\n"), std::string::npos);
}

} // namespace
} // namespace ks
