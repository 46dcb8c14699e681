#include "cold/watch_operators.hpp"

#include <algorithm>

#include "cold/account_text.hpp"
#include "cold/latch.hpp"
#include "cold/page_birth.hpp"
#include "cold/plain_text.hpp"

namespace ks {
namespace {

u32 request_of(u64 word) {
    return static_cast<u32>(word >> 32);
}

std::string name_of_account(const ks_status_page& page, u32 account) {
    return account < KS_ACCOUNTS_MAX ? std::string(name_of(page.account[account].name)) : "unknown";
}

std::string count_text(u32 orders_open) {
    return orders_open == UINT32_MAX ? "unread" : std::to_string(orders_open);
}

std::string exceptions_text(const ks_status_page& page, const ks_operator_row& row) {
    std::string text;
    for (u32 i = 0; i < std::min<u32>(row.exceptions_count, KS_EXCEPTIONS_MAX); ++i)
        text += (text.empty() ? "" : " ") + name_of_account(page, row.exception[i].account) + "=" +
                count_text(row.exception[i].orders_open);
    return text.empty() ? "none" : text;
}

std::string still_closed(const ks_status_page& page) {
    u64 halt[KS_CELLS_MAX / 64];
    ks_words_load(halt, page.halt, sizeof halt);
    std::string text;
    for (const std::string& cell : cells_of(page, halt))
        text.append(text.empty() ? "" : ", ").append(cell);
    return text.empty() ? "none" : text;
}

std::string reason_text(const ks_operator_row& row) {
    return plain_text({row.reason, sizeof row.reason}, KS_REASON_BYTES_MAX);
}

} // namespace

std::string_view words(ks_rearm answer) {
    switch (answer) {
    case KS_REARM_NONE:
        return "none";
    case KS_REARM_DONE:
        return "done";
    case KS_REARM_NOT_CLEAR:
        return "refused: an account is not CLEAR";
    case KS_REARM_STALE:
        return "refused: it was pulled again meanwhile";
    case KS_REARM_PULL_WAITS:
        return "refused: a pull waits";
    case KS_REARM_NOT_KILLED:
        return "refused: it is not killed";
    case KS_REARM_LOOKING:
        return "looking";
    case KS_REARM_NO_PLACE:
        return "refused: a first shot could not leave now";
    case KS_REARM_NOT_READ:
        return "refused: the venue did not show the account";
    case KS_REARM_WRONG:
        return "refused: it names a scope or an account that there is not";
    }
    return "unknown";
}

// "bitopro/main=0 coinswitch/main=4": what the last read of each account showed while it was
// killed.
std::string OperatorWatch::open_text(const ks_scope_line& line) const {
    std::string text;
    for (const u32 a : accounts_of(page_, line))
        text += (text.empty() ? "" : " ") + name_of_account(page_, a) + "=" + count_text(open_[a]);
    return text;
}

OperatorWatch::OperatorWatch(const ks_status_page& page, const ks_operator_page& operators)
    : page_(page), operators_(operators), acknowledged_(operators.acknowledged) {
    open_.fill(UINT32_MAX);
    for (u32 scope = 0; scope < KS_SCOPES_MAX; ++scope)
        asked_[scope].answered = request_of(page.scope[scope].rearm_answer);
}

void OperatorWatch::look(Findings& found) {
    // relaxed: a re-armed account forgets its count at once, so it is kept here
    for (u32 a = 0; a < KS_ACCOUNTS_MAX; ++a)
        if (__atomic_load_n(&page_.account[a].outcome, __ATOMIC_RELAXED) != KS_IDLE)
            open_[a] = __atomic_load_n(&page_.account[a].orders_open, __ATOMIC_RELAXED);
    // acquire: pairs with the append of a name
    const u32 count = __atomic_load_n(&page_.scopes_count, __ATOMIC_ACQUIRE);
    for (u32 scope = 0; scope < std::min<u32>(count, KS_SCOPES_MAX); ++scope) look(scope, found);
}

void OperatorWatch::look(u32 scope, Findings& found) {
    Asked& asked = asked_[scope];
    const ks_operator_row& place = operators_.row[scope];
    // acquire: pairs with the release of the word by ksctl; the fields are at least as new
    const u64 word = __atomic_load_n(&place.word, __ATOMIC_ACQUIRE);
    const u32 request = request_of(word);
    if (request != asked.request && ks_is_since(request, asked.answered + 1)) {
        ks_operator_row row;
        row.word = word;
        ks_words_load(reinterpret_cast<u64*>(&row) + 1, reinterpret_cast<const u64*>(&place) + 1,
                      sizeof row - sizeof row.word);
        const u64 key = ks_slot_key(page_.scope[scope].name, operators_.head.nonce);
        if (word == ks_operator_word(request, key, &row)) {
            asked.request = request;
            asked.row = row;
            asked.person = look_at_person(row.uid, row.login_uid, row.pid);
        }
    }
    // acquire: pairs with Status::rearm_answer
    const u64 answer = __atomic_load_n(&page_.scope[scope].rearm_answer, __ATOMIC_ACQUIRE);
    const auto said = static_cast<ks_rearm>(static_cast<u32>(answer));
    if (request_of(answer) == asked.answered || said == KS_REARM_LOOKING) return;
    asked.answered = request_of(answer);
    ks_scope_line line;
    if (!ks_read_scope(&line, &page_.scope[scope])) line = page_.scope[scope];
    tell(line, asked, said, found);
}

void OperatorWatch::tell(const ks_scope_line& line, const Asked& asked, ks_rearm answer,
                         Findings& found) {
    const std::string scope(name_of(line.name));
    Lines lines;
    lines.add("act", "rearm").add("scope", scope).add("answer", words(answer));
    const bool is_known = asked.request == asked.answered;
    if (is_known) {
        const std::string only = asked.row.only < KS_SCOPES_MAX
                                     ? std::string(name_of(page_.scope[asked.row.only].name))
                                     : "all of it";
        lines.add("kill", asked.row.kill).add("only", only);
        add_person(lines, asked.person);
        lines.add("reason", reason_text(asked.row));
        lines.add("exceptions", exceptions_text(page_, asked.row));
    }
    lines.add("open", open_text(line)).add("still_closed", still_closed(page_));
    if (answer == KS_REARM_DONE) {
        const bool is_over = static_cast<u32>(line.kill_outcome) == KS_IDLE;
        const std::string who = is_known ? person_text(lines.text()) : "a person not seen in time";
        const std::string why = is_known ? reason_text(asked.row) : "unknown";
        found.alarm(AlarmKind::rearmed, (is_over ? "kill " : "re-arm ") + scope,
                    scope + (is_over ? "" : ", in part,") + " re-armed by " + who + ": \"" + why +
                        "\". Still closed: " + still_closed(page_) +
                        ". Nothing resumes by itself.");
    }
    found.record(RecordType::person, std::move(lines));
}

std::optional<u64> OperatorWatch::acknowledged(Findings& found) {
    // acquire: pairs with the release in ksctl ack
    const u64 number = __atomic_load_n(&operators_.acknowledged, __ATOMIC_ACQUIRE);
    if (number == acknowledged_) return std::nullopt;
    acknowledged_ = number;
    if (number > page_.alarm_last || number <= page_.alarm_acknowledged) return std::nullopt;
    Lines lines;
    lines.add("act", "acknowledge").add("alarm", number);
    add_person(lines, look_at_person(operators_.acknowledged_by, operators_.acknowledged_login,
                                     operators_.acknowledged_pid));
    found.record(RecordType::person, std::move(lines));
    return number;
}

} // namespace ks
