// Config: killswitch.toml as the firm wrote it: checked for sense, names resolved, no secret read.
// Why without secrets: status, rearm and journal are for operators who may not read a key.
// Guarantees: every name is spelled right and short enough for a page; errors are
// "file:line: what; remedy".
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

enum class Environment : u8 { demo, test, production };
enum class NetChoice : u8 { automatic, uring, socket };
enum class SpinChoice : u8 { polite, always };

struct EngineConfig {
    std::string name;
    Environment environment = Environment::production;
    std::string run_dir;                  // pages; must be tmpfs
    std::string state_dir;                // journal, latches that survive a reboot
    std::vector<std::string> recipe_dirs; // searched in order for <recipe>.toml
    NetChoice net = NetChoice::automatic;
    SpinChoice spin = SpinChoice::polite;
    i32 cpu = -1;            // of the hot thread; -1: not pinned
    i32 sender_cpu = -1;     // of a thread that sends part of large salvos; -1: none
    i64 group = -1;          // gid that may read the status page and book places; -1: the engine's
    i64 operator_group = -1; // gid that may ask for a re-arm; -1: the engine's user and root
    Nanos trigger_age_max;
    Nanos stale_grace;
    Nanos guard_read_every;
    Nanos drill_max_age;           // READY wants the key accepted by an answer as young
    Nanos eyes_every;              // while armed, each account's open orders are read this often
    bool needs_proven_eyes = true; // empty reads that never showed an order: UNKNOWN
    u16 resend_max = 0;
    std::vector<std::string> notify; // command and arguments that an alarm is told to; empty: none
};

// A value for a setting that the recipe declares.
struct SettingConfig {
    std::string name;
    std::variant<i64, std::string, std::vector<i64>> value; // as SettingValue of the recipe
    std::string where;
};

// What the firm knows better than the recipe about a limit: a private agreement, or less trust.
struct LimitConfig {
    std::string name;
    u32 count = 0;   // 0: as the recipe says
    u32 reserve = 0; // 0: as the recipe says
    Nanos window;    // 0: as the recipe says
    std::string where;
};

// What counts as proof, where the firm asks for more than the recipe; 0: as the recipe says.
struct ClearConfig {
    u8 reads = 0;
    Nanos apart;
    Nanos settle;
    std::string where;
};

// This engine's part of every limit, when others fire at the same venue: "1/2".
struct ShareConfig {
    u16 part = 1;
    u16 of = 1;
    std::string where;
    bool is_whole() const { return part == of; }
};

struct VenueConfig {
    std::string name;
    std::string recipe;
    std::string host;    // "api.bitopro.com", ":PORT" behind it unless 443; empty: the recipe's
    std::string address; // numeric, without port; empty: DNS of host
    u16 port = 0;        // of `address`
    std::string ca_file; // empty: the system's bundle
    u16 lanes = 0;       // 0: as many as the largest scope needs, and one more
    std::vector<SettingConfig> settings;
    std::vector<LimitConfig> limits;
    ClearConfig clear;
    ShareConfig share;
    std::string where;
};

// A real cancel-all now and then, on a pair that nobody trades; no symbol: not asked for.
struct LiveFireConfig {
    std::string symbol;
    Nanos every;
    std::string where;
};

// What a firm must say aloud of an account, because a kill would surprise it otherwise.
enum class Stops : u8 { unsaid, cancel, keep }; // protective stops: go along, or must stay

struct AccountConfig {
    std::string name; // "bitopro/main"
    std::string venue;
    std::string alias;
    std::string key_file; // which files and names are needed, the recipe says; empty: none
    std::string secret_file;
    std::string passphrase_file;
    std::string identity; // account name or e-mail that is part of what is signed
    std::string identity_file;
    std::string eyes_key_file; // a read-only key for open orders; empty: the key above
    std::string eyes_secret_file;
    std::string eyes_passphrase_file;
    std::string account;               // its name at the venue, where the venue has one
    std::vector<std::string> products; // empty: every product of the recipe
    std::vector<std::string> symbols;  // that can be killed alone
    Stops stops = Stops::unsaid;
    bool accepts_token_reach = false; // its cancel-all may reach every account of the token
    bool is_unconfirmed = false;      // nothing can read its open orders: never CONFIRMED
    LiveFireConfig live_fire;
    std::vector<std::string> fronts; // of an OMS: the accounts at the exchanges behind it
    std::string by_hand_url;         // where a human cancels when all else fails
    std::string by_hand_phone;
    std::string where;

    bool has_eyes_key() const { return !eyes_key_file.empty() || !eyes_secret_file.empty(); }
};

struct ScopeConfig {
    std::string name;
    std::vector<std::string> cells; // "bitopro/main" or "bitopro/main/BTC_USDT"
    bool is_automatic = false;
    std::string where;
};

struct ProducerConfig {
    std::string name;
    std::vector<std::string> scopes; // "all" grants every scope: who may stop all may stop a part
    i64 group = -1;                  // gid that owns its page; -1: the engine's
    Nanos heartbeat;                 // silent for so long after a beat: alarm; 0: not watched
    std::string heartbeat_pull;      // and this scope is pulled; empty: alarm only
    std::string where;
};

struct Config {
    std::string file;
    EngineConfig engine;
    std::vector<VenueConfig> venues;
    std::vector<AccountConfig> accounts;
    std::vector<ScopeConfig> scopes;       // automatic ones first: all, venue:, account:, symbol:
    std::vector<ProducerConfig> producers; // always with `panic`

    const VenueConfig* venue(std::string_view name) const;
    const AccountConfig* account(std::string_view name) const;
    const ScopeConfig* scope(std::string_view name) const;
};

Result<Config> read_config(const std::string& file);
// The same from text; relative paths are taken from the directory of `file`.
Result<Config> parse_config(const std::string& file, std::string_view text);

// Adds the automatic scopes and checks that names, addresses and counts fit together; the second
// half of parse_config.
Result<void> resolve_names(Config& config);

// Whom to call and where to click when the engine is dead: one line an account.
std::string last_resort_text(const Config& config);

} // namespace ks
