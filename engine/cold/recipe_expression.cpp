#include "cold/recipe_expression.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "base/units.hpp"

namespace ks {

namespace {

constexpr size_t depth_max = 16; // deeper nesting is a mistake, and must not exhaust the stack

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Expression expression() {
        if (++depth_ > depth_max) fail("is nested too deeply; use `let`");
        skip_blanks();
        Expression result = item();
        skip_blanks();
        --depth_;
        return result;
    }
    bool is_at_end() const { return at_ == text_.size(); }
    bool take(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    char next() { return text_[at_++]; }
    void fail(std::string_view what) {
        if (mistake_) return;
        const std::string_view rest = text_.substr(std::min(at_, text_.size()));
        mistake_ = Error{"'" + std::string(text_) +
                         "': " + (rest.empty() ? "at its end" : "at '" + std::string(rest) + "'") +
                         ": " + std::string(what)};
        at_ = text_.size(); // so that every loop ends
    }
    std::optional<Error>& mistake() { return mistake_; }

private:
    static bool is_word(char byte) {
        return std::isalnum(static_cast<unsigned char>(byte)) || byte == '_' || byte == '.';
    }
    void skip_blanks() {
        while (!is_at_end() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    }
    std::string word() {
        const size_t start = at_;
        while (!is_at_end() && is_word(text_[at_])) ++at_;
        return std::string(text_.substr(start, at_ - start));
    }
    std::string quoted(char quote) {
        const size_t end = text_.find(quote, at_);
        if (end == std::string_view::npos) return fail("a quote is not closed"), std::string{};
        std::string inner(text_.substr(at_, end - at_));
        at_ = end + 1;
        return inner;
    }

    Expression item() {
        using Kind = Expression::Kind;
        if (is_at_end()) return fail("a value must stand here"), Expression{};
        if (take("'")) return {Kind::text, quoted('\''), {}, {}};
        if (take("\"")) return {Kind::text, quoted('"'), {}, {}};
        if (take("{")) return object();
        if (take("[")) return list(Kind::array, "]");
        const std::string name = word();
        if (name.empty()) return fail("a value must stand here"), Expression{};
        const bool is_number =
            std::ranges::all_of(name, [](unsigned char byte) { return std::isdigit(byte); });
        if (is_number || name == "true" || name == "false" || name == "null")
            return {Kind::json, name, {}, {}};
        if (!take("(")) return {Kind::name, name, {}, {}};
        Expression call = list(Kind::call, ")");
        call.text = name;
        return call;
    }

    Expression list(Expression::Kind kind, std::string_view end) {
        Expression result{kind, {}, {}, {}};
        skip_blanks();
        if (take(end)) return result;
        do result.items.push_back(expression());
        while (take(","));
        if (!take(end)) fail("',' or '" + std::string(end) + "' must stand here");
        return result;
    }

    Expression object() {
        Expression result{Expression::Kind::object, {}, {}, {}};
        skip_blanks();
        if (take("}")) return result;
        do {
            skip_blanks();
            result.names.push_back(take("'") ? quoted('\'') : take("\"") ? quoted('"') : word());
            skip_blanks();
            const std::string& name = result.names.back();
            if (name.empty() || !take(":")) fail("'name: value' must stand here");
            if (name.find_first_of("\"\\") != name.npos) fail("a name has no quotes, no backslash");
            result.items.push_back(expression());
        } while (take(","));
        if (!take("}")) fail("',' or '}' must stand here");
        return result;
    }

    std::string_view text_;
    size_t at_ = 0;
    size_t depth_ = 0;
    std::optional<Error> mistake_;
};

} // namespace

Result<Expression> parse_expression(std::string_view text) {
    Parser parser(text);
    Expression result = parser.expression();
    if (!parser.is_at_end()) parser.fail("nothing may follow the expression");
    if (parser.mistake()) return *parser.mistake();
    return result;
}

Result<Expression> parse_template(std::string_view text) {
    Parser parser(text);
    Expression result{Expression::Kind::call, "concat", {}, {}};
    std::string plain;
    const auto flush = [&] {
        if (!plain.empty()) result.items.push_back({Expression::Kind::text, plain, {}, {}});
        plain.clear();
    };
    while (!parser.is_at_end()) {
        if (parser.take("{{"))
            plain += '{';
        else if (parser.take("}}"))
            plain += '}';
        else if (parser.take("{")) {
            flush();
            result.items.push_back(parser.expression());
            if (!parser.take("}")) parser.fail("'}' must stand here");
        } else if (parser.take("}"))
            parser.fail("a brace of plain text is written twice: '}}'");
        else
            plain += parser.next();
    }
    flush();
    if (parser.mistake()) return *parser.mistake();
    return result;
}

void collect_names(const Expression& expression, std::vector<std::string>& names) {
    if (expression.kind == Expression::Kind::name &&
        std::find(names.begin(), names.end(), expression.text) == names.end())
        names.push_back(expression.text);
    for (const Expression& item : expression.items) collect_names(item, names);
}

} // namespace ks
