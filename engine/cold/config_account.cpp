// One [account."VENUE/ALIAS"] and one [producer.NAME] table: whose orders go, and who may say so.
#include <grp.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "cold/config_read.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

constexpr Nanos heartbeat_min = milliseconds(100);
constexpr Nanos pull_silence_min = seconds(1);
constexpr Nanos live_fire_every_min = seconds(3'600);

// A read-only key of its own for open orders: it cannot cancel, and spends no nonce of the other.
void read_eyes(const Toml& at, const std::string& directory, AccountConfig& account) {
    account.eyes_key_file = absolute(at.text("eyes_key_file", ""), directory);
    account.eyes_secret_file = absolute(at.text("eyes_secret_file", ""), directory);
    account.eyes_passphrase_file = absolute(at.text("eyes_passphrase_file", ""), directory);
    if (!account.has_eyes_key() && !account.eyes_passphrase_file.empty())
        at.fail("eyes_passphrase_file",
                "'eyes_passphrase_file' is the passphrase of no key; add eyes_key_file and "
                "eyes_secret_file");
}

void read_reach(const Toml& at, AccountConfig& account) {
    account.products = at.texts("products");
    if (at.has("products") && account.products.empty())
        at.fail("products", "without a product account " + in_quotes(account.name) +
                                " would be in no scope; name one, leave products out for all, or "
                                "remove the account");
    account.symbols = at.texts("symbols");
    for (const std::string& symbol : account.symbols)
        if (!is_word(symbol, symbol_marks))
            at.fail("symbols", "symbol " + in_quotes(symbol) +
                                   " has a letter that no venue uses; write it as the venue does");
}

// Opt-in: `live_fire = { symbol = "...", every = "24h" }`.
void read_live_fire(const Toml& at, AccountConfig& account) {
    if (!at.has("live_fire")) return;
    const Toml table = at.table("live_fire");
    account.live_fire = {table.text("symbol"), table.duration("every", seconds(86'400)),
                         at.where("live_fire")};
    if (!is_word(account.live_fire.symbol, symbol_marks))
        table.fail("symbol", "live_fire needs a pair that nobody trades, as the venue writes it; "
                             "say symbol = \"...\"");
    if (account.live_fire.every < live_fire_every_min)
        table.fail("every", "a live fire more often than each hour spends places and teaches "
                            "nothing new; say \"1h\" or more");
}

// One of these words, or nothing at all.
std::string said(const Toml& at, std::string_view key,
                 std::initializer_list<std::string_view> words) {
    return at.has(key) ? at.choice(key, words) : "";
}

// What the firm says aloud; whether it must, the recipe knows.
void read_promises(const Toml& at, AccountConfig& account) {
    const std::string stops = said(at, "stops", {"cancel", "keep"});
    account.stops = stops == "cancel" ? Stops::cancel
                    : stops == "keep" ? Stops::keep
                                      : Stops::unsaid;
    account.accepts_token_reach = said(at, "accept_reach", {"token"}) == "token";
    account.is_unconfirmed = said(at, "confirm", {"none"}) == "none";
    account.fronts = at.texts("fronts");
}

} // namespace

bool is_word(std::string_view text, std::string_view marks) {
    const auto is_allowed = [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != marks.npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

std::string absolute(const std::string& path, const std::string& directory) {
    if (path.empty()) return path;
    return (std::filesystem::path(directory) / path).lexically_normal().string();
}

void check_name(const Toml& at, std::string_view what, std::string_view name) {
    if (!is_word(name, name_marks) || name.front() == '.')
        at.fail("", std::string(what) + " name " + in_quotes(name) +
                        " is not a word; use letters, digits, '_', '-', '.'");
}

i64 read_group(const Toml& at, std::string_view key) {
    const std::string group = at.text(key, "");
    if (group.empty()) return -1;
    u32 gid = 0;
    const auto [rest, problem] = std::from_chars(group.data(), group.data() + group.size(), gid);
    if (problem == std::errc{} && rest == group.data() + group.size()) return gid;
    if (const struct group* entry = getgrnam(group.c_str())) return entry->gr_gid;
    at.fail(key, "group " + in_quotes(group) + " does not exist on this machine; run: groupadd " +
                     group);
    return -1;
}

AccountConfig read_account(const Toml& at, const std::string& name, const std::string& directory) {
    AccountConfig account;
    account.name = name;
    account.where = at.where();
    const size_t slash = name.find('/');
    account.venue = name.substr(0, slash);
    if (slash != name.npos) account.alias = name.substr(slash + 1);
    if (!is_word(account.venue, name_marks) || !is_word(account.alias, name_marks))
        at.fail("", "account " + in_quotes(name) + " is not VENUE/ALIAS; write it like " +
                        "[account.\"bitopro/main\"]");
    account.key_file = absolute(at.text("key_file", ""), directory);
    account.secret_file = absolute(at.text("secret_file", ""), directory);
    account.passphrase_file = absolute(at.text("passphrase_file", ""), directory);
    account.identity = at.text("identity", "");
    account.identity_file = absolute(at.text("identity_file", ""), directory);
    if (!account.identity.empty() && !account.identity_file.empty())
        at.fail("identity_file", "both 'identity' and 'identity_file' are given; keep one");
    read_eyes(at, directory, account);
    account.account = at.text("account", "");
    read_reach(at, account);
    read_promises(at, account);
    read_live_fire(at, account);
    account.by_hand_url = at.text("by_hand_url", "");
    account.by_hand_phone = at.text("by_hand_phone", "");
    return account;
}

ProducerConfig read_producer(const Toml& at, const std::string& name) {
    check_name(at, "producer", name);
    ProducerConfig producer{name, at.texts("scopes"), read_group(at, "group"), {}, "", at.where()};
    if (producer.scopes.empty())
        at.fail("", "producer " + in_quotes(name) + " may pull nothing; add scopes = [\"all\"]");
    producer.heartbeat = at.duration("heartbeat", {});
    producer.heartbeat_pull = at.text("heartbeat_pull", "");
    if (at.has("heartbeat") && producer.heartbeat < heartbeat_min)
        at.fail("heartbeat",
                "a heartbeat under 100 ms alarms at every hiccup of the machine; say " +
                    std::string("\"100ms\" or more"));
    if (at.has("heartbeat_pull") && !at.has("heartbeat"))
        at.fail("heartbeat_pull", "no 'heartbeat' says how long a silence pulls; add heartbeat = " +
                                      std::string("\"5s\""));
    else if (at.has("heartbeat_pull") && producer.heartbeat < pull_silence_min)
        at.fail("heartbeat_pull", "a silence under 1 s is often only a busy machine, and this one "
                                  "would cancel everything in its scope; raise heartbeat to 1s");
    return producer;
}

} // namespace ks
