// What a kill does beside cancelling orders, and what it cannot show: the firm says so in its
// config before the night on which it would find out, and every screen repeats it.
#include <algorithm>

#include "cold/plan_parts.hpp"
#include "cold/recipe_read.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

Result<void> check_stops(const AccountConfig& account, const Recipe& recipe) {
    const std::string who = account.where + ": the cancel-all of " + in_quotes(account.name);
    if (recipe.strips.empty() || account.stops == Stops::cancel) return {};
    const std::string what = recipe.strips == std::vector<std::string>{"unknown"}
                                 ? " may take protective stops along (recipe '" + recipe.name +
                                       "': nobody has said that it does not)"
                                 : " takes protective stops along (recipe '" + recipe.name +
                                       "': " + join_words(recipe.strips) + ")";
    if (account.stops == Stops::keep)
        return Error{who + what + ", so stops = \"keep\" cannot be kept; say stops = \"cancel\"" +
                     ", and know that positions are naked after a kill"};
    return Error{who + what + ", and positions are naked then; say so: stops = \"cancel\""};
}

Result<void> check_token(const AccountConfig& account, const Recipe& recipe, bool reaches_token) {
    if (reaches_token == account.accepts_token_reach) return {};
    if (reaches_token)
        return Error{account.where + ": the cancel-all of " + in_quotes(account.name) +
                     " reaches every account of its token, wider than any scope says; let recipe " +
                     in_quotes(recipe.name) + " name the account (ksctl check prints its " +
                     "settings), or accept it: accept_reach = \"token\""};
    return Error{account.where + ": the cancel-all of " + in_quotes(account.name) +
                 " reaches this account alone; remove accept_reach, which says otherwise"};
}

// An OMS shows its own orders only: what rests behind it, the exchanges' accounts must show.
Result<void> draft_fronts(PlanDraft& draft, const AccountConfig& config, AccountPlan& account) {
    const Recipe& recipe = draft.recipes[account.venue.index];
    if (!recipe.is_oms && !config.fronts.empty())
        return Error{config.where + ": " + in_quotes(config.name) +
                     " stands in front of nothing: " + "recipe " + in_quotes(recipe.name) +
                     " is no OMS (oms = true); remove fronts"};
    for (const std::string& name : config.fronts) {
        const AccountConfig* front = draft.config.account(name);
        if (draft.recipes[draft.venue_of(*front)].is_oms)
            return Error{config.where + ": front " + in_quotes(name) + " of " +
                         in_quotes(config.name) + " is an OMS itself; name the exchange's account"};
        const auto id = static_cast<u16>(front - draft.config.accounts.data());
        if (!account.fronts.push(AccountId{id}))
            return plan_full(config.where, "fronts", fronts_max);
    }
    return {};
}

} // namespace

Result<void> draft_promises(PlanDraft& draft) {
    for (size_t i = 0; i < draft.config.accounts.size(); ++i) {
        const AccountConfig& config = draft.config.accounts[i];
        AccountPlan& account = draft.plan.accounts[i];
        const Recipe& recipe = draft.recipes[account.venue.index];
        const bool reaches_token = std::any_of(
            recipe.requests.begin(), recipe.requests.end(), [&](const RequestRecipe& request) {
                return is_wanted(config, request) && request.reaches_token;
            });
        if (auto done = check_stops(config, recipe); !done) return done;
        if (auto done = check_token(config, recipe, reaches_token); !done) return done;
        if (auto done = draft_fronts(draft, config, account); !done) return done;
        if (!recipe.strips.empty()) account.notes |= KS_NOTE_STRIPS_STOPS;
        if (reaches_token) account.notes |= KS_NOTE_TOKEN_REACH;
        if (recipe.is_oms && account.fronts.empty()) account.notes |= KS_NOTE_OMS_ONLY;
        if (!recipe.covers_not.empty()) account.notes |= KS_NOTE_NOT_COVERED;
        if (config.is_unconfirmed) account.notes |= KS_NOTE_NO_READS;
    }
    return {};
}

} // namespace ks
