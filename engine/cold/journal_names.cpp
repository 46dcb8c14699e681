// Journal names: one line a row of each table that an event may point into.
#include "cold/journal_names.hpp"

#include "cold/status_text.hpp"
#include "cold/watch_operators.hpp"
#include "hot/sweep_table.hpp"

namespace ks {
namespace {

std::string key(std::string_view table, size_t index) {
    return std::string(table) + "." + std::to_string(index);
}

template<class Rows> void add_rows(Lines& lines, std::string_view table, const Rows& rows) {
    for (size_t i = 0; i < rows.size(); ++i) lines.add(key(table, i), rows[i].name.view());
}

void add_words(Lines& lines, std::string_view table,
               std::initializer_list<std::string_view> values) {
    size_t index = 0;
    for (std::string_view value : values) lines.add(key(table, index++), value);
}

std::string request_name(const Plan& plan, const RequestPlan& request) {
    constexpr std::string_view kinds[] = {"fire", "read", "keep-alive", "live fire"};
    std::string name(kinds[static_cast<size_t>(request.kind)]);
    if (!request.account.is_none())
        return name.append(" ").append(plan.accounts[request.account.index].name.view());
    if (!request.venue.is_none())
        return name.append(" ").append(plan.venues[request.venue.index].name.view());
    return name;
}

std::string cells_text(const Plan& plan, const CellSet& cells) {
    std::string text;
    for (size_t i = 0; i < plan.cells.size(); ++i) {
        if (!cells.test(i)) continue;
        if (!text.empty()) text += ", ";
        text += plan.cells[i].name.view();
    }
    return text;
}

} // namespace

Lines names_of(const Plan& plan) {
    Lines lines;
    add_rows(lines, "producer", plan.producers);
    add_rows(lines, "account", plan.accounts);
    add_rows(lines, "shot", plan.shots);
    add_rows(lines, "scope", plan.scopes);
    for (size_t i = 0; i < plan.scopes.size(); ++i)
        if (plan.scopes[i].in_config)
            lines.add(key("scope", i) + ".cells", cells_text(plan, plan.scopes[i].cells));
    for (size_t i = 0; i < plan.requests.size(); ++i)
        lines.add(key("request", i), request_name(plan, plan.requests[i]));
    for (const VenuePlan& venue : plan.venues)
        for (u16 i = 0; i < venue.lanes_count; ++i)
            lines.add(key("lane", venue.lane_first + i),
                      std::string(venue.name.view()) + "#" + std::to_string(i));
    add_words(lines, "verdict", {"accepted", "clear", "open", "throttled", "refused", "unknown"});
    static_assert(verdicts_count == 6, "a word for each");
    for (u32 outcome = KS_IDLE; outcome <= KS_HELD; ++outcome)
        lines.add(key("outcome", outcome), words(static_cast<ks_outcome>(outcome)));
    for (u32 answer = KS_REARM_NONE; answer <= KS_REARM_WRONG; ++answer)
        lines.add(key("rearm", answer), words(static_cast<ks_rearm>(answer)));
    add_words(
        lines, "down",
        {"closed by peer", "send failed", "broken record", "broken HTTP", "no answer", "retired"});
    add_words(lines, "state",
              {"idle", "aimed", "fired", "accepted", "clear", "refused", "unknown"});
    static_assert(states_count == 7, "a word for each");
    add_words(lines, "ready", {"NOT READY", "READY WITH LIMITS", "READY"});
    return lines;
}

void JournalNames::learn(std::string_view lines) {
    for (Line line; take_line(lines, line);)
        names_.insert_or_assign(std::string(line.key), std::string(line.value));
}

std::string JournalNames::of(std::string_view table, u64 index) const {
    if (index == 0xffff) return "no " + std::string(table);
    const auto found = names_.find(key(table, index));
    if (found != names_.end() && !found->second.empty()) return found->second;
    return std::string(table) + " " + std::to_string(index);
}

} // namespace ks
