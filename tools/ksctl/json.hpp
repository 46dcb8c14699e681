// Json: writes one JSON value, from the outside inwards.
// Guarantees: the text is valid JSON whatever the strings hold (foreign ids, raw HTTP bytes): what
// is not plain text becomes \uXXXX, and a byte of no character \u00XX.
#pragma once

#include <string>
#include <string_view>

#include "base/units.hpp"

namespace ks {

class Json {
public:
    Json& object(std::string_view key = "") { return open(key, '{'); }
    Json& array(std::string_view key = "") { return open(key, '['); }
    Json& end();
    Json& text(std::string_view key, std::string_view value);
    Json& number(std::string_view key, i64 value) { return raw(key, std::to_string(value)); }
    Json& boolean(std::string_view key, bool value) { return raw(key, value ? "true" : "false"); }
    Json& null(std::string_view key) { return raw(key, "null"); }
    const std::string& str() const { return text_; }

private:
    Json& open(std::string_view key, char bracket);
    Json& raw(std::string_view key, std::string_view value);
    void begin(std::string_view key);
    void quote(std::string_view text);
    void escape(u32 point);

    std::string text_;
    std::string ends_; // closing brackets owed, innermost last
    bool is_first_ = true;
};

} // namespace ks
