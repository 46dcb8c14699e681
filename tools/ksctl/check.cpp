// check: reads config, keys and recipes as the engine would, offline, and says what is wrong, or
// what a risk officer signs.
#include "check.hpp"

#include <cstdio>

#include "cold/load.hpp"
#include "commands.hpp"
#include "json.hpp"

namespace ks {
namespace {

Result<Checked> check_all(const std::string& file) {
    auto config = read_config(file);
    if (!config) return std::move(config).error();
    auto recipes = load_recipes(*config);
    if (!recipes) return std::move(recipes).error();
    auto credentials = load_all_credentials(*config, *recipes);
    if (!credentials) return std::move(credentials).error();
    auto compiled = compile_plan(*config, *recipes, counting_names());
    if (!compiled) return std::move(compiled).error();
    if (auto written = try_requests(*compiled, *config, *credentials); !written)
        return std::move(written).error();
    return Checked{std::move(*config), std::move(*recipes), std::move(*compiled)};
}

void put_accounts(const Checked& checked, Json& json) {
    json.array("accounts");
    for (size_t i = 0; i < checked.config.accounts.size(); ++i) {
        const AccountConfig& account = checked.config.accounts[i];
        const Recipe& recipe = checked.recipe_of(account);
        const u32 notes = checked.plan().accounts[i].notes;
        json.object().text("name", account.name).text("products", products_of(account, recipe));
        json.text("takes_along", joined(recipe.strips));
        json.boolean("strips_stops", notes & KS_NOTE_STRIPS_STOPS);
        json.boolean("reaches_token", notes & KS_NOTE_TOKEN_REACH);
        json.boolean("is_oms_only", notes & KS_NOTE_OMS_ONLY);
        json.boolean("is_unconfirmed", account.is_unconfirmed);
        json.boolean("has_eyes_key", account.has_eyes_key());
        json.text("fronts", joined(account.fronts)).end();
    }
    json.end();
}

void put_forecast(const Checked& checked, Json& json) {
    const Plan& plan = checked.plan();
    const ScopePlan& all = checked.scope_all();
    const Forecast told = forecast(plan, all);
    json.array("first_shots");
    for (size_t i = 0; i < told.leaves.size(); ++i)
        json.object()
            .text("shot", plan.shots[all.shots[i].index].name.view())
            .number("after_ns", told.leaves[i].ns)
            .end();
    json.end().number("last_first_shot_ns", told.last_leaves.ns);
    if (told.is_provable)
        json.number("earliest_confirmed_ns", told.clear.ns);
    else
        json.null("earliest_confirmed_ns");
    json.array("venues");
    for (u16 i = 0; i < plan.venues.size(); ++i)
        json.object()
            .text("name", plan.venues[i].name.view())
            .number("accounts", plan.venues[i].accounts_count)
            .number("refires_in_first_minute", refires_left(plan, all, VenueId{i}))
            .end();
    json.end();
}

void put_limits(const Checked& checked, Json& json) {
    json.array("limits");
    for (const GatePlan& gate : checked.plan().gates)
        json.object()
            .text("name", gate.name.view())
            .number("places", gate.places)
            .number("reserve", gate.reserve)
            .number("window_ns", gate.window.ns)
            .number("margin_ns", gate.margin.ns)
            .end();
    json.end().array("settings");
    for (const Recipe& recipe : checked.recipes)
        for (const Setting& setting : recipe.settings)
            json.object()
                .text("recipe", recipe.name)
                .text("name", setting.name)
                .text("value", value_text(setting.value))
                .end();
    json.end();
}

void print_json(const Checked& checked) {
    Json json;
    json.object().text("schema", "ksctl.check/1").boolean("is_right", true);
    json.text("engine", checked.config.engine.name);
    json.text("environment", environment_name(checked.config.engine.environment));
    put_accounts(checked, json);
    put_forecast(checked, json);
    put_limits(checked, json);
    puts(json.end().str().c_str());
}

} // namespace

int check_command(const Arguments& arguments) {
    auto checked = check_all(arguments.config_file());
    if (!checked) {
        if (arguments.is_json()) {
            Json json;
            json.object().text("schema", "ksctl.check/1").boolean("is_right", false);
            puts(json.text("mistake", checked.error().sentence).end().str().c_str());
        }
        return complain(exit_config, checked.error());
    }
    if (arguments.is_json())
        print_json(*checked);
    else
        fputs(check_page(*checked).c_str(), stdout);
    return exit_ok;
}

} // namespace ks
