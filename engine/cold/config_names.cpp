// The second half of reading a config: automatic scopes, and whether all names fit together.
// Why apart: the first half sees TOML, this one only the structs.
#include <algorithm>
#include <map>

#include "abi/killswitch.h"
#include "cold/config.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

template<class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [name](const Named& one) { return one.name == name; });
    return found == all.end() ? nullptr : &*found;
}

template<class Named> std::vector<std::string> names_of(const std::vector<Named>& all) {
    std::vector<std::string> names;
    for (const Named& one : all) names.push_back(one.name);
    return names;
}

void add_automatic_scopes(Config& config) {
    std::vector<ScopeConfig> scopes{{"all", names_of(config.accounts), true, config.file}};
    for (const VenueConfig& venue : config.venues) {
        ScopeConfig scope{"venue:" + venue.name, {}, true, venue.where};
        for (const AccountConfig& account : config.accounts)
            if (account.venue == venue.name) scope.cells.push_back(account.name);
        scopes.push_back(std::move(scope));
    }
    for (const AccountConfig& account : config.accounts) {
        scopes.push_back({"account:" + account.name, {account.name}, true, account.where});
        for (const std::string& symbol : account.symbols)
            scopes.push_back({"symbol:" + account.name + "/" + symbol,
                              {account.name + "/" + symbol},
                              true,
                              account.where});
    }
    config.scopes.insert(config.scopes.begin(), scopes.begin(), scopes.end());
}

// A demo must not reach a real venue, and production must not believe in a mock.
Result<void> check_address(const VenueConfig& venue, Environment environment) {
    if (environment == Environment::demo && !is_loopback(venue.address))
        return Error{venue.where + ": environment is demo, but venue " + in_quotes(venue.name) +
                     " would reach the real venue; add address = \"127.0.0.1:PORT\" of ks-mock"};
    if (environment == Environment::production && is_loopback(venue.address))
        return Error{venue.where + ": environment is production, but venue " +
                     in_quotes(venue.name) +
                     " is on this machine; remove address, or say environment = \"test\""};
    return {};
}

Result<void> check_venue(const Config& config, const VenueConfig& venue) {
    for (const AccountConfig& account : config.accounts)
        if (account.venue == venue.name) return check_address(venue, config.engine.environment);
    return Error{venue.where + ": venue " + in_quotes(venue.name) +
                 " has no account; add [account.\"" + venue.name + "/main\"] or remove the venue"};
}

// Two accounts behind one key are one account to the venue; equal bytes are found when they are
// read.
Result<void> check_key_files(const Config& config) {
    std::map<std::string, const AccountConfig*> owner; // of a secret file
    for (const AccountConfig& account : config.accounts)
        for (const std::string& file : {account.secret_file, account.eyes_secret_file}) {
            if (file.empty()) continue;
            const auto [entry, is_first] = owner.emplace(file, &account);
            if (is_first) continue;
            if (entry->second == &account)
                return Error{account.where + ": " + in_quotes(account.name) +
                             " has its secret_file as eyes_secret_file too; make a read-only key " +
                             "at the venue, or remove eyes_secret_file"};
            return Error{account.where + ": " + in_quotes(account.name) + " and " +
                         in_quotes(entry->second->name) + " have the same secret_file; give each " +
                         "account a key of its own, else one kill spends the other's limit"};
        }
    return {};
}

Result<void> check_fronts(const Config& config, const AccountConfig& account) {
    for (auto front = account.fronts.begin(); front != account.fronts.end(); ++front) {
        if (!config.account(*front))
            return unknown_name({account.where, "account", *front,
                                 "fronts names accounts of this config: VENUE/ALIAS"},
                                names_of(config.accounts));
        if (*front == account.name)
            return Error{account.where + ": " + in_quotes(account.name) +
                         " stands in front of itself; name the exchange's account in fronts"};
        if (std::find(account.fronts.begin(), front, *front) != front)
            return Error{account.where + ": front " + in_quotes(*front) + " of " +
                         in_quotes(account.name) + " is listed twice; remove one"};
    }
    return {};
}

Result<void> check_accounts(const Config& config) {
    for (const AccountConfig& account : config.accounts) {
        if (!config.venue(account.venue))
            return unknown_name({account.where, "venue", account.venue, "add its [venue.NAME]"},
                                names_of(config.venues));
        for (auto symbol = account.symbols.begin(); symbol != account.symbols.end(); ++symbol)
            if (std::find(account.symbols.begin(), symbol, *symbol) != symbol)
                return Error{account.where + ": symbol " + in_quotes(*symbol) + " of " +
                             in_quotes(account.name) + " is listed twice; remove one"};
        if (auto done = check_fronts(config, account); !done) return done;
    }
    return check_key_files(config);
}

std::vector<std::string> cell_names(const Config& config) {
    std::vector<std::string> names = names_of(config.accounts);
    for (const AccountConfig& account : config.accounts)
        for (const std::string& symbol : account.symbols)
            names.push_back(account.name + "/" + symbol);
    return names;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

Result<void> check_scopes(const Config& config) {
    const std::vector<std::string> cells = cell_names(config);
    for (const ScopeConfig& scope : config.scopes)
        for (const std::string& cell : scope.cells)
            if (!contains(cells, cell))
                return unknown_name({scope.where, "cell", cell,
                                     "write VENUE/ALIAS, or VENUE/ALIAS/SYMBOL with a symbol that "
                                     "the account lists"},
                                    cells);
    return {};
}

Result<void> check_producers(const Config& config) {
    const std::vector<std::string> scopes = names_of(config.scopes);
    for (const ProducerConfig& producer : config.producers) {
        std::vector<std::string> named = producer.scopes;
        if (!producer.heartbeat_pull.empty()) named.push_back(producer.heartbeat_pull);
        for (const std::string& scope : named)
            if (!contains(scopes, scope))
                return unknown_name({producer.where, "scope", scope, "add its [scope.NAME]"},
                                    scopes);
        const bool is_granted = producer.heartbeat_pull.empty() ||
                                contains(producer.scopes, "all") ||
                                contains(producer.scopes, producer.heartbeat_pull);
        if (!is_granted)
            return Error{producer.where + ": the silence of producer " + in_quotes(producer.name) +
                         " would pull " + in_quotes(producer.heartbeat_pull) +
                         ", which it may not pull itself; add it to scopes, or remove " +
                         "heartbeat_pull"};
    }
    return {};
}

// Names travel in fixed fields of the pages, with a NUL behind them.
Result<void> check_size(const std::string& where, const std::string& name,
                        size_t field_bytes = KS_NAME_BYTES) {
    if (name.size() < field_bytes) return {};
    return Error{where + ": the name " + in_quotes(name) + " has " + std::to_string(name.size()) +
                 " letters and a page holds " + std::to_string(field_bytes - 1) +
                 "; choose a shorter alias or name"};
}

Result<void> check_sizes(const Config& config) {
    if (auto fits = check_size(config.file, config.engine.name); !fits) return fits;
    for (const VenueConfig& venue : config.venues)
        if (auto fits = check_size(venue.where, venue.name, sizeof ks_lane_line::venue); !fits)
            return fits;
    for (const ScopeConfig& scope : config.scopes)
        if (auto fits = check_size(scope.where, scope.name); !fits) return fits;
    for (const ProducerConfig& producer : config.producers)
        if (auto fits = check_size(producer.where, producer.name); !fits) return fits;
    if (config.producers.size() > KS_PRODUCERS_MAX)
        return Error{config.producers[KS_PRODUCERS_MAX].where + ": more than " +
                     std::to_string(KS_PRODUCERS_MAX) + " producers, `panic` included; let " +
                     "processes of one desk share a page"};
    return {};
}

} // namespace

const VenueConfig* Config::venue(std::string_view name) const {
    return find_named(venues, name);
}
const AccountConfig* Config::account(std::string_view name) const {
    return find_named(accounts, name);
}
const ScopeConfig* Config::scope(std::string_view name) const {
    return find_named(scopes, name);
}

Result<void> resolve_names(Config& config) {
    add_automatic_scopes(config);
    if (auto done = check_accounts(config); !done) return done;
    for (const VenueConfig& venue : config.venues)
        if (auto done = check_venue(config, venue); !done) return done;
    if (auto done = check_scopes(config); !done) return done;
    if (auto done = check_producers(config); !done) return done;
    return check_sizes(config);
}

std::string last_resort_text(const Config& config) {
    std::string text = "If killswitch does not answer, cancel by hand:\n";
    for (const AccountConfig& account : config.accounts)
        text += account.name + "  " +
                (account.by_hand_url.empty() ? "(no by_hand_url)" : account.by_hand_url) + "  " +
                (account.by_hand_phone.empty() ? "(no by_hand_phone)" : account.by_hand_phone) +
                "\n";
    return text;
}

} // namespace ks
