#include "cold/load.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

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

// Public parts are text in messages and headers, so they are copied out of their Secret.
Result<std::string> read_public_file(const std::string& file) {
    auto secret = read_secret_file(file);
    if (!secret) return std::move(secret).error();
    const auto bytes = secret->reveal();
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// A credential that the recipe reads must be given; the remedy names the key to add.
struct Need {
    const AccountConfig& account;
    const Recipe& recipe;
    Result<void> given(Field field, bool is_given, std::string_view key) const {
        if (is_given || !recipe.fields_needed.has(field)) return {};
        return Error{account.where + ": account " + in_quotes(account.name) + " has no " +
                     std::string(key) + ", and recipe " + in_quotes(recipe.name) +
                     " signs with it; add " + std::string(key) + " = \"...\""};
    }
};

Result<void> check_given(const AccountConfig& account, const Recipe& recipe) {
    const Need need{account, recipe};
    const bool has_identity = !account.identity.empty() || !account.identity_file.empty();
    const bool has_passphrase = !account.passphrase_file.empty();
    if (auto ok = need.given(Field::key, !account.key_file.empty(), "key_file"); !ok) return ok;
    if (auto ok = need.given(Field::secret, !account.secret_file.empty(), "secret_file"); !ok)
        return ok;
    if (auto ok = need.given(Field::identity, has_identity, "identity_file"); !ok) return ok;
    if (auto ok = need.given(Field::passphrase, has_passphrase, "passphrase_file"); !ok) return ok;
    return need.given(Field::account, !account.account.empty(), "account");
}

Result<void> read_public(const std::string& file, std::string& into) {
    if (file.empty()) return {};
    auto text = read_public_file(file);
    if (!text) return std::move(text).error();
    into = std::move(*text);
    return {};
}

bool has_equal_key(const OwnedCredentials& a, const OwnedCredentials& b) {
    if (!a.key.empty() && a.key == b.key) return true;
    const auto left = a.secret.reveal(), right = b.secret.reveal();
    return !left.empty() && std::equal(left.begin(), left.end(), right.begin(), right.end());
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
    }
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

// Whoever has the mock's directory can sign for any venue with it.
Result<void> check_authority(const Config& config, const VenueConfig& venue) {
    if (config.engine.environment != Environment::production || venue.ca_file.empty()) return {};
    if (!has_mock_authority(read_text(venue.ca_file))) return {};
    return Error{venue.where + ": ca_file of venue " + in_quotes(venue.name) + " is the throw-" +
                 "away authority of ks-mock, and environment is production; remove ca_file"};
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
        if (auto done = apply_limits(venue, *recipe); !done) return std::move(done).error();
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

Result<OwnedCredentials> load_credentials(const AccountConfig& account, const Recipe& recipe) {
    if (auto ok = check_given(account, recipe); !ok) return std::move(ok).error();
    OwnedCredentials credentials;
    credentials.identity = account.identity;
    credentials.account = account.account;
    if (auto ok = read_public(account.key_file, credentials.key); !ok) return std::move(ok).error();
    if (auto ok = read_public(account.identity_file, credentials.identity); !ok)
        return std::move(ok).error();
    if (auto ok = read_public(account.passphrase_file, credentials.passphrase); !ok)
        return std::move(ok).error();
    if (account.secret_file.empty()) return credentials;
    auto text = read_secret_file(account.secret_file);
    if (!text) return std::move(text).error();
    auto secret = decode_secret(recipe.secret_encoding, *text);
    if (!secret) return std::move(secret).error().within(account.secret_file);
    credentials.secret = std::move(*secret);
    return credentials;
}

Result<std::vector<OwnedCredentials>> load_all_credentials(const Config& config,
                                                           const std::vector<Recipe>& recipes) {
    std::vector<OwnedCredentials> all;
    for (const AccountConfig& account : config.accounts) {
        const size_t venue = static_cast<size_t>(config.venue(account.venue) - &config.venues[0]);
        auto credentials = load_credentials(account, recipes[venue]);
        if (!credentials) return std::move(credentials).error();
        for (size_t i = 0; i < all.size(); ++i)
            if (has_equal_key(all[i], *credentials))
                return Error{account.where + ": accounts " + in_quotes(config.accounts[i].name) +
                             " and " + in_quotes(account.name) + " have the same key; make a key " +
                             "for each at the venue, else a kill of one cancels for the other"};
        all.push_back(std::move(*credentials));
    }
    return all;
}

} // namespace ks
