// Plan bench: a config in words over the shipped recipes, and the plan it makes.
#pragma once

#include <stdexcept>
#include <string>

#include "cold/load.hpp"
#include "cold/plan_compiler.hpp"

namespace ks {

inline constexpr const char* engine =
    "[engine]\nname = 'x'\nenvironment = 'test'\nrecipe_dirs = ['" //
    KS_SOURCE_DIR "/engine/venues']\n";

inline std::string account(const std::string& name, const std::string& more = "") {
    return "[account.'" + name + "']\nstops = 'cancel'\nsecret_file = '" + name + "'\n" + more;
}

// A config in words, its recipes (which a test may bend), and the plan they make.
struct PlanBench {
    Config config;
    std::vector<Recipe> recipes;
    Compiled compiled;

    explicit PlanBench(const std::string& venues_and_accounts) {
        auto parsed = parse_config("/etc/k.toml", engine + venues_and_accounts);
        if (!parsed) throw std::runtime_error(parsed.error().sentence);
        config = std::move(*parsed);
        auto loaded = load_recipes(config);
        if (!loaded) throw std::runtime_error(loaded.error().sentence);
        recipes = std::move(*loaded);
    }
    const Plan& compile(const PlanNames& names = counting_names()) {
        auto made = compile_plan(config, recipes, names);
        if (!made) throw std::runtime_error(made.error().sentence);
        compiled = std::move(*made);
        return *compiled.plan;
    }
    const AccountPlan& account_plan(size_t i) const { return compiled.plan->accounts[i]; }
    std::string mistake() const {
        auto made = compile_plan(config, recipes, counting_names());
        return made ? "" : made.error().sentence;
    }
    RequestRecipe& request(const std::string& name) {
        for (RequestRecipe& one : recipes[0].requests)
            if (one.name == name) return one;
        throw std::runtime_error("no request " + name);
    }
};

inline const std::string two_bitopro =
    "[venue.bitopro]\n" + account("bitopro/a", "symbols = ['BTC']\n") + account("bitopro/b");
inline const std::string three_venues = two_bitopro + "[venue.coinswitch]\n" +
                                        account("coinswitch/a") + "[venue.treadfi]\n" +
                                        account("treadfi/a", "account = 'alpha'\n");

inline const ScopePlan& scope(const Plan& plan, std::string_view name) {
    for (const ScopePlan& one : plan.scopes)
        if (one.name == name) return one;
    throw std::runtime_error("no scope " + std::string(name));
}

} // namespace ks
