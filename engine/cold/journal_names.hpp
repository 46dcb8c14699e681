// Journal names: what the numbers in events mean, written into the journal itself.
// Why: a journal is read years later, by another version, without the config it was made under.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cold/journal_format.hpp"
#include "hot/plan.hpp"

namespace ks {

// Lines such as "shot.3=bitopro/main margin *" and "scope.0.cells=bitopro/main, ...".
Lines names_of(const Plan& plan);

class JournalNames {
public:
    // A later line replaces an earlier one of the same key.
    void learn(std::string_view lines);
    // "bitopro/main margin *"; for a number without a name "shot 3", for 0xffff "no shot".
    std::string of(std::string_view table, u64 index) const;

private:
    std::map<std::string, std::string, std::less<>> names_;
};

} // namespace ks
