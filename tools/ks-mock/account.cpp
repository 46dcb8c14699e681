// Keys are made by OpenSSL's generator; the files are 0600 although they guard nothing but a mock,
// because a config loader refuses secrets that others may read.
#include "account.hpp"
#include "signature.hpp"
#include "text.hpp"
#include "venue.hpp"

namespace ks {
namespace {

constexpr unsigned mode_secret = 0600;
constexpr std::size_t key_bytes = 16;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t token_bytes = 20; // as long as a Django token

IdStyle id_style(std::string_view venue) {
    return venue == "bitopro" ? IdStyle::decimal : IdStyle::uuid;
}

Account make_account(const std::string& venue, const std::string& name) {
    Account account{.venue = venue, .name = name, .book = Book(id_style(venue))};
    if (venue == "coinswitch") {
        KeyPair keys = new_ed25519_keys();
        account.key = std::move(keys.public_hex);
        account.secret = std::move(keys.seed_hex);
    } else if (venue == "treadfi") {
        account.key = account.secret = random_hex(token_bytes); // one token serves as both
    } else {
        account.key = random_hex(key_bytes);
        account.secret = random_hex(secret_bytes);
    }
    account.identity = venue == "treadfi" ? name : name + "@example.invalid";
    return account;
}

std::string word_or_none(std::string_view word) {
    return word == "-" ? "" : std::string(word);
}

}

Accounts read_accounts(const std::string& path) {
    Accounts accounts;
    const std::string text = read_file(path);
    u64 line_number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++line_number;
        const auto word = words(line.substr(0, line.find('#')));
        if (word.empty()) continue;
        if (word.size() != 5 || !is_venue_name(word[0]))
            throw Mistake(path + ":" + std::to_string(line_number) +
                          ": expected 'venue account key secret identity' with a venue of bitopro, "
                          "coinswitch, treadfi and '-' for none");
        accounts.push_back({.venue = std::string(word[0]),
                            .name = std::string(word[1]),
                            .key = word_or_none(word[2]),
                            .secret = word_or_none(word[3]),
                            .identity = word_or_none(word[4]),
                            .book = Book(id_style(word[0]))});
    }
    return accounts;
}

Accounts make_demo_accounts(const std::string& dir) {
    Accounts accounts;
    std::string lines = "# venue account key secret identity\n";
    for (const std::string_view venue : venue_names)
        for (const std::string_view name : {"main", "hedge"}) {
            const Account& made =
                accounts.emplace_back(make_account(std::string(venue), std::string(name)));
            const std::string stem = dir + "/" + made.venue + "." + made.name;
            write_file(stem + ".key", made.key, mode_secret);
            write_file(stem + ".secret", made.secret, mode_secret);
            write_file(stem + ".identity", made.identity, mode_secret);
            lines += made.venue + ' ' + made.name + ' ' + made.key + ' ' + made.secret + ' ' +
                     made.identity + '\n';
        }
    write_file(dir + "/accounts", lines, mode_secret);
    return accounts;
}

}
