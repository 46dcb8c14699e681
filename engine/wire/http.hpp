// Http: one HTTP/1.1 response, read strictly as it arrives.
// Guarantees: no allocation, no copy of the body, any split of the input gives the same result;
// anything ambiguous (two lengths, length with chunked, bare CR, NUL, obs-fold, unknown coding,
// trailing bytes) is `broken` and the lane must be closed. Source: RFC 9112.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/units.hpp"

namespace ks {

constexpr size_t http_head_bytes_max = 16 * 1024;
constexpr size_t http_line_bytes_max = 8 * 1024;
constexpr u32 http_headers_max = 128;
constexpr u32 http_informational_max = 16; // 1xx answers before the final one

enum class HttpStep : u8 {
    need,   // all input used; more must come
    head,   // status() and the header facts below are valid
    body,   // `body` holds a piece of the body
    done,   // the response is complete; bytes after it are not ours
    broken, // ambiguous or malformed: UNKNOWN, close the lane
};

// The header facts the engine uses; others are checked for form and skipped.
struct HttpHead {
    u16 status = 0;
    bool close = false;             // Connection: close, or HTTP/1.0 without keep-alive
    bool is_json = false;           // Content-Type: application/json or +json
    bool is_html = false;
    bool is_encoded = false;        // Content-Encoding other than identity: the body is not readable
    i64 retry_after_s = -1;         // Retry-After in seconds; -1: none; a date is given as -2
    i64 date_unix_s = -1;           // Date, IMF-fixdate; -1: none
    i64 keep_alive_s = -1;          // Keep-Alive: timeout=
};

class HttpResponse {
public:
    struct Step {
        HttpStep step = HttpStep::need;
        size_t used = 0; // bytes of the input consumed
        std::span<const std::byte> body;
    };
    void start(); // before each response
    Step next(std::span<const std::byte> in);
    // The peer ended the stream: `done` if the body is delimited by that, else `broken`.
    HttpStep end();
    const HttpHead& head() const { return head_; }
    std::string_view why_broken() const { return why_; }
    // True when not a byte of this response has been seen yet.
    bool is_untouched() const;

private:
    HttpHead head_;
    std::string_view why_;
    // ... parser state, fixed size
};

} // namespace ks
