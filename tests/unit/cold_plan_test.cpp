// The plan of two accounts at each of the three venues, and every reason to refuse one.
#include "cold/plan_compiler.hpp"

#include <gtest/gtest.h>

#include <set>

#include "cold/forecast.hpp"
#include "plan_bench.hpp"

namespace ks {
namespace {

std::vector<std::string> shots_of(const Plan& plan, std::string_view name) {
    std::vector<std::string> names;
    for (ShotId shot : scope(plan, name).shots)
        names.emplace_back(plan.shots[shot.index].name.view());
    return names;
}

std::vector<std::string> cells_of(const Plan& plan, std::string_view name) {
    std::vector<std::string> names;
    for (size_t i = 0; i < plan.cells.size(); ++i)
        if (scope(plan, name).cells.test(i)) names.emplace_back(plan.cells[i].name.view());
    return names;
}

const GatePlan& gate(const Plan& plan, std::string_view name) {
    for (const GatePlan& one : plan.gates)
        if (one.name == name) return one;
    throw std::runtime_error("no gate " + std::string(name));
}

TEST(Plan, FiresTheFirstProductOfEveryAccountFirst) {
    PlanBench bench(two_bitopro);
    EXPECT_EQ(shots_of(bench.compile(), "all"),
              (std::vector<std::string>{"bitopro/a margin *", "bitopro/b margin *",
                                        "bitopro/a spot *", "bitopro/b spot *"}));
}

TEST(Plan, LeavesASymbolsShotsOutBesideItsWholeAccount) {
    PlanBench bench(two_bitopro + "[scope.mixed]\ncells = ['bitopro/a/BTC', 'bitopro/a']\n");
    EXPECT_EQ(shots_of(bench.compile(), "mixed"),
              (std::vector<std::string>{"bitopro/a margin *", "bitopro/a spot *"}));
}

TEST(Plan, FiresOneSymbolInEveryProduct) {
    PlanBench bench(two_bitopro);
    EXPECT_EQ(shots_of(bench.compile(), "symbol:bitopro/a/BTC"),
              (std::vector<std::string>{"bitopro/a margin BTC", "bitopro/a spot BTC"}));
}

TEST(Plan, ClosesTheSymbolsOfAWholeAccountToo) {
    PlanBench bench(two_bitopro);
    const Plan& plan = bench.compile();
    EXPECT_EQ(cells_of(plan, "account:bitopro/a"),
              (std::vector<std::string>{"bitopro/a", "bitopro/a/BTC"}));
    EXPECT_EQ(cells_of(plan, "symbol:bitopro/a/BTC"), std::vector<std::string>{"bitopro/a/BTC"});
}

TEST(Plan, ArmsOnlyTheProductsOfTheAccount) {
    PlanBench bench("[venue.bitopro]\n" + account("bitopro/a", "products = ['spot']\n"));
    EXPECT_EQ(shots_of(bench.compile(), "all"), std::vector<std::string>{"bitopro/a spot *"});
}

TEST(Plan, ProvesEveryShotByReadsOfItsOwnReach) {
    PlanBench bench(three_venues);
    const Plan& plan = bench.compile();
    for (const ShotPlan& shot : plan.shots) {
        ASSERT_GE(shot.reads.size(), 1u) << shot.name.view();
        for (RequestId read : shot.reads) {
            EXPECT_EQ(plan.requests[read.index].kind, RequestKind::read);
            EXPECT_EQ(plan.requests[read.index].account, shot.account);
        }
        EXPECT_GT(shot.read_pace.at.size(), 0u);
        EXPECT_GE(shot.clear_reads, 2);
    }
    // margin and spot, whole account and symbol, have reads of their own
    std::set<u16> reads;
    for (const ShotPlan& shot : plan.shots)
        if (shot.account.index == 0) reads.insert(shot.reads[0].index);
    EXPECT_EQ(reads.size(), 4u);
}

TEST(Plan, SharesAnAddressLimitAndSplitsAKeyLimit) {
    PlanBench bench("[venue.treadfi]\n" + account("treadfi/a", "account = 'a'\n") +
                    account("treadfi/b", "account = 'b'\n") + two_bitopro);
    const Plan& plan = bench.compile();
    EXPECT_EQ(gate(plan, "bitopro cancel").places, 1);
    EXPECT_EQ(gate(plan, "treadfi/a cancel").places, 6);
    EXPECT_EQ(gate(plan, "treadfi/b cancel").places, 6);
    std::set<u32> used;
    for (const GatePlan& one : plan.gates)
        for (u32 i = 0; i < one.places; ++i)
            EXPECT_TRUE(used.insert(one.first_place + i).second) << one.name.view();
}

TEST(Plan, KeepsAPlaceForTheFirstShotsOfEveryAccount) {
    std::string accounts;
    for (char name = 'a'; name <= 'e'; ++name)
        accounts += account(std::string("coinswitch/") + name);
    PlanBench bench("[venue.coinswitch]\nlimits.cancel = { count = 7 }\n" + accounts);
    bench.recipes[0].limits[0].reserve = 1;
    ASSERT_EQ(bench.recipes[0].limits[0].name, "cancel");
    EXPECT_EQ(gate(bench.compile(), "coinswitch cancel").reserve, 5);
}

TEST(Plan, R03_keeps_as_many_own_places_as_the_heaviest_read_of_a_kill_needs) {
    PlanBench bench(two_bitopro);
    bench.request("open_orders").limits[0].weight = 5;
    EXPECT_EQ(gate(bench.compile(), "bitopro read").reserve, 5); // the recipe says 4
}

TEST(Plan, KeepsAWholeWindowApartByTheLargerMargin) {
    PlanBench bench(two_bitopro);
    for (Limit& limit : bench.recipes[0].limits) limit.margin = {};
    const Plan& plan = bench.compile();
    EXPECT_EQ(gate(plan, "bitopro cancel").margin, milliseconds(20));
    EXPECT_EQ(gate(plan, "bitopro general").margin, milliseconds(600));
}

TEST(Plan, GivesShotsThatFlyTogetherLanesOfTheirOwn) {
    PlanBench bench(three_venues);
    const Plan& plan = bench.compile();
    std::set<u16> primaries;
    for (ShotId id : scope(plan, "all").shots) {
        const ShotPlan& shot = plan.shots[id.index];
        const VenuePlan& venue = plan.venues[shot.venue.index];
        EXPECT_TRUE(primaries.insert(shot.lane_primary).second) << shot.name.view();
        EXPECT_NE(shot.lane_primary, shot.lane_backup);
        for (u16 lane : {shot.lane_primary, shot.lane_backup}) {
            EXPECT_GE(lane, venue.lane_first);
            EXPECT_LT(lane, venue.lane_first + venue.lanes_count);
        }
    }
    EXPECT_EQ(plan.venues[0].lanes_count, 5); // four shots and one more
    EXPECT_EQ(plan.lanes_count, 5 + 2 + 2);
}

TEST(Plan, SharesLanesWhenThereAreFewerThanShots) {
    PlanBench bench("[venue.bitopro]\nlanes = 2\n" + account("bitopro/a") + account("bitopro/b"));
    const Plan& plan = bench.compile();
    std::map<u16, int> uses;
    for (ShotId id : scope(plan, "all").shots) ++uses[plan.shots[id.index].lane_primary];
    EXPECT_EQ(uses, (std::map<u16, int>{{0, 2}, {1, 2}}));
}

TEST(Plan, SignsReadsOfAKeyBeforeItsShots) {
    PlanBench bench(two_bitopro);
    const Plan& plan = bench.compile();
    EXPECT_TRUE(plan.keys[0].is_ordered);
    bool has_shot = false;
    for (const SignJob& job : bench.compiled.jobs) {
        const RequestKind kind = plan.requests[job.request.index].kind;
        has_shot |= kind == RequestKind::fire;
        EXPECT_FALSE(has_shot && kind == RequestKind::read);
    }
}

TEST(Plan, GrantsAllToWhoMayStopAll) {
    PlanBench bench(two_bitopro + "[producer.risk]\nscopes = ['account:bitopro/a']\n");
    const Plan& plan = bench.compile();
    EXPECT_EQ(plan.producers[0].name, "risk");
    EXPECT_EQ(plan.producers[0].granted.count(), 1u);
    EXPECT_EQ(plan.producers[1].name, "panic");
    EXPECT_EQ(plan.producers[1].granted.count(), bench.config.scopes.size());
}

TEST(Plan, PutsScopesAndCellsWhereThePagesSay) {
    PlanBench bench(two_bitopro);
    PlanNames names = counting_names();
    names.slot_of = [next = u16{10}](std::string_view name) mutable -> Result<ScopeId> {
        return ScopeId{name == "all" ? u16{9} : next++};
    };
    const Plan& plan = bench.compile(names);
    EXPECT_EQ(plan.scopes[9].name, "all");
    EXPECT_FALSE(plan.scopes[0].in_config);
    EXPECT_TRUE(plan.scopes[0].shots.empty());
}

TEST(Plan, PassesOnWhatThePagesRefuse) {
    PlanBench bench(two_bitopro);
    PlanNames names = counting_names();
    names.cell_of = [](std::string_view) -> Result<CellId> { return Error{"the table is full"}; };
    auto made = compile_plan(bench.config, bench.recipes, names);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().sentence, "/etc/k.toml:6: the table is full");
}

TEST(Plan, DialsEachVenueByNameAndWarmsItUp) {
    PlanBench bench(three_venues);
    bench.config.venues[0].address = "127.0.0.1";
    bench.config.venues[0].port = 8443;
    bench.recipes[2].host = "oms.firm.example:9443";
    bench.compile();
    const std::vector<VenueDial>& dials = bench.compiled.dials;
    ASSERT_EQ(dials.size(), 3u);
    EXPECT_EQ(dials[0].host, "api.bitopro.com");
    EXPECT_EQ(dials[0].address, "127.0.0.1");
    EXPECT_EQ(dials[0].port, 8443);
    EXPECT_EQ(dials[1].port, 443);
    EXPECT_EQ(dials[1].ca_file, "/etc/ssl/certs/ca-certificates.crt");
    EXPECT_EQ(dials[2].host, "oms.firm.example");
    EXPECT_EQ(dials[2].port, 9443);
    EXPECT_TRUE(dials[1].warm_up.starts_with("GET /trade/api/v2/ping HTTP/1.1\r\n"));
    EXPECT_EQ(dials[1].lane_first, 5);
}

TEST(Plan, KnowsWhenTheLastFirstShotLeaves) {
    PlanBench bench(three_venues);
    const Plan& plan = bench.compile();
    const std::vector<Nanos> leaves = forecast(plan, scope(plan, "all")).leaves;
    EXPECT_EQ(*std::max_element(leaves.begin(), leaves.end()), milliseconds(3'150));
}

// ---- refused ------------------------------------------------------------------------------------

TEST(PlanMistake, UnknownProduct) {
    PlanBench bench("[venue.bitopro]\n" + account("bitopro/a", "products = ['sopt']\n"));
    EXPECT_EQ(bench.mistake(), "/etc/k.toml:6: unknown product 'sopt'; did you mean 'spot'?");
}

TEST(PlanMistake, SymbolThatNoRequestReaches) {
    PlanBench bench("[venue.treadfi]\n" + account("treadfi/a", "symbols = ['BTC']\n"));
    EXPECT_EQ(bench.mistake(), "/etc/k.toml:6: recipe 'treadfi' cannot cancel one symbol; remove "
                               "symbols from 'treadfi/a'");
}

TEST(PlanMistake, ProductThatCannotBeCancelledWhole) {
    PlanBench bench(two_bitopro);
    bench.request("cancel_all_spot").for_all = {};
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:6: recipe 'bitopro' cannot cancel all symbols of product 'spot' at "
              "once; leave that product out of products, or mend the recipe");
}

TEST(PlanMistake, NothingToFire) {
    PlanBench bench("[venue.treadfi]\n" + account("treadfi/a"));
    bench.request("cancel_all").use = RequestUse::by_hand;
    EXPECT_EQ(bench.mistake(), "/etc/k.toml:6: recipe 'treadfi' has no request that cancels for "
                               "'treadfi/a'; add one to the recipe");
}

TEST(PlanMistake, ShotWithoutProof) {
    PlanBench bench(two_bitopro);
    bench.request("cancel_all").proven_by.clear();
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:6: request 'cancel_all' of recipe 'bitopro' is proven by no read, so "
              "'bitopro/a' could never be CONFIRMED; add proven_by = [\"...\"] with an open-orders "
              "request to the recipe, or accept it: confirm = \"none\"");
}

TEST(PlanMistake, ReadOfOneSymbolOnly) {
    PlanBench bench(two_bitopro);
    bench.request("open_orders").for_all = {};
    EXPECT_TRUE(bench.mistake().ends_with(
        ": request 'open_orders' can read one symbol only, so nothing proves a whole account "
        "clear; add its form for all symbols"));
}

TEST(PlanMistake, WeightThatNeverFits) {
    PlanBench bench(two_bitopro);
    bench.request("open_orders").limits[0].weight = 6; // of 5
    EXPECT_TRUE(bench.mistake().ends_with(": request 'open_orders' weighs 6 at limit 'read' of 5 "
                                          "and could never leave; correct either"))
        << bench.mistake();
    bench.request("open_orders").limits[0].weight = 5;
    EXPECT_EQ(bench.mistake(), "");
}

TEST(PlanMistake, KeepAliveThatTheReserveStarves) {
    PlanBench bench(two_bitopro);
    for (Limit& limit : bench.recipes[0].limits)
        if (limit.name == "general") limit.reserve = limit.count;
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:5: the keep-alive of 'bitopro' could never leave: limit 'bitopro "
              "general' has 600 places and 600 are kept for the accounts' shots; give it a limit "
              "of its own in the recipe, or run fewer accounts here");
}

TEST(PlanMistake, NoKeepAlive) {
    PlanBench bench(two_bitopro);
    bench.request("keep_alive").use = RequestUse::by_hand;
    EXPECT_TRUE(bench.mistake().ends_with(
        "bitopro.toml: has no keep-alive request, so no lane could be warmed; add a cheap public "
        "one with kind = \"keep_alive\""))
        << bench.mistake();
}

TEST(PlanMistake, SignedKeepAlive) {
    PlanBench bench(two_bitopro);
    bench.request("keep_alive").is_signed = true;
    EXPECT_TRUE(bench.mistake().ends_with(
        ": request 'keep_alive' is signed and would spend nonces; choose a public request"));
}

TEST(PlanMistake, MorePlacesThanThePageHolds) {
    PlanBench bench("[venue.bitopro]\nlimits.general = { count = 4097 }\n" + account("bitopro/a"));
    EXPECT_TRUE(bench.mistake().ends_with(
        "and a page holds 4096; set [venue.bitopro.limits.general] to a smaller count and window"))
        << bench.mistake();
}

TEST(PlanMistake, TwoVenuesThatAreOneHost) {
    PlanBench bench(two_bitopro + "[venue.second]\nrecipe = 'bitopro'\n" + account("second/a"));
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:13: venues 'bitopro' and 'second' are the same host api.bitopro.com and "
              "would spend its limits twice; put all accounts under one venue");
}

TEST(PlanMistake, OneLane) {
    PlanBench bench("[venue.bitopro]\nlanes = 1\n" + account("bitopro/a"));
    EXPECT_EQ(bench.mistake(), "/etc/k.toml:5: venue 'bitopro' has one lane, and a shot needs a "
                               "backup; set lanes = 2 or more");
}

TEST(PlanMistake, MoreLanesThanTheEngineHolds) {
    PlanBench bench("[venue.bitopro]\nlanes = 127\n" + account("bitopro/a") +
                    "[venue.coinswitch]\n" + account("coinswitch/a"));
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:10: more than 128 lanes in all; set fewer lanes for some venues");
}

TEST(PlanMistake, MoreAccountsThanTheEngineHolds) {
    std::string accounts;
    for (int i = 0; i <= accounts_max; ++i) accounts += account("treadfi/a" + std::to_string(i));
    PlanBench bench("[venue.treadfi]\n" + accounts);
    EXPECT_EQ(bench.mistake(), "/etc/k.toml:198: more accounts than the 64 that one engine holds; "
                               "run a second engine for the rest");
}

TEST(PlanMistake, NameThatNoPageHolds) {
    const std::string alias(30, 'a'), symbol(12, 'S');
    PlanBench bench("[venue.bitopro]\n" + account("bitopro/" + alias, "products = ['margin']\n") +
                    account("bitopro/b"));
    EXPECT_EQ(bench.mistake(), "");
    bench.recipes[0].limits[0].per = LimitPer::key;
    bench.recipes[0].limits[0].name = "cancel_and_more";
    EXPECT_TRUE(bench.mistake().ends_with("is longer than 47 letters; choose a shorter alias"));
}

TEST(PlanMistake, CredentialThatNoRequestCanHold) {
    PlanBench bench(two_bitopro);
    bench.compile();
    std::vector<OwnedCredentials> credentials(2);
    for (OwnedCredentials& own : credentials) {
        own.key = Secret("key");
        own.secret = Secret("secret");
        own.identity = "me@firm.example";
    }
    EXPECT_TRUE(try_requests(bench.compiled, bench.config, credentials));
    for (const std::string& key : {std::string("a\r\nb"), std::string(1500, 'k')}) {
        credentials[1].key = Secret(key);
        auto tried = try_requests(bench.compiled, bench.config, credentials);
        ASSERT_FALSE(tried);
        EXPECT_EQ(tried.error().sentence,
                  "/etc/k.toml:10: a request of account 'bitopro/b' cannot be written: a blank, a "
                  "line break or too much text in its key_file, identity, account or symbol; look "
                  "for it there");
    }
}

} // namespace
} // namespace ks
