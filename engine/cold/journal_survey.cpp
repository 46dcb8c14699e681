// Journal survey: follow the chain from segment to segment; report the first fault of each.
#include "cold/journal_survey.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.hpp"

namespace ks {
namespace {

// Where a segment stopped being readable, until a later segment declares that it knew.
struct TornEnd {
    std::string file;
    std::string place; // "3:1234", as a later opening declares it
    u64 offset;
    u64 sequence; // of the record that should lie there
    RecordStop stop;
};

class Surveyor {
public:
    Surveyor(const std::optional<Digest>& wanted_head, const RecordVisitor& visit)
        : wanted_head_(wanted_head), visit_(visit) {}

    void read(u64 segment, const std::string& file, std::span<const std::byte> bytes) {
        file_ = file;
        is_trusted_ = true;
        SegmentReader reader(bytes);
        JournalRecord record;
        while (reader.next(record)) follow(record);
        if (reader.stop() != RecordStop::clean)
            torn_.push_back({file, std::to_string(segment) + ":" + std::to_string(reader.offset()),
                             reader.offset(), survey_.head.sequence + 1, reader.stop()});
        ++survey_.segments_count;
    }

    JournalSurvey finish() {
        for (const TornEnd& end : torn_) {
            if (declared_.contains(end.place))
                survey_.remarks.push_back(
                    end.file + ": torn by a crash at byte " + std::to_string(end.offset) +
                    "; the next engine kept the rest in " + end.file + ".corrupt");
            else
                survey_.faults.push_back({end.file, end.offset,
                                          "record " + std::to_string(end.sequence) + ": found " +
                                              std::string(words(end.stop))});
        }
        std::ranges::stable_sort(survey_.faults, [](const JournalFault& a, const JournalFault& b) {
            return std::tie(a.file, a.offset) < std::tie(b.file, b.offset);
        });
        return std::move(survey_);
    }

private:
    void follow(const JournalRecord& record) {
        if (record.head.type == RecordType::segment)
            enter(record);
        else if (record.offset == 0)
            fault(record, "the segment's opening record is missing");
        check(record);
        ChainHead& head = survey_.head;
        head = chain_after(head, record.head.sequence, record.bytes);
        survey_.is_head_found |= wanted_head_ && head.hash == *wanted_head_;
        survey_.last_file = file_;
        survey_.last_offset = record.offset;
        survey_.last_utc_ns = record.head.utc_ns;
        ++survey_.records_count;
        visit_(record);
    }

    // The opening record says what it follows; that must be what we have read so far.
    void enter(const JournalRecord& record) {
        std::string_view text = record.text();
        ChainHead before;
        for (Line line; take_line(text, line);) {
            if (line.key == "previous") parse_digest(line.value, before.hash);
            if (line.key == "previous_sequence") before.sequence = number_of(line.value, 0);
            if (line.key == "torn") declared_.emplace(line.value);
        }
        const bool is_first = survey_.segments_count == 0;
        if (!is_first && before != survey_.head)
            fault(record, "follows record " + std::to_string(before.sequence) +
                              ", but the last one found before it is " +
                              std::to_string(survey_.head.sequence) +
                              (before.sequence == survey_.head.sequence ? ", changed" : ""));
        if (is_first && before.sequence != 0)
            survey_.remarks.push_back("begins with record " + std::to_string(record.head.sequence) +
                                      ": earlier segments are not here");
        survey_.head = before;
    }

    void check(const JournalRecord& record) {
        const u64 expected = survey_.head.sequence + 1;
        if (record.head.sequence != expected)
            fault(record, "records " + std::to_string(expected) + " to " +
                              std::to_string(record.head.sequence - 1) + " are missing");
        else if (record.head.link != link_of(survey_.head))
            fault(record, "does not follow from record " + std::to_string(expected - 1) +
                              ": one of the two was changed after it was written");
    }

    void fault(const JournalRecord& record, const std::string& what) {
        if (!std::exchange(is_trusted_, false)) return;
        survey_.faults.push_back(
            {file_, record.offset, "record " + std::to_string(record.head.sequence) + ": " + what});
    }

    const std::optional<Digest>& wanted_head_;
    const RecordVisitor& visit_;
    JournalSurvey survey_;
    std::string file_;
    bool is_trusted_ = true; // no fault in this segment yet
    std::vector<TornEnd> torn_;
    std::set<std::string, std::less<>> declared_; // "3:1234"
};

} // namespace

Result<JournalSurvey> survey_journal(const std::string& path,
                                     const std::optional<Digest>& wanted_head,
                                     const RecordVisitor& visit) {
    const size_t slash = path.rfind('/');
    const std::string name = slash == path.npos ? path : path.substr(slash + 1);
    const std::string parent = slash == path.npos ? "." : path.substr(0, slash + 1);
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return errno_error("open " + path);
    const bool is_one_file = !S_ISDIR(status.st_mode);
    const Fd directory(
        open((is_one_file ? parent : path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) return errno_error("open " + path);
    Result<std::vector<u64>> segments = std::vector<u64>{segment_number(name)};
    if (!is_one_file) segments = list_segments(directory.get());
    if (!segments) return std::move(segments).error();

    Surveyor surveyor(wanted_head, visit);
    for (u64 segment : *segments) {
        const std::string file = is_one_file ? name : segment_name(segment);
        Result<std::vector<std::byte>> bytes = read_segment(directory.get(), file);
        if (!bytes) return std::move(bytes).error();
        surveyor.read(segment, file, *bytes);
    }
    return surveyor.finish();
}

} // namespace ks
