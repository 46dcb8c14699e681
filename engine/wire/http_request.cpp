#include "wire/http_request.hpp"

#include <algorithm>

#include "wire/http.hpp"
#include "wire/http_grammar.hpp"

namespace ks {
namespace {

constexpr std::string_view line_end = "\r\n";

// What the headers say together.
struct Facts {
    u32 headers_count = 0;
    u32 hosts_count = 0;
    u32 lengths_count = 0;
    i64 length_bytes = 0;
};

// Cuts the next line off; false when no CR LF is left.
bool take_line(std::string_view& text, std::string_view& line) {
    const size_t end = text.find(line_end);
    if (end == std::string_view::npos) return false;
    line = text.substr(0, end);
    text.remove_prefix(end + line_end.size());
    return true;
}

bool is_alphanumeric(char byte) {
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

// An absolute path and a query of RFC 3986: what may not stand there has to be %-escaped.
bool is_origin_form(std::string_view target) {
    constexpr std::string_view marks = "/?-._~!$&'()*+,;=:@";
    if (!target.starts_with('/')) return false;
    for (size_t i = 0; i < target.size(); ++i) {
        if (target[i] == '%') {
            if (i + 2 >= target.size()) return false;
            if (hex_digit(target[i + 1]) < 0 || hex_digit(target[i + 2]) < 0) return false;
        } else if (!is_alphanumeric(target[i]) && marks.find(target[i]) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

// A name or an address, and perhaps a port; in a shape that no reader takes for two.
bool is_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char byte) {
        return is_alphanumeric(byte) ||
               std::string_view("-._:[]").find(byte) != std::string_view::npos;
    });
}

std::string_view request_line_fault(std::string_view line) {
    const size_t first = line.find(' ');
    const size_t last = line.rfind(' ');
    if (first == last) return "the request line is not method, target and version";
    const std::string_view method = line.substr(0, first);
    if (!is_token(method)) return "the method is not a token";
    if (method == "HEAD" || method == "CONNECT") return "HEAD and CONNECT change what answers mean";
    if (!is_origin_form(line.substr(first + 1, last - first - 1)))
        return "the target is not an absolute path and query with all else %-escaped";
    return line.substr(last + 1) == "HTTP/1.1" ? "" : "the version is not HTTP/1.1";
}

std::string_view field_fault(std::string_view line, Facts& facts) {
    HttpField field;
    if (!split_field(line, field)) return "a header line is malformed";
    if (++facts.headers_count > http_headers_max) return "more than 128 headers";
    if (is_same_word(field.name, "Host")) {
        ++facts.hosts_count;
        if (!is_host(field.value)) return "Host is not a host name";
    } else if (is_same_word(field.name, "Content-Length")) {
        ++facts.lengths_count;
        facts.length_bytes = decimal(field.value);
        if (facts.length_bytes < 0) return "Content-Length is not a number";
    } else if (is_same_word(field.name, "Transfer-Encoding")) {
        return "a Transfer-Encoding: bodies have a Content-Length here";
    } else if (is_same_word(field.name, "Expect") || is_same_word(field.name, "Upgrade")) {
        return "an Expect or Upgrade header: the whole request leaves at once";
    }
    return {};
}

} // namespace

std::string_view request_fault(std::span<const std::byte> request) {
    std::string_view text{reinterpret_cast<const char*>(request.data()), request.size()};
    std::string_view line;
    if (!take_line(text, line)) return "no line ends in CR LF";
    if (const std::string_view fault = request_line_fault(line); !fault.empty()) return fault;
    Facts facts;
    while (take_line(text, line) && !line.empty())
        if (const std::string_view fault = field_fault(line, facts); !fault.empty()) return fault;
    if (!line.empty()) return "no empty line ends the headers";
    if (facts.hosts_count != 1) return "not exactly one Host header";
    if (facts.lengths_count > 1) return "more than one Content-Length";
    if (static_cast<u64>(facts.length_bytes) != text.size())
        return "the body is not as long as Content-Length says";
    return {};
}

} // namespace ks
