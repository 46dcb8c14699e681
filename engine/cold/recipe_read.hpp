// Recipe read: the parts of the recipe compiler. Each reads its tables with a Toml cursor, which
// keeps the first mistake and its line.
#pragma once

#include "cold/recipe.hpp"
#include "cold/toml.hpp"

namespace ks {

// Tables that every request may draw on.
struct RecipeCommon {
    Toml root;
    Toml signed_table;        // [signed]: lets, headers, nonce and max_age of signed requests
    std::vector<Toml> errors; // judge rules that follow those of each request
};

RequestRecipe read_request(const std::string& name, const Toml& table, const RecipeCommon& common,
                           const Recipe& recipe);
JudgeProgram read_judge(const Toml& table, RequestUse use, const RecipeCommon& common,
                        const Recipe& recipe);
// Runs every [[vector]] and [[answer]], and demands them where they are missing.
void check_vectors(const Toml& root, const Recipe& recipe);

// The setting that stands at `key` as "{settings.NAME}", or nullptr. An unknown NAME is a mistake.
const Setting* setting_at(const Toml& table, std::string_view key, const Recipe& recipe);

// An integer, or the setting that stands in its place.
i64 integer_or_setting(const Toml& table, std::string_view key, IntegerRange range,
                       const Recipe& recipe);

std::string join_words(const std::vector<std::string>& words);

} // namespace ks
