// Journal timeline: records as lines for a human, one a fact.
// Guarantees: every record becomes at least one line; what is known of the time before a start is a
// line of its own.
#pragma once

#include "cold/journal_reader.hpp"
#include "cold/journal_sentences.hpp"

namespace ks {

// Lines with UTC and, once a pull was seen, the time since the last one:
// "2026-11-21 12:40:08.123456      +3.2 µs  shot sent: ..."
class Timeline {
public:
    // The lines that this record completes. A text that goes on in later events is joined.
    std::string add(const JournalRecord& record);
    std::string finish();

private:
    std::string add_event(const JournalRecord& record);
    std::string begin_line(const RecordHead& head) const;
    std::string silence_before(const RecordHead& head) const;

    JournalNames names_;
    u64 pulled_ns_ = 0;
    u64 last_utc_ns_ = 0;
    bool is_stopped_ = false; // the engine said goodbye
    std::string open_line_;
};

} // namespace ks
