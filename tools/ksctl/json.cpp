#include "json.hpp"

namespace ks {

Json& Json::end() {
    text_ += ends_.back();
    ends_.pop_back();
    is_first_ = false;
    return *this;
}

Json& Json::text(std::string_view key, std::string_view value) {
    begin(key);
    quote(value);
    return *this;
}

Json& Json::open(std::string_view key, char bracket) {
    begin(key);
    text_ += bracket;
    ends_ += bracket == '{' ? '}' : ']';
    is_first_ = true;
    return *this;
}

Json& Json::raw(std::string_view key, std::string_view value) {
    begin(key);
    text_ += value;
    return *this;
}

// The comma and the name that stand before a value; elements of an array have no name.
void Json::begin(std::string_view key) {
    if (!is_first_) text_ += ',';
    is_first_ = false;
    if (key.empty()) return;
    quote(key);
    text_ += ':';
}

void Json::quote(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    text_ += '"';
    for (char c : text) {
        const u8 byte = static_cast<u8>(c);
        if (c == '"' || c == '\\')
            (text_ += '\\') += c;
        else if (c == '\n')
            text_ += "\\n";
        else if (c == '\r')
            text_ += "\\r";
        else if (byte >= 0x20 && byte < 0x7f)
            text_ += c;
        else
            ((text_ += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
    }
    text_ += '"';
}

} // namespace ks
