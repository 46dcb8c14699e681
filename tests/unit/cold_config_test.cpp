// Every sentence that a mistake in killswitch.toml can produce, and what a right one becomes.
#include "cold/config.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

// A right config of two accounts, which the tests bend. Line numbers matter: engine 1, venue 4,
// account 6.
constexpr std::string_view engine = "[engine]\nname = 'ny4'\nenvironment = 'production'\n";
constexpr std::string_view venue = "[venue.bitopro]\nrecipe = 'bitopro'\n";
constexpr std::string_view account = "[account.'bitopro/main']\nsecret_file = 'main.secret'\n";

std::string base() {
    return std::string(engine) + std::string(venue) + std::string(account);
}

std::string mistake(const std::string& text) {
    auto config = parse_config("/etc/ks/k.toml", text);
    return config ? "" : config.error().sentence;
}

Config right(const std::string& text) {
    auto config = parse_config("/etc/ks/k.toml", text);
    EXPECT_TRUE(config) << (config ? "" : config.error().sentence);
    return config ? std::move(*config) : Config{};
}

std::vector<std::string> scope_names(const Config& config) {
    std::vector<std::string> names;
    for (const ScopeConfig& scope : config.scopes) names.push_back(scope.name);
    return names;
}

TEST(Config, HasSafeDefaults) {
    const Config config = right(base());
    EXPECT_EQ(config.engine.run_dir, "/run/killswitch/ny4");
    EXPECT_EQ(config.engine.state_dir, "/var/lib/killswitch/ny4");
    EXPECT_EQ(config.engine.recipe_dirs, std::vector<std::string>{"/usr/share/killswitch/venues"});
    EXPECT_EQ(config.engine.net, NetChoice::automatic);
    EXPECT_EQ(config.engine.spin, SpinChoice::polite);
    EXPECT_EQ(config.engine.trigger_age_max, seconds(60));
    EXPECT_EQ(config.engine.resend_max, 3);
    EXPECT_EQ(config.venues[0].recipe, "bitopro");
    EXPECT_TRUE(config.venues[0].address.empty());
}

TEST(Config, TakesRelativePathsFromItsOwnDirectory) {
    const Config config = right(base() + "identity_file = '../id/main'\n");
    EXPECT_EQ(config.accounts[0].secret_file, "/etc/ks/main.secret");
    EXPECT_EQ(config.accounts[0].identity_file, "/etc/id/main");
}

TEST(Config, MakesAScopeForEverythingThatCanBeKilled) {
    const Config config = right(base() + "symbols = ['BTC_USDT']\n"
                                         "[account.'bitopro/hedge']\nsecret_file = 'h'\n"
                                         "[scope.asia]\ncells = ['bitopro/main/BTC_USDT']\n");
    EXPECT_EQ(scope_names(config),
              (std::vector<std::string>{"all", "venue:bitopro", "account:bitopro/main",
                                        "symbol:bitopro/main/BTC_USDT", "account:bitopro/hedge",
                                        "asia"}));
    EXPECT_EQ(config.scope("all")->cells,
              (std::vector<std::string>{"bitopro/main", "bitopro/hedge"}));
}

TEST(Config, AlwaysHasAPanicProducerForEveryScope) {
    const Config config = right(base());
    ASSERT_EQ(config.producers.size(), 1u);
    EXPECT_EQ(config.producers[0].name, "panic");
    EXPECT_EQ(config.producers[0].scopes, std::vector<std::string>{"all"});
}

TEST(Config, LeavesPanicAsConfigured) {
    const Config config = right(base() + "[producer.panic]\nscopes = ['venue:bitopro']\n");
    ASSERT_EQ(config.producers.size(), 1u);
    EXPECT_EQ(config.producers[0].scopes, std::vector<std::string>{"venue:bitopro"});
}

TEST(Config, ReadsSettingsAndLimitsOfAVenue) {
    const Config config = right(std::string(engine) +
                                "[venue.bitopro]\nsettings.page = 50\nsettings.path = '/x'\n"
                                "settings.codes = [1, 2]\n[venue.bitopro.limits.cancel]\n"
                                "count = 2\nwindow = '3s'\n" +
                                std::string(account));
    ASSERT_EQ(config.venues[0].settings.size(), 3u);
    EXPECT_EQ(std::get<i64>(config.venues[0].settings[0].value), 50);
    EXPECT_EQ(std::get<std::string>(config.venues[0].settings[1].value), "/x");
    EXPECT_EQ(std::get<std::vector<i64>>(config.venues[0].settings[2].value),
              (std::vector<i64>{1, 2}));
    ASSERT_EQ(config.venues[0].limits.size(), 1u);
    EXPECT_EQ(config.venues[0].limits[0].count, 2u);
    EXPECT_EQ(config.venues[0].limits[0].window, seconds(3));
}

TEST(Config, ReadsNumericAddresses) {
    const std::string test = "[engine]\nname = 'x'\nenvironment = 'test'\n";
    const Config four =
        right(test + std::string(venue) + "address = '127.0.0.1:8443'\n" + std::string(account));
    EXPECT_EQ(four.venues[0].address, "127.0.0.1");
    EXPECT_EQ(four.venues[0].port, 8443);
    const Config six =
        right(test + std::string(venue) + "address = '[::1]:443'\n" + std::string(account));
    EXPECT_EQ(six.venues[0].address, "::1");
}

TEST(Config, NamesTheAccountsAndWhomToCall) {
    const Config config = right(base() + "by_hand_url = 'https://b'\nby_hand_phone = '+886 1'\n");
    EXPECT_EQ(last_resort_text(config), "If killswitch does not answer, cancel by hand:\n"
                                        "bitopro/main  https://b  +886 1\n");
}

TEST(Config, ReadsTheShippedExample) {
    auto config = read_config(KS_SOURCE_DIR "/tools/killswitchd/killswitch.toml");
    ASSERT_TRUE(config) << config.error().sentence;
    EXPECT_EQ(config->accounts.size(), 4u);
}

struct Mistake {
    const char* name;
    std::string text;
    std::string sentence;
};
void PrintTo(const Mistake& mistake, std::ostream* out) {
    *out << mistake.name;
}
class ConfigMistake : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, IsNamedWithFileLineAndRemedy) {
    EXPECT_EQ(mistake(GetParam().text), "/etc/ks/k.toml" + GetParam().sentence);
}

std::string with_engine(const std::string& lines) {
    return "[engine]\nname = 'x'\n" + lines + std::string(venue) + std::string(account);
}
std::string with_venue(const std::string& lines) {
    return std::string(engine) + std::string(venue) + lines + std::string(account);
}
const std::string production = "environment = 'production'\n";

const Mistake mistakes[] = {
    {"no_engine", "", ": the file has no 'engine'; add [engine]"},
    {"no_environment", with_engine(""),
     ":1: [engine] has no 'environment'; add environment = \"...\""},
    {"odd_environment", with_engine("environment = 'prod'\n"),
     ":3: 'environment' must be said: \"demo\", \"test\" or \"production\""},
    {"engine_name", "[engine]\nname = 'a/b'\n" + production + std::string(venue),
     ":1: engine name 'a/b' is not a word; use letters, digits, '_', '-', '.'"},
    {"hidden_name", "[engine]\nname = '..'\n" + production + std::string(venue),
     ":1: engine name '..' is not a word; use letters, digits, '_', '-', '.'"},
    {"spin_without_cpu", with_engine(production + "spin = 'always'\n"),
     ":4: spin = \"always\" takes a whole CPU; add cpu = N to say which"},
    {"sender_without_spin", with_engine(production + "cpu = 1\nsender_cpu = 2\n"),
     ":5: a second sender spins, so sender_cpu needs spin = \"always\""},
    {"sender_on_the_hot_cpu",
     with_engine(production + "spin = 'always'\ncpu = 1\nsender_cpu = 1\n"),
     ":6: sender_cpu is the hot thread's own CPU; name another, or leave it out: the hot thread "
     "then sends everything"},
    {"net", with_engine(production + "net = 'dpdk'\n"),
     ":4: 'net' cannot be 'dpdk'; choose one of: auto, uring, socket"},
    {"unknown_key", with_engine(production + "trigger_age = '1s'\n"),
     ":4: unknown key 'trigger_age'; did you mean 'trigger_age_max'?"},
    {"unknown_table", base() + "[scopes.x]\n", ":8: unknown key 'scopes'; did you mean 'scope'?"},
    {"no_account", std::string(engine) + std::string(venue),
     ": there is no account to protect; add [account.\"venue/alias\"]"},
    {"account_name", base() + "[account.bitopro]\n",
     ":8: account 'bitopro' is not VENUE/ALIAS; write it like [account.\"bitopro/main\"]"},
    {"unknown_venue", base() + "[account.'bitpro/main']\n",
     ":8: unknown venue 'bitpro'; did you mean 'bitopro'?"},
    {"venue_without_account", base() + "[venue.coinswitch]\n",
     ":8: venue 'coinswitch' has no account; add [account.\"coinswitch/main\"] or remove the "
     "venue"},
    {"same_secret_file", base() + "[account.'bitopro/hedge']\nsecret_file = 'main.secret'\n",
     ":8: 'bitopro/hedge' and 'bitopro/main' have the same secret_file; give each account a key "
     "of its own, else one kill spends the other's limit"},
    {"two_identities", base() + "identity = 'a'\nidentity_file = 'b'\n",
     ":9: both 'identity' and 'identity_file' are given; keep one"},
    {"symbol_letters", base() + "symbols = ['BTC USDT']\n",
     ":8: symbol 'BTC USDT' has a letter that no venue uses; write it as the venue does"},
    {"symbol_twice", base() + "symbols = ['A', 'A']\n",
     ":6: symbol 'A' of 'bitopro/main' is listed twice; remove one"},
    {"address", with_venue("address = 'localhost:1'\n"),
     ":6: address 'localhost:1' is not IP:PORT; write it like \"127.0.0.1:8443\", or leave it out "
     "for DNS"},
    {"port", with_venue("address = '127.0.0.1:65536'\n"),
     ":6: address '127.0.0.1:65536' is not IP:PORT; write it like \"127.0.0.1:8443\", or leave it "
     "out for DNS"},
    {"host", with_venue("host = 'API.x'\n"),
     ":6: host 'API.x' is not a name in lower case; write it like \"api.bitopro.com\", with "
     "\":PORT\" unless 443"},
    {"demo_without_mock", with_engine("environment = 'demo'\n"),
     ":4: environment is demo, but venue 'bitopro' would reach the real venue; add address = "
     "\"127.0.0.1:PORT\" of ks-mock"},
    {"mock_in_production", with_venue("address = '127.0.0.1:8443'\n"),
     ":4: environment is production, but venue 'bitopro' is on this machine; remove address, or "
     "say environment = \"test\""},
    {"all_by_hand", base() + "[scope.all]\ncells = ['bitopro/main']\n",
     ":8: scope 'all' is always every account and is not defined by hand; remove it"},
    {"automatic_by_hand", base() + "[scope.'venue:bitopro']\ncells = ['bitopro/main']\n",
     ":8: scope 'venue:bitopro' would hide the automatic scope of that name; rename it"},
    {"empty_scope", base() + "[scope.asia]\n",
     ":8: scope 'asia' is empty: pulling it would cancel nothing; add cells = [\"venue/alias\"]"},
    {"unknown_cell", base() + "[scope.asia]\ncells = ['bitopro/man']\n",
     ":8: unknown cell 'bitopro/man'; did you mean 'bitopro/main'?"},
    {"symbol_not_listed", base() + "[scope.asia]\ncells = ['bitopro/main/BTC_USDT']\n",
     ":8: unknown cell 'bitopro/main/BTC_USDT'; write VENUE/ALIAS, or VENUE/ALIAS/SYMBOL with a "
     "symbol that the account lists"},
    {"producer_of_nothing", base() + "[producer.risk]\n",
     ":8: producer 'risk' may pull nothing; add scopes = [\"all\"]"},
    {"unknown_scope", base() + "[producer.risk]\nscopes = ['venue:bitpro']\n",
     ":8: unknown scope 'venue:bitpro'; did you mean 'venue:bitopro'?"},
    {"unknown_group", base() + "[producer.risk]\nscopes = ['all']\ngroup = 'no such group'\n",
     ":10: group 'no such group' does not exist on this machine; run: groupadd no such group"},
    {"long_venue",
     base() + "[venue.abcdefghijklmnopqrstuvwx]\n[account.'abcdefghijklmnopqrstuvwx/a']\n",
     ":8: the name 'abcdefghijklmnopqrstuvwx' has 24 letters and a page holds 23; choose a shorter "
     "alias or name"},
    {"long_name",
     base() + "[account.'bitopro/a123456789b123456789c123456789d123456789']\nsecret_file = 'x'\n",
     ":8: the name 'account:bitopro/a123456789b123456789c123456789d123456789' has 56 letters and "
     "a page holds 47; choose a shorter alias or name"},
};
INSTANTIATE_TEST_SUITE_P(Every, ConfigMistake, testing::ValuesIn(mistakes),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Config, RefusesMoreProducersThanTheStatusPageHas) {
    std::string text = base();
    for (char name = 'a'; name <= 'g'; ++name)
        text += std::string("[producer.") + name + "]\nscopes = ['all']\n";
    EXPECT_EQ(mistake(text), ""); // seven, and panic
    text += "[producer.h]\nscopes = ['all']\n";
    EXPECT_EQ(mistake(text), "/etc/ks/k.toml: more than 8 producers, `panic` included; let "
                             "processes of one desk share a page");
}

TEST(Config, NamesAFileThatCannotBeRead) {
    auto config = read_config("/nonexistent/k.toml");
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().sentence, "/nonexistent/k.toml: cannot be read or is empty; give the "
                                       "config with --config FILE");
}

TEST(Config, R19_the_command_for_alarms_lies_relative_to_the_config) {
    const Config config = right(std::string(engine) + "notify = ['bin/page-risk', '--urgent']\n" +
                                std::string(venue) + std::string(account));
    EXPECT_EQ(config.engine.notify,
              (std::vector<std::string>{"/etc/ks/bin/page-risk", "--urgent"}));
}

} // namespace
} // namespace ks
