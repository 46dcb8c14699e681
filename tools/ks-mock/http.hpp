// HTTP/1.1 as a venue speaks it: whole requests in, answers out, with the shapes a play may ask
// for.
#pragma once

#include "json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ks {

struct Header {
    std::string name;
    std::string value;
};

struct Request {
    std::string method;
    std::string target; // as sent: path?query
    std::string path{};
    Members query{}; // decoded
    std::vector<Header> headers{};
    std::string body{};

    std::string_view header(std::string_view name) const; // empty when absent
    std::string_view parameter(std::string_view name) const;
};

// What the bytes held: used_bytes 0 and not malformed means that more must come.
struct Parsed {
    std::size_t used_bytes = 0;
    bool is_malformed = false;
};

Parsed parse_request(std::string_view bytes, Request& request);

struct Response {
    int status = 200;
    std::string body{};
    std::string type = "application/json";
    std::vector<Header> headers{};
};

struct Coding {
    bool is_chunked = false;
    bool is_gzip = false;
};

std::string render(const Response& response, Coding coding, u64 unix_ms);

}
