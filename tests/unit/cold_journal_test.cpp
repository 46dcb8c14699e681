// The journal on disk, by situation: cut, flipped, exchanged, removed; and what the survey says.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fcntl.h>

#include "base/fd.hpp"
#include "cold/journal_survey.hpp"
#include "cold/journal_writer.hpp"
#include "unit/golden_journal.hpp"
#include "unit/temp_dir.hpp"

namespace ks {
namespace {

namespace fs = std::filesystem;

constexpr u64 segment_bytes = 4096;
constexpr Moment now{{7'000'000}, 1'700'000'000'000'000'000};

std::string load(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void save(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class JournalFiles : public ::testing::Test {
protected:
    TempDir dir;
    Fd directory{open(dir.path().c_str(), O_RDONLY | O_DIRECTORY)};

    // A journal of `segments_count` finished segments with three events in each.
    ChainHead write_journal(u64 segments_count) {
        JournalWriter writer(directory.get(), {}, 1, segment_bytes);
        for (u64 i = 0; i < segments_count; ++i) {
            EXPECT_TRUE(writer.open_segment({}, 0, now));
            for (u64 e = 0; e < 3; ++e) append_event(writer, 3 * i + e + 1);
            EXPECT_TRUE(writer.write());
        }
        EXPECT_TRUE(writer.sync());
        return writer.head();
    }
    static void append_event(JournalWriter& writer, u64 sequence) {
        const Event event{.sequence = sequence, .kind = EventKind::shot_sent, .shot = 1};
        writer.append(RecordType::event, std::as_bytes(std::span(&event, 1)), now);
    }
    JournalSurvey survey(const std::optional<Digest>& wanted_head = {}) {
        Result<JournalSurvey> found =
            survey_journal(dir.path(), wanted_head, [](const JournalRecord&) {});
        EXPECT_TRUE(found) << found.error().sentence;
        return *found;
    }
    // Where each record of a segment begins, and behind the last its end.
    std::vector<u64> offsets(const std::string& bytes) {
        std::vector<u64> all;
        SegmentReader reader(std::as_bytes(std::span(bytes)));
        for (JournalRecord record; reader.next(record);) all.push_back(record.offset);
        all.push_back(reader.offset());
        return all;
    }
    std::string segment(u64 number) const { return dir / segment_name(number); }
};

TEST_F(JournalFiles, AWholeJournalHasNoFault) {
    const ChainHead head = write_journal(3);
    const JournalSurvey found = survey(head.hash);
    EXPECT_TRUE(found.faults.empty());
    EXPECT_EQ(found.head, head);
    EXPECT_EQ(found.records_count, 12u);
    EXPECT_EQ(found.segments_count, 3u);
    EXPECT_TRUE(found.is_head_found);
}

TEST_F(JournalFiles, AFinishedSegmentGivesBackItsFreeSpace) {
    write_journal(2);
    EXPECT_LT(fs::file_size(segment(1)), segment_bytes);
    EXPECT_EQ(fs::file_size(segment(2)), segment_bytes);
}

TEST_F(JournalFiles, EveryCutByteOfTheLastRecordLeavesTheOnesBefore) {
    write_journal(1);
    const std::string whole = load(segment(1));
    const std::vector<u64> at = offsets(whole);
    const u64 last = at[at.size() - 2];
    for (u64 cut = last; cut < at.back(); ++cut) {
        save(segment(1), whole.substr(0, cut));
        const JournalSurvey found = survey();
        EXPECT_EQ(found.head.sequence, 3u) << "cut at " << cut;
        EXPECT_EQ(found.faults.empty(), cut == last) << "cut at " << cut;
    }
}

TEST_F(JournalFiles, EveryFlippedByteOfEverySegmentIsFound) {
    write_journal(2);
    for (u64 number : {1, 2}) {
        const std::string whole = load(segment(number));
        for (size_t i = 0; i < offsets(whole).back(); ++i) {
            std::string flipped = whole;
            flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
            save(segment(number), flipped);
            const JournalSurvey found = survey();
            ASSERT_FALSE(found.faults.empty()) << segment_name(number) << " byte " << i;
            EXPECT_EQ(found.faults[0].file, segment_name(number));
        }
        save(segment(number), whole);
    }
}

TEST_F(JournalFiles, AFlippedByteIsReportedWithItsRecordAndPlace) {
    write_journal(1);
    std::string bytes = load(segment(1));
    const u64 third = offsets(bytes)[2];
    bytes[third + sizeof(RecordHead) + 20] ^= 1;
    save(segment(1), bytes);
    const JournalSurvey found = survey();
    ASSERT_EQ(found.faults.size(), 1u);
    EXPECT_EQ(found.faults[0].offset, third);
    EXPECT_EQ(found.faults[0].sentence,
              "record 3: found a record whose checksum does not match its bytes");
}

TEST_F(JournalFiles, AByteInTheReservedSpaceIsFound) {
    write_journal(1);
    std::string bytes = load(segment(1));
    bytes[segment_bytes - 1] = 1;
    save(segment(1), bytes);
    EXPECT_EQ(survey().faults.size(), 1u);
}

TEST_F(JournalFiles, ARecordCutOutIsAGap) {
    write_journal(1);
    std::string bytes = load(segment(1));
    const std::vector<u64> at = offsets(bytes);
    bytes.erase(at[1], at[2] - at[1]);
    save(segment(1), bytes);
    const JournalSurvey found = survey();
    ASSERT_EQ(found.faults.size(), 1u);
    EXPECT_EQ(found.faults[0].sentence, "record 3: records 2 to 2 are missing");
}

TEST_F(JournalFiles, ARecordRewrittenWithARightChecksumBreaksTheChain) {
    write_journal(1);
    const std::string whole = load(segment(1));
    const std::vector<u64> at = offsets(whole);
    TempDir other; // the same journal, but for its second record
    const Fd other_directory(open(other.path().c_str(), O_RDONLY | O_DIRECTORY));
    JournalWriter writer(other_directory.get(), {}, 1, segment_bytes);
    ASSERT_TRUE(writer.open_segment({}, 0, now));
    append_event(writer, 99);
    ASSERT_TRUE(writer.write());
    const std::string changed = load(other / segment_name(1));
    save(segment(1), changed.substr(0, at[2]) + whole.substr(at[2]));
    const JournalSurvey found = survey();
    ASSERT_EQ(found.faults.size(), 1u);
    EXPECT_EQ(found.faults[0].sentence,
              "record 3: does not follow from record 2: one of the two was changed after it was "
              "written");
}

TEST_F(JournalFiles, ASegmentRemovedFromTheMiddleIsFound) {
    write_journal(3);
    fs::remove(segment(2));
    const JournalSurvey found = survey();
    ASSERT_EQ(found.faults.size(), 1u);
    EXPECT_EQ(found.faults[0].file, segment_name(3));
    EXPECT_EQ(found.faults[0].sentence,
              "record 9: follows record 8, but the last one found before it is 4");
}

TEST_F(JournalFiles, EarlierSegmentsMayBeElsewhere) {
    write_journal(3);
    fs::remove(segment(1));
    const JournalSurvey found = survey();
    EXPECT_TRUE(found.faults.empty());
    EXPECT_EQ(found.remarks.size(), 1u);
}

TEST_F(JournalFiles, ACutTailIsFoundByAHeadThatWasPublished) {
    const ChainHead head = write_journal(2);
    fs::remove(segment(2));
    const JournalSurvey found = survey(head.hash);
    EXPECT_TRUE(found.faults.empty()) << "a cut tail leaves no trace in the files";
    EXPECT_FALSE(found.is_head_found);
}

TEST_F(JournalFiles, OneSegmentCanBeSurveyedAlone) {
    write_journal(2);
    Result<JournalSurvey> found = survey_journal(segment(2), {}, [](const JournalRecord&) {});
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->faults.empty());
    EXPECT_EQ(found->head.sequence, 8u);
}

TEST_F(JournalFiles, ARecordOfAnotherVersionIsNotGuessedAt) {
    write_journal(1);
    std::string bytes = load(segment(1));
    bytes[4] = 9;
    SegmentReader reader(std::as_bytes(std::span(bytes)));
    JournalRecord record;
    EXPECT_FALSE(reader.next(record));
    EXPECT_EQ(reader.stop(), RecordStop::other_version);
}

TEST_F(JournalFiles, ALengthPastTheEndIsNotFollowed) {
    write_journal(1);
    std::string bytes = load(segment(1));
    for (u32 length : {0xffff'ffffu, record_payload_bytes_max, u32{segment_bytes}}) {
        std::memcpy(bytes.data() + 8, &length, sizeof length);
        SegmentReader reader(std::as_bytes(std::span(bytes)));
        JournalRecord record;
        EXPECT_FALSE(reader.next(record));
        EXPECT_EQ(reader.stop(), RecordStop::wrong_length);
    }
}

TEST_F(JournalFiles, AnExistingSegmentIsNeverOverwritten) {
    write_journal(1);
    const std::string before = load(segment(1));
    JournalWriter writer(directory.get(), {}, 1, segment_bytes);
    EXPECT_FALSE(writer.open_segment({}, 0, now));
    EXPECT_EQ(load(segment(1)), before);
}

TEST_F(JournalFiles, AreTheSameBytesAsTheGoldenJournal) {
    ASSERT_TRUE(write_golden_journal(directory.get()));
    const std::string golden = load(KS_SOURCE_DIR "/tests/vectors/journal/journal-00000001.ksj");
    const std::string written = load(segment(1));
    EXPECT_EQ(written.substr(0, golden.size()), golden);
    EXPECT_EQ(written.find_first_not_of('\0', golden.size()), written.npos);
}

TEST_F(JournalFiles, AnEmptyDirectoryIsAnEmptyJournal) {
    const JournalSurvey found = survey();
    EXPECT_EQ(found.head, ChainHead{});
    EXPECT_TRUE(found.faults.empty());
}

TEST(JournalFormat, NamesOfSegmentsAreReadBack) {
    EXPECT_EQ(segment_name(12), "journal-00000012.ksj");
    EXPECT_EQ(segment_number("journal-00000012.ksj"), 12u);
    EXPECT_EQ(segment_number("journal-123456789.ksj"), 123456789u);
    for (const char* other : {"journal-00000001.ksj.corrupt", "journal-1.ksj",
                              "journal-0000000x.ksj", "journal.ring", ""})
        EXPECT_EQ(segment_number(other), 0u) << other;
}

TEST(JournalFormat, AValueCannotForgeALine) {
    const Lines lines = Lines().add("reason", "done\nperson=root\\").add("kill", 3);
    EXPECT_EQ(lines.text(), "reason=done\\x0aperson=root\\x5c\nkill=3\n");
    EXPECT_EQ(value_of(lines.text(), "person"), "");
    EXPECT_EQ(value_of(lines.text(), "kill"), "3");
}

TEST(JournalFormat, ADigestIsExactly64HexadecimalDigits) {
    Digest digest;
    EXPECT_TRUE(parse_digest(std::string(64, 'a'), digest));
    EXPECT_EQ(digest[31], 0xaa);
    EXPECT_FALSE(parse_digest(std::string(63, 'a'), digest));
    EXPECT_FALSE(parse_digest(std::string(65, 'a'), digest));
    EXPECT_FALSE(parse_digest(std::string(63, 'a') + "g", digest));
}

} // namespace
} // namespace ks
