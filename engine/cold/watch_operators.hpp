// Operator watch: which human re-armed what, why, and with what still open; who acknowledged.
// Guarantees: the person is looked at while the request waits, not after; a request is recorded
// with the answer that it got, once.
#pragma once

#include "cold/person.hpp"
#include "cold/watch.hpp"

namespace ks {

class OperatorWatch {
public:
    // Answers given before now are history, and in the journal already.
    OperatorWatch(const ks_status_page& page, const ks_operator_page& operators);

    void look(Findings& found);
    // A human has acknowledged alarms up to this number: nothing unless it has changed.
    std::optional<u64> acknowledged(Findings& found);

private:
    struct Asked {
        u32 request = 0; // of the row below; 0: none
        ks_operator_row row{};
        Person person;
        u32 answered = 0; // request number of the last final answer told
    };
    void look(u32 scope, Findings& found);
    std::string open_text(const ks_scope_line& line) const;
    void tell(const ks_scope_line& line, const Asked& asked, ks_rearm answer, Findings& found);

    const ks_status_page& page_;
    const ks_operator_page& operators_;
    std::array<Asked, KS_SCOPES_MAX> asked_{};
    std::array<u32, KS_ACCOUNTS_MAX> open_{}; // last read while killed; UINT32_MAX: unread
    u64 acknowledged_;
};

// "done", "refused: an account is not CLEAR": what the journal calls an answer.
std::string_view words(ks_rearm answer);

} // namespace ks
