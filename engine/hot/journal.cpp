// Journal: one copy and one store an event.
#include "hot/journal.hpp"

#include <algorithm>

namespace ks {

Journal::Journal(JournalRing& ring) noexcept
    : ring_(ring), written_(ring.written.load(std::memory_order_relaxed)),
      drained_seen_(ring.drained.load(std::memory_order_relaxed)) {}

void Journal::note(const Event& event) noexcept {
    if (!has_room(event.kind)) {
        ring_.lost.store(lost() + 1, std::memory_order_relaxed); // one writer: no read-modify-write
        return;
    }
    Event& place = ring_.place(++written_);
    place = event;
    place.sequence = written_;
    if (event.at_ns == 0) place.at_ns = static_cast<u64>(now_.ns);
    // release: pairs with JournalDrain::written; a kill before this store leaves no half event
    ring_.written.store(written_, std::memory_order_release);
}

void Journal::note(Event event, std::string_view text) noexcept {
    do {
        const std::string_view part = text.substr(0, event.text.size());
        text.remove_prefix(part.size());
        event.text.fill(0);
        std::copy(part.begin(), part.end(), event.text.begin());
        note(event);
        event.kind = EventKind::text;
    } while (!text.empty());
}

bool Journal::has_room(EventKind kind) noexcept {
    const u64 usable = journal_places_count - (is_firing(kind) ? 0 : journal_places_kept);
    if (written_ - drained_seen_ < usable) return true;
    drained_seen_ = ring_.drained.load(std::memory_order_acquire); // acquire: JournalDrain::release
    return written_ - drained_seen_ < usable;
}

} // namespace ks
