#include "cold/plan_compiler.hpp"

#include <algorithm>

#include "cold/plan_parts.hpp"
#include "cold/recipe_ask.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

constexpr std::string_view system_ca_file = "/etc/ssl/certs/ca-certificates.crt";

// Accounts behind one address share its limits; two venues would each book all of them.
Result<void> check_hosts(const Config& config, const std::vector<Recipe>& recipes) {
    for (size_t i = 0; i < recipes.size(); ++i)
        for (size_t j = 0; j < i; ++j) {
            const VenueConfig &one = config.venues[j], &other = config.venues[i];
            if (recipes[i].host != recipes[j].host || one.address != other.address ||
                one.port != other.port)
                continue;
            return Error{other.where + ": venues " + in_quotes(one.name) + " and " +
                         in_quotes(other.name) + " are the same host " + recipes[i].host +
                         " and would spend its limits twice; put all accounts under one venue"};
        }
    return {};
}

Result<void> draft_venues(PlanDraft& draft) {
    for (size_t i = 0; i < draft.config.venues.size(); ++i) {
        const VenueConfig& config = draft.config.venues[i];
        const Recipe& recipe = draft.recipes[i];
        VenuePlan venue;
        venue.name.assign(config.name);
        venue.keep_alive_every = recipe.keep_alive_every;
        venue.lane_age_max = recipe.lane_age_max;
        venue.throttle_wait = recipe.throttle_wait;
        venue.throttle_wait_max = recipe.throttle_wait_max;
        venue.throttle_doubles = recipe.throttle_doubles;
        if (!draft.plan.venues.push(venue)) return plan_full(config.where, "venues", venues_max);
    }
    return {};
}

bool is_ordered(const Recipe& recipe) {
    return std::any_of(recipe.requests.begin(), recipe.requests.end(),
                       [](const RequestRecipe& request) { return request.is_ordered; });
}

Result<void> draft_cell(PlanDraft& draft, const std::string& name, const CellPlan& cell,
                        const std::string& where) {
    auto id = draft.names.cell_of(name);
    if (!id) return std::move(id).error().within(where);
    while (draft.plan.cells.size() <= id->index)
        if (!draft.plan.cells.push({})) return plan_full(where, "cells", cells_max);
    draft.plan.cells[id->index] = cell;
    draft.plan.cells[id->index].name.assign(name);
    draft.cells.emplace(name, *id);
    return {};
}

// Keys of accounts come first, those of eyes behind them: as load_all_credentials() gives them.
void draft_eyes(PlanDraft& draft) {
    for (size_t i = 0; i < draft.config.accounts.size(); ++i) {
        const AccountConfig& account = draft.config.accounts[i];
        if (!account.has_eyes_key()) continue;
        draft.eyes.emplace(i, KeyId{static_cast<u16>(draft.plan.keys.size())});
        static_cast<void>(
            draft.plan.keys.push({is_ordered(draft.recipes[draft.venue_of(account)])}));
        draft.out.key_names.push_back(account.name + " eyes");
    }
}

} // namespace

size_t PlanDraft::venue_of(const AccountConfig& account) const {
    return static_cast<size_t>(config.venue(account.venue) - config.venues.data());
}

Error plan_full(const std::string& where, std::string_view what, size_t limit) {
    return {where + ": more " + std::string(what) + " than the " + std::to_string(limit) +
            " that one engine holds; run a second engine for the rest"};
}

Result<void> draft_accounts(PlanDraft& draft) {
    if (auto done = draft_venues(draft); !done) return done;
    for (const AccountConfig& config : draft.config.accounts) {
        const AccountId id{static_cast<u16>(draft.plan.accounts.size())};
        const size_t venue = draft.venue_of(config);
        AccountPlan account;
        account.name.assign(config.name);
        account.venue = VenueId{static_cast<u16>(venue)};
        if (!draft.plan.accounts.push(account))
            return plan_full(config.where, "accounts", accounts_max);
        draft.plan.venues[venue].accounts_count++;
        static_assert(keys_max >= 2 * accounts_max, "two keys an account: fire and eyes");
        static_cast<void>(draft.plan.keys.push({is_ordered(draft.recipes[venue])}));
        draft.out.key_names.push_back(config.name);
        if (auto done = draft_cell(draft, config.name, {{}, id, true}, config.where); !done)
            return done;
        for (const std::string& symbol : config.symbols)
            if (auto done =
                    draft_cell(draft, config.name + "/" + symbol, {{}, id, false}, config.where);
                !done)
                return done;
    }
    draft_eyes(draft);
    return {};
}

Result<void> draft_dials(PlanDraft& draft) {
    for (size_t i = 0; i < draft.config.venues.size(); ++i) {
        const VenueConfig& config = draft.config.venues[i];
        const Recipe& recipe = draft.recipes[i];
        const VenuePlan& venue = draft.plan.venues[i];
        auto warm_up = render_request(recipe, recipe.keep_alive()->name, {}, {});
        if (!warm_up) return std::move(warm_up).error().within(config.where);
        VenueDial dial;
        dial.venue = VenueId{static_cast<u16>(i)};
        dial.name = config.name;
        const HostPort host = split_host(recipe.host);
        dial.host = host.name;
        dial.address = config.address;
        dial.port = config.port != 0 ? config.port : host.port;
        dial.ca_file = config.ca_file.empty() ? std::string(system_ca_file) : config.ca_file;
        dial.warm_up = std::move(*warm_up);
        dial.lane_first = venue.lane_first;
        dial.lanes_count = venue.lanes_count;
        dial.lane_age_max = venue.lane_age_max;
        draft.out.dials.push_back(std::move(dial));
    }
    return {};
}

Result<Compiled> compile_plan(const Config& config, const std::vector<Recipe>& recipes,
                              const PlanNames& names) {
    Compiled compiled{std::make_unique<Plan>(), {}, {}, {}};
    Plan& plan = *compiled.plan;
    plan.engine.assign(config.engine.name);
    plan.trigger_age_max = config.engine.trigger_age_max;
    plan.stale_grace = config.engine.stale_grace;
    plan.guard_read_every = config.engine.guard_read_every;
    plan.key_age_max = config.engine.drill_max_age;
    plan.eyes_every = config.engine.eyes_every;
    plan.needs_proven_eyes = config.engine.needs_proven_eyes;
    plan.resend_max = config.engine.resend_max;
    if (auto done = check_hosts(config, recipes); !done) return std::move(done).error();
    PlanDraft draft{config, recipes, names, compiled, plan, {}, {}, {}, {}, {}, {}};
    for (auto stage : {draft_accounts, draft_promises, draft_shots, draft_reserves,
                       check_live_fires, draft_scopes, draft_lanes, draft_dials})
        if (auto done = stage(draft); !done) return std::move(done).error();
    return compiled;
}

Result<void> try_requests(const Compiled& compiled, const Config& config,
                          const std::vector<OwnedCredentials>& credentials) {
    constexpr SignTime some_time{{1'700'000'000'000}, 1'700'000'000'000};
    std::array<std::byte, request_bytes_max> text;
    for (const SignJob& job : compiled.jobs) {
        const Credentials fields = fields_of(credentials[job.credentials], job.symbol);
        const size_t size_bytes = run(job.program, fields, some_time, text);
        explicit_bzero(text.data(), text.size());
        if (size_bytes != 0) continue;
        const AccountId id = compiled.plan->requests[job.request.index].account;
        const AccountConfig& account = config.accounts[id.is_none() ? 0 : id.index];
        return Error{account.where + ": a request of account " + in_quotes(account.name) +
                     " cannot be written: a blank, a line break or too much text in its " +
                     "key_file, identity, account or symbol; look for it there"};
    }
    return {};
}

PlanNames counting_names() {
    const auto counter = [](auto id) {
        auto known = std::make_shared<std::map<std::string, u16, std::less<>>>();
        return [known](std::string_view name) -> Result<decltype(id)> {
            return decltype(id){
                known->emplace(name, static_cast<u16>(known->size())).first->second};
        };
    };
    return {counter(ScopeId{}), counter(CellId{}), counter(ProducerId{})};
}

} // namespace ks
