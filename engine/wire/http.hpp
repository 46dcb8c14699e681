// Http: one HTTP/1.1 response, read strictly as it arrives.
// Guarantees: no allocation, no copy of the body, any split of the input gives the same result;
// anything ambiguous (two lengths, length with chunked, bare CR, NUL, obs-fold, unknown coding,
// trailing bytes) is `broken` and the lane must be closed. Source: RFC 9112. The requests it
// answers are never HEAD or CONNECT (http_request.hpp refuses them): those change what a length
// means.
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
    bool close = false;   // Connection: close, or HTTP/1.0 without keep-alive
    bool is_json = false; // Content-Type: application/json or +json
    bool is_html = false;
    bool is_encoded = false; // Content-Encoding other than identity: the body is not readable
    i64 retry_after_s = -1;  // Retry-After in seconds; -1: none; a date is given as -2
    i64 date_unix_s = -1;    // Date, IMF-fixdate; -1: none
    i64 keep_alive_s = -1;   // Keep-Alive: timeout=
};

class HttpResponse {
public:
    struct Step {
        HttpStep step = HttpStep::need;
        size_t used = 0; // bytes of the input consumed
        std::span<const std::byte> body;
    };
    void start(); // before each response
    // One step. Until it says need, done or broken, call again with the unused rest, even if empty:
    // `done` comes in a step of its own.
    Step next(std::span<const std::byte> in);
    // The peer ended the stream in order (close_notify, not a bare FIN, which may be a cut): `done`
    // if the body is delimited by that, else `broken`.
    HttpStep end();
    const HttpHead& head() const { return head_; }
    std::string_view why_broken() const { return why_; }
    // True when not a byte of this response has been seen yet.
    bool is_untouched() const;

private:
    // What the next byte belongs to. The first five are read line by line.
    enum class At : u8 {
        status_line,
        headers,
        chunk_size,
        chunk_end,
        trailers,
        fixed_body,
        chunk_data,
        close_body, // until the end of the stream
        done,
        broken,
    };
    HttpStep fail(std::string_view why);
    void start_head();
    bool reads_lines() const { return at_ <= At::trailers; }
    bool take_line(std::span<const std::byte> in, size_t& used);
    HttpStep on_line(std::string_view line);
    HttpStep on_status_line(std::string_view line);
    HttpStep on_field(std::string_view line);
    HttpStep on_known_field(size_t known, std::string_view value);
    HttpStep on_head_end();
    HttpStep on_chunk_size(std::string_view line);
    Step on_body(std::span<const std::byte> in, size_t used);

    HttpHead head_;
    std::string_view why_;
    At at_ = At::status_line;
    bool is_http_1_0_ = false;
    bool is_kept_alive_ = false; // Connection: keep-alive
    bool is_chunked_ = false;
    u32 fields_seen_ = 0; // one bit for each header this parser knows
    u32 headers_count_ = 0;
    u32 head_bytes_ = 0;
    u32 informational_count_ = 0;
    u32 line_bytes_ = 0;
    i64 length_bytes_ = -1; // Content-Length; -1: none
    u64 left_bytes_ = 0;    // of the body, or of the chunk
    std::array<char, http_line_bytes_max> line_{};
};

} // namespace ks
