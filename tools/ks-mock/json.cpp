// The only unit that pays for simdjson's header.
#include "json.hpp"

#include <simdjson.h>

namespace ks {
namespace {

std::string plain(simdjson::dom::element value) {
    if (std::string_view text; value.get(text) == simdjson::SUCCESS) return std::string(text);
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return simdjson::minify(value);
    std::string joined;
    for (const simdjson::dom::element item : list)
        joined += (joined.empty() ? "" : ",") + plain(item);
    return joined;
}

}

std::optional<Members> json_members(std::string_view text) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(simdjson::padded_string(text)).get(object) != simdjson::SUCCESS) return {};
    Members members;
    for (const auto field : object) members.emplace(field.key, plain(field.value));
    return members;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<u8>(c) < 0x20)
            out += ' '; // names and paths only: no control byte matters
        else
            out += c;
    }
    return out + '"';
}

JsonObject& JsonObject::json(std::string_view name, std::string_view value) {
    if (!fields_.empty()) fields_ += ',';
    fields_ += quoted(name) + ':';
    fields_ += value;
    return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    return json(name, quoted(value));
}

JsonObject& JsonObject::number(std::string_view name, u64 value) {
    return json(name, std::to_string(value));
}

}
