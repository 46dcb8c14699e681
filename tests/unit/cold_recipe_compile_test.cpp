#include "cold/recipe.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "temp_dir.hpp"

using namespace ks;

namespace {

std::string read(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

// The smallest recipe that can be armed.
const std::string small_recipe = read(KS_SOURCE_DIR "/tests/vectors/smallest_recipe.toml");

class RecipeCompile : public testing::Test {
protected:
    Result<Recipe> compile(std::string_view text, const RecipeSettings& settings = {}) {
        std::ofstream(file_) << text;
        return compile_recipe(file_, settings);
    }
    std::string sentence(std::string_view text, const RecipeSettings& settings = {}) {
        auto recipe = compile(text, settings);
        return recipe ? "compiled" : recipe.error().sentence;
    }
    TempDir directory_;
    std::string file_ = directory_ / "small.toml";
};

std::string replaced(std::string_view text, std::string_view from, std::string_view by) {
    std::string changed(text);
    const size_t at = changed.find(from);
    EXPECT_NE(at, changed.npos) << from;
    return changed.replace(at, from.size(), by);
}

size_t line_of(std::string_view text, std::string_view part) {
    const std::string_view before = text.substr(0, text.find(part));
    return 1 + static_cast<size_t>(std::ranges::count(before, '\n'));
}

// A change to the small recipe and what the compiler must say, at the line of the change.
struct Mistake {
    std::string_view from;
    std::string_view to;
    std::string_view says;
};

constexpr Mistake mistakes[] = {
    // form of the file
    {"max_age = \"30s\"", "maxage = \"30s\"", "unknown key 'maxage'; did you mean 'max_age'"},
    {"kind = \"cancel\"", "kind = \"cancle\"", "'kind' cannot be 'cancle'"},
    {"method = \"DELETE\"", "method = \"delete\"", "choose one of: GET, POST"},
    {"why = \"it", "y = \"it", "[settings.reads_path] has no 'why'"},
    {"reserve = 2", "reserve = 11", "lower reserve"},
    {"reads = 2", "reads = 1", "it must be from 2"},
    {"wait_max = \"60s\"", "wait_max = \"1ms\"", "is shorter than wait"},
    {"age_max = \"1m\"", "age_max = \"5s\"", "longer than keep_alive_every"},
    {"every = \"10s\" }\njudge.ids", "every = \"1ms\" }\njudge.ids", "slow down"},
    {"at = [\"0s\", \"5s\"]", "at = [\"5s\", \"5s\"]", "each longer than the one before"},
    // expressions and the header grammar
    {"{stamp}\"", "{stamps}\"", "unknown word 'stamps'; did you mean 'stamp'"},
    {"concat(account.key", "conca(account.key", "unknown function 'conca'; did you mean 'concat'"},
    {"concat(account.key", "concat(account.secret", "account.secret may only sign"},
    {"concat(account.key", "sha256(account.key", "write sha256(value)"},
    {"time_ms)", "time_ms", "',' or ')' must stand here"},
    {"{stamp}\"", "{stamp\"", "'}' must stand here"},
    {"{stamp}\"", "{stamp}}\"", "written twice"},
    {"{stamp}\"", "{hmac_sha256(stamp)}\"", "write hmac_sha256(account.secret, message)"},
    {"{stamp}\"", "{sha256(stamp)}\"", "use hex() or base64()"},
    {"{stamp}\"", "{settings.path}\"", "unknown setting 'path'"},
    {"let.stamp = \"concat(account.key", "let.stamp = \"concat(stamp", "made of itself"},
    {"let.stamp", "let.path", "'path' has a meaning already"},
    {"headers.X-Stamp", "headers.Host", "is written by the compiler"},
    {"symbol.path = \"/orders/{symbol}\"", "symbol.path = \"/orders/all\"",
     "does not say {symbol}"},
    // judges
    {"array = \"/ids\"", "arrays = \"/ids\"", "unknown key 'arrays'; did you mean 'array'"},
    {"array = \"/ids\"", "array = \"ids\"", "is no path"},
    {"array = \"/ids\"", "array = \"/a/b/c/d/e/f/g\"", "at most 6 names"},
    {"array = \"/ids\"", "array = \"/*/ids\"", "let one match speak for all"},
    {"{ accepted = 200,", "{ acepted = 200,", "a rule begins with its verdict"},
    {"{ accepted = 200,", "{ accepted = 700,", "it must be from 100 to 599"},
    {"{ accepted = 200,", "{ accepted = \"200-\",", "no range of HTTP statuses"},
    {"{ accepted = 200,", "{ accepted = 200, refused = 401,", "one verdict"},
    {"{ accepted = 200,", "{ clear = 200,", "only a request of kind open_orders"},
    {"empty = \"/list\"", "array = \"/list\"", "clear needs positive proof"},
    {"{ open = 200,", "{ accepted = 200,", "not accepted"},
    {"{ accepted = 200,", "{ accepted = 200, body = \"any\",", "need a JSON body"},
    // relations between requests
    {"limits = { cancel = 1 }\nproven", "limits = { cancels = 1 }\nproven", "no [limits.cancels]"},
    {"limits = { cancel = 1 }\nproven", "limits = { cancel = 11 }\nproven", "never fits the limit"},
    {"proven_by = [\"open_orders\"]", "proven_by = [\"cancel_all\"]", "is no open_orders request"},
    // known answers
    {"X-Stamp: k5", "X-Stamp: k6", "built 'X-Stamp: k5', expected 'X-Stamp: k6'"},
    {"ids = [\"7\"]", "ids = [\"8\"]", "the ids read are: 7"},
    {"open = 1", "open = 2", "1 orders are counted, not 2"},
    {"verdict = \"clear\"", "verdict = \"open\"", "is judged clear, not open"},
    {"sample = \"one\"", "sample = \"two\"", "no [sample.two]"},
};

} // namespace

TEST_F(RecipeCompile, ReadsTheSmallestRecipe) {
    auto recipe = compile(small_recipe);
    ASSERT_TRUE(recipe) << recipe.error().sentence;
    EXPECT_EQ(recipe->host, "api.example.com");
    EXPECT_EQ(recipe->products, std::vector<std::string>{""});
    ASSERT_EQ(recipe->requests.size(), 2u);
    const RequestRecipe& cancel = recipe->requests[0];
    EXPECT_EQ(cancel.name, "cancel_all");
    EXPECT_EQ(cancel.age_max, seconds(30));
    EXPECT_EQ(cancel.pace.at.size(), 2u);
    EXPECT_FALSE(cancel.is_ordered);
    EXPECT_TRUE(recipe->fields_needed.has(Field::key));
    EXPECT_FALSE(recipe->fields_needed.has(Field::secret));
    EXPECT_FALSE(recipe->fields_needed.has(Field::symbol));
    EXPECT_EQ(recipe->limits[0].margin, milliseconds(50));
}

TEST_F(RecipeCompile, NamesFileLineAndRemedyOfEveryMistake) {
    for (const Mistake& mistake : mistakes) {
        const std::string text = replaced(small_recipe, mistake.from, mistake.to);
        const std::string said = sentence(text);
        EXPECT_NE(said.find(mistake.says), said.npos)
            << mistake.to << "\nsays: " << said << "\nnot:  " << mistake.says;
        const size_t line = line_of(small_recipe, mistake.from);
        const std::string place = file_ + ":";
        ASSERT_TRUE(said.starts_with(place)) << said;
        const size_t named = std::stoul(said.substr(place.size()));
        // A value that is missing is named by its table; one that is used elsewhere, by its use.
        EXPECT_LE(named > line ? named - line : line - named, 6u) << mistake.to << "\n" << said;
    }
}

TEST_F(RecipeCompile, DemandsAVectorForEveryFormAndAnAnswerForEveryMeaning) {
    const std::string_view parts[] = {"[[vector]]", "[[answer]]"};
    const std::string_view proofs[] = {"'cancel_all'",          "'cancel_all for one symbol'",
                                       "'open_orders'",         "'open_orders for one symbol'",
                                       "'cancel_all accepted'", "'open_orders clear'",
                                       "'open_orders open'"};
    size_t at = 0;
    for (std::string_view proof : proofs) {
        const std::string_view part =
            parts[proof.find(' ') != proof.npos && proof.find("for one") == proof.npos];
        at = small_recipe.find(part, at);
        ASSERT_NE(at, small_recipe.npos);
        const size_t end = std::min(small_recipe.find("\n[[", at + 1), small_recipe.size());
        std::string text(small_recipe);
        const std::string said = sentence(text.erase(at, end - at));
        EXPECT_NE(said.find("nothing proves " + std::string(proof)), said.npos) << said;
        at = end;
    }
}

TEST_F(RecipeCompile, RefusesARequestOutsideTheHeaderGrammar) {
    for (std::string_view bad : {"\\r\\nX: y", "\\n", "\\u0000", "\\u007f", "\\u00e9"}) {
        const std::string value = "{stamp}" + std::string(bad) + "\"";
        const std::string said = sentence(replaced(small_recipe, "{stamp}\"", value));
        EXPECT_NE(said.find("a character that a request may not hold"), said.npos) << said;
    }
    const std::string said = sentence(replaced(small_recipe, "/orders/all\"", "/orders all\""));
    EXPECT_NE(said.find("a character that a request may not hold"), said.npos) << said;
    const std::string name =
        sentence(replaced(small_recipe, "headers.X-Stamp", "headers.\"X Stamp\""));
    EXPECT_NE(name.find("no HTTP/1.1 request"), name.npos) << name;
}

TEST_F(RecipeCompile, TakesSettingsAndAHostFromTheConfig) {
    RecipeSettings settings;
    settings.host = "localhost:8443";
    settings.values["reads_path"] = std::string("/v2/orders");
    auto recipe = compile(small_recipe, settings);
    ASSERT_TRUE(recipe) << recipe.error().sentence;
    EXPECT_EQ(recipe->host, "localhost:8443");
    EXPECT_EQ(std::get<std::string>(recipe->settings[0].value), "/v2/orders");
}

TEST_F(RecipeCompile, RefusesSettingsThatTheRecipeDoesNotHave) {
    RecipeSettings settings;
    settings.values["read_path"] = std::string("/v2/orders");
    EXPECT_NE(sentence(small_recipe, settings).find("it has: reads_path"), std::string::npos);
    settings.values = {{"reads_path", i64{7}}};
    EXPECT_NE(sentence(small_recipe, settings).find("give a value of the same type"),
              std::string::npos);
}

TEST_F(RecipeCompile, NeverTakesACutFileForAWholeOne) {
    // Cutting behind the last request leaves a recipe without its proofs.
    for (size_t cut = 0; cut + 16 < small_recipe.size(); cut += 7)
        EXPECT_NE(sentence(small_recipe.substr(0, cut)), "compiled") << cut;
}

TEST(Recipe, EveryShippedRecipeProvesItself) {
    size_t count = 0;
    for (const char* folder : {"/engine/venues", "/tests/vectors"})
        for (const auto& entry :
             std::filesystem::directory_iterator(KS_SOURCE_DIR + std::string(folder))) {
            if (entry.path().extension() != ".toml") continue;
            auto recipe = compile_recipe(entry.path(), {});
            EXPECT_TRUE(recipe) << recipe.error().sentence;
            ++count;
        }
    EXPECT_GE(count, 5u);
}

TEST(Recipe, EveryKnownAnswerOfAShippedRecipeIsLookedAt) {
    // A signature with one digit changed anywhere must be found.
    TempDir directory;
    const std::string file = directory / "changed.toml";
    for (const char* name : {"bitopro", "coinswitch", "treadfi"}) {
        const std::string text =
            read(KS_SOURCE_DIR "/engine/venues/" + std::string(name) + ".toml");
        size_t changes = 0;
        for (size_t at = text.find("HTTP/1.1\n"); at != text.npos;
             at = text.find("HTTP/1.1\n", at + 1)) {
            const size_t end = text.find("'''", at);
            std::string changed = text;
            const size_t last = changed.find_last_not_of("\n", end - 1);
            changed[last] = changed[last] == '0' ? '1' : '0';
            std::ofstream(file) << changed;
            EXPECT_FALSE(compile_recipe(file, {}))
                << name << " line " << line_of(text, text.substr(at));
            ++changes;
        }
        EXPECT_GE(changes, 4u);
    }
}

TEST(Recipe, CarriesThePacesOfTheIncidentRules) {
    const auto pace = [](const char* venue, const char* request) {
        auto recipe = compile_recipe(KS_SOURCE_DIR "/engine/venues/" + std::string(venue), {});
        EXPECT_TRUE(recipe) << recipe.error().sentence;
        const Pace found = recipe->find(request)->pace;
        std::vector<i64> spans_ms;
        for (Nanos at : found.at) spans_ms.push_back(at.ns / 1'000'000);
        spans_ms.push_back(found.every.ns / 1'000'000);
        return spans_ms;
    };
    using Spans = std::vector<i64>;
    EXPECT_EQ(pace("coinswitch.toml", "cancel_all"),
              (Spans{0, 4'000, 12'000, 30'000, 62'000, 16'000}));
    EXPECT_EQ(pace("coinswitch.toml", "open_orders"),
              (Spans{1'000, 3'000, 6'000, 10'000, 16'000, 25'000, 40'000, 55'000, 70'000, 10'000}));
    EXPECT_EQ(pace("treadfi.toml", "cancel_all"),
              (Spans{0, 5'000, 15'000, 30'000, 60'000, 30'000}));
    EXPECT_EQ(pace("treadfi.toml", "open_orders"),
              (Spans{1'000, 2'000, 3'000, 5'000, 8'000, 12'000, 20'000, 30'000, 10'000}));
    EXPECT_EQ(pace("bitopro.toml", "open_orders"), (Spans{500, 1'000}));
}

TEST(DecodeSecret, ReadsEachEncoding) {
    const auto decoded = [](SecretEncoding encoding, std::string_view text) {
        auto secret = decode_secret(encoding, Secret(text));
        if (!secret) return "error: " + secret.error().sentence;
        const auto bytes = secret->reveal();
        return std::string(bytes.begin(), bytes.end());
    };
    EXPECT_EQ(decoded(SecretEncoding::utf8, "as it is"), "as it is");
    EXPECT_EQ(decoded(SecretEncoding::hex, "6b6579"), "key");
    EXPECT_EQ(decoded(SecretEncoding::hex, "6B6579"), "key");
    EXPECT_EQ(decoded(SecretEncoding::base64, "a2V5cw=="), "keys");
    EXPECT_EQ(decoded(SecretEncoding::hex, ""), "");
}

TEST(DecodeSecret, RefusesWithoutShowingTheSecret) {
    for (SecretEncoding encoding : {SecretEncoding::hex, SecretEncoding::base64}) {
        auto secret = decode_secret(encoding, Secret("canary!canary!"));
        ASSERT_FALSE(secret);
        EXPECT_EQ(secret.error().sentence.find("canary"), std::string::npos);
    }
    EXPECT_FALSE(decode_secret(SecretEncoding::hex, Secret("abc")));
    EXPECT_FALSE(decode_secret(SecretEncoding::utf8, Secret(std::string(513, 'x'))));
}

TEST(Recipe, TheWorkedExampleOfTheDocumentsIsRightAsFarAsItGoes) {
    const std::string page = read(KS_SOURCE_DIR "/docs/VENUES.md");
    std::string example;
    for (size_t at = page.find("```toml\n"); at != page.npos; at = page.find("```toml\n", at)) {
        at += sizeof "```toml\n" - 1;
        example += page.substr(at, page.find("```", at) - at);
    }
    TempDir directory;
    std::ofstream(directory / "newvenue.toml") << example;
    auto recipe = compile_recipe(directory / "newvenue.toml", {});
    ASSERT_FALSE(recipe); // it stops at the first proof that it leaves to the reader
    const std::string said = recipe.error().sentence;
    EXPECT_NE(said.find("nothing proves 'cancel_all for one symbol'"), said.npos) << said;
}

TEST_F(RecipeCompile, R09_says_how_far_its_cancel_really_reaches) {
    const auto reaches_token = [&](std::string_view text) {
        auto recipe = compile(text);
        EXPECT_TRUE(recipe) << recipe.error().sentence;
        return recipe && recipe->find("cancel_all")->reaches_token;
    };
    const auto with = [](std::string_view reach) {
        return replaced(small_recipe, "kind = \"cancel\"",
                        "kind = \"cancel\"\nreach = \"" + std::string(reach) + "\"");
    };
    EXPECT_FALSE(reaches_token(small_recipe)); // what a key owns is one account, unless it says so
    EXPECT_FALSE(reaches_token(with("account")));
    EXPECT_TRUE(reaches_token(with("token")));
    EXPECT_TRUE(reaches_token(with("named"))); // and it names nobody
    EXPECT_NE(sentence(with("tokens"))
                  .find("'reach' cannot be 'tokens'; choose one of: account, "
                        "token, named"),
              std::string::npos);
}

TEST_F(RecipeCompile, R09_follows_the_setting_that_filters_by_account) {
    const std::string file = KS_SOURCE_DIR "/engine/venues/treadfi.toml";
    auto named = compile_recipe(file, {});
    ASSERT_TRUE(named) << named.error().sentence;
    EXPECT_FALSE(named->find("cancel_all")->reaches_token);
    for (const char* body : {"", "json({all: true})"}) {
        auto unnamed = compile_recipe(file, {"", {{"cancel_all_body", body}}});
        ASSERT_TRUE(unnamed) << unnamed.error().sentence;
        EXPECT_TRUE(unnamed->find("cancel_all")->reaches_token) << body;
    }
}

TEST_F(RecipeCompile, R17_a_cancel_without_a_read_must_say_so) {
    EXPECT_NE(sentence(replaced(small_recipe, "proven_by = [\"open_orders\"]\n", ""))
                  .find("name in proven_by the reads that show whether it worked; [] where the "
                        "venue has none"),
              std::string::npos);
    auto recipe = compile(replaced(small_recipe, "[\"open_orders\"]", "[]"));
    ASSERT_TRUE(recipe) << recipe.error().sentence;
    EXPECT_TRUE(recipe->find("cancel_all")->proven_by.empty());
}
