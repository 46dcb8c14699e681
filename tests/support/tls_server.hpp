// TlsServer: a venue's front door in a thread: OpenSSL on a free port of loopback, as good or as
// bad as its terms say. It shares no library with the engine, which speaks wolfSSL.
#pragma once

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "base/fd.hpp"
#include "support/certificates.hpp"

namespace ks::testing {

using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Freed<SSL_free>>;

inline std::string http_date(std::time_t at) {
    char text[64];
    std::tm parts{};
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &parts));
    return text;
}

// One request's head; empty at the end of the connection.
inline std::string read_request(SSL* ssl) {
    std::string request;
    while (!request.ends_with("\r\n\r\n")) {
        char byte;
        if (SSL_read(ssl, &byte, 1) != 1) return {};
        request += byte;
    }
    return request;
}

// Answers every request with 200 and a Date until the peer goes.
inline void serve_ok(SSL* ssl) {
    while (!read_request(ssl).empty()) {
        const std::string answer = "HTTP/1.1 200 OK\r\nDate: " + http_date(std::time(nullptr)) +
                                   "\r\nContent-Length: 2\r\n\r\n{}";
        SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
    }
}

struct ServerTerms {
    int version_max = TLS1_3_VERSION;
    std::string suites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                         "TLS_CHACHA20_POLY1305_SHA256";
    std::string protocol = ""; // forced by ALPN, offered or not; empty: the extension is ignored
    bool is_mute = false;      // accepts TCP and never says a word
    std::function<void(SSL*)> serve = serve_ok; // after the handshake; returning closes
};

class TlsServer {
public:
    explicit TlsServer(const Identity& identity, ServerTerms terms = {})
        : terms_(std::move(terms)), context_(SSL_CTX_new(TLS_server_method())) {
        std::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to sockets that a test has closed
        SSL_CTX* const context = context_.get();
        detail::must(SSL_CTX_use_certificate(context, identity.certificate.get()) == 1 &&
                         SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1,
                     "identity");
        detail::must(SSL_CTX_set_max_proto_version(context, terms_.version_max) == 1 &&
                         SSL_CTX_set_ciphersuites(context, terms_.suites.c_str()) == 1,
                     "terms");
        if (!terms_.protocol.empty()) SSL_CTX_set_alpn_select_cb(context, force_protocol, this);
        listen();
        acceptor_ = std::thread([this] { accept_until_stopped(); });
    }
    ~TlsServer() {
        eventfd_write(stop_.get(), 1);
        acceptor_.join();
        close_all();
        for (Served& served : served_) served.thread.join();
    }
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;

    u16 port() const { return port_; }
    u32 accepted_count() const { return accepted_count_.load(); }
    // Ends every connection now, as a venue that restarts does.
    void close_all() {
        const std::lock_guard lock(lock_);
        for (const Served& served : served_) shutdown(served.fd.get(), SHUT_RDWR);
    }

private:
    struct Served {
        Fd fd;
        std::thread thread;
    };

    static int force_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                              const unsigned char*, unsigned int, void* server) {
        const std::string& protocol = static_cast<TlsServer*>(server)->terms_.protocol;
        *out = reinterpret_cast<const unsigned char*>(protocol.data());
        *out_bytes = static_cast<unsigned char>(protocol.size());
        return SSL_TLSEXT_ERR_OK;
    }
    void listen() {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t bytes = sizeof at;
        auto* const name = reinterpret_cast<sockaddr*>(&at);
        listener_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        stop_ = Fd(eventfd(0, EFD_CLOEXEC));
        detail::must(bind(listener_.get(), name, bytes) == 0 &&
                         ::listen(listener_.get(), 64) == 0 &&
                         getsockname(listener_.get(), name, &bytes) == 0,
                     "listen");
        port_ = ntohs(at.sin_port);
    }
    void accept_until_stopped() {
        for (;;) {
            pollfd waits[] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                              {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
            poll(waits, 2, -1);
            if (waits[1].revents) return;
            Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!fd.is_open()) continue;
            const std::lock_guard lock(lock_);
            const int raw = fd.get();
            ++accepted_count_;
            served_.push_back({std::move(fd), std::thread([this, raw] { serve(raw); })});
        }
    }
    void serve(int fd) {
        if (terms_.is_mute) {
            char byte;
            while (recv(fd, &byte, 1, 0) > 0) {
            }
            return;
        }
        const Connection ssl(SSL_new(context_.get()));
        SSL_set_fd(ssl.get(), fd);
        if (SSL_accept(ssl.get()) == 1) {
            terms_.serve(ssl.get());
            SSL_shutdown(ssl.get());
        }
        shutdown(fd, SHUT_RDWR);
    }

    ServerTerms terms_;
    Context context_;
    Fd listener_;
    Fd stop_;
    u16 port_ = 0;
    std::atomic<u32> accepted_count_{0};
    std::mutex lock_; // of served_
    std::list<Served> served_;
    std::thread acceptor_;
};

} // namespace ks::testing
