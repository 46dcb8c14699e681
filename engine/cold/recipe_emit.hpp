// Emitter: turns expressions into the steps of one program, and checks that they make sense.
// Guarantees: the first mistake is kept; after it steps are harmless, so that callers need no `if`.
// A secret reaches the steps only as the key of a signature, or where bearer() says so aloud.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cold/recipe.hpp"
#include "cold/recipe_expression.hpp"

namespace ks {

// What the words of an expression stand for.
struct EmitScope {
    std::string method;
    std::string host;
    std::vector<Setting> settings;
    std::map<std::string, Expression> values; // path, body and every `let`
    // The window of time that a read of older orders asks for, in seconds before now.
    struct Window {
        u32 from_ago_s = 0;
        u32 to_ago_s = 0;
    };
    std::optional<Window> window;
};

class Emitter {
public:
    explicit Emitter(const EmitScope& scope) : scope_(scope) {}

    // Writes the values that `expression` mentions, each once and before those who mention it. Call
    // it while no value is open.
    void prepare(const Expression& expression);
    void prepare(const std::string& name);

    void literal(std::string_view text);
    void step(Op op, u8 arg = 0);
    void ago(u32 seconds);
    void value(const std::string& name); // a prepared value
    void size_of(const std::string& name);
    void checked(const Expression& expression, Op check); // text that `check` then looks at

    const std::optional<std::string>& mistake() const { return mistake_; }
    const Program& program() const { return program_; }

private:
    enum class Shape : u8 {
        text,
        number, // digits: not quoted in JSON
        json,   // a JSON value as it is
        bytes,  // a raw digest: to be written as hex or base64
    };
    Shape emit(const Expression& expression);
    Shape emit_name(const std::string& name);
    Shape emit_setting(const std::string& name);
    Shape emit_call(const Expression& call);
    Shape emit_concat(const Expression& call);
    void emit_json(const Expression& expression);
    Shape emit_function(const Expression& call);
    Shape emit_bearer(const Expression& item);
    Shape emit_list(const Expression& item);
    void emit_open(const Expression& expression, Op close);
    void fail(std::string what);
    void fail_unknown(std::string_view kind, const std::string& name,
                      std::vector<std::string> known);

    const EmitScope& scope_;
    Program program_;
    struct Kept {
        u8 index = 0;
        Shape shape = Shape::text;
    };
    std::map<std::string, Kept> kept_;
    std::vector<std::string> pending_; // values being written: one of them again is a cycle
    std::optional<std::string> mistake_;
};

} // namespace ks
