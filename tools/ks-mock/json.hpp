// JSON both ways: the members of a request's flat object, and objects written one field at a time.
#pragma once

#include "clock.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ks {

using Members = std::map<std::string, std::string, std::less<>>;

// The members of one object: strings unquoted, lists of strings joined by commas, the rest as
// written. Nothing when the text is not one JSON object.
std::optional<Members> json_members(std::string_view text);

std::string quoted(std::string_view text);

// {"id":"1","count":2}: fields in the order in which they are added.
class JsonObject {
public:
    JsonObject& text(std::string_view name, std::string_view value);
    JsonObject& number(std::string_view name, u64 value);
    JsonObject& json(std::string_view name, std::string_view value); // already JSON
    std::string done() const { return "{" + fields_ + "}"; }

private:
    std::string fields_;
};

// [a,b]: elements that already are JSON.
class JsonList {
public:
    void add(std::string_view element) {
        if (!elements_.empty()) elements_ += ',';
        elements_ += element;
    }
    std::string done() const { return "[" + elements_ + "]"; }

private:
    std::string elements_;
};

}
