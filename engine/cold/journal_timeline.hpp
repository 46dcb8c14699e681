// Journal timeline: records as lines for a human.
// Guarantees: every record becomes at least one line; bytes of foreign origin are escaped.
#pragma once

#include "cold/journal_names.hpp"
#include "cold/journal_reader.hpp"

namespace ks {

// "shot sent: bitopro/main margin * on bitopro#0, nonce 1700000000000"
std::string sentence(const Event& event, const JournalNames& names);

// Lines with UTC and, once a pull was seen, the time since the last one:
// "2026-11-21 12:40:08.123456      +3.2 µs  shot sent: ..."
class Timeline {
public:
    // The lines that this record completes. A text that goes on in later events is joined.
    std::string add(const JournalRecord& record);
    std::string finish();

private:
    std::string begin_line(const RecordHead& head);

    JournalNames names_;
    u64 pulled_ns_ = 0;
    std::string open_line_;
};

} // namespace ks
