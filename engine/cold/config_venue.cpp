// One [venue.NAME] table: where the venue is, and what the firm knows better than its recipe.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "abi/killswitch.h"
#include "cold/config_read.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

SettingConfig read_setting(const Toml& at, const std::string& key) {
    const std::string where = at.where(key);
    if (at.kind(key) == TomlKind::integer)
        return {key, at.integer(key, {INT64_MIN, INT64_MAX}), where};
    if (at.kind(key) == TomlKind::array)
        return {key, at.integers(key, {INT64_MIN, INT64_MAX}), where};
    return {key, at.text(key), where};
}

// "127.0.0.1:8443" or "[::1]:8443": numbers only, so that nothing has to be resolved.
bool parse_endpoint(std::string_view text, VenueConfig& venue) {
    const size_t colon = text.rfind(':');
    if (colon == text.npos) return false;
    const std::string_view port = text.substr(colon + 1);
    const auto [rest, problem] =
        std::from_chars(port.data(), port.data() + port.size(), venue.port);
    if (problem != std::errc{} || rest != port.data() + port.size() || venue.port == 0)
        return false;
    std::string_view ip = text.substr(0, colon);
    const bool is_six = ip.starts_with('[') && ip.ends_with(']');
    if (is_six) ip = ip.substr(1, ip.size() - 2);
    venue.address = ip;
    in6_addr parsed{};
    return inet_pton(is_six ? AF_INET6 : AF_INET, venue.address.c_str(), &parsed) == 1;
}

// Stricter than the recipe, never laxer: that is checked when the recipe is known.
ClearConfig read_clear(const Toml& at) {
    const Toml words = at.table_if("clear");
    ClearConfig clear;
    if (!words.is_present()) return clear;
    clear.where = words.where();
    const i64 reads = words.integer("reads", {INT64_MIN, 100}, 0);
    if (words.has("reads") && reads < 2)
        words.fail("reads", "one empty read is no proof: it may have been asked before the cancel "
                            "was carried out; say 2 or more");
    clear.reads = static_cast<u8>(std::max<i64>(reads, 0));
    clear.apart = words.duration("apart", {});
    clear.settle = words.duration("settle", {});
    return clear;
}

// "1/2": this engine's part of every limit of the venue.
ShareConfig read_share(const Toml& at) {
    const std::string text = at.text("share", "1/1");
    ShareConfig share{0, 0, at.where()};
    const char* const end = text.data() + text.size();
    const auto part = std::from_chars(text.data(), end, share.part);
    const bool is_split = part.ec == std::errc{} && part.ptr != end && *part.ptr == '/';
    if (is_split) {
        const auto of = std::from_chars(part.ptr + 1, end, share.of);
        if (of.ec == std::errc{} && of.ptr == end && share.part >= 1 && share.part <= share.of)
            return share;
    }
    at.fail("share", "share " + in_quotes(text) + " is no part of a whole; write it like \"1/2\"");
    return {};
}

} // namespace

VenueConfig read_venue(const Toml& at, const std::string& name, const std::string& directory) {
    check_name(at, "venue", name);
    VenueConfig venue;
    venue.name = name;
    venue.where = at.where();
    venue.recipe = at.text("recipe", name);
    venue.host = at.text("host", "");
    if (!venue.host.empty() && split_host(venue.host).port == 0)
        at.fail("host", "host " + in_quotes(venue.host) + " is not a name in lower case; write " +
                            "it like \"api.bitopro.com\", with \":PORT\" unless 443");
    const std::string address = at.text("address", "");
    if (!address.empty() && !parse_endpoint(address, venue))
        at.fail("address", "address " + in_quotes(address) + " is not IP:PORT; write it like " +
                               "\"127.0.0.1:8443\", or leave it out for DNS");
    venue.ca_file = absolute(at.text("ca_file", ""), directory);
    venue.lanes = static_cast<u16>(at.integer("lanes", {1, KS_LANES_MAX}, 0));
    const Toml settings = at.table_if("settings");
    for (const std::string& key : settings.keys())
        venue.settings.push_back(read_setting(settings, key));
    const Toml limits = at.table_if("limits");
    for (const std::string& key : limits.keys()) {
        const Toml limit = limits.table(key);
        venue.limits.push_back({key, static_cast<u32>(limit.integer("count", {1, 65535}, 0)),
                                static_cast<u32>(limit.integer("reserve", {1, 65535}, 0)),
                                limit.duration("window", {}), limits.where(key)});
    }
    venue.clear = read_clear(at);
    venue.share = read_share(at);
    return venue;
}

} // namespace ks
