#include "cold/config.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cold/config_read.hpp"

namespace ks {
namespace {

constexpr std::string_view recipe_dir_installed = "/usr/share/killswitch/venues";

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
    engine.sender_cpu = static_cast<i32>(at.integer("sender_cpu", {0, 1023}, -1));
    if (engine.sender_cpu >= 0 && engine.spin != SpinChoice::always)
        at.fail("sender_cpu", "a second sender spins, so sender_cpu needs spin = \"always\"");
    if (engine.sender_cpu >= 0 && engine.sender_cpu == engine.cpu)
        at.fail("sender_cpu", "sender_cpu is the hot thread's own CPU; name another, or leave it "
                              "out: the hot thread then sends everything");
    engine.group = read_group(at, "group");
    engine.operator_group = read_group(at, "operator_group");
    engine.trigger_age_max = at.duration("trigger_age_max", seconds(60));
    engine.stale_grace = at.duration("stale_grace", milliseconds(5));
    engine.guard_read_every = at.duration("guard_read_every", seconds(10));
    engine.drill_max_age = at.duration("drill_max_age", seconds(600));
    engine.eyes_every = at.duration("eyes_every", seconds(60));
    if (engine.eyes_every < seconds(1))
        at.fail("eyes_every", "looking at each account more often than each second would spend the "
                              "venues' limits; say \"1s\" or more");
    engine.needs_proven_eyes = at.boolean("require_proven_eyes", true);
    engine.resend_max = static_cast<u16>(at.integer("resend_max", {1, 100}, 3));
    engine.notify = at.texts("notify");
    if (!engine.notify.empty()) engine.notify[0] = absolute(engine.notify[0], directory);
    return engine;
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
    if (!is_configured) config.producers.push_back({"panic", {"all"}, -1, {}, "", config.file});
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
