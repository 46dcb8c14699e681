#include "wire/http.hpp"

#include <algorithm>

#include "wire/http_grammar.hpp"

namespace ks {
namespace {

// The headers that mean something here. RFC 9110 5.3: only those that are lists may come twice.
enum Known : u8 {
    connection,
    content_encoding,
    content_length,
    content_type,
    date,
    keep_alive,
    retry_after,
    transfer_encoding,
};
struct KnownField {
    std::string_view name;
    bool may_repeat;
};
constexpr KnownField known_fields[] = {
    {"Connection", true},      {"Content-Encoding", true},
    {"Content-Length", false}, {"Content-Type", false},
    {"Date", false},           {"Keep-Alive", true},
    {"Retry-After", false},    {"Transfer-Encoding", false},
};

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool has_bodiless_status(u16 status) {
    return status == 204 || status == 304;
}

// The seconds of "timeout=5" in Keep-Alive: timeout=5, max=100; -1: none.
i64 timeout_s(std::string_view value) {
    constexpr std::string_view timeout = "timeout=";
    std::string_view element;
    while (next_element(value, element))
        if (is_same_word(element.substr(0, timeout.size()), timeout))
            return decimal(element.substr(timeout.size()));
    return -1;
}

// Seconds, or -2 for a date, or -1 for neither.
i64 retry_after_seconds(std::string_view value) {
    const i64 seconds = decimal(value);
    if (seconds >= 0) return seconds;
    return imf_fixdate_unix_s(value) >= 0 ? -2 : -1;
}

} // namespace

void HttpResponse::start() {
    start_head();
    why_ = {};
    at_ = At::status_line;
    head_bytes_ = 0;
    informational_count_ = 0;
    line_bytes_ = 0;
}

void HttpResponse::start_head() {
    head_ = HttpHead{};
    is_http_1_0_ = is_kept_alive_ = is_chunked_ = false;
    fields_seen_ = 0;
    headers_count_ = 0;
    length_bytes_ = -1;
    left_bytes_ = 0;
}

bool HttpResponse::is_untouched() const {
    return at_ == At::status_line && line_bytes_ == 0 && head_bytes_ == 0;
}

HttpStep HttpResponse::fail(std::string_view why) {
    at_ = At::broken;
    why_ = why;
    return HttpStep::broken;
}

HttpStep HttpResponse::end() {
    if (at_ == At::broken) return HttpStep::broken;
    const bool is_complete =
        at_ == At::done || at_ == At::close_body || (at_ == At::fixed_body && left_bytes_ == 0);
    if (!is_complete) return fail("the stream ended before the response did");
    at_ = At::done;
    return HttpStep::done;
}

HttpResponse::Step HttpResponse::next(std::span<const std::byte> in) {
    size_t used = 0;
    while (reads_lines() && take_line(in, used)) {
        const std::string_view line{line_.data(), line_bytes_};
        line_bytes_ = 0;
        const HttpStep step = on_line(line);
        if (step != HttpStep::need) return {step, used, {}};
    }
    if (reads_lines()) return {HttpStep::need, used, {}};
    return on_body(in, used);
}

// Collects up to the line's LF, which is not kept; true when it has come.
bool HttpResponse::take_line(std::span<const std::byte> in, size_t& used) {
    const std::string_view rest = text_of(in.subspan(used));
    const size_t feed = rest.find('\n');
    const bool is_complete = feed != std::string_view::npos;
    const std::string_view piece = rest.substr(0, feed);
    used += piece.size() + is_complete;
    if (piece.size() > line_.size() - line_bytes_) {
        fail("a line is longer than 8 KiB");
        return false;
    }
    std::ranges::copy(piece, line_.begin() + line_bytes_);
    line_bytes_ += static_cast<u32>(piece.size());
    return is_complete;
}

HttpStep HttpResponse::on_line(std::string_view line) {
    if (line.empty() || line.back() != '\r') return fail("a line ends in LF without CR");
    if (at_ != At::chunk_size && at_ != At::chunk_end)
        head_bytes_ += static_cast<u32>(line.size()) + 1;
    if (head_bytes_ > http_head_bytes_max) return fail("the head is longer than 16 KiB");
    line.remove_suffix(1);
    switch (at_) {
    case At::status_line:
        return on_status_line(line);
    case At::headers:
        return line.empty() ? on_head_end() : on_field(line);
    case At::chunk_size:
        return on_chunk_size(line);
    case At::chunk_end:
        if (!line.empty()) return fail("a chunk is longer than its size says");
        at_ = At::chunk_size;
        return HttpStep::need;
    case At::trailers:
        if (!line.empty()) return on_field(line);
        at_ = At::done;
        return HttpStep::done;
    case At::fixed_body:
    case At::chunk_data:
    case At::close_body:
    case At::done:
    case At::broken:
        break;
    }
    return fail("a line where none may be");
}

// "HTTP/1.1 200 OK". The reason may be missing with its blank, as some servers have it.
HttpStep HttpResponse::on_status_line(std::string_view line) {
    constexpr std::string_view version = "HTTP/1.";
    constexpr size_t code_at = version.size() + 2;
    const std::string_view code = line.substr(std::min(code_at, line.size())).substr(0, 3);
    const std::string_view reason = line.substr(std::min(code_at + 3, line.size()));
    const i64 status = code.size() == 3 ? decimal(code) : -1;
    if (!line.starts_with(version) || line.size() < code_at || line[code_at - 1] != ' ')
        return fail("the status line is not one of HTTP/1.1");
    if (line[version.size()] != '0' && line[version.size()] != '1')
        return fail("neither HTTP/1.1 nor HTTP/1.0");
    if (status < 100 || status > 599) return fail("the status is not from 100 to 599");
    if (!reason.empty() && (reason.front() != ' ' || !is_field_value(reason)))
        return fail("the reason phrase is malformed");
    is_http_1_0_ = line[version.size()] == '0';
    head_.status = static_cast<u16>(status);
    at_ = At::headers;
    return HttpStep::need;
}

// A header, or a trailer: those are checked and otherwise ignored.
HttpStep HttpResponse::on_field(std::string_view line) {
    HttpField field;
    if (++headers_count_ > http_headers_max) return fail("more than 128 headers");
    if (line.front() == ' ' || line.front() == '\t') return fail("a folded header line");
    if (!split_field(line, field)) return fail("a malformed header line");
    if (at_ == At::trailers) return HttpStep::need;
    for (u8 known = 0; known < std::size(known_fields); ++known) {
        if (!is_same_word(field.name, known_fields[known].name)) continue;
        const u32 bit = u32{1} << known;
        if ((fields_seen_ & bit) != 0 && !known_fields[known].may_repeat)
            return fail("a header that must be single comes twice");
        fields_seen_ |= bit;
        return on_known_field(known, field.value);
    }
    return HttpStep::need;
}

HttpStep HttpResponse::on_known_field(size_t known, std::string_view value) {
    std::string_view element;
    switch (static_cast<Known>(known)) {
    case connection:
        while (next_element(value, element)) {
            head_.close |= is_same_word(element, "close");
            is_kept_alive_ |= is_same_word(element, "keep-alive");
        }
        break;
    case content_encoding:
        while (next_element(value, element))
            head_.is_encoded |= !element.empty() && !is_same_word(element, "identity");
        break;
    case content_length:
        length_bytes_ = decimal(value);
        if (length_bytes_ < 0) return fail("Content-Length is not a number");
        break;
    case content_type: {
        const std::string_view media = without_blanks(value.substr(0, value.find(';')));
        head_.is_json = is_same_word(media, "application/json") || ends_in_word(media, "+json");
        head_.is_html = is_same_word(media, "text/html");
        break;
    }
    case date:
        head_.date_unix_s = imf_fixdate_unix_s(value);
        break;
    case keep_alive:
        head_.keep_alive_s = timeout_s(value);
        break;
    case retry_after:
        head_.retry_after_s = retry_after_seconds(value);
        break;
    case transfer_encoding:
        if (!is_same_word(value, "chunked")) return fail("a Transfer-Encoding other than chunked");
        is_chunked_ = true;
        break;
    }
    return HttpStep::need;
}

// Decides how long the body is: RFC 9112 6.3.
HttpStep HttpResponse::on_head_end() {
    const bool has_length = length_bytes_ >= 0;
    if (is_chunked_ && has_length) return fail("both Content-Length and Transfer-Encoding");
    if (is_chunked_ && is_http_1_0_) return fail("Transfer-Encoding in HTTP/1.0");
    if (head_.status < 200) {
        if (head_.status == 101) return fail("the server switches to a protocol nobody asked for");
        if (is_chunked_ || has_length) return fail("an informational response with a length");
        if (++informational_count_ > http_informational_max)
            return fail("more than 16 informational responses");
        start_head();
        at_ = At::status_line;
        return HttpStep::need;
    }
    if (head_.status == 204 && (is_chunked_ || length_bytes_ > 0))
        return fail("status 204 with a body");
    head_.close |= is_http_1_0_ && !is_kept_alive_;
    if (has_bodiless_status(head_.status)) {
        at_ = At::fixed_body;
    } else if (is_chunked_) {
        at_ = At::chunk_size;
    } else if (has_length) {
        at_ = At::fixed_body;
        left_bytes_ = static_cast<u64>(length_bytes_);
    } else {
        at_ = At::close_body;
        head_.close = true;
    }
    return HttpStep::head;
}

HttpStep HttpResponse::on_chunk_size(std::string_view line) {
    constexpr size_t digits_max = 15; // below 2^60: no sum of ours overflows
    size_t digits = 0;
    for (left_bytes_ = 0; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits)
        left_bytes_ = left_bytes_ << 4 | static_cast<u64>(hex_digit(line[digits]));
    if (digits == 0 || digits > digits_max) return fail("a chunk size is not a hexadecimal number");
    if (!is_chunk_extensions(line.substr(digits))) return fail("a malformed chunk extension");
    at_ = left_bytes_ == 0 ? At::trailers : At::chunk_data;
    return HttpStep::need;
}

HttpResponse::Step HttpResponse::on_body(std::span<const std::byte> in, size_t used) {
    std::span<const std::byte> rest = in.subspan(used);
    if (at_ == At::broken) return {HttpStep::broken, in.size(), {}};
    if (at_ == At::done && !rest.empty())
        return {fail("bytes after the end of the response"), in.size(), {}};
    if (at_ == At::done || (at_ == At::fixed_body && left_bytes_ == 0)) {
        at_ = At::done;
        return {HttpStep::done, used, {}};
    }
    if (at_ != At::close_body) {
        rest = rest.first(std::min<u64>(rest.size(), left_bytes_));
        left_bytes_ -= rest.size();
        if (at_ == At::chunk_data && left_bytes_ == 0) at_ = At::chunk_end;
    }
    return {rest.empty() ? HttpStep::need : HttpStep::body, used + rest.size(), rest};
}

} // namespace ks
