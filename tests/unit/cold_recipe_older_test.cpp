// Reads of older windows of time: how many there are, what they ask for, and what is refused.
#include "cold/recipe_ask.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "temp_dir.hpp"

namespace ks {
namespace {

constexpr i64 now_ms = 1'719'905'777'483;
constexpr i64 hour_ms = 3'600'000;

std::string coinswitch() {
    std::ostringstream text;
    text << std::ifstream(KS_SOURCE_DIR "/engine/venues/coinswitch.toml").rdbuf();
    return text.str();
}

struct RecipeOlder : testing::Test {
    Result<Recipe> compile(const std::string& text, i64 days = 30) {
        std::ofstream(file) << text;
        return compile_recipe(file, {"", {{"oldest_order_days", days}}});
    }
    std::string mistake(const std::string& from, const std::string& to) {
        std::string text = coinswitch();
        text.replace(text.find(from), from.size(), to);
        auto recipe = compile(text);
        return recipe ? "compiled" : recipe.error().sentence;
    }
    // The number behind `name` in the body of a window's request.
    static i64 number(const std::string& request, const std::string& name) {
        const size_t at = request.find("\"" + name + "\":");
        return at == request.npos ? -1 : std::stoll(request.substr(at + name.size() + 3));
    }
    TempDir directory;
    std::string file = directory / "coinswitch.toml";
};

TEST_F(RecipeOlder, R02_windows_cover_every_day_without_a_gap) {
    auto recipe = compile(coinswitch());
    ASSERT_TRUE(recipe) << recipe.error().sentence;
    ASSERT_EQ(recipe->find("open_orders")->older_for_all.size(), 4u) << "30 days, 7 at a time";
    const std::string key(64, 'a');
    const std::vector<u8> seed(32, 7);
    Credentials credentials;
    credentials.key = key;
    credentials.secret = seed;
    i64 covered_back_to = now_ms - 168 * hour_ms; // by the read of the last 7 days
    for (size_t window = 1; window <= 4; ++window) {
        auto request = render_request(*recipe, "open_orders", credentials, {{now_ms}, 0}, window);
        ASSERT_TRUE(request) << request.error().sentence;
        const i64 from_ms = number(*request, "from_time"), to_ms = number(*request, "to_time");
        EXPECT_EQ(to_ms - from_ms, 168 * hour_ms);
        EXPECT_EQ(to_ms, covered_back_to + hour_ms) << "they overlap by an hour";
        covered_back_to = from_ms;
    }
    EXPECT_LE(covered_back_to, now_ms - 30 * 24 * hour_ms);
    EXPECT_FALSE(render_request(*recipe, "open_orders", credentials, {{now_ms}, 0}, 5));
}

TEST_F(RecipeOlder, R02_orders_that_live_a_week_need_no_other_window) {
    auto recipe = compile(coinswitch(), 7);
    ASSERT_TRUE(recipe) << recipe.error().sentence;
    EXPECT_TRUE(recipe->find("open_orders")->older_for_all.empty());
}

TEST_F(RecipeOlder, R02_what_could_not_be_read_within_a_kill_is_refused) {
    EXPECT_NE(mistake("default = 30", "default = 300").find("takes more than 8 windows"),
              std::string::npos);
    EXPECT_NE(mistake("span = \"7d\"", "span = \"1h\"").find("is under two hours"),
              std::string::npos);
}

TEST_F(RecipeOlder, R02_a_window_is_proven_by_a_vector) {
    EXPECT_NE(mistake("window = 1\n", "").find("expects"), std::string::npos);
}

} // namespace
} // namespace ks
