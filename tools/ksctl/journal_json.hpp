// Journal as JSON: one object a record, on one line, for programs.
#pragma once

#include "cold/journal_names.hpp"
#include "cold/journal_survey.hpp"

namespace ks {

// Learns names from the records it is shown. Same shape as Timeline.
class JournalJson {
public:
    std::string add(const JournalRecord& record);
    std::string finish() { return {}; }

private:
    JournalNames names_;
};

std::string survey_json(const JournalSurvey& found);

} // namespace ks
