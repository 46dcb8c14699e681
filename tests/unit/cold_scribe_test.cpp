// The scribe by situation: crashes, restarts, full and missing disks; the clock is ours.
#include "cold/scribe.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>

#include "cold/journal_survey.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

namespace fs = std::filesystem;

void save(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
std::string load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// One machine: a ring, a status page, a directory for the state, and a clock.
struct World {
    World() { ring->nonce = 0xabcdef; }

    std::unique_ptr<Scribe> make_scribe() {
        return std::make_unique<Scribe>(
            ScribeSetup{.state_directory = state_path,
                        .segment_bytes = 4096,
                        .alarm = [this](std::string_view text) { alarms.emplace_back(text); }},
            *ring, TriggerPages{.status = page.get()});
    }
    std::unique_ptr<Scribe> start_scribe() {
        std::unique_ptr<Scribe> scribe = make_scribe();
        const Result<void> opened = scribe->open(now);
        EXPECT_TRUE(opened) << opened.error().sentence;
        return scribe;
    }
    void fire(u64 events_count = 1) {
        for (u64 i = 0; i < events_count; ++i)
            journal.note({.kind = EventKind::shot_sent}, "no zero at end!!");
    }
    void pass(Nanos span) {
        now.monotonic = now.monotonic + span;
        now.utc_ns += static_cast<u64>(span.ns);
    }
    JournalSurvey survey() {
        records.clear();
        events.clear();
        Result<JournalSurvey> found =
            survey_journal(state_path, {}, [this](const JournalRecord& record) {
                records.emplace_back(record.head.type, record.text());
                if (record.head.type == RecordType::event)
                    events.push_back(record.event().sequence);
            });
        EXPECT_TRUE(found) << found.error().sentence;
        return *found;
    }
    // Events 1 to `last`, each once, in order, in a journal without fault.
    void expect_all_events(u64 last) {
        const JournalSurvey found = survey();
        for (const JournalFault& fault : found.faults)
            ADD_FAILURE() << fault.file << ":" << fault.offset << ": " << fault.sentence;
        ASSERT_EQ(events.size(), last);
        for (u64 i = 0; i < last; ++i) ASSERT_EQ(events[i], i + 1);
    }
    void start_and_stop_after(u64 events_count) {
        const auto scribe = start_scribe();
        fire(events_count);
        scribe->step(now);
    }
    // Zeros over the last bytes of what segment 1 holds, as a crash leaves a preallocated file.
    void cut_segment(u64 cut_bytes) {
        std::string bytes = load(segment(1));
        SegmentReader reader(std::as_bytes(std::span(bytes)));
        for (JournalRecord record; reader.next(record);) {
        }
        std::fill(bytes.begin() + static_cast<i64>(reader.offset() - cut_bytes), bytes.end(), 0);
        save(segment(1), bytes);
    }
    std::string segment(u64 number) const { return state_path + "/" + segment_name(number); }

    TempDir dir;
    const std::string state_path = dir.path();
    std::unique_ptr<JournalRing> ring = std::make_unique<JournalRing>();
    std::unique_ptr<ks_status_page> page = std::make_unique<ks_status_page>();
    Journal journal{*ring};
    Moment now{{5'000'000'000}, 1'700'000'000'000'000'000};
    std::vector<std::string> alarms;
    std::vector<std::pair<RecordType, std::string>> records;
    std::vector<u64> events;
};

class ScribeTest : public ::testing::Test, protected World {};

TEST_F(ScribeTest, TakesEventsFromTheRingToASegment) {
    const auto scribe = start_scribe();
    fire(3);
    scribe->step(now);
    EXPECT_EQ(ring->drained.load(), 3u);
    expect_all_events(3);
}

TEST_F(ScribeTest, GivesAnEventTheUtcOfTheTimeItHappened) {
    const auto scribe = start_scribe();
    journal.note({.at_ns = static_cast<u64>(now.monotonic.ns), .kind = EventKind::shot_sent});
    const u64 happened_utc_ns = now.utc_ns;
    pass(milliseconds(3));
    scribe->step(now);
    EXPECT_EQ(survey().last_utc_ns, happened_utc_ns);
}

TEST_F(ScribeTest, SyncsFireEventsAtOnceAndOthersWithinASecond) {
    const auto scribe = start_scribe();
    scribe->step(now);
    fire();
    scribe->step(now);
    const u64 fired = scribe->head().sequence;
    EXPECT_EQ(fired, ring->journaled.load());
    journal.note({.kind = EventKind::answer});
    pass(milliseconds(999));
    scribe->step(now);
    EXPECT_EQ(scribe->head().sequence, fired);
    pass(milliseconds(1));
    scribe->step(now);
    EXPECT_EQ(scribe->head().sequence, fired + 1);
}

TEST_F(ScribeTest, OpensTheNextSegmentWhenOneIsFullAndRepeatsTheNames) {
    const auto scribe = start_scribe();
    scribe->note(RecordType::names, Lines().add("shot.1", "bitopro/main"));
    fire(100);
    scribe->step(now);
    expect_all_events(100);
    EXPECT_GE(survey().segments_count, 3u);
    const auto is_names = [](const auto& record) { return record.first == RecordType::names; };
    EXPECT_EQ(static_cast<u64>(std::ranges::count_if(records, is_names)), survey().segments_count);
}

TEST_F(ScribeTest, ANoteLiesBehindTheEventsThatCameBeforeIt) {
    const auto scribe = start_scribe();
    fire(2);
    scribe->note(RecordType::person, Lines().add("reason", "drill"));
    fire(1);
    scribe->step(now);
    survey();
    std::vector<RecordType> types;
    for (const auto& record : records) types.push_back(record.first);
    EXPECT_EQ(types, (std::vector{RecordType::segment, RecordType::event, RecordType::event,
                                  RecordType::person, RecordType::event}));
}

TEST_F(ScribeTest, ANoteLargerThanASegmentGetsASegmentOfItsSize) {
    const auto scribe = start_scribe();
    scribe->note(RecordType::answer, Lines().add("body", std::string(20'000, 'x')));
    scribe->step(now);
    EXPECT_TRUE(survey().faults.empty());
    EXPECT_EQ(records.back().second.size(), 20'006u);
}

TEST_F(ScribeTest, TheNextEngineSavesWhatADeadOneLeftInTheRing) {
    start_scribe().reset();
    fire(5); // and nobody drains: kill -9
    const auto next = start_scribe();
    EXPECT_EQ(ring->drained.load(), 5u);
    expect_all_events(5);
}

TEST_F(ScribeTest, TheNextEngineGoesOnWithTheChain) {
    for (u64 engine = 1; engine <= 4; ++engine) {
        const auto scribe = start_scribe();
        fire(2);
        scribe->step(now);
        expect_all_events(2 * engine);
    }
    EXPECT_EQ(survey().segments_count, 4u);
    EXPECT_TRUE(alarms.empty());
}

TEST_F(ScribeTest, AnEngineKilledBetweenSegmentAndRingWritesNoEventTwice) {
    start_and_stop_after(4);
    ring->drained.store(1); // as if killed before the release
    const auto next = start_scribe();
    EXPECT_EQ(ring->drained.load(), 4u);
    expect_all_events(4);
}

TEST_F(ScribeTest, ATornLastRecordIsSetAsideDeclaredAndWrittenAgain) {
    const u64 event_bytes = record_bytes(sizeof(Event));
    for (u64 cut = 1; cut < event_bytes; ++cut) {
        SCOPED_TRACE(cut);
        World world;
        world.start_and_stop_after(2);
        world.cut_segment(event_bytes - cut);
        world.ring->drained.store(1); // the engine was killed while it wrote event 2
        world.ring->journaled.store(world.ring->journaled.load() - 1);
        const auto next = world.start_scribe();
        world.expect_all_events(2);
        EXPECT_EQ(world.survey().remarks.size(), 1u);
        EXPECT_TRUE(fs::exists(world.segment(1) + ".corrupt"));
    }
}

TEST_F(ScribeTest, AByteFlippedBetweenTwoEnginesStaysVisibleForEver) {
    start_and_stop_after(3);
    std::string bytes = load(segment(1));
    bytes[sizeof(RecordHead) + 10] ^= 1;
    save(segment(1), bytes);
    const auto next = start_scribe();
    ASSERT_EQ(alarms.size(), 1u);
    EXPECT_NE(alarms[0].find("3 whole records"), std::string::npos) << alarms[0];
    EXPECT_FALSE(survey().faults.empty());
}

TEST_F(ScribeTest, ATailThatVanishedBetweenTwoEnginesIsAFault) {
    start_and_stop_after(3);
    cut_segment(2 * record_bytes(sizeof(Event)));
    const auto next = start_scribe();
    ASSERT_EQ(alarms.size(), 1u);
    EXPECT_NE(alarms[0].find("were written and are gone"), std::string::npos) << alarms[0];
    EXPECT_FALSE(survey().faults.empty());
}

// No file may grow past `bytes` while this lives: what a full disk looks like to the scribe.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_;
};

TEST_F(ScribeTest, AFullDiskKeepsEventsInTheRingUntilThereIsRoom) {
    const auto scribe = start_scribe();
    {
        const FullDisk full(2048);
        fire(50);
        scribe->step(now);
        EXPECT_LT(ring->drained.load(), 50u);
        ASSERT_EQ(alarms.size(), 1u);
        EXPECT_NE(alarms[0].find("journal fails, kills go on: write to journal-00000001.ksj: "
                                 "File too large"),
                  std::string::npos)
            << alarms[0];
        EXPECT_EQ(scribe->alarm(), alarms[0]);
        for (u64 i = 0; i < 5; ++i) {
            pass(seconds(1));
            scribe->step(now);
        }
        EXPECT_EQ(alarms.size(), 2u) << "one for the write, one for the new segment, each once";
    }
    fire(1);
    pass(seconds(1));
    scribe->step(now);
    EXPECT_EQ(scribe->alarm(), "");
    expect_all_events(51);
}

TEST_F(ScribeTest, AFullDiskIsTriedOnceASecond) {
    const auto scribe = make_scribe();
    {
        const FullDisk full(0);
        scribe->step(now);
    }
    fire(1);
    pass(milliseconds(999));
    scribe->step(now);
    EXPECT_EQ(ring->drained.load(), 0u);
    pass(milliseconds(1));
    scribe->step(now);
    EXPECT_EQ(ring->drained.load(), 1u);
}

TEST_F(ScribeTest, AMissingDirectoryIsAnErrorAtStartAndOnlyAnAlarmLater) {
    fs::remove_all(dir.path());
    const auto scribe = make_scribe();
    const Result<void> opened = scribe->open(now);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().sentence,
              "journal: open state_dir " + state_path + ": No such file or directory");
    fire(3);
    scribe->step(now);
    EXPECT_EQ(alarms.size(), 1u);
    fs::create_directory(state_path);
    pass(seconds(1));
    scribe->step(now);
    EXPECT_EQ(alarms.back(), "journal: goes on in a new segment");
    expect_all_events(3);
}

TEST_F(ScribeTest, TwoEnginesNeverShareAStateDirectory) {
    const auto first = start_scribe();
    const auto second = make_scribe();
    const Result<void> opened = second->open(now);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().sentence.find("each engine needs one of its own"), std::string::npos);
}

TEST_F(ScribeTest, LostEventsAreOnRecord) {
    const auto scribe = start_scribe();
    fire(journal_places_count + 7);
    scribe->step(now);
    expect_all_events(journal_places_count);
    EXPECT_TRUE(std::ranges::any_of(
        records, [](const auto& record) { return value_of(record.second, "events_lost") == "7"; }));
    EXPECT_EQ(page->journal_lost, 7u);
}

TEST_F(ScribeTest, PublishesItsBeatAndTheHeadOnDisk) {
    const auto scribe = start_scribe();
    fire(1);
    scribe->step(now);
    EXPECT_EQ(page->scribe_beat_ns, static_cast<u64>(now.monotonic.ns));
    EXPECT_EQ(page->journal_head_sequence, scribe->head().sequence);
    EXPECT_EQ(hex(page->journal_head), hex(survey().head.hash));
}

TEST_F(ScribeTest, TakesNotesFromAnyThreadWhileItRuns) {
    const auto scribe = start_scribe();
    constexpr u64 threads_count = 4, notes_count = 50;
    {
        std::jthread running([&](std::stop_token stop) { scribe->run(stop); });
        std::vector<std::jthread> writers;
        for (u64 t = 0; t < threads_count; ++t)
            writers.emplace_back([&] {
                for (u64 i = 0; i < notes_count; ++i)
                    scribe->note(RecordType::person, Lines().add("reason", i));
            });
        fire(500);
        writers.clear(); // joins them before the scribe is told to stop
    }
    EXPECT_TRUE(survey().faults.empty());
    EXPECT_EQ(events.size(), 500u);
    const auto is_note = [](const auto& record) { return record.first == RecordType::person; };
    EXPECT_EQ(static_cast<u64>(std::ranges::count_if(records, is_note)),
              threads_count * notes_count);
    EXPECT_EQ(scribe->head(), survey().head);
}

} // namespace
} // namespace ks
