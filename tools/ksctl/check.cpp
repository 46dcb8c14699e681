// check: reads config, keys and recipes as the engine would, offline, and prints what a risk
// officer signs: what `all` cancels, when the last first shot leaves, what is assumed.
#include <cstdio>

#include "cold/forecast.hpp"
#include "cold/load.hpp"
#include "cold/plan_compiler.hpp"
#include "commands.hpp"
#include "json.hpp"

namespace ks {
namespace {

struct Checked {
    Config config;
    std::vector<Recipe> recipes;
    Compiled compiled;
    const Recipe& recipe_of(const AccountConfig& account) const {
        return recipes[static_cast<size_t>(config.venue(account.venue) - config.venues.data())];
    }
};

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

const char* environment_name(Environment environment) {
    switch (environment) {
    case Environment::demo:
        return "demo";
    case Environment::test:
        return "test";
    case Environment::production:
        return "PRODUCTION";
    }
    return "";
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

std::string products_of(const AccountConfig& account, const Recipe& recipe) {
    const std::string products =
        joined(account.products.empty() ? recipe.products : account.products);
    return products.empty() ? "everything" : products;
}

std::string value_text(const SettingValue& value) {
    if (const auto* number = std::get_if<i64>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return "\"" + *text + "\"";
    std::string all;
    for (i64 number : std::get<std::vector<i64>>(value))
        all += (all.empty() ? "[" : ", ") + std::to_string(number);
    return all + "]";
}

double in_seconds(Nanos span) {
    return static_cast<double>(span.ns) / 1e9;
}

const ScopePlan& scope_all(const Plan& plan) {
    const ScopePlan* all = &plan.scopes[0];
    for (const ScopePlan& scope : plan.scopes)
        if (scope.name == "all") all = &scope;
    return *all;
}

void print_accounts(const Checked& checked) {
    printf("Scope `all` cancels EVERY open order of these %zu accounts, orders by hand and by "
           "other\nbots included. Positions are NOT closed.\n",
           checked.config.accounts.size());
    for (const AccountConfig& account : checked.config.accounts) {
        const Recipe& recipe = checked.recipe_of(account);
        printf("  %-24s %s", account.name.c_str(), products_of(account, recipe).c_str());
        if (!recipe.strips.empty()) printf("; takes along: %s", joined(recipe.strips).c_str());
        puts("");
    }
}

void print_first_shots(const Plan& plan) {
    puts("\nFirst shots of `all`, by the venues' limits alone (ordered keys add one answer each)");
    const ScopePlan& all = scope_all(plan);
    const std::vector<Nanos> leaves = forecast(plan, all).leaves;
    Nanos last;
    for (size_t i = 0; i < leaves.size(); ++i) {
        printf("  +%.3f s  %s\n", in_seconds(leaves[i]),
               plan.shots[all.shots[i].index].name.c_str());
        last = std::max(last, leaves[i]);
    }
    printf("  last first shot +%.3f s\n", in_seconds(last));
}

void print_limits(const Plan& plan) {
    puts("\nLimits");
    for (const GatePlan& gate : plan.gates)
        printf("  %-32s %u in %.3f s, held %.3f s longer; the last %u for kills only\n",
               gate.name.c_str(), gate.places, in_seconds(gate.window), in_seconds(gate.margin),
               gate.reserve);
    puts("\nConnections");
    for (const VenuePlan& venue : plan.venues)
        printf("  %-24s %u\n", venue.name.c_str(), venue.lanes_count);
}

void print_assumed(const Checked& checked) {
    puts("\nAssumed, because the venues' public pages leave it open");
    for (const Recipe& recipe : checked.recipes)
        for (const Setting& setting : recipe.settings)
            printf("  %s %s = %s\n      %s\n", recipe.name.c_str(), setting.name.c_str(),
                   value_text(setting.value).c_str(), setting.why.c_str());
    puts("\nNot seen by any read, so not part of CLEAR");
    for (const Recipe& recipe : checked.recipes)
        for (const std::string& kind : recipe.covers_not)
            printf("  %s: %s\n", recipe.name.c_str(), kind.c_str());
}

void print_page(const Checked& checked) {
    printf("killswitch %s  %s  %s\nconfig, keys, recipes and their vectors: right\n\n",
           checked.config.engine.name.c_str(), environment_name(checked.config.engine.environment),
           checked.config.file.c_str());
    print_accounts(checked);
    print_first_shots(*checked.compiled.plan);
    print_limits(*checked.compiled.plan);
    print_assumed(checked);
    puts("\nProducers");
    for (const ProducerConfig& producer : checked.config.producers)
        printf("  %-24s may pull: %s\n", producer.name.c_str(), joined(producer.scopes).c_str());
    puts("\nRead and agreed:  ____________________   date: ____________");
}

void print_json(const Checked& checked) {
    const Plan& plan = *checked.compiled.plan;
    Json json;
    json.object().text("schema", "ksctl.check/1").boolean("is_right", true);
    json.text("engine", checked.config.engine.name);
    json.text("environment", environment_name(checked.config.engine.environment));
    json.array("accounts");
    for (const AccountConfig& account : checked.config.accounts) {
        const Recipe& recipe = checked.recipe_of(account);
        json.object().text("name", account.name).text("products", products_of(account, recipe));
        json.text("takes_along", joined(recipe.strips)).end();
    }
    const ScopePlan& all = scope_all(plan);
    const std::vector<Nanos> leaves = forecast(plan, all).leaves;
    json.end().array("first_shots");
    for (size_t i = 0; i < leaves.size(); ++i)
        json.object()
            .text("shot", plan.shots[all.shots[i].index].name.view())
            .number("after_ns", leaves[i].ns)
            .end();
    json.end().array("limits");
    for (const GatePlan& gate : plan.gates)
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
    puts(json.end().end().str().c_str());
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
        print_page(*checked);
    return exit_ok;
}

} // namespace ks
