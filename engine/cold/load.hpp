// Load: reads what a config only names: the recipes of its venues, the keys of its accounts.
// Guarantees: a secret comes from a regular file that only its owner can read, and goes into a
// Secret; no sentence ever shows a byte of it.
#pragma once

#include <string>
#include <vector>

#include "cold/config.hpp"
#include "cold/recipe.hpp"
#include "cold/signer.hpp"

namespace ks {

// The recipe of one venue with the config's settings and limits applied.
Result<Recipe> load_recipe(const Config& config, const VenueConfig& venue);
// One for each of config.venues, in that order.
Result<std::vector<Recipe>> load_recipes(const Config& config);

// A secret file without its last line break. Refuses a link, another owner than root or us, and
// rights for group or others.
Result<Secret> read_secret_file(const std::string& file);

enum class KeyUse : u8 { fire, eyes };
// What the account's recipe needs to sign, or to read its open orders with the eyes key.
Result<OwnedCredentials> load_credentials(const AccountConfig& account, const Recipe& recipe,
                                          KeyUse use = KeyUse::fire);
// One for each of config.accounts, then one for each that has an eyes key: by KeyId of the plan.
// Refuses equal key bytes, wherever they stand.
Result<std::vector<OwnedCredentials>> load_all_credentials(const Config& config,
                                                           const std::vector<Recipe>& recipes);

} // namespace ks
