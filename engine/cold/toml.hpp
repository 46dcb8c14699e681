// Toml: a TOML document read strictly: typed, range-checked, every key used or reported.
// Why: an ignored typo in a kill switch is found on the worst night of the year.
// Guarantees: the first mistake is kept as "file:line: what; remedy" and given by finish(); until
// then getters answer with harmless values, so that a reader is written without a single `if`.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/units.hpp"
#include "cold/words.hpp"

namespace ks {

enum class TomlKind : u8 { absent, text, integer, boolean, array, table, other };

struct TomlNode; // one value with its line; private to toml.cpp
struct TomlState;

struct IntegerRange {
    i64 min = 0;
    i64 max = INT64_MAX;
};

// A cursor on one table. Copies are cheap; valid as long as its TomlFile lives. A getter without
// fallback demands the key. A cursor on an absent table (table_if) has no keys.
class Toml {
public:
    bool is_present() const { return node_ != nullptr; }
    bool has(std::string_view key) const;
    TomlKind kind(std::string_view key) const;
    std::vector<std::string> keys() const; // in the order of the file; uses up nothing
    std::string where() const;             // "killswitch.toml:12", of the table
    std::string where(std::string_view key) const;
    const std::string& path() const { return path_; } // "venue.bitopro"

    std::string text(std::string_view key) const;
    std::string text(std::string_view key, std::string_view fallback) const;
    // One of the words given; the first is the fallback.
    std::string choice(std::string_view key, std::initializer_list<std::string_view> words) const;
    i64 integer(std::string_view key, IntegerRange range) const;
    i64 integer(std::string_view key, IntegerRange range, i64 fallback) const;
    bool boolean(std::string_view key) const;
    bool boolean(std::string_view key, bool fallback) const;
    // A whole number and a unit: "250ms", "1s"; units ns us ms s m h d.
    Nanos duration(std::string_view key) const;
    Nanos duration(std::string_view key, Nanos fallback) const;

    // Arrays; an absent key is an empty array unless demanded by has().
    std::vector<std::string> texts(std::string_view key) const;
    std::vector<i64> integers(std::string_view key, IntegerRange range) const;
    std::vector<Nanos> durations(std::string_view key) const;
    std::vector<Toml> tables(std::string_view key) const; // [[key]]

    Toml table(std::string_view key) const;
    Toml table_if(std::string_view key) const;

    // Says what is wrong with the value of `key` (or with the table, if key is empty).
    void fail(std::string_view key, std::string_view what_and_remedy) const;

private:
    friend class TomlFile;
    Toml(TomlState* state, TomlNode* node, std::string path)
        : state_(state), node_(node), path_(std::move(path)) {}
    void note(std::string_view key) const;
    TomlNode* find(std::string_view key) const;
    TomlNode* demand(std::string_view key, std::string_view example) const;
    TomlNode* typed(TomlNode* node, std::string_view key, std::string_view kind) const;
    Toml child(TomlNode* node, std::string_view key) const;
    std::string text_of(TomlNode* node, std::string_view key) const;
    i64 integer_of(TomlNode* node, std::string_view key, IntegerRange range) const;
    Nanos duration_of(TomlNode* node, std::string_view key) const;
    std::span<TomlNode> items(std::string_view key) const;
    void fail_at(const TomlNode* node, std::string_view what_and_remedy) const;

    TomlState* state_;
    TomlNode* node_;
    std::string path_;
};

class TomlFile {
public:
    static Result<TomlFile> read(const std::string& file);
    // `name` stands in front of every error, as a file's name would.
    static Result<TomlFile> parse(std::string name, std::string_view text);
    TomlFile(TomlFile&&) noexcept;
    TomlFile& operator=(TomlFile&&) noexcept;
    ~TomlFile();

    Toml root() const;
    const std::string& name() const;
    // The first mistake; else the first key that nobody asked for, with what was probably meant.
    Result<void> finish() const;
    // Only the first mistake: for a second reading that asks for a part of the keys.
    Result<void> first_mistake() const;

private:
    explicit TomlFile(std::unique_ptr<TomlState> state);
    std::unique_ptr<TomlState> state_;
};

} // namespace ks
