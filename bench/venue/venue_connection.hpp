// VenueConnection: one client of a Venue: raw bytes in, requests out, answers back. TLS runs in
// memory, so that every system call is made here and is one that can be stamped.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>

#include "base/fd.hpp"
#include "base/units.hpp"
#include "certificate.hpp"

namespace ks::bench {

using TlsContext = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Tls = std::unique_ptr<SSL, Freed<SSL_free>>;

// The JSON that a request is answered with.
using Answer = std::function<std::string(std::string_view method, std::string_view path)>;

struct VenueRequest {
    u32 connection_index = 0;   // rising in the order of acceptance, never used again
    u64 first_readable_tsc = 0; // the epoll_wait that delivered its first raw bytes had returned
    u64 readable_tsc = 0;       // the same, of its last raw bytes
    std::string head;           // to the empty line, and with it
    std::string body;

    std::string_view method() const;
    std::string_view path() const;
    std::string_view header(std::string_view name) const; // case does not matter; empty: not there
};

// A chunked answer without an end, in records of `record_bytes` of plain text, 4,104 to 16,384.
struct Flood {
    u32 record_bytes = 16'384;
    u64 records_count = 0; // then silence; the answer stays without its end
};

class VenueConnection {
public:
    VenueConnection(Fd socket, SSL_CTX* context, u32 index);

    // Reads what is there; false: the connection is over.
    bool read(u64 readable_tsc, const Answer& answer, std::vector<VenueRequest>& completed);
    // Sends what the socket takes of what is unsent, the flood included; false: it is over.
    bool push();

    bool has_unsent() const { return unsent_bytes() > 0 || flood_.records_count > 0; }
    bool is_idle() const { return plain_.empty() && first_readable_tsc_ == 0 && !has_unsent(); }
    void start_flood(const Flood& flood);
    int fd() const { return socket_.get(); }

private:
    bool receive();
    bool decrypt();
    void complete(u64 readable_tsc, const Answer& answer, std::vector<VenueRequest>& completed);
    bool write(std::string_view plain);
    bool send_unsent();
    size_t unsent_bytes() const { return BIO_ctrl_pending(SSL_get_wbio(tls_.get())); }

    Fd socket_;
    Tls tls_;
    u32 index_;
    u64 first_readable_tsc_ = 0; // 0: no byte of the next request has come
    std::string plain_;          // decrypted, and not yet a whole request
    Flood flood_;
    bool is_flood_begun_ = false;
    std::string flood_record_; // not empty: flooded, now or before; nothing is answered any more
};

} // namespace ks::bench
