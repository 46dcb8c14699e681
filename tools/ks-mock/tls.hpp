// The server's side of TLS: one context a venue, one stream a connection, over memory buffers, so
// that a play decides how and when each byte of a record leaves.
#pragma once

#include "certificate.hpp"
#include "clock.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

namespace ks {

// How the TLS side misbehaves, for the client's tests of its own checks.
enum class Trick : u8 { none, unknown_ca, self_signed, wrong_host, expired, tls12, null_suite };

Trick trick_named(std::string_view name);

struct ContextFree {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* stream) const { SSL_free(stream); }
};
using TlsContext = std::unique_ptr<SSL_CTX, ContextFree>;

struct ContextWish {
    std::string host;
    std::string suites; // OpenSSL names with colons between; empty means the three AEAD suites
    Trick trick = Trick::none;
};

// The certificate comes back too: it is written beside the authority's.
struct Served {
    TlsContext context;
    std::string certificate_pem;
};
Served make_context(const Identity& authority, const ContextWish& wish);

// Records counted on one side of a stream, headers seen, whatever they carry.
struct RecordCount {
    u64 in = 0;
    u64 out = 0;
};

class TlsStream {
public:
    TlsStream(SSL_CTX* context, RecordCount& records);

    // Takes bytes from the socket, appends what they decrypt to; false once the stream is over.
    bool feed(std::string_view bytes, std::string& plain);

    // One record, or several when longer than a record; padded to a multiple when asked.
    void write(std::string_view plain, std::size_t pad_bytes);
    void update_keys(u64 count, bool asks_for_reply);
    void send_tickets(u64 count);
    void say_goodbye(); // close_notify
    std::string take_output();

private:
    std::unique_ptr<SSL, ContextFree> ssl_;
    BIO* in_;
    BIO* out_;
};

}
