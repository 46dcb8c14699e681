// Encode: a value written in another alphabet, at the top of an arena.
#pragma once

#include <string_view>

#include "venues/arena.hpp"

namespace ks {

void append_hex(Arena& arena, std::string_view value);         // lower case
void append_base64(Arena& arena, std::string_view value);      // RFC 4648 section 4, padded
void append_base64url(Arena& arena, std::string_view value);   // section 5, without padding
void append_urlencoded(Arena& arena, std::string_view value);  // all but RFC 3986 unreserved
void append_json_string(Arena& arena, std::string_view value); // RFC 8259, quoted; UTF-8 as it is
void append_decimal(Arena& arena, u64 number);
void append_iso_time(Arena& arena, UnixMs at); // "2020-12-08T09:08:57.715Z"

// A request target: visible ASCII without '#', beginning with '/'.
bool is_target(std::string_view text);
// A header value: visible ASCII, blanks only inside, not empty.
bool is_header_value(std::string_view text);

} // namespace ks
