#include "json.hpp"

#include "abi/killswitch_plain.h"

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

// What is not plain lies below U+10000: four digits are enough.
void Json::escape(u32 point) {
    text_ += "\\u";
    for (const u32 shift : {12u, 8u, 4u, 0u}) text_ += "0123456789abcdef"[point >> shift & 15];
}

void Json::quote(std::string_view text) {
    text_ += '"';
    for (size_t taken = 0; !text.empty(); text.remove_prefix(taken)) {
        const u32 point = ks_code_point(text.data(), text.size(), &taken);
        if (point == '"' || point == '\\')
            (text_ += '\\') += text[0];
        else if (point == '\n')
            text_ += "\\n";
        else if (point == '\r')
            text_ += "\\r";
        else if (ks_is_plain(point))
            text_.append(text.substr(0, taken));
        else
            escape(point == KS_NO_CODE_POINT ? static_cast<u8>(text[0]) : point);
    }
    text_ += '"';
}

} // namespace ks
