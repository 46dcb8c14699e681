// Expression: the little language in which a recipe says what to write and what to sign:
//   base64(json({identity: account.identity, nonce: nonce}))
// Here it becomes a tree; recipe_emit turns trees into steps. Words and functions: docs/VENUES.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ks {

struct Expression {
    enum class Kind : unsigned char {
        text,   // 'a literal'
        json,   // a literal of JSON that is no string: 50, true, null
        name,   // account.key, nonce, payload
        call,   // text is the function's name
        object, // names[i]: items[i]
        array,
    };
    Kind kind = Kind::text;
    std::string text;
    std::vector<Expression> items;
    std::vector<std::string> names;
};

// An expression alone. The error quotes it from where it went wrong.
Result<Expression> parse_expression(std::string_view text);

// Plain text with expressions in braces: "Token {bearer(account.secret)}"; "{{" and "}}" are
// braces. The result is a call of concat.
Result<Expression> parse_template(std::string_view text);

// Names that the expression mentions, each once.
void collect_names(const Expression& expression, std::vector<std::string>& names);

} // namespace ks
