#include "cold/words.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace ks {
namespace {

// Letters added, left out, changed, or swapped with the next one.
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (size_t i = 1; i <= a.size(); ++i)
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({change, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

} // namespace

std::string_view nearest(std::string_view word, std::span<const std::string> candidates) {
    // A third of the letters wrong is still a typo, and so is a name begun right; more is another
    // word.
    constexpr size_t begun_min = 4;
    size_t best = std::max<size_t>(word.size() / 3, 1) + 1;
    std::string_view found;
    for (const std::string& candidate : candidates) {
        const bool is_begun = word.size() >= begun_min && candidate.starts_with(word);
        const size_t distance = is_begun ? 1 : edit_distance(word, candidate);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

Result<Nanos> parse_duration(std::string_view text) {
    static const std::map<std::string_view, i64> units = {
        {"ns", 1},
        {"us", 1'000},
        {"ms", 1'000'000},
        {"s", 1'000'000'000},
        {"m", 60'000'000'000},
        {"h", 3'600'000'000'000},
        {"d", 86'400'000'000'000},
    };
    i64 count = 0;
    const char* end = text.data() + text.size();
    const auto [rest, problem] = std::from_chars(text.data(), end, count);
    const auto unit = units.find({rest, static_cast<size_t>(end - rest)});
    if (problem != std::errc{} || unit == units.end() || count < 0 ||
        count > INT64_MAX / 2 / unit->second)
        return Error{"'" + std::string(text) + "' is not a duration; write a whole number and a " +
                     "unit (ns us ms s m h d), like \"250ms\""};
    return Nanos{count * unit->second};
}

HostPort split_host(std::string_view host) {
    constexpr u16 https_port = 443;
    const size_t colon = host.find(':');
    HostPort split{std::string(host.substr(0, colon)), https_port};
    const auto is_name = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    if (split.name.empty() || !std::all_of(split.name.begin(), split.name.end(), is_name))
        return {std::string(host), 0};
    if (colon == host.npos) return split;
    const std::string_view port = host.substr(colon + 1);
    const char* end = port.data() + port.size();
    const auto [rest, problem] = std::from_chars(port.data(), end, split.port);
    if (problem != std::errc{} || rest != end) split.port = 0;
    return split;
}

std::string in_quotes(std::string_view text) {
    return "'" + std::string(text) + "'";
}

Error unknown_name(const UnknownName& unknown, std::span<const std::string> known) {
    const std::string_view meant = nearest(unknown.name, known);
    const std::string remedy =
        meant.empty() ? std::string(unknown.remedy) : "did you mean " + in_quotes(meant) + "?";
    return {std::string(unknown.where) + ": unknown " + std::string(unknown.what) + " " +
            in_quotes(unknown.name) + "; " + remedy};
}

bool is_loopback(const std::string& address) {
    in_addr four{};
    in6_addr six{};
    if (inet_pton(AF_INET, address.c_str(), &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, address.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

} // namespace ks
