// Live fires in config and plan, incident rules 17 and 18: who may ask for one, and what it asks.
#include <gtest/gtest.h>

#include "plan_bench.hpp"

namespace ks {
namespace {

const std::string asks = "live_fire = { symbol = 'XRPUSDT', every = '24h' }\n";
const std::string coinswitch =
    "[venue.coinswitch]\n" + account("coinswitch/a", asks) + account("coinswitch/b");

std::string config_mistake(const std::string& live_fire) {
    auto parsed = parse_config("/etc/k.toml", engine + std::string("[venue.coinswitch]\n") +
                                                  account("coinswitch/a", live_fire));
    return parsed ? "" : parsed.error().sentence;
}

TEST(LiveFire, R18_is_opt_in) {
    PlanBench bench(coinswitch);
    const Plan& plan = bench.compile();
    EXPECT_FALSE(plan.accounts[0].live_fire.fire.is_none());
    EXPECT_EQ(plan.accounts[0].live_fire.every, seconds(86'400));
    EXPECT_TRUE(plan.accounts[1].live_fire.fire.is_none());
}

TEST(LiveFire, R18_reads_every_window_of_its_pair_the_latest_last) {
    PlanBench bench(coinswitch);
    const Plan& plan = bench.compile();
    const LiveFirePlan& live_fire = plan.accounts[0].live_fire;
    ASSERT_EQ(live_fire.reads.size(), 5u) << "seven days and four older windows";
    for (RequestId read : live_fire.reads) {
        EXPECT_EQ(plan.requests[read.index].kind, RequestKind::read);
        EXPECT_EQ(plan.requests[read.index].account, AccountId{0});
    }
    std::vector<std::string> texts;
    for (RequestId read : live_fire.reads)
        for (const SignJob& job : bench.compiled.jobs) {
            if (job.request != read) continue;
            EXPECT_EQ(job.symbol, "XRPUSDT");
            std::array<char, request_bytes_max> text;
            Credentials nobody;
            nobody.symbol = job.symbol;
            const size_t size_bytes = run(job.program, nobody, SignTime{{1'719'905'777'483}, 0},
                                          std::as_writable_bytes(std::span(text)));
            texts.emplace_back(text.data(), size_bytes);
        }
    ASSERT_EQ(texts.size(), 5u);
    for (size_t i = 0; i + 1 < texts.size(); ++i)
        EXPECT_TRUE(texts[i].empty() || texts[i].find("from_time") != std::string::npos) << i;
    EXPECT_EQ(texts.back().find("from_time"), std::string::npos);
}

TEST(LiveFire, R18_is_no_shot_and_closes_no_cell) {
    PlanBench with(coinswitch);
    PlanBench without("[venue.coinswitch]\n" + account("coinswitch/a") + account("coinswitch/b"));
    const Plan &one = with.compile(), &other = without.compile();
    EXPECT_EQ(one.shots.size(), other.shots.size());
    EXPECT_EQ(one.cells.size(), other.cells.size());
    EXPECT_EQ(one.scopes.size(), other.scopes.size());
    EXPECT_EQ(one.gates[0].reserve, other.gates[0].reserve);
}

// Of an ordered key what leaves must never burn the nonce of what waits behind it.
TEST(LiveFire, R07_is_signed_above_the_reads_and_below_the_shots) {
    PlanBench bench(
        "[venue.bitopro]\nlimits.cancel = { count = 10, window = '10s', reserve = 4 }\n" +
        account("bitopro/a", "live_fire = { symbol = 'XRP_TWD' }\n") + account("bitopro/b"));
    const Plan& plan = bench.compile();
    std::vector<int> ranks;
    for (const SignJob& job : bench.compiled.jobs) {
        const RequestKind kind = plan.requests[job.request.index].kind;
        ranks.push_back(kind == RequestKind::read        ? 0
                        : kind == RequestKind::live_fire ? 1
                        : kind == RequestKind::fire      ? 2
                                                         : 3);
    }
    EXPECT_TRUE(std::is_sorted(ranks.begin(), ranks.end()));
    EXPECT_EQ(std::count(ranks.begin(), ranks.end(), 1), 1);
}

TEST(LiveFire, R03_is_refused_where_every_place_is_kept_for_kills) {
    PlanBench bench("[venue.bitopro]\n" +
                    account("bitopro/a", "live_fire = { symbol = 'XRP_TWD' }\n"));
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:9: live_fire of 'bitopro/a': it could never leave: limit 'bitopro "
              "cancel' has 1 places and keeps 1 of them for kills; remove live_fire");
}

TEST(LiveFire, R18_is_refused_where_no_single_symbol_can_be_cancelled_and_read) {
    PlanBench bench("[venue.treadfi]\n" +
                    account("treadfi/a", "account = 'a'\nlive_fire = { symbol = 'BTC-PERP' }\n"));
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:10: live_fire of 'treadfi/a': recipe 'treadfi' cannot cancel one symbol "
              "and read that symbol's open orders; remove live_fire");
}

TEST(LiveFire, R09_is_refused_where_the_cancel_reaches_the_whole_token) {
    PlanBench bench(coinswitch);
    bench.config.accounts[0].accepts_token_reach = bench.config.accounts[1].accepts_token_reach =
        true;
    bench.request("cancel_all").reaches_token = true;
    EXPECT_EQ(bench.mistake(),
              "/etc/k.toml:9: live_fire of 'coinswitch/a': request 'cancel_all' reaches every "
              "account of the token, whose orders no read of this one shows; remove live_fire");
}

TEST(LiveFire, R17_impossible_values_name_the_line_and_the_remedy) {
    EXPECT_EQ(
        config_mistake("live_fire = { every = '1d' }\n"),
        "/etc/k.toml:9: [account.coinswitch/a.live_fire] has no 'symbol'; add symbol = \"...\"");
    EXPECT_EQ(config_mistake("live_fire = { symbol = 'XRP USDT' }\n"),
              "/etc/k.toml:9: live_fire needs a pair that nobody trades, as the venue writes it; "
              "say symbol = \"...\"");
    EXPECT_EQ(config_mistake("live_fire = { symbol = 'XRPUSDT', every = '59m' }\n"),
              "/etc/k.toml:9: a live fire more often than each hour spends places and teaches "
              "nothing new; say \"1h\" or more");
    EXPECT_NE(config_mistake("live_fire = { symbol = 'XRPUSDT', evry = '1d' }\n").find("evry"),
              std::string::npos);
    EXPECT_EQ(config_mistake(asks), "");
}

// Asking for one must not make proven eyes unproven; another key or pair must void its date.
TEST(LiveFire, R18_has_a_mark_of_its_own) {
    const auto marks = [](const std::string& live_fire, const char* secret) {
        PlanBench bench("[venue.coinswitch]\n" + account("coinswitch/a", live_fire));
        bench.compile();
        std::vector<OwnedCredentials> credentials(1);
        credentials[0].key = Secret(std::string(64, 'a'));
        credentials[0].secret = Secret(std::string(secret));
        mark_eyes(bench.compiled, bench.config, bench.recipes, credentials);
        const AccountPlan& account = bench.account_plan(0);
        return std::pair(account.eyes_of, account.live_fire.of);
    };
    const std::string key(32, 'k'), other_key(32, 'l');
    const auto first = marks(asks, key.c_str());
    EXPECT_EQ(marks("", key.c_str()).first, first.first);
    EXPECT_NE(marks("", key.c_str()).second, first.second);
    EXPECT_NE(marks("live_fire = { symbol = 'BTCUSDT' }\n", key.c_str()).second, first.second);
    EXPECT_EQ(marks("live_fire = { symbol = 'BTCUSDT' }\n", key.c_str()).first, first.first);
    EXPECT_NE(marks(asks, other_key.c_str()).second, first.second);
}

} // namespace
} // namespace ks
