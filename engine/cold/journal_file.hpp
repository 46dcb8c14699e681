// Journal file: journal.ring in the run directory, created once and adopted by every engine after.
// Guarantees: mapped shared, populated, locked when the limit allows; a file that is not ours, of
// another size or layout, or whose counters contradict each other is refused with the remedy.
#pragma once

#include "base/result.hpp"
#include "hot/journal.hpp"

namespace ks {

constexpr const char* journal_ring_name = "journal.ring";

class JournalRingFile {
public:
    // `run_directory`: an open descriptor of the run directory; it stays the caller's.
    static Result<JournalRingFile> open(int run_directory);

    JournalRingFile(JournalRingFile&& other) noexcept
        : ring_(std::exchange(other.ring_, nullptr)), is_locked_(other.is_locked_) {}
    JournalRingFile& operator=(JournalRingFile&&) = delete;
    ~JournalRingFile();

    JournalRing& ring() const { return *ring_; }
    bool is_locked() const { return is_locked_; }

private:
    JournalRingFile(JournalRing* ring, bool is_locked) : ring_(ring), is_locked_(is_locked) {}

    JournalRing* ring_;
    bool is_locked_;
};

} // namespace ks
