// Pull record: which pull a kill answers, out of the pull's event and what the pages say of it.
// Why of the event: the status page keeps only the last pull of a scope; the ring keeps each.
// Guarantees: a person is named only by words that were said of this very pull; whatever is not
// known is said to be unknown.
#pragma once

#include "cold/journal_writer.hpp"
#include "hot/trigger.hpp"

namespace ks {

constexpr bool is_pull(EventKind kind) {
    return kind == EventKind::pull_seen || kind == EventKind::pull_held;
}

// Lines of a record of type `person`. `at` is when the event happened, on both clocks.
Lines pull_record(const Event& event, const TriggerPages& pages, Moment at);

} // namespace ks
