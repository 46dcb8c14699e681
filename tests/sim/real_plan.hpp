// Real plan: two accounts at each of the three ordered venues, compiled from the shipped recipes;
// for worlds in which the venues' own limits, paces and proofs count.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "cold/load.hpp"
#include "cold/plan_compiler.hpp"

namespace ks::sim {

// The plan of a config's tables behind [engine].
inline std::unique_ptr<Plan> plan_of(const std::string& tables) {
    auto config =
        parse_config("/etc/k.toml", "[engine]\nname = 'x'\nenvironment = 'test'\n"
                                    "recipe_dirs = ['" KS_SOURCE_DIR "/engine/venues']\n" +
                                        tables);
    if (!config) throw std::runtime_error(config.error().sentence);
    auto recipes = load_recipes(*config);
    if (!recipes) throw std::runtime_error(recipes.error().sentence);
    auto compiled = compile_plan(*config, *recipes, counting_names());
    if (!compiled) throw std::runtime_error(compiled.error().sentence);
    return std::move(compiled->plan);
}

// One account, alone at its venue.
inline std::unique_ptr<Plan> lone_plan(const std::string& venue) {
    return plan_of("[venue." + venue + "]\n[account.'" + venue +
                   "/main']\nsecret_file = 'x'\nstops = 'cancel'\n"
                   "[producer.risk]\nscopes = ['all']\n");
}

// `front_venue`: where the exchanges behind Tread.fi's accounts are, by the same alias; empty: not
// said.
inline std::unique_ptr<Plan> real_plan(const std::string& front_venue = "") {
    std::string text;
    for (const char* venue : {"bitopro", "coinswitch", "treadfi"}) {
        text += "[venue." + std::string(venue) + "]\n";
        for (const char* alias : {"main", "hedge"})
            text += "[account.'" + std::string(venue) + "/" + alias + "']\nsecret_file = '" +
                    venue + alias + "'\naccount = '" + alias + "'\nstops = 'cancel'\n" +
                    (venue == std::string("treadfi") && !front_venue.empty()
                         ? "fronts = ['" + front_venue + "/" + alias + "']\n"
                         : "");
    }
    text += "[scope.asia]\ncells = ['bitopro/main', 'coinswitch/main']\n"
            "[scope.hedge]\ncells = ['bitopro/hedge', 'coinswitch/hedge', 'treadfi/hedge']\n"
            "[producer.risk]\nscopes = ['all']\n";
    return plan_of(text);
}

} // namespace ks::sim
