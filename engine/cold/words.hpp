// Words: what error sentences and config values are made of: quotes, near names, durations,
// hosts.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

// "250ms" as a span: a whole number and a unit, ns us ms s m h d. The error says how to write one.
Result<Nanos> parse_duration(std::string_view text);

// The candidate that `word` was probably meant to be, or empty when none is near.
std::string_view nearest(std::string_view word, std::span<const std::string> candidates);

// "api.bitopro.com" is port 443; "oms.firm.example:8443" says its own. Port 0: not a host name.
struct HostPort {
    std::string name;
    u16 port = 0;
};
HostPort split_host(std::string_view host);

// Does this numeric address stay on this machine?
bool is_loopback(const std::string& address);

std::string in_quotes(std::string_view text);

// "<where>: unknown venue 'bitpro'; did you mean 'bitopro'?", or `remedy` when nothing is near.
struct UnknownName {
    std::string_view where;
    std::string_view what;
    std::string_view name;
    std::string_view remedy;
};
Error unknown_name(const UnknownName& unknown, std::span<const std::string> known);

} // namespace ks
