// Dial: one attempt at one lane: TCP, TLS, warm-up, each under its deadline, never waiting.
#pragma once

#include <poll.h>

#include <optional>

#include "cold/connector_resolver.hpp"
#include "cold/handshake.hpp"

namespace ks {

class Dial {
public:
    enum class Step : u8 { waiting, ready, failed };
    struct Limits {
        Nanos connect_max;
        Nanos handshake_max;
    };
    // `policy` outlives the dial.
    Dial(const TlsPolicy& policy, Handshake::Terms terms, const Address& to, Limits limits,
         Instant now);

    Step step(Instant now);
    pollfd wait() const;
    const Error& failure() const { return failure_; } // "192.0.2.1:443: connection refused"
    const Address& address() const { return to_; }
    Handshake& handshake() { return *handshake_; } // once ready

private:
    void connect();
    void finish_connect(Instant now);
    void step_handshake();
    std::string_view waits_for() const;
    void fail(std::string why);

    const TlsPolicy& policy_;
    Handshake::Terms terms_;
    Address to_;
    Limits limits_;
    Instant deadline_;
    Fd fd_; // until TCP is up
    std::optional<Handshake> handshake_;
    Step step_ = Step::waiting;
    bool wants_write_ = true;
    Error failure_;
};

} // namespace ks
