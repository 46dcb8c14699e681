// Http grammar: the small words that responses and requests share, as RFC 9110 section 5 has them.
// Guarantees: pure functions over text; no allocation, no locale.
#pragma once

#include <string_view>

#include "base/units.hpp"

namespace ks {

// A field line "Name: value", cut; the value is without the blanks around it.
struct HttpField {
    std::string_view name;
    std::string_view value;
};

// False unless `line` is a token, a colon and a value of printable bytes, blanks and obs-text.
[[nodiscard]] bool split_field(std::string_view line, HttpField& field);

bool is_token(std::string_view text);       // one or more tchar
bool is_field_value(std::string_view text); // no CR, LF, NUL or other control byte
// Everything after a chunk's size is well-formed; we ask for no extension and use none.
bool is_chunk_extensions(std::string_view text);
bool is_same_word(std::string_view a, std::string_view b); // ASCII, case ignored
bool ends_in_word(std::string_view text, std::string_view word);
std::string_view without_blanks(std::string_view text); // SP and HT at both ends

// Cuts the next element off a comma list (no quoted commas); false when the list is used up.
bool next_element(std::string_view& list, std::string_view& element);

// Digits only, at most 18 of them: it always fits. Else -1.
i64 decimal(std::string_view digits);
i32 hex_digit(char digit); // -1: none

// "Sun, 06 Nov 1994 08:49:37 GMT", each field right, the weekday too; seconds since 1970. Else -1.
i64 imf_fixdate_unix_s(std::string_view text);

} // namespace ks
