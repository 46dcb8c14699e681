// What a firm must say aloud before it is surprised: stops, reach and fronts (incident rules 9,
// 10), and the read-only key (7).
#include <gtest/gtest.h>

#include "cold/forecast.hpp"
#include "plan_bench.hpp"

namespace ks {
namespace {

std::string silent(const std::string& name, const std::string& more = "") {
    return "[account.'" + name + "']\nsecret_file = '" + name + "'\n" + more;
}

const std::string whole_token = "[venue.treadfi]\nsettings.cancel_all_body = ''\n";

TEST(Check, R10_stops_that_go_along_must_be_said) {
    EXPECT_EQ(
        PlanBench("[venue.coinswitch]\n" + silent("coinswitch/a")).mistake(),
        "/etc/k.toml:6: the cancel-all of 'coinswitch/a' takes protective stops along (recipe "
        "'coinswitch': tp_sl), and positions are naked then; say so: stops = \"cancel\"");
    EXPECT_EQ(
        PlanBench("[venue.bitopro]\n" + silent("bitopro/a")).mistake(),
        "/etc/k.toml:6: the cancel-all of 'bitopro/a' may take protective stops along (recipe "
        "'bitopro': nobody has said that it does not), and positions are naked then; say so: "
        "stops = \"cancel\"");
    EXPECT_EQ(PlanBench("[venue.coinswitch]\n" + account("coinswitch/a")).mistake(), "");
}

TEST(Check, R10_stops_that_the_venue_cannot_keep_are_refused) {
    EXPECT_EQ(
        PlanBench("[venue.coinswitch]\n" + silent("coinswitch/a", "stops = 'keep'\n")).mistake(),
        "/etc/k.toml:6: the cancel-all of 'coinswitch/a' takes protective stops along (recipe "
        "'coinswitch': tp_sl), so stops = \"keep\" cannot be kept; say stops = \"cancel\", and "
        "know "
        "that positions are naked after a kill");
    PlanBench keeps("[venue.coinswitch]\n" + silent("coinswitch/a", "stops = 'keep'\n"));
    keeps.recipes[0].strips.clear();
    EXPECT_EQ(keeps.mistake(), "");
    EXPECT_FALSE((keeps.compile(), keeps.account_plan(0).notes & KS_NOTE_STRIPS_STOPS));
}

TEST(Check, R09_a_cancel_that_reaches_the_whole_token_must_be_accepted) {
    EXPECT_EQ(PlanBench(whole_token + account("treadfi/a", "account = 'a'\n")).mistake(),
              "/etc/k.toml:7: the cancel-all of 'treadfi/a' reaches every account of its token, "
              "wider than any scope says; let recipe 'treadfi' name the account (ksctl check "
              "prints its settings), or accept it: accept_reach = \"token\"");
    PlanBench accepted(whole_token +
                       account("treadfi/a", "account = 'a'\naccept_reach = 'token'\n"));
    accepted.compile();
    EXPECT_TRUE(accepted.account_plan(0).notes & KS_NOTE_TOKEN_REACH);
}

TEST(Check, R09_a_reach_that_is_not_so_wide_is_not_accepted) {
    EXPECT_EQ(PlanBench("[venue.treadfi]\n" +
                        account("treadfi/a", "account = 'a'\naccept_reach = 'token'\n"))
                  .mistake(),
              "/etc/k.toml:6: the cancel-all of 'treadfi/a' reaches this account alone; remove "
              "accept_reach, which says otherwise");
    PlanBench narrow("[venue.treadfi]\n" + account("treadfi/a", "account = 'a'\n"));
    narrow.compile();
    EXPECT_FALSE(narrow.account_plan(0).notes & KS_NOTE_TOKEN_REACH);
}

TEST(Check, R09_fronts_say_what_stands_behind_an_oms) {
    PlanBench bench(
        "[venue.treadfi]\n" + account("treadfi/a", "account = 'a'\nfronts = ['coinswitch/a']\n") +
        account("treadfi/b", "account = 'b'\n") + "[venue.coinswitch]\n" + account("coinswitch/a"));
    bench.compile();
    ASSERT_EQ(bench.account_plan(0).fronts.size(), 1u);
    EXPECT_EQ(bench.account_plan(0).fronts[0], AccountId{2});
    EXPECT_FALSE(bench.account_plan(0).notes & KS_NOTE_OMS_ONLY);
    EXPECT_TRUE(bench.account_plan(1).notes & KS_NOTE_OMS_ONLY); // nothing behind it is checked
    EXPECT_FALSE(bench.account_plan(2).notes & KS_NOTE_OMS_ONLY);
}

TEST(Check, R09_fronts_name_accounts_of_exchanges) {
    const auto with_fronts = [](const std::string& fronts) {
        auto config = parse_config("/etc/k.toml",
                                   engine + ("[venue.treadfi]\n" +
                                             account("treadfi/a", "fronts = [" + fronts + "]\n") +
                                             account("treadfi/b") + "[venue.coinswitch]\n" +
                                             account("coinswitch/a", "fronts = []\n")));
        return config ? "" : config.error().sentence;
    };
    EXPECT_EQ(with_fronts("'coinswitch/a'"), "");
    EXPECT_EQ(with_fronts("'coinswich/a'"),
              "/etc/k.toml:6: unknown account 'coinswich/a'; did you mean 'coinswitch/a'?");
    EXPECT_EQ(with_fronts("'treadfi/a'"),
              "/etc/k.toml:6: 'treadfi/a' stands in front of itself; name the exchange's account "
              "in fronts");
    EXPECT_EQ(with_fronts("'coinswitch/a', 'coinswitch/a'"),
              "/etc/k.toml:6: front 'coinswitch/a' of 'treadfi/a' is listed twice; remove one");
    EXPECT_EQ(PlanBench("[venue.treadfi]\n" + account("treadfi/a", "fronts = ['treadfi/b']\n") +
                        account("treadfi/b"))
                  .mistake(),
              "/etc/k.toml:6: front 'treadfi/b' of 'treadfi/a' is an OMS itself; name the "
              "exchange's account");
    EXPECT_EQ(PlanBench("[venue.coinswitch]\n" +
                        account("coinswitch/a", "fronts = ['coinswitch/b']\n") +
                        account("coinswitch/b"))
                  .mistake(),
              "/etc/k.toml:6: 'coinswitch/a' stands in front of nothing: recipe 'coinswitch' is no "
              "OMS (oms = true); remove fronts");
}

TEST(Check, R02_what_reads_do_not_cover_is_noted) {
    PlanBench bench(three_venues);
    bench.compile();
    EXPECT_FALSE(bench.account_plan(0).notes & KS_NOTE_NOT_COVERED); // bitopro: all is covered
    EXPECT_TRUE(bench.account_plan(2).notes & KS_NOTE_NOT_COVERED); // coinswitch: older than 7 days
}

TEST(Check, R11_an_account_that_nothing_can_read_is_noted) {
    PlanBench bench("[venue.bitopro]\n" + account("bitopro/a", "confirm = 'none'\n"));
    for (RequestRecipe& request : bench.recipes[0].requests) request.proven_by.clear();
    bench.compile();
    EXPECT_TRUE(bench.account_plan(0).notes & KS_NOTE_NO_READS);
    PlanBench readable(two_bitopro);
    readable.compile();
    EXPECT_FALSE(readable.account_plan(0).notes & KS_NOTE_NO_READS);
}

TEST(Check, R17_the_shipped_example_says_what_its_recipes_demand) {
    auto config = read_config(KS_SOURCE_DIR "/tools/killswitchd/killswitch.toml");
    ASSERT_TRUE(config) << config.error().sentence;
    config->engine.recipe_dirs = {KS_SOURCE_DIR "/engine/venues"};
    auto recipes = load_recipes(*config);
    ASSERT_TRUE(recipes) << recipes.error().sentence;
    auto compiled = compile_plan(*config, *recipes, counting_names());
    ASSERT_TRUE(compiled) << compiled.error().sentence;
    EXPECT_TRUE(forecast(*compiled->plan, scope(*compiled->plan, "all")).is_provable);
}

const std::string with_eyes = "eyes_key_file = 'e'\neyes_secret_file = 'e2'\n";

TEST(Plan, R07_eyes_read_with_a_key_of_their_own) {
    PlanBench bench("[venue.bitopro]\n" + account("bitopro/a") + account("bitopro/b", with_eyes));
    const Plan& plan = bench.compile();
    ASSERT_EQ(plan.keys.size(), 3u);
    EXPECT_TRUE(plan.keys[2].is_ordered);
    EXPECT_EQ(bench.compiled.key_names[2], "bitopro/b eyes");
    for (const SignJob& job : bench.compiled.jobs) {
        const RequestPlan& request = plan.requests[job.request.index];
        if (request.key.is_none()) continue;
        const bool is_eyes = request.kind == RequestKind::read && request.account.index == 1;
        EXPECT_EQ(request.key.index, is_eyes ? 2 : request.account.index);
        EXPECT_EQ(job.credentials, request.key.index);
    }
}

TEST(Plan, R07_a_limit_a_key_counts_the_eyes_apart) {
    PlanBench bench("[venue.treadfi]\n" +
                    account("treadfi/a", "account = 'a'\neyes_secret_file = 'e'\n"));
    std::vector<std::string> names;
    for (const GatePlan& gate : bench.compile().gates) names.emplace_back(gate.name.view());
    EXPECT_EQ(names, (std::vector<std::string>{"treadfi/a eyes read", "treadfi/a cancel",
                                               "treadfi general"}));
}

std::vector<OwnedCredentials> keys_of(const std::vector<std::string>& names) {
    std::vector<OwnedCredentials> all;
    for (const std::string& name : names) {
        OwnedCredentials& own = all.emplace_back();
        own.key = Secret("key " + name);
        own.secret = Secret("secret " + name);
        own.identity = "me@firm.example";
    }
    return all;
}

u64 eyes_of(const std::string& text, const std::vector<std::string>& keys) {
    PlanBench bench(text);
    bench.compile();
    mark_eyes(bench.compiled, bench.config, bench.recipes, keys_of(keys));
    return bench.account_plan(0).eyes_of;
}

TEST(Plan, R18_proven_eyes_end_with_their_key_their_host_and_their_reads) {
    const std::string one = "[venue.bitopro]\n" + account("bitopro/a");
    const u64 before = eyes_of(one, {"a"});
    EXPECT_EQ(eyes_of(one, {"a"}), before);
    EXPECT_NE(eyes_of(one, {"b"}), before);
    EXPECT_NE(eyes_of("[venue.bitopro]\nhost = 'other.example'\n" + account("bitopro/a"), {"a"}),
              before);
    EXPECT_NE(
        eyes_of("[venue.bitopro]\nsettings.margin_open_orders_path = '/x'\n" + account("bitopro/a"),
                {"a"}),
        before);
    EXPECT_NE(eyes_of("[venue.bitopro]\n" + account("bitopro/a", "products = ['spot']\n"), {"a"}),
              before);
    const std::string own_eyes = "[venue.bitopro]\n" + account("bitopro/a", with_eyes);
    EXPECT_EQ(eyes_of(own_eyes, {"a", "e"}), eyes_of(own_eyes, {"b", "e"})); // a new fire key
    EXPECT_NE(eyes_of(own_eyes, {"a", "e"}), eyes_of(own_eyes, {"a", "f"}));
}

} // namespace
} // namespace ks
