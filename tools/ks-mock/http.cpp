// One request at a time, bodies by Content-Length only: what the three venues' documents use.
#include "http.hpp"
#include "text.hpp"

#include <algorithm>

namespace ks {
namespace {

constexpr std::size_t head_bytes_max = 16'384;
constexpr std::size_t body_bytes_max = 1'048'576;
constexpr std::size_t chunk_bytes = 7; // small and odd, so that every token of an answer gets cut

struct Reason {
    int status;
    std::string_view phrase;
};

constexpr Reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {409, "Conflict"},
    {421, "Misdirected Request"},
    {422, "Unprocessable"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

std::string_view phrase_of(int status) {
    for (const Reason& reason : reasons)
        if (reason.status == status) return reason.phrase;
    return "Unnamed";
}

bool read_head(std::string_view head, Request& request) {
    const auto lines = split(head, '\n');
    const auto first = words(lines[0]);
    if (first.size() != 3 || first[2] != "HTTP/1.1" || first[1][0] != '/') return false;
    request = Request{.method = std::string(first[0]), .target = std::string(first[1])};
    const auto query_at = first[1].find('?');
    request.path = first[1].substr(0, query_at);
    if (query_at != std::string_view::npos)
        for (const std::string_view pair : split(first[1].substr(query_at + 1), '&')) {
            const auto equals = std::min(pair.find('='), pair.size());
            const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
            request.query.emplace(url_decoded(pair.substr(0, equals)), url_decoded(value));
        }
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto colon = lines[i].find(':');
        if (colon == 0 || colon == std::string_view::npos) return false;
        request.headers.push_back({std::string(lines[i].substr(0, colon)),
                                   std::string(trimmed(lines[i].substr(colon + 1)))});
    }
    return true;
}

std::string date(u64 unix_ms) {
    const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1'000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string chunked(std::string_view body) {
    std::string out;
    for (; !body.empty(); body.remove_prefix(std::min(chunk_bytes, body.size()))) {
        const std::string_view chunk = body.substr(0, chunk_bytes);
        out += std::to_string(chunk.size()); // below 10, so decimal is hexadecimal
        out += "\r\n" + std::string(chunk) + "\r\n";
    }
    return out + "0\r\n\r\n";
}

void append_little_endian(std::string& out, u32 value, int count_bytes) {
    for (int i = 0; i < count_bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

// RFC 1952 with stored blocks: a venue that compresses unasked need not compress well.
std::string gzipped(std::string_view body) {
    u32 crc = ~u32{0};
    for (const char c : body) {
        crc ^= static_cast<u8>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    const auto body_bytes = static_cast<u32>(body.size());
    constexpr std::size_t block_bytes_max = 65'535;
    std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
    do {
        const std::string_view block = body.substr(0, block_bytes_max);
        body.remove_prefix(block.size());
        out += body.empty() ? '\1' : '\0';
        append_little_endian(out, static_cast<u32>(block.size()), 2);
        append_little_endian(out, ~static_cast<u32>(block.size()), 2);
        out += block;
    } while (!body.empty());
    append_little_endian(out, ~crc, 4);
    append_little_endian(out, body_bytes, 4);
    return out;
}

}

std::string_view Request::header(std::string_view name) const {
    for (const Header& header : headers)
        if (same_word(header.name, name)) return header.value;
    return {};
}

std::string_view Request::parameter(std::string_view name) const {
    const auto at = query.find(name);
    return at == query.end() ? std::string_view{} : at->second;
}

Parsed parse_request(std::string_view bytes, Request& request) {
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return {.is_malformed = bytes.size() > head_bytes_max};
    if (!read_head(bytes.substr(0, head_end), request)) return {.is_malformed = true};
    std::size_t body_bytes = 0;
    if (!request.header("transfer-encoding").empty()) return {.is_malformed = true};
    if (const auto length = request.header("content-length"); !length.empty()) {
        const auto value = whole_number(length);
        if (!value || *value > body_bytes_max) return {.is_malformed = true};
        body_bytes = *value;
    }
    const std::size_t body_at = head_end + 4;
    if (bytes.size() - body_at < body_bytes) return {};
    request.body = bytes.substr(body_at, body_bytes);
    return {.used_bytes = body_at + body_bytes};
}

std::string render(const Response& response, Coding coding, u64 unix_ms) {
    const std::string body = coding.is_gzip ? gzipped(response.body) : response.body;
    std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    out += phrase_of(response.status);
    out += "\r\nDate: " + date(unix_ms) + "\r\n";
    for (const Header& header : response.headers) out += header.name + ": " + header.value + "\r\n";
    if (response.status == 204) return out + "\r\n";
    out += "Content-Type: " + response.type + "\r\n";
    if (coding.is_gzip) out += "Content-Encoding: gzip\r\n";
    if (coding.is_chunked) return out + "Transfer-Encoding: chunked\r\n\r\n" + chunked(body);
    return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}
