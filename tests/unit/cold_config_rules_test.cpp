// Incident rules, section 17: config mistakes that must be impossible. Each is an error with file,
// line and remedy; what the recipes or the keys must say to it is found before arming.
#include <gtest/gtest.h>

#include "plan_bench.hpp"

namespace ks {
namespace {

constexpr const char* head = "[engine]\nname = 'x'\nenvironment = 'test'\n"; // lines 1 to 3

std::string mistake(const std::string& text) {
    auto config = parse_config("/etc/k.toml", head + text);
    return config ? "" : config.error().sentence;
}

const std::string one_account = "[venue.bitopro]\n[account.'bitopro/a']\n"; // lines 4 and 5

std::string risk(const std::string& lines) { // from line 6
    return one_account + "[producer.risk]\nscopes = ['venue:bitopro']\n" + lines;
}

// What the plan says to a config over shipped recipes, whose venue begins at line 5.
std::string plan_mistake(const std::string& text) {
    return PlanBench(text).mistake();
}

// What loading the recipes says.
std::string recipe_mistake(const std::string& text) {
    auto config = parse_config("/etc/k.toml", engine + text);
    if (!config) return config.error().sentence;
    auto recipes = load_recipes(*config);
    return recipes ? "" : recipes.error().sentence;
}

TEST(Check, R17_all_defined_by_hand_is_refused) {
    EXPECT_EQ(mistake(one_account + "[scope.all]\ncells = ['bitopro/a']\n"),
              "/etc/k.toml:6: scope 'all' is always every account and is not defined by hand; "
              "remove it");
}

TEST(Check, R17_an_empty_scope_is_refused) {
    EXPECT_EQ(mistake(one_account + "[scope.asia]\ncells = []\n"),
              "/etc/k.toml:6: scope 'asia' is empty: pulling it would cancel nothing; add cells = "
              "[\"venue/alias\"]");
}

TEST(Check, R17_an_account_in_no_scope_is_refused) {
    EXPECT_EQ(
        mistake(one_account + "products = []\n"),
        "/etc/k.toml:6: without a product account 'bitopro/a' would be in no scope; name one, "
        "leave products out for all, or remove the account");
    PlanBench bench("[venue.treadfi]\n" + account("treadfi/a"));
    bench.request("cancel_all").use = RequestUse::by_hand;
    EXPECT_EQ(bench.mistake(), "/etc/k.toml:6: recipe 'treadfi' has no request that cancels for "
                               "'treadfi/a'; add one to the recipe");
}

TEST(Check, R17_a_key_file_for_two_uses_is_refused) {
    EXPECT_EQ(mistake(one_account + "secret_file = 's'\n[account.'bitopro/b']\n"
                                    "eyes_secret_file = 's'\n"),
              "/etc/k.toml:7: 'bitopro/b' and 'bitopro/a' have the same secret_file; give each "
              "account a key of its own, else one kill spends the other's limit");
    EXPECT_EQ(mistake(one_account + "secret_file = 's'\neyes_secret_file = 's'\n"),
              "/etc/k.toml:5: 'bitopro/a' has its secret_file as eyes_secret_file too; make a "
              "read-only key at the venue, or remove eyes_secret_file");
    EXPECT_EQ(mistake(one_account + "eyes_passphrase_file = 'p'\n"),
              "/etc/k.toml:6: 'eyes_passphrase_file' is the passphrase of no key; add "
              "eyes_key_file and eyes_secret_file");
}

TEST(Check, R17_a_demo_that_would_reach_a_real_venue_is_refused) {
    auto config = parse_config("/etc/k.toml", "[engine]\nname = 'x'\nenvironment = 'demo'\n"
                                              "[venue.bitopro]\n[account.'bitopro/a']\n");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().sentence,
              "/etc/k.toml:4: environment is demo, but venue 'bitopro' would reach the real venue; "
              "add address = \"127.0.0.1:PORT\" of ks-mock");
}

TEST(Check, R17_a_reserve_smaller_than_the_accounts_is_refused) {
    const auto with_reserve = [](const std::string& reserve) {
        return plan_mistake("[venue.coinswitch]\nlimits.cancel = { reserve = " + reserve + " }\n" +
                            account("coinswitch/a") + account("coinswitch/b"));
    };
    EXPECT_EQ(with_reserve("2"), "");
    EXPECT_EQ(with_reserve("1"),
              "/etc/k.toml:6: reserve = 1 of limit 'coinswitch cancel' does not hold the first "
              "shots of its accounts, which need 2; raise it, or remove it: the engine then keeps "
              "enough by itself");
    EXPECT_EQ(recipe_mistake("[venue.coinswitch]\nlimits.cancel = { reserve = 11 }\n" +
                             account("coinswitch/a")),
              "/etc/k.toml:6: limit 'cancel' keeps 11 places of 10; lower reserve");
}

// BitoPro's cancels leave 1.05 s apart, and its signatures live 5 s: five shots wait 4.2 s.
TEST(Check, R17_a_signature_that_dies_before_its_place_is_free_is_refused) {
    const std::string two = "[venue.bitopro]\n" + account("bitopro/a") + account("bitopro/b");
    EXPECT_EQ(plan_mistake(two + account("bitopro/c", "products = ['margin']\n")), "");
    EXPECT_EQ(plan_mistake(two + account("bitopro/c")),
              "/etc/k.toml:12: the first shot 'bitopro/c spot *' of scope 'all' would wait 5250 ms "
              "for its limit, and the venue takes a signature for 5000 ms; run fewer accounts or "
              "products here, or measure a longer max_age");
}

TEST(Check, R17_fewer_than_two_clear_reads_are_refused) {
    for (const char* reads : {"1", "0", "-3"})
        EXPECT_EQ(mistake("[venue.bitopro]\nclear = { reads = " + std::string(reads) +
                          " }\n[account.'bitopro/a']\n"),
                  "/etc/k.toml:5: one empty read is no proof: it may have been asked before the "
                  "cancel was carried out; say 2 or more");
}

TEST(Check, R17_proof_below_the_recipes_minimum_is_refused) {
    const auto with_clear = [](const std::string& words) {
        return recipe_mistake("[venue.bitopro]\nclear = { " + words + " }\n" +
                              account("bitopro/a"));
    };
    const std::string why = " is below what recipe 'bitopro' takes for proof; a config may only "
                            "ask for more: raise it, or remove it";
    EXPECT_EQ(with_clear("settle = '499ms'"), "/etc/k.toml:6: clear.settle" + why);
    EXPECT_EQ(with_clear("apart = '999ms'"), "/etc/k.toml:6: clear.apart" + why);
    EXPECT_EQ(with_clear("settle = '500ms', apart = '1s', reads = 2"), "");
    PlanBench bench("[venue.bitopro]\nclear = { settle = '2s', apart = '3s', reads = 4 }\n" +
                    account("bitopro/a"));
    const ShotPlan& shot = bench.compile().shots[0];
    EXPECT_EQ(shot.settle, seconds(2));
    EXPECT_EQ(shot.clear_apart, seconds(3));
    EXPECT_EQ(shot.clear_reads, 4);
}

TEST(Check, R17_no_confirm_request_needs_confirm_none) {
    PlanBench bench("[venue.bitopro]\n" + account("bitopro/a", "confirm = 'none'\n"));
    EXPECT_EQ(
        bench.mistake(),
        "/etc/k.toml:6: confirm = \"none\" of 'bitopro/a' would leave its kills unproven, and "
        "recipe 'bitopro' can read its open orders; remove confirm");
    for (RequestRecipe& request : bench.recipes[0].requests) request.proven_by.clear();
    const Plan& plan = bench.compile();
    EXPECT_TRUE(plan.shots[0].reads.empty());
    bench.config.accounts[0].is_unconfirmed = false;
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:6: request 'cancel_all' of recipe 'bitopro' is proven by no read, so "
              "'bitopro/a' could never be CONFIRMED; add proven_by = [\"...\"] with an open-orders "
              "request to the recipe, or accept it: confirm = \"none\"");
}

TEST(Check, R17_a_share_divides_every_limit_and_is_refused_when_none_is_left) {
    PlanBench bench("[venue.coinswitch]\nshare = '1/2'\n" + account("coinswitch/a"));
    const Plan& plan = bench.compile();
    EXPECT_EQ(plan.gates[0].places, 10); // reads: half of 20
    EXPECT_EQ(plan.gates[1].places, 5);  // cancels: half of 10
    EXPECT_EQ(recipe_mistake("[venue.bitopro]\nshare = '1/2'\n" + account("bitopro/a")),
              "/etc/k.toml:5: limit 'cancel' of venue 'bitopro' has 1 places a window, and share = "
              "\"1/2\" leaves none; put all its accounts under one engine");
    for (const char* share : {"2", "0/2", "3/2", "1/2 ", "half", "1/", "/2"})
        EXPECT_EQ(mistake("[venue.bitopro]\nshare = '" + std::string(share) +
                          "'\n[account.'bitopro/a']\n"),
                  "/etc/k.toml:5: share '" + std::string(share) +
                      "' is no part of a whole; write it like \"1/2\"");
}

TEST(Check, R17_a_heartbeat_pull_under_a_second_is_refused) {
    EXPECT_EQ(mistake(risk("heartbeat = '1s'\nheartbeat_pull = 'venue:bitopro'\n")), "");
    EXPECT_EQ(mistake(risk("heartbeat = '999ms'\nheartbeat_pull = 'venue:bitopro'\n")),
              "/etc/k.toml:9: a silence under 1 s is often only a busy machine, and this one would "
              "cancel everything in its scope; raise heartbeat to 1s");
    EXPECT_EQ(mistake(risk("heartbeat = '999ms'\n")), "");
    EXPECT_EQ(mistake(risk("heartbeat = '99ms'\n")),
              "/etc/k.toml:8: a heartbeat under 100 ms alarms at every hiccup of the machine; say "
              "\"100ms\" or more");
    EXPECT_EQ(
        mistake(risk("heartbeat_pull = 'venue:bitopro'\n")),
        "/etc/k.toml:8: no 'heartbeat' says how long a silence pulls; add heartbeat = \"5s\"");
}

TEST(Check, R15_a_silence_pulls_only_what_its_producer_may_pull) {
    EXPECT_EQ(mistake(risk("heartbeat = '5s'\nheartbeat_pull = 'all'\n")),
              "/etc/k.toml:6: the silence of producer 'risk' would pull 'all', which it may not "
              "pull itself; add it to scopes, or remove heartbeat_pull");
    EXPECT_EQ(mistake(risk("heartbeat = '5s'\nheartbeat_pull = 'venue:bitpro'\n")),
              "/etc/k.toml:6: unknown scope 'venue:bitpro'; did you mean 'venue:bitopro'?");
    EXPECT_EQ(mistake(one_account + "[producer.risk]\nscopes = ['all']\nheartbeat = '5s'\n"
                                    "heartbeat_pull = 'account:bitopro/a'\n"),
              "");
}

TEST(Check, R15_the_plan_knows_whose_silence_alarms_and_what_it_pulls) {
    PlanBench bench(two_bitopro + "[producer.alarm]\nscopes = ['all']\nheartbeat = '5s'\n"
                                  "[producer.pull]\nscopes = ['all']\nheartbeat = '2s'\n"
                                  "heartbeat_pull = 'account:bitopro/b'\n");
    const Plan& plan = bench.compile();
    EXPECT_EQ(plan.producers[0].silence_max, seconds(5));
    EXPECT_TRUE(plan.producers[0].silence_pull.is_none());
    EXPECT_EQ(plan.producers[1].silence_max, seconds(2));
    EXPECT_EQ(plan.scopes[plan.producers[1].silence_pull.index].name, "account:bitopro/b");
    EXPECT_EQ(plan.producers[2].name, "panic");
    EXPECT_EQ(plan.producers[2].silence_max, Nanos{}); // a human does not beat
}

TEST(Check, R18_what_ready_demands_comes_from_the_config) {
    auto config = parse_config("/etc/k.toml", std::string(engine) +
                                                  "drill_max_age = '1h'\neyes_every = '5s'\n"
                                                  "require_proven_eyes = false\n" +
                                                  two_bitopro);
    ASSERT_TRUE(config) << config.error().sentence;
    PlanBench bench(two_bitopro);
    EXPECT_EQ(bench.compile().key_age_max, seconds(600));
    EXPECT_EQ(bench.compile().eyes_every, seconds(60));
    EXPECT_TRUE(bench.compile().needs_proven_eyes);
    bench.config = std::move(*config);
    const Plan& plan = bench.compile();
    EXPECT_EQ(plan.key_age_max, seconds(3'600));
    EXPECT_EQ(plan.eyes_every, seconds(5));
    EXPECT_FALSE(plan.needs_proven_eyes);
}

} // namespace
} // namespace ks
