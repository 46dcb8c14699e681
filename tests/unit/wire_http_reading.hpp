// Reading responses in tests: the loop around HttpResponse, and short ways to write a response.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "wire/http.hpp"

namespace ks::testing {

inline std::span<const std::byte> as_bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

struct Read {
    HttpStep last = HttpStep::need;
    u32 heads = 0;
    std::string body;
    std::string why;
    size_t left_bytes = 0; // of the input, when the response was done
    friend bool operator==(const Read&, const Read&) = default;
};

inline void feed(HttpResponse& response, std::string_view piece, Read& read) {
    while (read.last != HttpStep::done && read.last != HttpStep::broken) {
        const HttpResponse::Step step = response.next(as_bytes_of(piece));
        ASSERT_LE(step.used, piece.size());
        read.last = step.step;
        read.heads += step.step == HttpStep::head;
        read.body.append(reinterpret_cast<const char*>(step.body.data()), step.body.size());
        piece.remove_prefix(step.used);
        if (step.step == HttpStep::need) {
            ASSERT_TRUE(piece.empty()) << "need, but input is left";
            return;
        }
    }
    if (read.last == HttpStep::done) read.left_bytes += piece.size();
    read.why = response.why_broken();
}

// Reads all of it, in pieces of a size, and ends the stream if the response is not over by then.
inline Read read_all(HttpResponse& response, std::string_view text, size_t piece_bytes = SIZE_MAX) {
    Read read;
    response.start();
    for (size_t at = 0; at < text.size(); at += std::min(piece_bytes, text.size() - at))
        feed(response, text.substr(at, piece_bytes), read);
    if (read.last == HttpStep::done || read.last == HttpStep::broken) return read;
    read.last = response.end();
    read.why = response.why_broken();
    return read;
}

inline std::string ok(const std::string& fields, const std::string& rest = "") {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + rest;
}
inline std::string chunked(const std::string& rest) {
    return ok("Transfer-Encoding: chunked\r\n", rest);
}
inline std::string field(const std::string& line) {
    return ok("Content-Length: 0\r\n" + line + "\r\n");
}
} // namespace ks::testing
