#include "cold/config.hpp"

#include <arpa/inet.h>
#include <grp.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "abi/killswitch.h"
#include "cold/toml.hpp"

namespace ks {
namespace {

constexpr std::string_view recipe_dir_installed = "/usr/share/killswitch/venues";
constexpr std::string_view name_marks = "_-."; // a name becomes a file name or a path in messages
constexpr std::string_view symbol_marks = "_-./:@"; // venues write BTC_USDT, BTC/USDT, BTC-PERP@1

bool is_word(std::string_view text, std::string_view marks) {
    const auto is_allowed = [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != marks.npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

std::string in_quotes(std::string_view text) {
    return "'" + std::string(text) + "'";
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

// A group by name or number, as the owner of a page.
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

EngineConfig read_engine(const Toml& at, const std::string& directory) {
    EngineConfig engine;
    engine.name = at.text("name");
    check_name(at, "engine", engine.name);
    const std::string environment = at.text("environment");
    if (environment == "demo")
        engine.environment = Environment::demo;
    else if (environment == "test")
        engine.environment = Environment::test;
    else if (environment != "production")
        at.fail("environment", "'environment' must be said: \"demo\", \"test\" or \"production\"");
    engine.run_dir = absolute(at.text("run_dir", "/run/killswitch/" + engine.name), directory);
    engine.state_dir =
        absolute(at.text("state_dir", "/var/lib/killswitch/" + engine.name), directory);
    for (const std::string& dir : at.texts("recipe_dirs"))
        engine.recipe_dirs.push_back(absolute(dir, directory));
    if (engine.recipe_dirs.empty()) engine.recipe_dirs.emplace_back(recipe_dir_installed);
    const std::string net = at.choice("net", {"auto", "uring", "socket"});
    engine.net = net == "uring"    ? NetChoice::uring
                 : net == "socket" ? NetChoice::socket
                                   : NetChoice::automatic;
    engine.spin = at.choice("spin", {"polite", "always"}) == "always" ? SpinChoice::always
                                                                      : SpinChoice::polite;
    engine.cpu = static_cast<i32>(at.integer("cpu", {0, 1023}, -1));
    if (engine.spin == SpinChoice::always && engine.cpu < 0)
        at.fail("spin", "spin = \"always\" takes a whole CPU; add cpu = N to say which");
    engine.group = read_group(at, "group");
    engine.operator_group = read_group(at, "operator_group");
    engine.trigger_age_max = at.duration("trigger_age_max", seconds(60));
    engine.stale_grace = at.duration("stale_grace", milliseconds(5));
    engine.guard_read_every = at.duration("guard_read_every", seconds(10));
    engine.resend_max = static_cast<u16>(at.integer("resend_max", {1, 100}, 3));
    return engine;
}

SettingConfig read_setting(const Toml& at, const std::string& key) {
    const std::string where = at.where(key);
    if (at.kind(key) == TomlKind::integer)
        return {key, at.integer(key, {INT64_MIN, INT64_MAX}), where};
    if (at.kind(key) == TomlKind::array)
        return {key, at.integers(key, {INT64_MIN, INT64_MAX}), where};
    return {key, at.text(key), where};
}

// "127.0.0.1:8443" or "[::1]:8443": numbers only, so that nothing has to be resolved.
bool parse_endpoint(std::string_view text, VenueConfig& venue) {
    const size_t colon = text.rfind(':');
    if (colon == text.npos) return false;
    const std::string_view port = text.substr(colon + 1);
    const auto [rest, problem] =
        std::from_chars(port.data(), port.data() + port.size(), venue.port);
    if (problem != std::errc{} || rest != port.data() + port.size() || venue.port == 0)
        return false;
    std::string_view ip = text.substr(0, colon);
    const bool is_six = ip.starts_with('[') && ip.ends_with(']');
    if (is_six) ip = ip.substr(1, ip.size() - 2);
    venue.address = ip;
    in6_addr parsed{};
    return inet_pton(is_six ? AF_INET6 : AF_INET, venue.address.c_str(), &parsed) == 1;
}

VenueConfig read_venue(const Toml& at, const std::string& name, const std::string& directory) {
    check_name(at, "venue", name);
    VenueConfig venue;
    venue.name = name;
    venue.where = at.where();
    venue.recipe = at.text("recipe", name);
    venue.host = at.text("host", "");
    if (!venue.host.empty() && split_host(venue.host).port == 0)
        at.fail("host", "host " + in_quotes(venue.host) + " is not a name in lower case; write " +
                            "it like \"api.bitopro.com\", with \":PORT\" unless 443");
    const std::string address = at.text("address", "");
    if (!address.empty() && !parse_endpoint(address, venue))
        at.fail("address", "address " + in_quotes(address) + " is not IP:PORT; write it like " +
                               "\"127.0.0.1:8443\", or leave it out for DNS");
    venue.ca_file = absolute(at.text("ca_file", ""), directory);
    venue.lanes = static_cast<u16>(at.integer("lanes", {1, KS_LANES_MAX}, 0));
    const Toml settings = at.table_if("settings");
    for (const std::string& key : settings.keys())
        venue.settings.push_back(read_setting(settings, key));
    const Toml limits = at.table_if("limits");
    for (const std::string& key : limits.keys()) {
        const Toml limit = limits.table(key);
        venue.limits.push_back({key, static_cast<u32>(limit.integer("count", {1, 65535}, 0)),
                                limit.duration("window", {}), limits.where(key)});
    }
    return venue;
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
    account.account = at.text("account", "");
    account.products = at.texts("products");
    account.symbols = at.texts("symbols");
    for (const std::string& symbol : account.symbols)
        if (!is_word(symbol, symbol_marks))
            at.fail("symbols", "symbol " + in_quotes(symbol) +
                                   " has a letter that no venue uses; write it as the venue does");
    account.by_hand_url = at.text("by_hand_url", "");
    account.by_hand_phone = at.text("by_hand_phone", "");
    return account;
}

ScopeConfig read_scope(const Toml& at, const std::string& name) {
    for (std::string_view prefix : {"venue:", "account:", "symbol:"})
        if (name.starts_with(prefix))
            at.fail("", "scope " + in_quotes(name) +
                            " would hide the automatic scope of that name; " + "rename it");
    if (name == "all")
        at.fail("", "scope 'all' is always every account and is not defined by hand; remove it");
    if (!is_word(name, "_-.:"))
        at.fail("", "scope name " + in_quotes(name) +
                        " is not a word; use letters, digits, '_', '-', '.', ':'");
    ScopeConfig scope{name, at.texts("cells"), false, at.where()};
    if (scope.cells.empty())
        at.fail("", "scope " + in_quotes(name) +
                        " is empty: pulling it would cancel nothing; add " +
                        "cells = [\"venue/alias\"]");
    return scope;
}

ProducerConfig read_producer(const Toml& at, const std::string& name) {
    check_name(at, "producer", name);
    ProducerConfig producer{name, at.texts("scopes"), read_group(at, "group"), at.where()};
    if (producer.scopes.empty())
        at.fail("", "producer " + in_quotes(name) + " may pull nothing; add scopes = [\"all\"]");
    return producer;
}

// Every sub-table of [section], in the order of the file.
template<class Read> auto read_each(const Toml& root, std::string_view section, Read read) {
    std::vector<decltype(read(root, std::string{}))> all;
    const Toml tables = root.table_if(section);
    for (const std::string& name : tables.keys()) all.push_back(read(tables.table(name), name));
    return all;
}

// `panic` belongs to ks-panic: a human with the manual trigger may pull anything.
void add_panic(Config& config) {
    const bool is_configured =
        std::any_of(config.producers.begin(), config.producers.end(),
                    [](const ProducerConfig& producer) { return producer.name == "panic"; });
    if (!is_configured) config.producers.push_back({"panic", {"all"}, -1, config.file});
}

} // namespace

Result<Config> parse_config(const std::string& file, std::string_view text) {
    auto toml = TomlFile::parse(file, text);
    if (!toml) return std::move(toml).error();
    const Toml root = toml->root();
    std::error_code ignored;
    const std::string directory = std::filesystem::absolute(file, ignored).parent_path().string();
    Config config;
    config.file = file;
    config.engine = read_engine(root.table("engine"), directory);
    config.venues = read_each(root, "venue", [&](const Toml& at, const std::string& name) {
        return read_venue(at, name, directory);
    });
    config.accounts = read_each(root, "account", [&](const Toml& at, const std::string& name) {
        return read_account(at, name, directory);
    });
    config.scopes = read_each(root, "scope", read_scope);
    config.producers = read_each(root, "producer", read_producer);
    if (config.accounts.empty())
        root.fail("", "there is no account to protect; add [account.\"venue/alias\"]");
    if (auto done = toml->finish(); !done) return std::move(done).error();
    add_panic(config);
    if (auto done = resolve_names(config); !done) return std::move(done).error();
    return config;
}

Result<Config> read_config(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf()))
        return Error{file + ": cannot be read or is empty; give the config with --config FILE"};
    return parse_config(file, text.str());
}

} // namespace ks
