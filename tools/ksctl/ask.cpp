// request and judge: what would leave for a venue, and what its answer would mean. Both run exactly
// the programs that the engine runs, and need neither an engine nor a network.
#include <charconv>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "cold/load.hpp"
#include "cold/recipe_ask.hpp"
#include "cold/words.hpp"
#include "commands.hpp"
#include "json.hpp"

namespace ks {
namespace {

// The venue and request that the command line names.
struct Asked {
    Config config;
    const VenueConfig* venue = nullptr;
    Recipe recipe;
    std::string request;
};

// `code` becomes the exit code of an error.
Result<Asked> find_asked(const Arguments& arguments, int& code) {
    code = exit_config;
    auto config = read_config(arguments.config_file());
    if (!config) return std::move(config).error();
    code = exit_usage;
    std::vector<std::string> names;
    for (const VenueConfig& venue : config->venues) names.push_back(venue.name);
    const std::string& name = arguments.words[0];
    if (!config->venue(name))
        return unknown_name({config->file, "venue", name, "name one of its [venue.NAME]"}, names);
    code = exit_config;
    auto recipe = load_recipe(*config, *config->venue(name));
    if (!recipe) return std::move(recipe).error();
    code = exit_usage;
    names.clear();
    for (const RequestRecipe& request : recipe->requests) names.push_back(request.name);
    if (!recipe->find(arguments.words[1]))
        return unknown_name({recipe->file.string(), "request", arguments.words[1],
                             "name one of its [request.NAME]"},
                            names);
    Asked asked{std::move(*config), nullptr, std::move(*recipe), arguments.words[1]};
    asked.venue = asked.config.venue(name);
    return asked;
}

Result<u64> number_option(const Arguments& arguments, const std::string& name) {
    const std::string text = arguments.option(name);
    u64 number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, number);
    if (problem == std::errc{} && rest == end && number <= INT64_MAX) return number;
    return Error{"request: --" + name + " " + in_quotes(text) +
                 " is not a whole number; --at is Unix time in milliseconds"};
}

// The instant to sign for; the nonce is that instant too unless it is given, as the signer does it.
Result<SignTime> sign_time(const Asked& asked, const Arguments& arguments) {
    const bool is_signed = asked.recipe.find(asked.request)->is_signed;
    if (is_signed && !arguments.has("account"))
        return Error{"request: " + in_quotes(asked.request) + " is signed; add --account ALIAS"};
    if (is_signed && !arguments.has("at"))
        return Error{"request: " + in_quotes(asked.request) + " is signed; add --at UNIX_MS"};
    SignTime time;
    if (arguments.has("at")) {
        auto at = number_option(arguments, "at");
        if (!at) return std::move(at).error();
        time = {UnixMs{static_cast<i64>(*at)}, *at};
    }
    if (arguments.has("nonce")) {
        auto nonce = number_option(arguments, "nonce");
        if (!nonce) return std::move(nonce).error();
        time.nonce = *nonce;
    }
    return time;
}

// "main" or "bitopro/main".
Result<const AccountConfig*> find_account(const Asked& asked, const std::string& alias) {
    std::vector<std::string> names;
    for (const AccountConfig& account : asked.config.accounts) {
        if (account.venue != asked.venue->name) continue;
        names.push_back(account.alias);
        if (account.alias == alias || account.name == alias) return &account;
    }
    return unknown_name({asked.config.file, "account", alias, "name one of the venue's accounts"},
                        names);
}

void print_request(const Asked& asked, const std::string& bytes, bool is_json) {
    if (!is_json) {
        fwrite(bytes.data(), 1, bytes.size(), stdout);
        return;
    }
    const size_t method_end = bytes.find(' ');
    const size_t target_end = bytes.find(' ', method_end + 1);
    Json json;
    json.object().text("schema", "ksctl.request/1");
    json.text("venue", asked.venue->name).text("host", asked.recipe.host);
    json.text("request", asked.request).text("method", bytes.substr(0, method_end));
    json.text("target", bytes.substr(method_end + 1, target_end - method_end - 1));
    json.text("bytes", bytes).end();
    puts(json.str().c_str());
}

} // namespace

int request_command(const Arguments& arguments) {
    int code = exit_ok;
    auto asked = find_asked(arguments, code);
    if (!asked) return complain(code, asked.error());
    auto time = sign_time(*asked, arguments);
    if (!time) return complain(exit_usage, time.error());
    OwnedCredentials own;
    if (arguments.has("account")) {
        auto account = find_account(*asked, arguments.option("account"));
        if (!account) return complain(exit_usage, account.error());
        const bool is_read = asked->recipe.find(asked->request)->use == RequestUse::open_orders;
        const KeyUse use = is_read && (*account)->has_eyes_key() ? KeyUse::eyes : KeyUse::fire;
        auto loaded = load_credentials(**account, asked->recipe, use);
        if (!loaded) return complain(exit_config, loaded.error());
        own = std::move(*loaded);
    }
    const std::string symbol = arguments.option("symbol"), order = arguments.option("order");
    Credentials credentials = fields_of(own, symbol);
    credentials.order = order;
    u64 window = 0; // the n-th older window of a read
    if (arguments.has("window")) {
        auto number = number_option(arguments, "window");
        if (!number) return complain(exit_usage, number.error());
        window = *number;
    }
    auto bytes = render_request(asked->recipe, asked->request, credentials, *time, window);
    if (!bytes) return complain(exit_data, bytes.error());
    print_request(*asked, *bytes, arguments.is_json());
    return exit_ok;
}

int judge_command(const Arguments& arguments) {
    int code = exit_ok;
    auto asked = find_asked(arguments, code);
    if (!asked) return complain(code, asked.error());
    const std::string response{std::istreambuf_iterator<char>(std::cin), {}};
    auto judged = judge_response(asked->recipe, asked->request, response);
    if (!judged) return complain(exit_data, judged.error());
    const std::string verdict(verdict_name(judged->verdict));
    if (arguments.is_json()) {
        Json json;
        json.object().text("schema", "ksctl.judge/1").text("verdict", verdict);
        json.number("http_status", judged->http_status).number("open_count", judged->open_count);
        json.text("why_broken", judged->why_broken).array("ids");
        for (const std::string& id : judged->ids) json.text("", id);
        puts(json.end().end().str().c_str());
        return exit_ok;
    }
    printf("%s  HTTP %u  %zu ids", verdict.c_str(), judged->http_status, judged->ids.size());
    if (judged->verdict == Verdict::open) printf("  %u open", judged->open_count);
    if (!judged->why_broken.empty()) printf("  not HTTP: %s", judged->why_broken.c_str());
    puts("");
    for (const std::string& id : judged->ids) puts(id.c_str());
    return exit_ok;
}

} // namespace ks
