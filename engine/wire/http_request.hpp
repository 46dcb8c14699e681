// Request check: reads a built request back, strictly, before it may be armed.
// Guarantees: no allocation; a request that passes is one request and nothing else for any reader
// of RFC 9110 and 9112, so that no text of a config or a key can smuggle a second one.
#pragma once

#include <span>
#include <string_view>

#include "base/units.hpp"

namespace ks {

// Empty when `request` is exactly one well-formed HTTP/1.1 request: origin-form target, header
// grammar, one Host, a body as long as Content-Length says. Else what is wrong, as a half sentence.
[[nodiscard]] std::string_view request_fault(std::span<const std::byte> request);

[[nodiscard]] inline bool is_well_formed_request(std::span<const std::byte> request) {
    return request_fault(request).empty();
}

} // namespace ks
