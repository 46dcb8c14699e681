// The file behind the cursor, and the one place that sees toml++.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <toml++/toml.h>

#include "cold/toml_tree.hpp"

namespace ks {
namespace {

constexpr size_t file_bytes_max = 1024 * 1024; // a config is a few pages; more is a mistake

TomlNode copy(const toml::node& from, toml::source_position at);

void copy_children(const toml::table& table, TomlNode& to) {
    std::vector<std::pair<std::string, TomlNode>> children;
    for (const auto& [key, value] : table)
        children.emplace_back(std::string(key.str()), copy(value, key.source().begin));
    std::stable_sort(children.begin(), children.end(), [](const auto& a, const auto& b) {
        return std::pair(a.second.line, a.second.column) <
               std::pair(b.second.line, b.second.column);
    });
    for (auto& [name, child] : children) {
        to.names.push_back(std::move(name));
        to.children.push_back(std::move(child));
    }
}

TomlNode copy(const toml::node& from, toml::source_position at) {
    TomlNode to;
    to.line = at.line;
    to.column = at.column;
    if (const auto* text = from.as_string()) {
        to.kind = TomlKind::text;
        to.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        to.kind = TomlKind::integer;
        to.integer = integer->get();
    } else if (const auto* boolean = from.as_boolean()) {
        to.kind = TomlKind::boolean;
        to.boolean = boolean->get();
    } else if (const auto* array = from.as_array()) {
        to.kind = TomlKind::array;
        for (const toml::node& item : *array)
            to.children.push_back(copy(item, item.source().begin));
    } else if (const auto* table = from.as_table()) {
        to.kind = TomlKind::table;
        copy_children(*table, to);
    }
    return to;
}

// The first key that nobody asked for, in the order of the file.
std::optional<Error> unknown_key(const TomlState& state, const TomlNode& node) {
    for (size_t i = 0; i < node.children.size(); ++i) {
        const TomlNode& child = node.children[i];
        if (node.kind == TomlKind::table && !child.is_used) {
            const std::string where = place(state, child.line);
            return unknown_name({where, "key", node.names[i], "remove it"}, node.asked);
        }
        if (auto error = unknown_key(state, child)) return error;
    }
    return {};
}

} // namespace

std::string place(const TomlState& state, u32 line) {
    return line == 0 ? state.name : state.name + ":" + std::to_string(line);
}

TomlFile::TomlFile(std::unique_ptr<TomlState> state) : state_(std::move(state)) {}
TomlFile::TomlFile(TomlFile&&) noexcept = default;
TomlFile& TomlFile::operator=(TomlFile&&) noexcept = default;
TomlFile::~TomlFile() = default;

Result<TomlFile> TomlFile::read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf()))
        return Error{file + ": cannot be read or is empty; check the path and the permissions"};
    if (text.str().size() > file_bytes_max)
        return Error{file + ": is larger than 1 MiB; this is not a killswitch file"};
    return parse(file, text.str());
}

Result<TomlFile> TomlFile::parse(std::string name, std::string_view text) {
    auto state = std::make_unique<TomlState>();
    state->name = std::move(name);
    try {
        state->root = copy(toml::parse(text), {});
    } catch (const toml::parse_error& error) {
        return Error{place(*state, error.source().begin.line) + ": " +
                     std::string(error.description()) + "; mend the TOML syntax there"};
    }
    return TomlFile(std::move(state));
}

Toml TomlFile::root() const {
    return {state_.get(), &state_->root, ""};
}
const std::string& TomlFile::name() const {
    return state_->name;
}

Result<void> TomlFile::first_mistake() const {
    if (state_->first_mistake) return Error{*state_->first_mistake};
    return {};
}

Result<void> TomlFile::finish() const {
    if (auto read = first_mistake(); !read) return read;
    if (auto error = unknown_key(*state_, state_->root)) return *error;
    return {};
}

} // namespace ks
