// Venue: the other end of every benchmark: a TLS 1.3 and HTTP/1.1 server on 127.0.0.1 that polls,
// never sleeps, and stamps when a request could be read. It has no thread: the caller's loop calls
// poll(), and while it does not, the peer is quiet and arrivals wait in the kernel.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/ssl.h>
#include <sys/epoll.h>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "venue_connection.hpp"

namespace ks::bench {

struct VenueTerms {
    std::string folder; // where ca.pem is written, which its clients trust
    Answer answer;
    std::string names = IdentityTerms{}.names; // in its certificate
    // The venue's first choice wins, so that all clients pay for the same cipher.
    std::string suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384";
};

class Venue {
public:
    static constexpr u32 connections_max = 512; // open at one time; more are closed at once

    static Result<std::unique_ptr<Venue>> open(VenueTerms terms);

    u16 port() const { return port_; }
    const std::string& ca_file() const { return ca_file_; } // PEM; the certificate says "localhost"

    // One round: what has arrived is stamped, read and answered. Never waits.
    void poll() noexcept;

    // The requests completed since the last call, in the order in which they were completed.
    std::vector<VenueRequest> take_requests();

    // Nothing half read and nothing unsent: what comes next is a new request.
    bool is_idle() const;

    u32 connections_count() const { return open_count_; }                        // open now
    u32 accepted_count() const { return static_cast<u32>(connections_.size()); } // ever

    // Hostile: from now on this connection is sent a chunked answer that does not end, a full
    // record at a time, as fast as its socket takes it. False when there is no such connection.
    bool flood(u32 connection_index, const Flood& flood);

private:
    Venue() = default;
    Result<void> listen();
    Result<void> prepare_tls(const VenueTerms& terms);
    void accept_new();
    void serve(u32 connection_index, u64 readable_tsc);
    void push();
    void close(u32 connection_index);

    std::string ca_file_;
    Answer answer_;
    TlsContext context_;
    Fd epoll_;
    Fd listener_;
    u16 port_ = 0;
    u32 open_count_ = 0;
    std::vector<std::unique_ptr<VenueConnection>> connections_; // by index; empty: closed
    std::vector<u32> pushed_; // indices of those with something unsent
    std::vector<VenueRequest> requests_;
    std::array<epoll_event, 256> events_{};
};

} // namespace ks::bench
