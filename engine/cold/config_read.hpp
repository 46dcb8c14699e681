// Config read: the parts of the config's first half. Each reads its tables with a Toml cursor,
// which keeps the first mistake and its line.
#pragma once

#include <string>
#include <string_view>

#include "cold/config.hpp"
#include "cold/toml.hpp"

namespace ks {

constexpr std::string_view name_marks = "_-."; // a name becomes a file name or a path in messages
constexpr std::string_view symbol_marks = "_-./:@"; // venues write BTC_USDT, BTC/USDT, BTC-PERP@1

bool is_word(std::string_view text, std::string_view marks);
void check_name(const Toml& at, std::string_view what, std::string_view name);
std::string absolute(const std::string& path, const std::string& directory);
// A group by name or number, as the owner of a page; -1: none is given.
i64 read_group(const Toml& at, std::string_view key);

VenueConfig read_venue(const Toml& at, const std::string& name, const std::string& directory);
AccountConfig read_account(const Toml& at, const std::string& name, const std::string& directory);
ProducerConfig read_producer(const Toml& at, const std::string& name);

} // namespace ks
