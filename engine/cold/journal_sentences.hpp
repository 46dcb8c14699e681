// Journal sentences: what a record says, in words that need no manual: names, not numbers; who,
// what, why, how it ended.
// Guarantees: every kind of record has a sentence; bytes of foreign origin are escaped.
#pragma once

#include "cold/journal_names.hpp"

namespace ks {

// "shot sent: bitopro/main margin * on bitopro#0, nonce 1700000000000"
std::string sentence(const Event& event, const JournalNames& names);

// "RE-ARM of all, kill 17: done, by alice (uid 1000, terminal pts/3, program /usr/bin/ksctl). ..."
std::string sentence(RecordType type, std::string_view lines);

// "3.4 µs", "12.0 ms", "6.5 s"
std::string elapsed_text(u64 ns);

} // namespace ks
