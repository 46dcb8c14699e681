// Live fires: which request cancels one pair of an account, and which reads must show it empty.
#include <algorithm>

#include "cold/plan_parts.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

// The first of its cancels, in firing order, that reaches one symbol alone and can be proven.
const RequestRecipe* cancel_of_one(const AccountConfig& account, const Recipe& recipe) {
    for (const std::string& product : recipe.products)
        for (const RequestRecipe& request : recipe.requests)
            if (request.product == product && is_wanted(account, request) &&
                !request.for_symbol.is_empty() && !request.proven_by.empty())
                return &request;
    return nullptr;
}

Error refusal(const AccountConfig& account, const std::string& why) {
    return {account.live_fire.where + ": live_fire of " + in_quotes(account.name) + ": " + why +
            "; remove live_fire"};
}

// The older windows first: an order that comes meanwhile is among the latest.
Result<void> add_pair_reads(PlanDraft& draft, const Ask& fire, LiveFirePlan& plan) {
    const size_t venue = draft.venue_of(draft.config.accounts[fire.account]);
    size_t older_max = 0;
    for (const std::string& name : fire.request->proven_by)
        older_max = std::max(older_max, draft.recipes[venue].find(name)->older_for_symbol.size());
    for (size_t older = older_max + 1; older-- > 0;)
        for (const std::string& name : fire.request->proven_by) {
            const RequestRecipe* read = draft.recipes[venue].find(name);
            if (older > read->older_for_symbol.size()) continue;
            auto id =
                read_of(draft, venue, {fire.account, read, fire.symbol, RequestKind::read, older});
            if (!id) return std::move(id).error();
            if (!plan.reads.push(*id))
                return refusal(draft.config.accounts[fire.account],
                               "its pair takes more than " + std::to_string(2 * shot_reads_max) +
                                   " reads");
        }
    return {};
}

Result<void> draft_live_fire(PlanDraft& draft, size_t index) {
    const AccountConfig& account = draft.config.accounts[index];
    const size_t venue = draft.venue_of(account);
    const Recipe& recipe = draft.recipes[venue];
    const RequestRecipe* cancel = cancel_of_one(account, recipe);
    if (!cancel)
        return refusal(account, "recipe " + in_quotes(recipe.name) + " cannot cancel one symbol " +
                                    "and read that symbol's open orders");
    if (cancel->reaches_token)
        return refusal(account, "request " + in_quotes(cancel->name) + " reaches every account " +
                                    "of the token, whose orders no read of this one shows");
    LiveFirePlan& plan = draft.plan.accounts[index].live_fire;
    const Ask fire{index, cancel, account.live_fire.symbol, RequestKind::live_fire};
    if (auto done = add_pair_reads(draft, fire, plan); !done) return done;
    auto id = add_request(draft, venue, fire);
    if (!id) return std::move(id).error();
    plan.fire = *id;
    plan.every = account.live_fire.every;
    return {};
}

// A live fire is a chore: it takes shared places alone.
Result<void> check_places(const PlanDraft& draft, size_t index, RequestId request) {
    for (const Booking& booking : draft.plan.requests[request.index].gates) {
        const GatePlan& gate = draft.plan.gates[booking.gate.index];
        if (booking.weight + gate.reserve <= gate.places) continue;
        return refusal(draft.config.accounts[index],
                       "it could never leave: limit " + in_quotes(gate.name.view()) + " has " +
                           std::to_string(gate.places) + " places and keeps " +
                           std::to_string(gate.reserve) + " of them for kills");
    }
    return {};
}

} // namespace

Result<void> draft_live_fires(PlanDraft& draft) {
    for (size_t i = 0; i < draft.config.accounts.size(); ++i)
        if (!draft.config.accounts[i].live_fire.symbol.empty())
            if (auto done = draft_live_fire(draft, i); !done) return done;
    return {};
}

Result<void> check_live_fires(PlanDraft& draft) {
    for (size_t i = 0; i < draft.plan.accounts.size(); ++i) {
        const LiveFirePlan& plan = draft.plan.accounts[i].live_fire;
        if (plan.fire.is_none()) continue;
        if (auto done = check_places(draft, i, plan.fire); !done) return done;
        for (RequestId read : plan.reads)
            if (auto done = check_places(draft, i, read); !done) return done;
    }
    return {};
}

} // namespace ks
