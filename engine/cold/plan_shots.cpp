// The second stage of the plan compiler: from recipes to shots, in the order in which they leave.
#include <algorithm>

#include "cold/plan_parts.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

Result<void> add_reads(PlanDraft& draft, size_t venue, const Ask& fire, ShotPlan& shot) {
    const Recipe& recipe = draft.recipes[venue];
    for (const std::string& name : fire.request->proven_by) {
        const RequestRecipe* read = recipe.find(name);
        auto id = read_of(draft, venue, {fire.account, read, fire.symbol, RequestKind::read});
        if (!id) return std::move(id).error();
        if (!shot.reads.push(*id))
            return Error{where_of(recipe, *fire.request) + " is proven by more than " +
                         std::to_string(shot_reads_max) + " reads; merge some"};
        if (shot.reads.size() == 1) shot.read_pace = read->pace;
        for (size_t older = 1; older <= read->older_for_all.size(); ++older) {
            auto window =
                read_of(draft, venue, {fire.account, read, fire.symbol, RequestKind::read, older});
            if (!window) return std::move(window).error();
            if (!shot.reads_older.push(*window))
                return Error{where_of(recipe, *read) + " has more than " +
                             std::to_string(shot_reads_max) + " older windows; see fewer days"};
        }
    }
    const AccountConfig& account = draft.config.accounts[fire.account];
    if (shot.reads.empty() == account.is_unconfirmed) return {};
    if (account.is_unconfirmed)
        return Error{account.where + ": confirm = \"none\" of " + in_quotes(account.name) +
                     " would leave its kills unproven, and recipe " + in_quotes(recipe.name) +
                     " can read its open orders; remove confirm"};
    return Error{
        account.where + ": request " + in_quotes(fire.request->name) + " of recipe " +
        in_quotes(recipe.name) + " is proven by no read, so " + in_quotes(account.name) +
        " could never be CONFIRMED; add proven_by = [\"...\"] with an open-orders request " +
        "to the recipe, or accept it: confirm = \"none\""};
}

// The shot that reaches every symbol of what this one reaches; whole accounts come first.
ShotId wide_of(const PlanDraft& draft, const std::string& wide_name) {
    for (u16 i = 0; i < draft.plan.shots.size(); ++i)
        if (draft.plan.shots[i].name == wide_name) return ShotId{i};
    return ShotId{static_cast<u16>(draft.plan.shots.size())}; // itself, which comes next
}

// Faster where the whole limit is one account's: no other of ours, no other engine's.
const Pace& fire_pace(const PlanDraft& draft, size_t venue, const RequestRecipe& request) {
    const bool is_alone =
        draft.plan.venues[venue].accounts_count == 1 && draft.config.venues[venue].share.is_whole();
    return is_alone && !request.pace_alone.at.empty() ? request.pace_alone : request.pace;
}

Result<void> add_shot(PlanDraft& draft, const Ask& fire) {
    const AccountConfig& account = draft.config.accounts[fire.account];
    const size_t venue = draft.venue_of(account);
    const Recipe& recipe = draft.recipes[venue];
    const std::string product = fire.request->product.empty() ? "" : fire.request->product + " ";
    const std::string name =
        account.name + " " + product + (fire.symbol.empty() ? "*" : fire.symbol);
    if (!Text<KS_NAME_BYTES>::fits(name))
        return Error{account.where + ": the name of shot " + in_quotes(name) + " is longer than " +
                     std::to_string(KS_NAME_BYTES - 1) + " letters; choose a shorter alias"};
    ShotPlan shot;
    shot.name.assign(name);
    shot.venue = VenueId{static_cast<u16>(venue)};
    shot.account = AccountId{static_cast<u16>(fire.account)};
    shot.is_widest = fire.symbol.empty();
    shot.wide = wide_of(draft, account.name + " " + product + "*");
    shot.cell = draft.cells.at(shot.is_widest ? account.name : account.name + "/" + fire.symbol);
    shot.fire_pace = fire_pace(draft, venue, *fire.request);
    shot.clear_reads = recipe.clear_reads;
    shot.settle = recipe.settle;
    shot.clear_apart = recipe.clear_apart;
    shot.raised_patience = recipe.raised_patience;
    if (auto done = add_reads(draft, venue, fire, shot); !done) return done;
    auto id = add_request(draft, venue, fire);
    if (!id) return std::move(id).error();
    shot.fire = *id;
    if (!draft.plan.shots.push(shot)) return plan_full(account.where, "shots", shots_max);
    return {};
}

Result<void> check_products(const AccountConfig& account, const Recipe& recipe) {
    for (const std::string& product : account.products)
        if (std::find(recipe.products.begin(), recipe.products.end(), product) ==
            recipe.products.end())
            return unknown_name({account.where, "product", product, "leave products out for all"},
                                recipe.products);
    return {};
}

// Does any request that this account arms satisfy `holds`?
template<class Holds>
bool any_wanted(const AccountConfig& account, const Recipe& recipe, Holds holds) {
    return std::any_of(
        recipe.requests.begin(), recipe.requests.end(),
        [&](const RequestRecipe& one) { return is_wanted(account, one) && holds(one); });
}

// Every product must be reachable as a whole, or `all` would leave orders behind.
Result<void> check_reach(const AccountConfig& account, const Recipe& recipe) {
    if (auto done = check_products(account, recipe); !done) return done;
    for (const std::string& product : recipe.products) {
        const auto is_of = [&](const RequestRecipe& one) { return one.product == product; };
        const auto is_whole = [&](const RequestRecipe& one) {
            return is_of(one) && !one.for_all.is_empty();
        };
        if (any_wanted(account, recipe, is_of) && !any_wanted(account, recipe, is_whole))
            return Error{account.where + ": recipe " + in_quotes(recipe.name) +
                         " cannot cancel all symbols of product " + in_quotes(product) +
                         " at once; leave that product out of products, or mend the recipe"};
    }
    const auto is_narrow = [](const RequestRecipe& one) { return !one.for_symbol.is_empty(); };
    if (!account.symbols.empty() && !any_wanted(account, recipe, is_narrow))
        return Error{account.where + ": recipe " + in_quotes(recipe.name) +
                     " cannot cancel one symbol; remove symbols from " + in_quotes(account.name)};
    const auto is_any = [](const RequestRecipe&) { return true; };
    if (any_wanted(account, recipe, is_any)) return {};
    return Error{account.where + ": recipe " + in_quotes(recipe.name) + " has no request that " +
                 "cancels for " + in_quotes(account.name) + "; add one to the recipe"};
}

// All shots in firing order: whole accounts before symbols, and within a venue the first product of
// every account before the second of any (incident rules 4). Venues do not wait for each other.
std::vector<Ask> shots_in_order(const PlanDraft& draft) {
    std::vector<std::pair<std::tuple<bool, size_t, size_t, size_t>, Ask>> ranked;
    for (size_t account = 0; account < draft.config.accounts.size(); ++account) {
        const AccountConfig& config = draft.config.accounts[account];
        const Recipe& recipe = draft.recipes[draft.venue_of(config)];
        size_t rank = 0; // recipes list their cancels in firing order of the products
        for (const std::string& product : recipe.products)
            for (const RequestRecipe& request : recipe.requests) {
                if (request.product != product || !is_wanted(config, request)) continue;
                ++rank;
                if (!request.for_all.is_empty())
                    ranked.push_back({{false, rank, account, 0}, {account, &request, ""}});
                for (size_t i = 0; i < config.symbols.size() && !request.for_symbol.is_empty(); ++i)
                    ranked.push_back(
                        {{true, rank, account, i}, {account, &request, config.symbols[i]}});
            }
    }
    std::sort(ranked.begin(), ranked.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Ask> asks;
    for (auto& [rank, ask] : ranked) asks.push_back(std::move(ask));
    return asks;
}

Result<void> draft_keep_alives(PlanDraft& draft) {
    for (size_t venue = 0; venue < draft.recipes.size(); ++venue) {
        const RequestRecipe* request = draft.recipes[venue].keep_alive();
        if (!request)
            return Error{draft.recipes[venue].file.string() +
                         ": has no keep-alive request, so no " +
                         "lane could be warmed; add a cheap public one with kind = \"keep_alive\""};
        if (request->is_signed)
            return Error{where_of(draft.recipes[venue], *request) +
                         " is signed and would spend nonces; choose a public request"};
        auto id = add_request(draft, venue, {0, request, "", RequestKind::keep_alive});
        if (!id) return std::move(id).error();
        draft.plan.venues[venue].keep_alive = *id;
    }
    return {};
}

} // namespace

bool is_wanted(const AccountConfig& account, const RequestRecipe& request) {
    if (request.use != RequestUse::cancel || !request.is_armed()) return false;
    return account.products.empty() || request.product.empty() ||
           std::find(account.products.begin(), account.products.end(), request.product) !=
               account.products.end();
}

Result<void> draft_shots(PlanDraft& draft) {
    for (const AccountConfig& account : draft.config.accounts)
        if (auto done = check_reach(account, draft.recipes[draft.venue_of(account)]); !done)
            return done;
    for (const Ask& ask : shots_in_order(draft))
        if (auto done = add_shot(draft, ask); !done) return done;
    if (auto done = draft_live_fires(draft); !done) return done;
    // Reads before live fires before shots, so that what leaves never burns the nonce of what waits
    // behind it.
    for (RequestKind first : {RequestKind::live_fire, RequestKind::read})
        std::stable_partition(draft.out.jobs.begin(), draft.out.jobs.end(),
                              [&](const SignJob& job) {
                                  return draft.plan.requests[job.request.index].kind == first;
                              });
    return draft_keep_alives(draft);
}

} // namespace ks
