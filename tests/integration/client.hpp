// A TLS client of the tests' own, on OpenSSL: one connection, requests by hand, and an exact
// account of how the other side ended. Also the venues' signatures, computed by the client's side.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

namespace ks {

// How a connection's reading ended.
enum class End : std::uint8_t { open, close_notify, cut, reset };

struct Reply {
    int status = 0;                               // 0: no HTTP answer came
    std::map<std::string, std::string> headers{}; // names in lower case
    std::string body{};                           // without chunk headers
    std::string raw{};
};

struct Target {
    std::string host;
    std::uint16_t port;
    std::string ca_path;
    std::string suites{}; // empty: OpenSSL's own
};

class Client {
public:
    explicit Client(const Target& target); // connects and shakes hands
    ~Client();
    Client(const Client&) = delete;

    bool is_connected() const { return is_connected_; }
    std::string why_not() const { return why_not_; } // OpenSSL's words for a failed handshake

    // "GET /path" and lines of headers, each with "\r\n"; Host and Content-Length are added.
    Reply ask(std::string_view call, std::string_view headers = {}, std::string_view body = {});
    void send(std::string_view bytes);
    Reply receive(); // until one answer is whole or the connection ends
    bool has_bytes_waiting() const;
    bool update_keys(); // asks for the other side's too

    End end() const { return end_; }
    unsigned key_updates_count() const { return counts_.key_updates; }
    unsigned tickets_count() const { return counts_.tickets; }
    unsigned data_records_count() const { return counts_.data_records; }

    struct Counts {
        unsigned key_updates = 0;
        unsigned tickets = 0;
        unsigned data_records = 0;
    };

private:
    bool read_more(std::string& bytes);

    std::string host_;
    SSL_CTX* context_;
    SSL* ssl_;
    int fd_;
    Counts counts_;
    End end_ = End::open;
    bool is_connected_ = false;
    std::string why_not_;
};

// Plain HTTP to the admin door; the body of the answer, its status in front when it is not 200.
std::string ask_admin(std::uint16_t port, std::string_view call, std::string_view body = {});

}
