// Latch file: state_dir/latch, replaced whole and put on disk each time a kill or halt changes.
// Guarantees: after any crash the file is the old text or the new one; a start never waits longer
// than `patience` for a disk that hangs; a damaged file is kept beside as latch.unreadable.
#pragma once

#include <functional>
#include <optional>

#include "base/units.hpp"
#include "cold/latch.hpp"

namespace ks {

constexpr const char* latch_name = "latch";
constexpr Nanos latch_patience = seconds(2); // a disk that lives answers in milliseconds

// What the last engine left in `state_directory`. Nothing: no engine has ever run here. An Error:
// one has, and what it kept closed cannot be known.
Result<std::optional<Latch>> read_latch(const std::string& state_directory);
using LatchReader = std::function<Result<std::optional<Latch>>(const std::string&)>;
// The same, by a thread that is left behind when the disk hangs; that is an Error too.
Result<std::optional<Latch>> find_latch(const std::string& state_directory,
                                        Nanos patience = latch_patience,
                                        const LatchReader& read = read_latch);

// Writes the latch whenever the page's kills or halts differ from what was written last.
class LatchKeeper {
public:
    // `directory`: of the state, open and locked.
    Result<void> keep(int directory, const ks_status_page& page, Moment now);

private:
    std::vector<u64> written_; // the words of the page that the file tells of
    bool is_first_ = true;
};

} // namespace ks
