// One [request.NAME] table: its text becomes a program, its habits become numbers.
#include <algorithm>

#include "cold/recipe_emit.hpp"
#include "cold/recipe_read.hpp"

namespace ks {

namespace {

// What every request says, unless the recipe gives the same header itself.
constexpr std::pair<std::string_view, std::string_view> standard_headers[] = {
    {"User-Agent", "killswitch/0.1"},
    {"Accept", "application/json"},
    {"Accept-Encoding", "identity"},
};

struct Header {
    std::string name;
    Expression value;
    Toml table; // where it stands, for errors
};

// What the forms of a request (all, one symbol) share.
struct Draft {
    EmitScope scope;
    std::vector<Header> headers;
    bool has_body = false;
};

Expression parse_at(const Toml& table, std::string_view key, Result<Expression> parsed) {
    if (parsed) return *std::move(parsed);
    table.fail(key, "'" + std::string(key) + "': " + parsed.error().sentence);
    return {};
}

// In a request target every value is percent-encoded, unless raw(value) says that it already is.
void encode_target(Expression& target) {
    for (Expression& item : target.items) {
        const bool is_setting = item.text.starts_with("settings.");
        if (item.kind == Expression::Kind::text || is_setting) continue;
        const bool is_raw = item.kind == Expression::Kind::call && item.text == "raw";
        if (is_raw && item.items.size() == 1)
            item = Expression(item.items[0]);
        else
            item = {Expression::Kind::call, "urlencode", {std::move(item)}, {}};
    }
}

void read_lets(const Toml& table, Draft& draft) {
    const Toml lets = table.table_if("let");
    for (const std::string& name : lets.keys()) {
        const bool is_taken = name == "path" || name == "body" || name == "method" ||
                              name == "host" || draft.scope.values.contains(name);
        if (is_taken) lets.fail(name, "'" + name + "' has a meaning already; choose another name");
        draft.scope.values[name] = parse_at(lets, name, parse_expression(lets.text(name)));
    }
}

void read_headers(const Toml& table, Draft& draft) {
    const Toml headers = table.table_if("headers");
    for (const std::string& name : headers.keys())
        draft.headers.push_back(
            {name, parse_at(headers, name, parse_template(headers.text(name))), headers});
}

void read_path_and_body(const Toml& table, const Recipe& recipe, Draft& draft) {
    if (table.has("path")) {
        Expression path = parse_at(table, "path", parse_template(table.text("path")));
        encode_target(path);
        draft.scope.values["path"] = std::move(path);
    }
    if (!table.has("body")) return;
    // A body that is one setting is read as the expression that the setting holds.
    std::string body = table.text("body");
    if (const Setting* setting = setting_at(table, "body", recipe)) {
        const auto* text = std::get_if<std::string>(&setting->value);
        if (!text) table.fail("body", "setting '" + setting->name + "' is no text; make it one");
        body = text ? *text : "";
    }
    draft.has_body = !body.empty();
    if (draft.has_body)
        draft.scope.values["body"] = parse_at(table, "body", parse_expression(body));
}

bool has_header(const Draft& draft, std::string_view name) {
    const auto is_same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
    return std::ranges::any_of(draft.headers, [&](const Header& header) {
        return std::ranges::equal(header.name, name, is_same);
    });
}

Program emit_program(const Toml& table, const Draft& draft) {
    Emitter out(draft.scope);
    const auto blame = [&](const Toml& where, std::string_view key) {
        if (out.mistake()) where.fail(key, "'" + std::string(key) + "': " + *out.mistake());
    };
    out.prepare("path");
    blame(table, "path");
    if (draft.has_body) out.prepare("body");
    blame(table, "body");
    for (const Header& header : draft.headers) {
        out.prepare(header.value);
        blame(header.table, header.name);
    }
    out.step(Op::open);
    out.literal(draft.scope.method + " ");
    out.value("path");
    out.literal(" HTTP/1.1\r\nHost: " + draft.scope.host + "\r\n");
    for (const auto& [name, value] : standard_headers)
        if (!has_header(draft, name))
            out.literal(std::string(name) + ": " + std::string(value) + "\r\n");
    for (const Header& header : draft.headers) {
        out.literal(header.name + ": ");
        out.checked(header.value, Op::check_value);
        out.literal("\r\n");
        blame(header.table, header.name);
    }
    // Some servers refuse a POST without a length, even when it has no body.
    if (draft.has_body) {
        out.literal("Content-Length: ");
        out.size_of("body");
        out.literal("\r\n\r\n");
        out.value("body");
    } else {
        const bool is_get = draft.scope.method == "GET" || draft.scope.method == "DELETE";
        out.literal(is_get ? "\r\n" : "Content-Length: 0\r\n\r\n");
    }
    blame(table, "");
    return out.program();
}

// The forms of a request: `forms` has path, body and symbol, `table` all else.
void read_forms(const Toml& table, const Toml& forms, std::optional<EmitScope::Window> window,
                const RecipeCommon& common, const Recipe& recipe, RequestRecipe& request) {
    Draft draft;
    draft.scope.window = window;
    draft.scope.method = table.choice("method", {"GET", "POST", "DELETE", "PUT"});
    draft.scope.host = recipe.host;
    draft.scope.settings = recipe.settings;
    if (request.is_signed) {
        read_lets(common.signed_table, draft);
        read_headers(common.signed_table, draft);
    }
    read_lets(table, draft);
    read_headers(table, draft);
    for (const Header& header : draft.headers)
        if (header.name == "Host" || header.name == "Content-Length")
            header.table.fail(header.name, "'" + header.name +
                                               "' is written by the compiler; "
                                               "remove it");
    // Either form may be missing: some venues cancel only by symbol, some only everything.
    if (window) read_path_and_body(table, recipe, draft); // what the window does not say anew
    if (forms.has("path") || !forms.has("symbol") || window) {
        if (!window) forms.text("path");
        read_path_and_body(forms, recipe, draft);
        request.for_all = emit_program(forms, draft);
    }
    if (!forms.has("symbol")) return;
    const Toml symbol = forms.table("symbol");
    if (!draft.scope.values.contains("path")) symbol.text("path");
    read_path_and_body(symbol, recipe, draft);
    request.for_symbol = emit_program(symbol, draft);
    if (!request.for_symbol.fields.has(Field::symbol))
        symbol.fail("", "the form for one symbol does not say {symbol}; without it every symbol "
                        "would be asked for");
}

// A read that sees only so much of the past is asked again for each window before it. Windows
// overlap by an hour, so that nothing falls between one signed earlier and one signed later.
void read_older(const Toml& table, const RecipeCommon& common, const Recipe& recipe,
                RequestRecipe& request) {
    if (!table.has("older")) return;
    constexpr Nanos overlap = seconds(3600);
    const Toml older = table.table("older");
    if (request.use != RequestUse::open_orders)
        older.fail("", "only a request of kind open_orders has windows of time");
    const Nanos span = older.duration("span");
    const i64 days = integer_or_setting(older, "days", {1, 3650}, recipe);
    const Nanos reach = seconds(86'400 * days);
    if (span <= overlap * 2) return older.fail("span", "is under two hours; that many reads cost");
    for (Nanos from = span; from < reach; from = from + (span - overlap)) {
        if (request.older_for_all.size() == shot_reads_max)
            return older.fail("days", "takes more than " + std::to_string(shot_reads_max) +
                                          " windows; a kill could not read them all");
        EmitScope::Window window;
        window.to_ago_s = static_cast<u32>((from - overlap).ns / 1'000'000'000);
        window.from_ago_s = window.to_ago_s + static_cast<u32>(span.ns / 1'000'000'000);
        RequestRecipe one = request;
        read_forms(table, older, window, common, recipe, one);
        request.older_for_all.push_back(one.for_all);
        if (!request.for_symbol.is_empty()) request.older_for_symbol.push_back(one.for_symbol);
    }
}

void read_limits(const Toml& table, const Recipe& recipe, RequestRecipe& request) {
    const Toml uses = table.table_if("limits");
    for (const std::string& name : uses.keys()) {
        const auto weight = static_cast<u16>(uses.integer(name, {1, KS_PLACES_MAX}));
        size_t limit = 0;
        while (limit < recipe.limits.size() && recipe.limits[limit].name != name) ++limit;
        if (limit == recipe.limits.size())
            uses.fail(name, "there is no [limits." + name + "]; add it, or remove the key");
        else if (weight > recipe.limits[limit].count)
            uses.fail(name, "weight " + std::to_string(weight) + " never fits the limit of " +
                                std::to_string(recipe.limits[limit].count));
        request.limits.push_back({limit, weight});
    }
    if (request.limits.size() > request_gates_max)
        uses.fail("", "more than " + std::to_string(request_gates_max) + " limits on one request");
}

Pace read_pace(const Toml& words, std::string_view spans) {
    Pace pace;
    for (Nanos at : words.durations(spans))
        if (!pace.at.push(at) || (pace.at.size() > 1 && at <= pace.at[pace.at.size() - 2]))
            words.fail(spans, "give at most 12 spans, each longer than the one before");
    pace.every = words.duration("every");
    if (pace.every < milliseconds(100)) words.fail("every", "is under 100 ms; slow down");
    return pace;
}

// One account alone at a venue may spend what two would share.
void read_paces(const Toml& table, RequestRecipe& request) {
    const Toml words = table.table("pace");
    request.pace = read_pace(words, "at");
    if (!words.has("alone")) return;
    if (request.use != RequestUse::cancel)
        words.fail("alone", "only a cancel has a pace of its own for a venue's only account");
    request.pace_alone = read_pace(words, "alone");
}

RequestUse read_use(const Toml& table) {
    if (!table.has("kind")) table.text("kind"); // no default: a forgotten kind must not be armed
    const std::string word =
        table.choice("kind", {"by_hand", "cancel", "open_orders", "keep_alive"});
    if (word == "cancel") return RequestUse::cancel;
    if (word == "open_orders") return RequestUse::open_orders;
    return word == "keep_alive" ? RequestUse::keep_alive : RequestUse::by_hand;
}

void read_signing_habits(const Toml& table, const RecipeCommon& common, RequestRecipe& request) {
    const Toml& common_table = common.signed_table;
    const bool is_common_ordered = common_table.choice("nonce", {"none", "ordered"}) == "ordered";
    const Nanos common_age = common_table.duration("max_age", Nanos{});
    request.is_signed = table.boolean("signed", request.use != RequestUse::keep_alive);
    if (!request.is_signed) return;
    request.age_max = table.duration("max_age", common_age);
    const std::string fallback = is_common_ordered ? "ordered" : "none";
    request.is_ordered = table.text("nonce", fallback) == "ordered";
    if (request.is_ordered && request.age_max == Nanos{})
        table.fail("", "an ordered nonce needs a max_age, after which it is renewed");
}

// How far a cancel really reaches. "named": the accounts that it names; everyone on the key when a
// setting has made it name none.
bool reads_token_reach(const Toml& table, const RequestRecipe& request) {
    const std::string reach = table.choice("reach", {"account", "token", "named"});
    const auto names_nobody = [](const Program& form) {
        return !form.is_empty() && !form.fields.has(Field::account);
    };
    return reach == "token" || (reach == "named" && (names_nobody(request.for_all) ||
                                                     names_nobody(request.for_symbol)));
}

} // namespace

RequestRecipe read_request(const std::string& name, const Toml& table, const RecipeCommon& common,
                           const Recipe& recipe) {
    RequestRecipe request;
    request.name = name;
    request.use = read_use(table);
    request.product = table.text("product", "");
    read_signing_habits(table, common, request);
    read_forms(table, table, {}, common, recipe, request);
    read_older(table, common, recipe, request);
    if (request.use == RequestUse::cancel)
        request.reaches_token = reads_token_reach(table, request);
    read_limits(table, recipe, request);
    request.answer_max = table.duration("answer_max", seconds(3));
    if (request.is_armed() && request.use != RequestUse::keep_alive) read_paces(table, request);
    request.proven_by = table.texts("proven_by");
    request.judge = read_judge(table.table("judge"), request.use, common, recipe);
    const std::vector<std::string>& products = recipe.products;
    const bool has_product =
        request.use == RequestUse::cancel || request.use == RequestUse::open_orders;
    if (has_product &&
        std::find(products.begin(), products.end(), request.product) == products.end())
        table.fail("product", "product '" + request.product +
                                  "' is not among the recipe's: " + join_words(products));
    return request;
}

} // namespace ks
