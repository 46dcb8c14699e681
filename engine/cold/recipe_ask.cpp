#include "cold/recipe_ask.hpp"

#include "cold/recipe_read.hpp"
#include "wire/http.hpp"
#include "wire/http_request.hpp"

namespace ks {

namespace {

constexpr std::string_view field_names[fields_count] = {
    "key", "secret", "identity", "passphrase", "account", "symbol", "order"};

Result<const RequestRecipe*> find_request(const Recipe& recipe, std::string_view name) {
    if (const RequestRecipe* request = recipe.find(name)) return request;
    std::vector<std::string> names;
    for (const RequestRecipe& request : recipe.requests) names.push_back(request.name);
    return Error{recipe.name + ": there is no request '" + std::string(name) +
                 "'; there are: " + join_words(names)};
}

bool is_given(const Credentials& credentials, Field field) {
    const bool given[fields_count] = {
        !credentials.key.empty(),      !credentials.secret.empty(),
        !credentials.identity.empty(), !credentials.passphrase.empty(),
        !credentials.account.empty(),  !credentials.symbol.empty(),
        !credentials.order.empty()};
    return given[static_cast<size_t>(field)];
}

std::string why_not_built(const Program& program, const Credentials& credentials) {
    for (size_t i = 0; i < fields_count; ++i) {
        const auto field = static_cast<Field>(i);
        if (program.fields.has(field) && !is_given(credentials, field))
            return "it needs '" + std::string(field_names[i]) + "', which is empty; give it";
    }
    return "it is longer than " + std::to_string(request_bytes_max) +
           " bytes, or the secret is "
           "not of the right size, or a value has a character that a request may not hold; check "
           "the account's fields and the symbol";
}

void collect_id(void* ids, std::string_view id) {
    static_cast<std::vector<std::string>*>(ids)->emplace_back(id);
}

} // namespace

Result<std::string> render_request(const Recipe& recipe, std::string_view request,
                                   const Credentials& credentials, const SignTime& time,
                                   size_t older) {
    auto found = find_request(recipe, request);
    if (!found) return std::move(found).error();
    const std::string what = recipe.name + ": request " + std::string(request);
    const bool is_for_symbol = !credentials.symbol.empty();
    const std::vector<Program>& windows =
        is_for_symbol ? (*found)->older_for_symbol : (*found)->older_for_all;
    if (older > windows.size())
        return Error{what + ": has " + std::to_string(windows.size()) +
                     " older windows; choose one of them"};
    const Program& program = older > 0       ? windows[older - 1]
                             : is_for_symbol ? (*found)->for_symbol
                                             : (*found)->for_all;
    if (program.is_empty())
        return Error{what + ": has no form " +
                     (is_for_symbol ? "for one symbol; leave the symbol away"
                                    : "without a symbol; give one")};
    std::string bytes(request_bytes_max, '\0');
    const std::span<std::byte> out = std::as_writable_bytes(std::span(bytes));
    bytes.resize(run(program, credentials, time, out));
    if (bytes.empty()) return Error{what + ": " + why_not_built(program, credentials)};
    const std::string_view fault = request_fault(std::as_bytes(std::span(bytes)));
    if (!fault.empty())
        return Error{what + ": what is built is no HTTP/1.1 request: " + std::string(fault)};
    return bytes;
}

Result<Judgement> judge_response(const Recipe& recipe, std::string_view request,
                                 std::string_view response) {
    auto found = find_request(recipe, request);
    if (!found) return std::move(found).error();
    Judgement judgement;
    Judge judge;
    HttpResponse http;
    http.start();
    std::span<const std::byte> rest = std::as_bytes(std::span(response));
    HttpStep step = HttpStep::head;
    while (step == HttpStep::head || step == HttpStep::body) {
        const HttpResponse::Step taken = http.next(rest);
        step = taken.step;
        rest = rest.subspan(taken.used);
        if (step == HttpStep::head)
            judge.start((*found)->judge, http.head().status, collect_id, &judgement.ids);
        if (step == HttpStep::body) judge.feed(taken.body);
    }
    if (step == HttpStep::need) step = http.end();
    judgement.http_status = http.head().status;
    if (step != HttpStep::done || !rest.empty()) {
        judgement.why_broken =
            step == HttpStep::done ? "bytes follow the response" : std::string(http.why_broken());
        return judgement;
    }
    judgement.verdict = judge.finish();
    judgement.open_count = judge.open_count();
    return judgement;
}

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
    case Verdict::accepted:
        return "accepted";
    case Verdict::clear:
        return "clear";
    case Verdict::open:
        return "open";
    case Verdict::throttled:
        return "throttled";
    case Verdict::refused:
        return "refused";
    case Verdict::unknown:
        return "unknown";
    }
    return "unknown";
}

} // namespace ks
