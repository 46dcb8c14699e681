#include "cold/toml.hpp"

#include <algorithm>

#include "cold/toml_tree.hpp"

namespace ks {

std::string_view kind_name(TomlKind kind) {
    switch (kind) {
    case TomlKind::absent:
        return "absent";
    case TomlKind::text:
        return "a string";
    case TomlKind::integer:
        return "an integer";
    case TomlKind::boolean:
        return "true or false";
    case TomlKind::array:
        return "an array";
    case TomlKind::table:
        return "a table";
    case TomlKind::other:
        return "a number with a fraction, or a date";
    }
    return "";
}

// A key that is looked for is a key that the reader knows: it may be what a typo meant.
void Toml::note(std::string_view key) const {
    if (!node_) return;
    if (std::find(node_->asked.begin(), node_->asked.end(), key) == node_->asked.end())
        node_->asked.emplace_back(key);
}

TomlNode* Toml::find(std::string_view key) const {
    if (!node_) return nullptr;
    note(key);
    for (size_t i = 0; i < node_->names.size(); ++i) {
        if (node_->names[i] != key) continue;
        node_->children[i].is_used = true;
        return &node_->children[i];
    }
    return nullptr;
}

TomlNode* Toml::demand(std::string_view key, std::string_view example) const {
    TomlNode* node = find(key);
    if (!node)
        fail_at(node_, (path_.empty() ? "the file" : "[" + path_ + "]") + " has no '" +
                           std::string(key) + "'; add " + std::string(example));
    return node;
}

TomlNode* Toml::typed(TomlNode* node, std::string_view key, std::string_view kind) const {
    if (!node || kind_name(node->kind) == kind) return node;
    fail_at(node, "'" + std::string(key) + "' is " + std::string(kind_name(node->kind)) +
                      "; make it " + std::string(kind));
    return nullptr;
}

void Toml::fail_at(const TomlNode* node, std::string_view what_and_remedy) const {
    if (state_->first_mistake) return;
    state_->first_mistake =
        Error{place(*state_, node ? node->line : 0) + ": " + std::string(what_and_remedy)};
}

void Toml::fail(std::string_view key, std::string_view what_and_remedy) const {
    const TomlNode* node = key.empty() ? nullptr : find(key);
    fail_at(node ? node : node_, what_and_remedy);
}

Toml Toml::child(TomlNode* node, std::string_view key) const {
    return {state_, node, path_.empty() ? std::string(key) : path_ + "." + std::string(key)};
}

bool Toml::has(std::string_view key) const {
    return kind(key) != TomlKind::absent;
}

TomlKind Toml::kind(std::string_view key) const {
    note(key);
    for (size_t i = 0; node_ && i < node_->names.size(); ++i)
        if (node_->names[i] == key) return node_->children[i].kind;
    return TomlKind::absent;
}

std::vector<std::string> Toml::keys() const {
    return node_ ? node_->names : std::vector<std::string>{};
}

std::string Toml::where() const {
    return place(*state_, node_ ? node_->line : 0);
}

std::string Toml::where(std::string_view key) const {
    for (size_t i = 0; node_ && i < node_->names.size(); ++i)
        if (node_->names[i] == key) return place(*state_, node_->children[i].line);
    return where();
}

std::string Toml::text_of(TomlNode* node, std::string_view key) const {
    node = typed(node, key, kind_name(TomlKind::text));
    return node ? node->text : std::string{};
}

std::string Toml::text(std::string_view key) const {
    return text_of(demand(key, std::string(key) + " = \"...\""), key);
}

std::string Toml::text(std::string_view key, std::string_view fallback) const {
    TomlNode* node = find(key);
    return node ? text_of(node, key) : std::string(fallback);
}

std::string Toml::choice(std::string_view key,
                         std::initializer_list<std::string_view> words) const {
    std::string word = text(key, *words.begin());
    if (std::find(words.begin(), words.end(), word) != words.end()) return word;
    std::string all;
    for (std::string_view one : words) all += (all.empty() ? "" : ", ") + std::string(one);
    fail(key, "'" + std::string(key) + "' cannot be '" + word + "'; choose one of: " + all);
    return std::string(*words.begin());
}

i64 Toml::integer_of(TomlNode* node, std::string_view key, IntegerRange range) const {
    node = typed(node, key, kind_name(TomlKind::integer));
    if (!node) return range.min;
    if (node->integer >= range.min && node->integer <= range.max) return node->integer;
    fail_at(node, "'" + std::string(key) + "' is " + std::to_string(node->integer) +
                      "; it must be from " + std::to_string(range.min) + " to " +
                      std::to_string(range.max));
    return range.min;
}

i64 Toml::integer(std::string_view key, IntegerRange range) const {
    return integer_of(demand(key, std::string(key) + " = " + std::to_string(range.min)), key,
                      range);
}

i64 Toml::integer(std::string_view key, IntegerRange range, i64 fallback) const {
    TomlNode* node = find(key);
    return node ? integer_of(node, key, range) : fallback;
}

bool Toml::boolean(std::string_view key) const {
    TomlNode* node = demand(key, std::string(key) + " = true");
    node = typed(node, key, kind_name(TomlKind::boolean));
    return node && node->boolean;
}

bool Toml::boolean(std::string_view key, bool fallback) const {
    return has(key) ? boolean(key) : (find(key), fallback);
}

Nanos Toml::duration_of(TomlNode* node, std::string_view key) const {
    const std::string text = text_of(node, key);
    if (text.empty() && (!node || node->kind != TomlKind::text)) return {};
    auto span = parse_duration(text);
    if (span) return *span;
    fail_at(node, "'" + std::string(key) + "': " + span.error().sentence);
    return {};
}

Nanos Toml::duration(std::string_view key) const {
    return duration_of(demand(key, std::string(key) + " = \"1s\""), key);
}

Nanos Toml::duration(std::string_view key, Nanos fallback) const {
    TomlNode* node = find(key);
    return node ? duration_of(node, key) : fallback;
}

std::span<TomlNode> Toml::items(std::string_view key) const {
    TomlNode* node = typed(find(key), key, kind_name(TomlKind::array));
    return node ? std::span<TomlNode>(node->children) : std::span<TomlNode>{};
}

std::vector<std::string> Toml::texts(std::string_view key) const {
    std::vector<std::string> all;
    for (TomlNode& item : items(key)) all.push_back(text_of(&item, key));
    return all;
}

std::vector<i64> Toml::integers(std::string_view key, IntegerRange range) const {
    std::vector<i64> all;
    for (TomlNode& item : items(key)) all.push_back(integer_of(&item, key, range));
    return all;
}

std::vector<Nanos> Toml::durations(std::string_view key) const {
    std::vector<Nanos> all;
    for (TomlNode& item : items(key)) all.push_back(duration_of(&item, key));
    return all;
}

std::vector<Toml> Toml::tables(std::string_view key) const {
    std::vector<Toml> all;
    for (TomlNode& item : items(key))
        if (TomlNode* node = typed(&item, key, kind_name(TomlKind::table)))
            all.push_back(child(node, key));
    return all;
}

Toml Toml::table(std::string_view key) const {
    TomlNode* node = demand(key, "[" + child(nullptr, key).path() + "]");
    return child(typed(node, key, kind_name(TomlKind::table)), key);
}

Toml Toml::table_if(std::string_view key) const {
    return child(typed(find(key), key, kind_name(TomlKind::table)), key);
}

} // namespace ks
