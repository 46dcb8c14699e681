// The timeline, as text: what a human reads after a kill.
#include "cold/journal_timeline.hpp"

#include <gtest/gtest.h>

#include "abi/killswitch.h"

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
constexpr std::string_view names_text = "scope.0=all\nproducer.1=risk\nshot.2=bitopro/main *\n"
                                        "lane.3=bitopro#0\noutcome.2=CLEAR\nverdict.0=accepted\n";

TEST(Timeline, TellsAKillWithNamesAndTheTimeSinceThePull) {
    Timeline timeline;
    const std::string names(names_text);
    std::string text = timeline.add(cold(RecordType::names, names));
    const Told pull(
        {.kind = EventKind::pull_seen, .scope = 0, .producer = 1, .number = 5, .value = 2}, 0);
    const Told sent({.kind = EventKind::shot_sent, .shot = 2, .lane = 3, .number = 1}, 3'400);
    const Told answer({.kind = EventKind::answer, .shot = 2, .detail = 0, .number = 200},
                      1'500'000);
    const Told outcome({.kind = EventKind::kill_outcome, .scope = 0, .detail = 2, .number = 2},
                       2'000'000'000);
    for (const Told* told : {&pull, &sent, &answer, &outcome}) text += timeline.add(told->record);
    text += timeline.finish();
    EXPECT_EQ(
        text,
        "2023-11-14 22:13:20.123456                   names: what the numbers in events mean, "
        "from here on\n"
        "2023-11-14 22:13:20.123456          +0.0 µs  PULL all by risk (epoch 5): kill 2\n"
        "2023-11-14 22:13:20.123459          +3.4 µs  shot sent: bitopro/main * on bitopro#0\n"
        "2023-11-14 22:13:20.124956       +1500.0 µs  answer: bitopro/main *, HTTP 200, "
        "accepted\n"
        "2023-11-14 22:13:22.123456    +2000000.0 µs  KILL 2 of all: CLEAR\n");
}

TEST(Timeline, JoinsAnIdThatGoesOnInTextEvents) {
    Timeline timeline;
    const Told first({.kind = EventKind::order_cancelled, .shot = 2, .text = {'a', 'b'}}, 0);
    const Told rest({.kind = EventKind::text, .shot = 2, .text = {'c', '\n'}}, 0);
    EXPECT_EQ(timeline.add(first.record), "");
    EXPECT_EQ(timeline.add(rest.record), "");
    EXPECT_TRUE(timeline.finish().ends_with("order cancelled: shot 2, id abc\\x0a\n"));
}

TEST(Timeline, ShowsTheLinesOfAColdRecordSideBySide) {
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

TEST(JournalNames, ComeFromThePlanAndAreReadBack) {
    auto plan = std::make_unique<Plan>();
    VenuePlan venue;
    venue.name.assign("bitopro");
    venue.lane_first = 4;
    ASSERT_TRUE(plan->venues.push(venue));
    ASSERT_TRUE(plan->accounts.push({.name = {"bitopro/main"}, .venue = {0}}));
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
