// Recipe: one venue as data, read from a TOML file: how to ask, sign and judge, and at what pace.
// Guarantees: a recipe that compiles has passed its own known-answer vectors, and every request it
// builds parses back as one HTTP/1.1 request. Syntax: docs/VENUES.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "hot/plan.hpp"
#include "venues/judge.hpp"
#include "venues/program.hpp"

namespace ks {

// A setting: what the venue's public pages leave open. The recipe states a default and why.
using SettingValue = std::variant<i64, std::string, std::vector<i64>>;

// What a config may change in a recipe without editing it.
struct RecipeSettings {
    std::string host; // the Host header, with the port unless 443; empty: the recipe's first host
    std::map<std::string, SettingValue> values; // same type as the recipe's default
};

struct Setting {
    std::string name;
    SettingValue value; // in force: the default, or the config's
    std::string why;
};

// Whom the venue counts: everything that leaves one address, or one API key.
enum class LimitPer : u8 { ip, key };
struct Limit {
    std::string name;
    u16 count = 1;   // requests (or weight) a window
    u16 reserve = 1; // the last places: the engine's own, never booked by chores or other processes
    Nanos window;
    Nanos margin; // added to the window, because venues count arrivals and we count departures
    LimitPer per = LimitPer::ip;
};

struct LimitUse {
    size_t limit = 0; // index into Recipe::limits
    u16 weight = 1;
};

// by_hand: only asked by `ksctl request`, never armed.
enum class RequestUse : u8 { cancel, open_orders, keep_alive, by_hand };
enum class SecretEncoding : u8 { utf8, hex, base64 };

// One thing that can be asked of the venue. `for_all` reaches the whole account (or product),
// `for_symbol` one symbol; a request that has only one of them leaves the other empty.
struct RequestRecipe {
    std::string name; // "cancel_all"
    RequestUse use = RequestUse::cancel;
    std::string product; // "margin"; empty: the venue has only one
    Program for_all;     // is_empty(): no such form
    Program for_symbol;
    // A read that sees only the last days: its forms for the windows of time before, latest first.
    std::vector<Program> older_for_all, older_for_symbol;
    bool is_signed = true;   // reads the key or the secret
    bool is_ordered = false; // its nonce must rise
    bool is_armed() const { return use != RequestUse::by_hand; }
    JudgeProgram judge;
    std::vector<LimitUse> limits;
    Nanos age_max;                      // the venue refuses it when older; 0: never stale
    Nanos answer_max = seconds(3);      // no answer by then: UNKNOWN
    Pace pace;                          // a cancel: when to fire; a read: when to read
    Pace pace_alone;                    // a cancel of the venue's only account; no span: as above
    std::vector<std::string> proven_by; // a cancel: the reads that must all show nothing open
    bool reaches_token = false;         // a cancel: it reaches every account of the key or token
    size_t line = 0;                    // in the file, for errors
};

struct Recipe {
    std::string name; // "bitopro"
    std::filesystem::path file;
    std::vector<std::string> hosts;
    std::string host;                  // in force: the first of `hosts`, or the config's
    std::vector<std::string> products; // in firing order; {""} when the venue has one
    FieldSet fields_needed;            // credentials that armed requests read
    SecretEncoding secret_encoding = SecretEncoding::utf8;
    std::vector<Limit> limits;
    std::vector<Setting> settings;
    std::vector<RequestRecipe> requests;
    // What is proof: so many consecutive empty rounds of reads, so far apart, the first so long
    // after the acceptance (incident rules 1 and 2).
    u8 clear_reads = 2;
    Nanos settle = milliseconds(500);
    Nanos clear_apart = seconds(1);
    Nanos raised_patience;            // an order whose cancel is under way is given so long
    Nanos throttle_wait = seconds(1); // 429 without Retry-After
    Nanos throttle_wait_max = seconds(60);
    bool throttle_doubles = false; // one 429 after the other: twice as long, up to the maximum
    Nanos keep_alive_every = seconds(10);
    Nanos lane_age_max = seconds(50);
    std::vector<std::string> covers;     // kinds of order whose absence the reads prove
    std::vector<std::string> covers_not; // kinds they cannot see; named in every outcome
    std::vector<std::string> strips;     // what a cancel-all takes along: "tp_sl"
    bool is_oms = false; // it stands in front of exchanges: its orders' children rest there

    const RequestRecipe* find(std::string_view request) const;
    // The keep-alive of the venue, or nullptr.
    const RequestRecipe* keep_alive() const;
};

// Reads, checks and compiles a recipe, and runs its vectors (always with its stated defaults).
// Errors: "engine/venues/bitopro.toml:31: request cancel_all: unknown key 'metod'; did you mean
// ...".
Result<Recipe> compile_recipe(const std::filesystem::path& file, const RecipeSettings& settings);

// Decodes a secret as the recipe says; the error never shows it.
Result<Secret> decode_secret(SecretEncoding encoding, const Secret& text);

} // namespace ks
