// Journal survey: reads a whole journal and says whether it is what was written.
// Guarantees: finds every flipped byte of a record, every record cut out, put in or exchanged. A
// cut tail leaves no trace in the files: for that, give it a head that was published earlier.
#pragma once

#include <functional>
#include <optional>

#include "cold/journal_reader.hpp"

namespace ks {

struct JournalFault {
    std::string file;
    u64 offset = 0;
    std::string sentence;
};

struct JournalSurvey {
    ChainHead head;        // after the last whole record
    std::string last_file; // where that lies
    u64 last_offset = 0;
    u64 last_utc_ns = 0;
    u64 records_count = 0;
    u64 segments_count = 0;
    bool is_head_found = false; // the wanted head is the chain's after some record
    std::vector<JournalFault> faults;
    std::vector<std::string> remarks; // torn ends that the next engine found and declared
};

// `path`: a directory of segments, or one segment. `visit` sees every whole record, in order.
using RecordVisitor = std::function<void(const JournalRecord&)>;
Result<JournalSurvey> survey_journal(const std::string& path,
                                     const std::optional<Digest>& wanted_head,
                                     const RecordVisitor& visit);

} // namespace ks
