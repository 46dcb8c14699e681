// Check: a config with all that it names, read as the engine would read it, and the page that a
// risk officer signs.
#pragma once

#include <string>

#include "cold/forecast.hpp"
#include "cold/plan_compiler.hpp"

namespace ks {

struct Checked {
    Config config;
    std::vector<Recipe> recipes; // by VenueId
    Compiled compiled;

    const Plan& plan() const { return *compiled.plan; }
    const Recipe& recipe_of(const AccountConfig& account) const {
        return recipes[static_cast<size_t>(config.venue(account.venue) - config.venues.data())];
    }
    const ScopePlan& scope_all() const;
};

std::string joined(const std::vector<std::string>& words);
std::string products_of(const AccountConfig& account, const Recipe& recipe);
std::string value_text(const SettingValue& value);
const char* environment_name(Environment environment);

// What it cancels, when, within which limits, what it cannot see, who may pull it, whom to call.
std::string check_page(const Checked& checked);

} // namespace ks
