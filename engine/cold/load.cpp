#include "cold/load.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <tuple>

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/coding.h>

#include "base/fd.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

constexpr std::string_view mock_authority = "ks-mock throw-away CA"; // its common name
constexpr size_t secret_bytes_max = 16 * 1024; // the longest key in use is an RSA PEM of 3 KB

Result<void> check_secret_file(const std::string& file, int fd) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return Error{file + ": is not a regular file; put the secret into one"};
    if (facts.st_uid != 0 && facts.st_uid != geteuid())
        return Error{file + ": belongs to uid " + std::to_string(facts.st_uid) +
                     ", neither to root nor to us; run: chown $(id -u) " + file};
    if (facts.st_mode & (S_IRWXG | S_IRWXO))
        return Error{file + ": can be read by others than its owner; run: chmod 0400 " + file};
    if (facts.st_size == 0) return Error{file + ": is empty; put the secret into it"};
    if (static_cast<u64>(facts.st_size) > secret_bytes_max)
        return Error{file + ": is larger than 16 KiB; this is no key"};
    return {};
}

// Where the credentials of one use stand, and how the config calls them.
struct KeyFiles {
    std::string prefix;
    const std::string& key;
    const std::string& secret;
    const std::string& passphrase;
};
KeyFiles files_of(const AccountConfig& account, KeyUse use) {
    if (use == KeyUse::eyes)
        return {"eyes_", account.eyes_key_file, account.eyes_secret_file,
                account.eyes_passphrase_file};
    return {"", account.key_file, account.secret_file, account.passphrase_file};
}

// What the requests read that are signed with this key.
FieldSet fields_needed(const Recipe& recipe, KeyUse use) {
    if (use == KeyUse::fire) return recipe.fields_needed;
    FieldSet fields;
    for (const RequestRecipe& request : recipe.requests) {
        if (request.use != RequestUse::open_orders) continue;
        fields |= request.for_all.fields;
        fields |= request.for_symbol.fields;
    }
    return fields;
}

// A credential that the recipe reads must be given; the remedy names the key to add.
Result<void> check_given(const AccountConfig& account, const Recipe& recipe, KeyUse use) {
    const KeyFiles files = files_of(account, use);
    const FieldSet fields = fields_needed(recipe, use);
    const bool has_identity = !account.identity.empty() || !account.identity_file.empty();
    const std::tuple<Field, bool, std::string> given[] = {
        {Field::key, !files.key.empty(), files.prefix + "key_file"},
        {Field::secret, !files.secret.empty(), files.prefix + "secret_file"},
        {Field::identity, has_identity, "identity_file"},
        {Field::passphrase, !files.passphrase.empty(), files.prefix + "passphrase_file"},
        {Field::account, !account.account.empty(), "account"}};
    for (const auto& [field, is_given, key] : given)
        if (!is_given && fields.has(field))
            return Error{account.where + ": account " + in_quotes(account.name) + " has no " + key +
                         ", and recipe " + in_quotes(recipe.name) + " signs with it; add " + key +
                         " = \"...\""};
    return {};
}

Result<void> read_into(Secret& into, const std::string& file) {
    if (file.empty()) return {};
    auto secret = read_secret_file(file);
    if (!secret) return std::move(secret).error();
    into = std::move(*secret);
    return {};
}

Error same_key(const AccountConfig& one, const AccountConfig& other) {
    if (&one == &other)
        return {other.where + ": the eyes key of " + in_quotes(other.name) +
                " is its key; make a read-only one at the venue, or remove eyes_key_file and " +
                "eyes_secret_file"};
    return {other.where + ": accounts " + in_quotes(one.name) + " and " + in_quotes(other.name) +
            " have the same key; make a key for each at the venue, else a kill of one cancels " +
            "for the other"};
}

bool has_equal_key(const OwnedCredentials& a, const OwnedCredentials& b) {
    return (!a.key.empty() && a.key.text() == b.key.text()) ||
           (!a.secret.empty() && a.secret.text() == b.secret.text());
}

Result<void> apply_limits(const VenueConfig& venue, Recipe& recipe) {
    std::vector<std::string> names;
    for (const Limit& limit : recipe.limits) names.push_back(limit.name);
    for (const LimitConfig& change : venue.limits) {
        const auto limit = std::find_if(recipe.limits.begin(), recipe.limits.end(),
                                        [&](const Limit& one) { return one.name == change.name; });
        if (limit == recipe.limits.end())
            return unknown_name({change.where, "limit", change.name, "the recipe has no limits"},
                                names);
        if (change.count) limit->count = static_cast<u16>(change.count);
        if (change.window.ns) limit->window = change.window;
        if (change.reserve > limit->count)
            return Error{change.where + ": limit " + in_quotes(change.name) + " keeps " +
                         std::to_string(change.reserve) + " places of " +
                         std::to_string(limit->count) + "; lower reserve"};
        if (change.reserve) limit->reserve = static_cast<u16>(change.reserve);
    }
    return {};
}

// Another engine fires at the same venue: each has its part of every limit, rounded down.
Result<void> apply_share(const VenueConfig& venue, Recipe& recipe) {
    const ShareConfig& share = venue.share;
    if (share.is_whole()) return {};
    for (Limit& limit : recipe.limits) {
        const u32 count = u32{limit.count} * share.part / share.of;
        if (count == 0)
            return Error{share.where + ": limit " + in_quotes(limit.name) + " of venue " +
                         in_quotes(venue.name) + " has " + std::to_string(limit.count) +
                         " places a window, and share = \"" + std::to_string(share.part) + "/" +
                         std::to_string(share.of) + "\" leaves none; put all its accounts under " +
                         "one engine"};
        limit.count = static_cast<u16>(count);
        limit.reserve = static_cast<u16>(std::min(u32{limit.reserve}, count));
    }
    return {};
}

Error laxer(const ClearConfig& clear, std::string_view key, const Recipe& recipe) {
    return {clear.where + ": clear." + std::string(key) + " is below what recipe " +
            in_quotes(recipe.name) +
            " takes for proof; a config may only ask for more: raise it, " + "or remove it"};
}

// Proof may be made harder than the recipe has it, never easier.
Result<void> apply_clear(const VenueConfig& venue, Recipe& recipe) {
    const ClearConfig& clear = venue.clear;
    if (clear.reads != 0 && clear.reads < recipe.clear_reads) return laxer(clear, "reads", recipe);
    if (clear.apart.ns != 0 && clear.apart < recipe.clear_apart)
        return laxer(clear, "apart", recipe);
    if (clear.settle.ns != 0 && clear.settle < recipe.settle) return laxer(clear, "settle", recipe);
    recipe.clear_reads = std::max(recipe.clear_reads, clear.reads);
    recipe.clear_apart = std::max(recipe.clear_apart, clear.apart);
    recipe.settle = std::max(recipe.settle, clear.settle);
    return {};
}

std::string read_text(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

// Is one of the certificates in this PEM text the throw-away authority of ks-mock?
bool has_mock_authority(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE";
    for (size_t at = pem.find(begin); at != pem.npos; at = pem.find(begin, at)) {
        at += begin.size();
        const std::string_view body = pem.substr(at, pem.find(end, at) - at);
        std::vector<u8> der(body.size());
        word32 size_bytes = static_cast<word32>(der.size());
        if (Base64_Decode(reinterpret_cast<const byte*>(body.data()),
                          static_cast<word32>(body.size()), der.data(), &size_bytes) != 0)
            continue;
        const auto der_end = der.begin() + size_bytes;
        if (std::search(der.begin(), der_end, mock_authority.begin(), mock_authority.end()) !=
            der_end)
            return true;
    }
    return false;
}

// Whoever has the mock's directory can sign for any venue with it. A test may believe it, but only
// of what runs on this machine.
Result<void> check_authority(const Config& config, const VenueConfig& venue) {
    const Environment environment = config.engine.environment;
    if (environment == Environment::demo || venue.ca_file.empty()) return {};
    if (!has_mock_authority(read_text(venue.ca_file))) return {};
    const std::string what = venue.where + ": ca_file of venue " + in_quotes(venue.name) +
                             " is the throw-away authority of ks-mock, and ";
    if (environment == Environment::production)
        return Error{what + "environment is production; remove ca_file"};
    if (is_loopback(venue.address) || split_host(venue.host).name == "localhost") return {};
    return Error{what + "the venue is not on this machine; remove ca_file, or add address = " +
                 "\"127.0.0.1:PORT\" of ks-mock"};
}

} // namespace

Result<Recipe> load_recipe(const Config& config, const VenueConfig& venue) {
    RecipeSettings settings;
    settings.host = venue.host;
    for (const SettingConfig& setting : venue.settings)
        settings.values.emplace(setting.name, setting.value);
    std::string searched;
    for (const std::string& dir : config.engine.recipe_dirs) {
        const auto file = std::filesystem::path(dir) / (venue.recipe + ".toml");
        searched += (searched.empty() ? "" : ", ") + dir;
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored)) continue;
        auto recipe = compile_recipe(file, settings);
        if (!recipe) return recipe;
        for (auto apply : {apply_limits, apply_share, apply_clear})
            if (auto done = apply(venue, *recipe); !done) return std::move(done).error();
        return recipe;
    }
    return Error{venue.where + ": no recipe " + in_quotes(venue.recipe) + " in " + searched +
                 "; set recipe = \"...\", or recipe_dirs in [engine]"};
}

Result<std::vector<Recipe>> load_recipes(const Config& config) {
    std::vector<Recipe> recipes;
    for (const VenueConfig& venue : config.venues) {
        if (auto ok = check_authority(config, venue); !ok) return std::move(ok).error();
        auto recipe = load_recipe(config, venue);
        if (!recipe) return std::move(recipe).error();
        recipes.push_back(std::move(*recipe));
    }
    return recipes;
}

Result<Secret> read_secret_file(const std::string& file) {
    // O_NONBLOCK: a FIFO planted at the path must not hold the start.
    const Fd in(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!in.is_open() && errno == ELOOP)
        return Error{file + ": is a symbolic link; name the file itself"};
    if (!in.is_open())
        return Error{file + ": " + strerror(errno) + "; check the path and the permissions"};
    if (auto ok = check_secret_file(file, in.get()); !ok) return std::move(ok).error();
    std::array<char, secret_bytes_max> bytes;
    const ssize_t count = read(in.get(), bytes.data(), bytes.size());
    std::string_view text(bytes.data(), count > 0 ? static_cast<size_t>(count) : 0);
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    Secret secret(text);
    explicit_bzero(bytes.data(), bytes.size());
    if (secret.empty()) return Error{file + ": holds only a line break; put the secret into it"};
    return secret;
}

Result<OwnedCredentials> load_credentials(const AccountConfig& account, const Recipe& recipe,
                                          KeyUse use) {
    if (auto ok = check_given(account, recipe, use); !ok) return std::move(ok).error();
    const KeyFiles files = files_of(account, use);
    OwnedCredentials own;
    own.account = account.account;
    own.identity = account.identity;
    Secret identity;
    for (auto [into, file] : {std::pair{&own.key, &files.key},
                              {&own.secret, &files.secret},
                              {&own.passphrase, &files.passphrase},
                              {&identity, &account.identity_file}})
        if (auto ok = read_into(*into, *file); !ok) return std::move(ok).error();
    if (!identity.empty()) own.identity = identity.text();
    if (files.secret.empty()) return own;
    auto secret = decode_secret(recipe.secret_encoding, own.secret);
    if (!secret) return std::move(secret).error().within(files.secret);
    own.secret = std::move(*secret);
    return own;
}

Result<std::vector<OwnedCredentials>> load_all_credentials(const Config& config,
                                                           const std::vector<Recipe>& recipes) {
    std::vector<OwnedCredentials> all;
    std::vector<const AccountConfig*> owners;
    for (KeyUse use : {KeyUse::fire, KeyUse::eyes})
        for (const AccountConfig& account : config.accounts) {
            if (use == KeyUse::eyes && !account.has_eyes_key()) continue;
            const auto venue =
                static_cast<size_t>(config.venue(account.venue) - config.venues.data());
            auto own = load_credentials(account, recipes[venue], use);
            if (!own) return std::move(own).error();
            for (size_t i = 0; i < all.size(); ++i)
                if (has_equal_key(all[i], *own)) return same_key(*owners[i], account);
            all.push_back(std::move(*own));
            owners.push_back(&account);
        }
    return all;
}

} // namespace ks
