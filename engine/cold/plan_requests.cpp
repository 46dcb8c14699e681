// Requests: what a recipe says of one becomes gates, a judge, an entry of the plan, a signer's job.
#include <algorithm>

#include "cold/plan_parts.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

constexpr Nanos margin_min = milliseconds(20); // jitter of a network path inside one window
constexpr i64 margin_window_part = 100;        // and 1 % for clocks that run apart

Result<GateId> gate_of(PlanDraft& draft, size_t venue, const Limit& limit,
                       const std::string& owner) {
    const std::string name = owner + " " + limit.name;
    if (const auto known = draft.gates.find(name); known != draft.gates.end()) return known->second;
    const std::string& where = draft.config.venues[venue].where;
    u32 first_place = 0;
    for (const GatePlan& gate : draft.plan.gates) first_place += gate.places;
    if (first_place + limit.count > KS_PLACES_MAX)
        return Error{where + ": limit " + in_quotes(name) + " brings the places of all limits to " +
                     std::to_string(first_place + limit.count) + ", and a page holds " +
                     std::to_string(KS_PLACES_MAX) + "; set [venue." +
                     draft.config.venues[venue].name + ".limits." + limit.name +
                     "] to a smaller count and window"};
    GatePlan gate;
    gate.name.assign(name);
    gate.first_place = static_cast<u16>(first_place);
    gate.places = limit.count;
    gate.reserve = std::min(limit.reserve, limit.count);
    gate.window = limit.window;
    gate.margin = limit.margin.ns > 0 ? limit.margin
                                      : std::max(margin_min, limit.window / margin_window_part);
    gate.is_of_address = limit.per == LimitPer::ip;
    const GateId id{static_cast<u16>(draft.plan.gates.size())};
    if (!Text<KS_NAME_BYTES>::fits(name))
        return Error{where + ": the name of limit " + in_quotes(name) + " is longer than " +
                     std::to_string(KS_NAME_BYTES - 1) + " letters; choose a shorter alias"};
    if (!draft.plan.gates.push(gate)) return plan_full(where, "limits", gates_max);
    draft.gates.emplace(name, id);
    draft.origins.emplace_back(venue, &limit - draft.recipes[venue].limits.data());
    return id;
}

// A limit per address is one gate for the venue, a limit per key one for each account. What is not
// signed is not counted by any key.
Result<void> book_gates(PlanDraft& draft, size_t venue, const Ask& ask, RequestPlan& plan) {
    const Recipe& recipe = draft.recipes[venue];
    for (const LimitUse& use : ask.request->limits) {
        const Limit& limit = recipe.limits[use.limit];
        if (limit.per == LimitPer::key && plan.key.is_none()) continue;
        const std::string& owner = limit.per == LimitPer::ip ? draft.config.venues[venue].name
                                                             : draft.out.key_names[plan.key.index];
        auto gate = gate_of(draft, venue, limit, owner);
        if (!gate) return std::move(gate).error();
        if (!plan.gates.push({*gate, use.weight}))
            return Error{where_of(recipe, *ask.request) + " has more than " +
                         std::to_string(request_gates_max) + " limits; merge some"};
        if (use.weight > std::min<u32>(limit.count, KS_WEIGHT_MAX))
            return Error{where_of(recipe, *ask.request) + " weighs " + std::to_string(use.weight) +
                         " at limit " + in_quotes(limit.name) + " of " +
                         std::to_string(limit.count) + " and could never leave; correct either"};
    }
    return {};
}

Result<JudgeId> judge_of(PlanDraft& draft, size_t venue, const RequestRecipe& request) {
    const auto key = std::pair(venue, request.name);
    if (const auto known = draft.judges.find(key); known != draft.judges.end())
        return known->second;
    const JudgeId id{static_cast<u16>(draft.plan.judges.size())};
    if (!draft.plan.judges.push(request.judge))
        return plan_full(draft.config.venues[venue].where, "judges", judges_max);
    draft.judges.emplace(key, id);
    return id;
}

const Program& program_of(const Ask& ask) {
    const RequestRecipe& request = *ask.request;
    if (ask.older > 0)
        return (ask.symbol.empty() ? request.older_for_all
                                   : request.older_for_symbol)[ask.older - 1];
    return ask.symbol.empty() ? request.for_all : request.for_symbol;
}

// Eyes of their own read; whatever else is signed, the account's key signs.
KeyId key_of(const PlanDraft& draft, const Ask& ask) {
    const auto eyes = draft.eyes.find(ask.account);
    if (ask.kind == RequestKind::read && eyes != draft.eyes.end()) return eyes->second;
    return KeyId{static_cast<u16>(ask.account)};
}

} // namespace

std::string where_of(const Recipe& recipe, const RequestRecipe& request) {
    return recipe.file.string() + ":" + std::to_string(request.line) + ": request " +
           in_quotes(request.name);
}

Result<RequestId> add_request(PlanDraft& draft, size_t venue, const Ask& ask) {
    RequestPlan plan;
    plan.kind = ask.kind;
    plan.venue = VenueId{static_cast<u16>(venue)};
    if (ask.kind != RequestKind::keep_alive)
        plan.account = AccountId{static_cast<u16>(ask.account)};
    if (ask.request->is_signed) plan.key = key_of(draft, ask);
    plan.age_max = ask.request->age_max;
    plan.answer_max = ask.request->answer_max;
    auto judge = judge_of(draft, venue, *ask.request);
    if (!judge) return std::move(judge).error();
    plan.judge = *judge;
    if (auto done = book_gates(draft, venue, ask, plan); !done) return std::move(done).error();
    const RequestId id{static_cast<u16>(draft.plan.requests.size())};
    if (!draft.plan.requests.push(plan))
        return plan_full(draft.config.venues[venue].where, "requests", requests_max);
    const size_t credentials = plan.key.is_none() ? ask.account : plan.key.index;
    draft.out.jobs.push_back({id, plan.key, credentials, ask.symbol, program_of(ask)});
    return id;
}

Result<RequestId> read_of(PlanDraft& draft, size_t venue, Ask ask) {
    if (ask.request->for_symbol.is_empty()) ask.symbol.clear();
    const auto key = std::tuple(ask.account, ask.request->name, ask.symbol, ask.older);
    if (const auto known = draft.reads.find(key); known != draft.reads.end()) return known->second;
    if (ask.symbol.empty() && ask.request->for_all.is_empty())
        return Error{where_of(draft.recipes[venue], *ask.request) +
                     " can read one symbol only, so nothing proves a whole account clear; add " +
                     "its form for all symbols"};
    auto id = add_request(draft, venue, ask);
    if (id) draft.reads.emplace(key, *id);
    return id;
}

} // namespace ks
