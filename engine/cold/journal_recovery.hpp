// Journal recovery: where the chain goes on after the last engine, however it ended.
// Guarantees: nothing is overwritten or cut off that is not zeros; bytes that are no whole record
// are copied to <segment>.corrupt and declared in the next segment; records that are known to have
// existed but cannot be read leave a gap in the sequence, which every later check finds.
#pragma once

#include <optional>

#include "cold/journal_reader.hpp"

namespace ks {

struct JournalRecovered {
    ChainHead head;              // what the next record follows
    u64 last_segment = 0;        // the highest number in use
    u64 ring_nonce = 0;          // the ring whose events the last segment holds
    u64 last_event = 0;          // and the last event of it
    std::optional<Event> untold; // a pull at the very end, whose record did not get there
    Lines torn;                  // for the opening of the next segment
    std::vector<std::string> alarms;
};
Result<JournalRecovered> recover_journal(int directory);

} // namespace ks
