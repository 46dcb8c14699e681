// Recipe ask: one named request as bytes, one answer as a verdict; what `ksctl request` and `ksctl
// judge` show, and what the recipe's own vectors run. Exactly the programs that the engine runs.
#pragma once

#include <string>
#include <vector>

#include "cold/recipe.hpp"

namespace ks {

// The exact bytes that would be sent. credentials.symbol empty: the form that reaches all. `older`:
// n for the n-th older window of a read.
Result<std::string> render_request(const Recipe& recipe, std::string_view request,
                                   const Credentials& credentials, const SignTime& time,
                                   size_t older = 0);

struct Judgement {
    Verdict verdict = Verdict::unknown;
    u16 http_status = 0;
    std::vector<std::string> ids; // order ids that the answer names
    u32 open_count = 0;           // a read: orders it shows as open
    std::string why_broken;       // not HTTP: the verdict is unknown, and this says why
};
// Judges the bytes of one HTTP/1.1 response, head and body.
Result<Judgement> judge_response(const Recipe& recipe, std::string_view request,
                                 std::string_view response);

std::string_view verdict_name(Verdict verdict);

} // namespace ks
