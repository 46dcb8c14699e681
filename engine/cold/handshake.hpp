// Handshake: one connection from "TCP is up" to "warm and ours": TLS 1.3 by wolfSSL under
// TlsPolicy, one warm-up request whose answer is read to its end, then the hand-over of keys and
// numbers. Guarantees: step() never waits (it may compute for up to 7 ms); nothing is handed over
// unless the keys we derived are the ones in use; a refusal is a sentence that says which demand
// was not met.
#pragma once

#include "base/fd.hpp"
#include "cold/handshake_policy.hpp"
#include "cold/handshake_secrets.hpp"
#include "cold/handshake_socket.hpp"
#include "wire/http.hpp"

namespace ks {

// What the warm-up request brought: also the venue's clock (Date), between two readings of ours.
struct WarmUp {
    HttpHead head;
    UnixMs asked;    // our clock, not later than the request left
    UnixMs answered; // our clock, not earlier than the head came
};

class Handshake {
public:
    enum class Step : u8 { wants_read, wants_write, ready, refused };
    struct Terms {
        std::string host;
        std::string warm_up; // a whole HTTP/1.1 request; empty: none is sent
    };

    // `fd`: connected and non-blocking. `policy` outlives the handshake.
    Handshake(const TlsPolicy& policy, Terms terms, Fd fd);
    Handshake(const Handshake&) = delete;
    Handshake& operator=(const Handshake&) = delete;

    Step step();
    int fd() const { return socket_.fd(); }
    // What it is waiting for, for the sentence of a time-out: "the TLS handshake".
    std::string_view waits_for() const;
    const Error& refusal() const { return refusal_; }

    // Once ready: once. Frees wolfSSL, which sends nothing. The caller wipes `out`.
    const WarmUp& warm_up() const { return warm_up_; }
    Fd hand_over(Handover& out);

private:
    enum class Phase : u8 { shaking, asking, answering, ready, refused };
    void shake();
    void ask();
    void read_answer();
    void take_answer(std::span<const std::byte> bytes);
    void settle();
    void stop_at(int result);
    void refuse(std::string why);

    Terms terms_;
    RecordSocket socket_;
    TrafficSecrets secrets_;
    std::unique_ptr<WOLFSSL, WolfsslDelete> ssl_; // uses the two above
    Phase phase_ = Phase::shaking;
    Step wants_ = Step::wants_read;
    Suite suite_ = Suite::none;
    size_t answer_bytes_ = 0;
    HttpResponse response_;
    WarmUp warm_up_;
    Error refusal_;
};

} // namespace ks
