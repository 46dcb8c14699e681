// Toml tree: what a TomlFile holds: toml++'s tree copied once, in the order of the file, with a
// line for each value and room to note what was asked for, which toml++ itself has not. Private to
// engine/cold/toml*.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cold/toml.hpp"

namespace ks {

struct TomlNode {
    TomlKind kind = TomlKind::other;
    u32 line = 0;
    u32 column = 0;
    bool is_used = false;
    bool boolean = false;
    i64 integer = 0;
    std::string text;
    std::vector<std::string> names; // of a table's children
    std::vector<TomlNode> children; // of a table or array
    std::vector<std::string> asked; // keys that the reader knows, present or not
};

struct TomlState {
    std::string name;
    TomlNode root;
    std::optional<Error> first_mistake;
};

std::string_view kind_name(TomlKind kind);

// "killswitch.toml:12"
std::string place(const TomlState& state, u32 line);

} // namespace ks
