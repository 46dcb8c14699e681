// The known answers of a recipe, which stand in the same file: [[vector]] says which bytes a
// request becomes, [[answer]] what an answer means. A recipe without them is not believed.
#include <algorithm>
#include <map>

#include "cold/recipe_ask.hpp"
#include "cold/recipe_read.hpp"

namespace ks {

namespace {

// Public sample credentials, never real ones.
struct Sample {
    std::string key;
    Secret secret;
    std::string identity;
    std::string passphrase;
    std::string account;
};

std::map<std::string, Sample> read_samples(const Toml& root, const Recipe& recipe) {
    std::map<std::string, Sample> samples;
    const Toml tables = root.table_if("sample");
    for (const std::string& name : tables.keys()) {
        const Toml table = tables.table(name);
        auto secret = decode_secret(recipe.secret_encoding, Secret(table.text("secret", "")));
        if (!secret) table.fail("secret", secret.error().sentence);
        samples[name] = {table.text("key", ""), secret ? *std::move(secret) : Secret{},
                         table.text("identity", ""), table.text("passphrase", ""),
                         table.text("name", "")};
    }
    return samples;
}

// The text of a vector as it would leave: the head's lines end in CR LF, the body is as it stands.
std::string as_sent(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const size_t blank = text.find("\n\n");
    std::string sent;
    for (char byte : text.substr(0, blank)) {
        if (byte == '\n') sent += '\r';
        sent += byte;
    }
    return sent + "\r\n\r\n" + std::string(blank == text.npos ? "" : text.substr(blank + 2));
}

// The first line in which two texts differ, for a human.
std::string difference(std::string_view built, std::string_view expected) {
    while (true) {
        const std::string_view one = built.substr(0, built.find("\r\n"));
        const std::string_view other = expected.substr(0, expected.find("\r\n"));
        if (one != other || one.size() == built.size() || other.size() == expected.size())
            return "built '" + std::string(one) + "', expected '" + std::string(other) + "'";
        built.remove_prefix(one.size() + 2);
        expected.remove_prefix(other.size() + 2);
    }
}

// Which form of which request a vector proves.
std::string form_name(const std::string& request, bool is_for_symbol, bool is_older = false) {
    return request + (is_older ? " of an older window" : "") +
           (is_for_symbol ? " for one symbol" : "");
}

std::string check_vector(const Toml& table, const Recipe& recipe,
                         const std::map<std::string, Sample>& samples) {
    const std::string request = table.text("request");
    const std::string symbol = table.text("symbol", "");
    const std::string order = table.text("order", "");
    const std::string expected = as_sent(table.text("expect"));
    const std::string sample_name = table.text("sample", "");
    table.text("source", ""); // for humans
    const SignTime time{{table.integer("at_ms", {})},
                        static_cast<u64>(table.integer("nonce", {}, 0))};
    const auto sample = samples.find(sample_name);
    if (!sample_name.empty() && sample == samples.end())
        table.fail("sample", "there is no [sample." + sample_name + "]; add its public test keys");
    static const Sample nobody;
    const Sample& account = sample == samples.end() ? nobody : sample->second;
    const Credentials credentials{account.key,
                                  account.secret.reveal(),
                                  account.identity,
                                  account.passphrase,
                                  account.account,
                                  symbol,
                                  order};
    const auto older = static_cast<size_t>(table.integer("window", {0, shot_reads_max}, 0));
    auto built = render_request(recipe, request, credentials, time, older);
    if (!built)
        table.fail("request", built.error().sentence);
    else if (*built != expected)
        table.fail("expect", "request " + request + " is not what the vector expects: " +
                                 difference(*built, expected) + "; mend the recipe or the vector");
    return form_name(request, !symbol.empty(), older > 0);
}

// A complete response around a body.
std::string as_response(i64 status, const std::string& body) {
    const std::string length = std::to_string(body.size());
    const std::string head = "HTTP/1.1 " + std::to_string(status) + " Sample\r\n";
    // 204 has no body, and may not say that it had one (RFC 9110 8.6).
    return status == 204 ? head + "\r\n" : head + "Content-Length: " + length + "\r\n\r\n" + body;
}

void check_answer(const Toml& table, const Recipe& recipe, std::vector<std::string>& proven) {
    const std::string request = table.text("request");
    const i64 status = table.integer("status", {200, 599});
    const std::string body = table.text("body", "");
    const std::string verdict = table.text("verdict");
    const std::vector<std::string> ids = table.texts("ids");
    const auto open_count = table.integer("open", {0, UINT32_MAX}, 0);
    table.text("source", ""); // for humans
    auto judged = judge_response(recipe, request, as_response(status, body));
    if (!judged) return table.fail("request", judged.error().sentence);
    const std::string_view found = verdict_name(judged->verdict);
    if (found != verdict)
        table.fail("verdict", "the answer is judged " + std::string(found) + ", not " + verdict +
                                  "; mend the rules or the answer");
    if (judged->ids != ids)
        table.fail("ids", "the ids read are: " + join_words(judged->ids) +
                              "; mend the path in `ids`, or the answer");
    if (judged->open_count != open_count)
        table.fail("open", std::to_string(judged->open_count) + " orders are counted, not " +
                               std::to_string(open_count) + "; mend `count`, or the answer");
    proven.push_back(request + " " + verdict);
}

bool has(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

} // namespace

void check_vectors(const Toml& root, const Recipe& recipe) {
    std::vector<std::string> proven;
    const auto samples = read_samples(root, recipe);
    for (const Toml& table : root.tables("vector"))
        proven.push_back(check_vector(table, recipe, samples));
    for (const Toml& table : root.tables("answer")) check_answer(table, recipe, proven);
    const Toml requests = root.table("request");
    for (const RequestRecipe& request : recipe.requests) {
        const auto demand = [&](const std::string& what, std::string_view add) {
            if (!has(proven, what))
                requests.fail(request.name, "nothing proves '" + what + "'; add " +
                                                std::string(add) + " (docs/VENUES.md)");
        };
        if (!request.for_all.is_empty())
            demand(request.name, "a [[vector]] with the bytes that it must become");
        if (!request.for_symbol.is_empty())
            demand(form_name(request.name, true), "a [[vector]] with a symbol");
        for (bool is_for_symbol : {false, true})
            if (!(is_for_symbol ? request.older_for_symbol : request.older_for_all).empty())
                demand(form_name(request.name, is_for_symbol, true), "a [[vector]] with a window");
        if (request.use == RequestUse::open_orders) {
            demand(request.name + " clear", "an [[answer]] that shows no order");
            demand(request.name + " open", "an [[answer]] that shows an order");
        } else
            demand(request.name + " accepted", "an [[answer]] that accepts");
    }
}

} // namespace ks
