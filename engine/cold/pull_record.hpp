// Pull record: which pull a kill answers, out of the pull's event and what the pages say of it.
// Why of the event: the status page keeps only the last pull of a scope; the ring keeps each.
// Guarantees: a person is named only by words that were said of this very pull; whatever is not
// known is said to be unknown.
#pragma once

#include "cold/journal_writer.hpp"
#include "cold/person.hpp"

namespace ks {

constexpr bool is_pull(EventKind kind) {
    return kind == EventKind::pull_seen || kind == EventKind::pull_held;
}

// What is to be said of it, by scope, producer and epoch.
constexpr PulledSlot slot_of(const Event& event) {
    return {event.producer, event.scope, static_cast<u32>(event.value)};
}

// Lines of a record of type `person`. `said` is of this very pull; `at` is when the event happened,
// on both clocks.
Lines pull_record(const Event& event, const ks_status_page& page, const std::vector<Said>& said,
                  Moment at);

} // namespace ks
