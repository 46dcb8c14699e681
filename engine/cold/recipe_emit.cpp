#include "cold/recipe_emit.hpp"

#include <algorithm>

#include "cold/toml.hpp"

namespace ks {

namespace {

const std::map<std::string, Field, std::less<>> credential_words = {
    {"account.key", Field::key},       {"account.identity", Field::identity},
    {"account.secret", Field::secret}, {"account.passphrase", Field::passphrase},
    {"account.name", Field::account},  {"symbol", Field::symbol},
    {"order", Field::order},
};

const std::map<std::string, Op, std::less<>> time_words = {
    {"time_ms", Op::time_ms},
    {"time_s", Op::time_s},
    {"time_iso", Op::time_iso},
    {"nonce", Op::nonce},
};

// Functions of one value that encode or digest it.
const std::map<std::string, Op, std::less<>> image_functions = {
    {"base64", Op::base64},       {"base64url", Op::base64url}, {"hex", Op::hex},
    {"urlencode", Op::urlencode}, {"sha256", Op::sha256},       {"sha512", Op::sha512},
};

// Functions of (account.secret, message).
const std::map<std::string, Op, std::less<>> signing_functions = {
    {"hmac_sha256", Op::hmac_sha256},
    {"hmac_sha384", Op::hmac_sha384},
    {"hmac_sha512", Op::hmac_sha512},
    {"ed25519", Op::ed25519},
};

bool is_name(const Expression& expression, std::string_view name) {
    return expression.kind == Expression::Kind::name && expression.text == name;
}

template<class Map> void add_keys(const Map& map, std::vector<std::string>& to) {
    for (const auto& [name, value] : map) to.push_back(name);
}

} // namespace

void Emitter::fail(std::string what) {
    if (!mistake_) mistake_ = std::move(what);
}

void Emitter::fail_unknown(std::string_view kind, const std::string& name,
                           std::vector<std::string> known) {
    const std::string_view meant = nearest(name, known);
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "" : " ") + one;
    fail("unknown " + std::string(kind) + " '" + name + "'; " +
         (meant.empty() ? "known are: " + all : "did you mean '" + std::string(meant) + "'?"));
}

void Emitter::step(Op op, u8 arg) {
    if (!program_.steps.push({op, arg, 0, 0}))
        fail("takes more than " + std::to_string(steps_max) + " steps; make it simpler");
}

void Emitter::ago(u32 seconds) {
    step(Op::ago_ms);
    if (mistake_) return;
    program_.steps.back().offset = static_cast<u16>(seconds & 0xffff);
    program_.steps.back().count = static_cast<u16>(seconds >> 16);
}

void Emitter::literal(std::string_view text) {
    const size_t offset = program_.literals.size();
    for (char byte : text)
        if (!program_.literals.push(byte))
            return fail("has more than " + std::to_string(literals_bytes_max) +
                        " bytes of plain text; make it shorter");
    Bounded<Step, steps_max>& steps = program_.steps;
    const bool extends = !steps.empty() && steps.back().op == Op::literal;
    if (!extends) step(Op::literal);
    if (mistake_) return;
    if (!extends) steps.back().offset = static_cast<u16>(offset);
    steps.back().count = static_cast<u16>(steps.back().count + text.size());
}

void Emitter::prepare(const Expression& expression) {
    std::vector<std::string> names;
    collect_names(expression, names);
    for (const std::string& name : names)
        if (scope_.values.contains(name)) prepare(name);
}

void Emitter::prepare(const std::string& name) {
    if (kept_.contains(name) || mistake_) return;
    if (!scope_.values.contains(name)) return fail("there is no '" + name + "'; add it");
    if (std::find(pending_.begin(), pending_.end(), name) != pending_.end())
        return fail("'" + name + "' is made of itself; break the circle");
    if (kept_.size() == registers_max)
        return fail("has more than " + std::to_string(registers_max) + " values; use fewer lets");
    const Expression& expression = scope_.values.at(name);
    pending_.push_back(name);
    prepare(expression);
    pending_.pop_back();
    const auto index = static_cast<u8>(kept_.size());
    step(Op::open);
    const Shape shape = emit(expression);
    if (name == "path") step(Op::check_target);
    step(Op::keep, index);
    kept_[name] = {index, shape};
}

void Emitter::value(const std::string& name) {
    step(Op::load, kept_[name].index);
}

void Emitter::size_of(const std::string& name) {
    step(Op::size_of, kept_[name].index);
}

void Emitter::checked(const Expression& expression, Op check) {
    step(Op::open);
    if (emit(expression) == Shape::bytes) fail("raw bytes cannot be sent; use hex() or base64()");
    step(check);
    step(Op::join);
}

Emitter::Shape Emitter::emit(const Expression& expression) {
    switch (expression.kind) {
    case Expression::Kind::text:
        literal(expression.text);
        return Shape::text;
    case Expression::Kind::json:
        literal(expression.text);
        return Shape::number;
    case Expression::Kind::name:
        return emit_name(expression.text);
    case Expression::Kind::call:
        return emit_call(expression);
    case Expression::Kind::object:
    case Expression::Kind::array:
        fail("{...} and [...] stand only inside json()");
        return Shape::json;
    }
    return Shape::text;
}

Emitter::Shape Emitter::emit_name(const std::string& name) {
    if (name.starts_with("settings.")) return emit_setting(name.substr(sizeof "settings." - 1));
    if (scope_.values.contains(name)) {
        value(name);
        return kept_[name].shape;
    }
    if (name == "method" || name == "host") {
        literal(name == "host" ? scope_.host : scope_.method);
        return Shape::text;
    }
    if (auto time = time_words.find(name); time != time_words.end()) {
        step(time->second);
        return time->second == Op::time_iso ? Shape::text : Shape::number;
    }
    if (scope_.window && (name == "window_from_ms" || name == "window_to_ms")) {
        ago(name == "window_from_ms" ? scope_.window->from_ago_s : scope_.window->to_ago_s);
        return Shape::number;
    }
    auto field = credential_words.find(name);
    if (field == credential_words.end()) {
        std::vector<std::string> known = {"method", "host"};
        add_keys(scope_.values, known);
        add_keys(time_words, known);
        add_keys(credential_words, known);
        fail_unknown("word", name, std::move(known));
        return Shape::text;
    }
    if (field->second == Field::secret)
        fail("account.secret may only sign (hmac_sha256(account.secret, ...)); where it is itself "
             "the token to send, say bearer(account.secret)");
    program_.fields.add(field->second);
    step(Op::field, static_cast<u8>(field->second));
    return Shape::text;
}

Emitter::Shape Emitter::emit_setting(const std::string& name) {
    std::vector<std::string> known;
    for (const Setting& setting : scope_.settings) {
        known.push_back(setting.name);
        if (setting.name != name) continue;
        if (const auto* text = std::get_if<std::string>(&setting.value)) {
            literal(*text);
            return Shape::text;
        }
        if (const auto* number = std::get_if<i64>(&setting.value))
            literal(std::to_string(*number));
        else
            fail("setting '" + name + "' is a list; it cannot be written into a request");
        return Shape::number;
    }
    fail_unknown("setting", name, std::move(known));
    return Shape::text;
}

Emitter::Shape Emitter::emit_call(const Expression& call) {
    const std::vector<Expression>& items = call.items;
    if (call.text == "concat") return emit_concat(call);
    if (const auto signing = signing_functions.find(call.text);
        signing != signing_functions.end()) {
        if (items.size() != 2 || !is_name(items[0], "account.secret"))
            return fail("write " + call.text + "(account.secret, message)"), Shape::bytes;
        program_.fields.add(Field::secret);
        emit_open(items[1], signing->second);
        return Shape::bytes;
    }
    const auto image = image_functions.find(call.text);
    if (image == image_functions.end()) return emit_function(call);
    if (items.size() != 1) return fail("write " + call.text + "(value)"), Shape::text;
    emit_open(items[0], image->second);
    const bool is_raw = image->second == Op::sha256 || image->second == Op::sha512;
    return is_raw ? Shape::bytes : Shape::text;
}

void Emitter::emit_open(const Expression& expression, Op close) {
    step(Op::open);
    emit(expression);
    step(close);
}

// The functions that are no step of their own.
Emitter::Shape Emitter::emit_function(const Expression& call) {
    const std::string& name = call.text;
    if (name != "json" && name != "text" && name != "bearer" && name != "list") {
        std::vector<std::string> known = {"concat", "json", "text", "bearer", "list"};
        add_keys(image_functions, known);
        add_keys(signing_functions, known);
        return fail_unknown("function", name, std::move(known)), Shape::text;
    }
    if (call.items.size() != 1) return fail("write " + name + "(value)"), Shape::text;
    const Expression& item = call.items[0];
    if (name == "bearer") return emit_bearer(item);
    if (name == "list") return emit_list(item);
    if (name == "json") return emit_json(item), Shape::json;
    if (emit(item) == Shape::bytes) fail("raw bytes are no text; use hex() or base64()");
    return Shape::text;
}

Emitter::Shape Emitter::emit_bearer(const Expression& item) {
    if (!is_name(item, "account.secret")) fail("write bearer(account.secret)");
    program_.fields.add(Field::secret);
    step(Op::field, static_cast<u8>(Field::secret));
    return Shape::text;
}

Emitter::Shape Emitter::emit_list(const Expression& item) {
    if (!is_name(item, "account.name")) fail("write list(account.name)");
    program_.fields.add(Field::account);
    literal("[");
    step(Op::field_list, static_cast<u8>(Field::account));
    literal("]");
    return Shape::json;
}

Emitter::Shape Emitter::emit_concat(const Expression& call) {
    Shape whole = Shape::text;
    for (const Expression& item : call.items)
        if (emit(item) == Shape::bytes) whole = Shape::bytes;
    return whole;
}

void Emitter::emit_json(const Expression& expression) {
    const bool is_object = expression.kind == Expression::Kind::object;
    if (!is_object && expression.kind != Expression::Kind::array) {
        // A text is quoted; a number or a JSON value stands as it is.
        step(Op::open);
        const Shape shape = emit(expression);
        if (shape == Shape::bytes) fail("raw bytes are no JSON; use hex() or base64()");
        return step(shape == Shape::text ? Op::json_string : Op::join);
    }
    literal(is_object ? "{" : "[");
    for (size_t i = 0; i < expression.items.size(); ++i) {
        if (i > 0) literal(",");
        if (is_object) literal("\"" + expression.names[i] + "\":");
        emit_json(expression.items[i]);
    }
    literal(is_object ? "}" : "]");
}

} // namespace ks
