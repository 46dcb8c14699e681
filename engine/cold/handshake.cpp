#include <wolfssl/options.h> // first: it decides what the others declare

#include <wolfssl/ssl.h>

#include <cstring>
#include <time.h>

#include "cold/handshake.hpp"
#include "cold/handshake_refusal.hpp"

namespace ks {

namespace {

constexpr size_t answer_bytes_max = 256 * 1024; // a ping's answer; more is not what we asked for

UnixMs wall_now() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return {now.tv_sec * 1'000 + now.tv_nsec / 1'000'000};
}

// wolfSSL returns 1 for the number 0, so its result says nothing; it cannot fail on a live session.
u64 sequence_tx(WOLFSSL* ssl) {
    word64 sequence = 0;
    wolfSSL_GetSequenceNumber(ssl, &sequence);
    return sequence;
}
u64 sequence_rx(WOLFSSL* ssl) {
    word64 sequence = 0;
    wolfSSL_GetPeerSequenceNumber(ssl, &sequence);
    return sequence;
}

} // namespace

Handshake::Handshake(const TlsPolicy& policy, Terms terms, Fd fd)
    : terms_(std::move(terms)), socket_(std::move(fd)) {
    auto client = policy.client(terms_.host);
    if (!client) {
        refuse(client.error().sentence);
        return;
    }
    ssl_ = *std::move(client);
    socket_.attach(ssl_.get());
    response_.start();
}

Handshake::Step Handshake::step() {
    const Listening listening(secrets_);
    if (phase_ == Phase::shaking) shake();
    if (phase_ == Phase::asking) ask();
    if (phase_ == Phase::answering) read_answer();
    if (phase_ == Phase::ready) return Step::ready;
    return phase_ == Phase::refused ? Step::refused : wants_;
}

std::string_view Handshake::waits_for() const {
    return phase_ == Phase::shaking ? "the TLS handshake" : "the answer to the warm-up request";
}

void Handshake::shake() {
    const int result = wolfSSL_connect(ssl_.get());
    if (const Result<Suite> chosen = TlsPolicy::check_suite(ssl_.get()); !chosen)
        return refuse(chosen.error().sentence);
    if (result != WOLFSSL_SUCCESS) return stop_at(result);
    const Result<Suite> checked = TlsPolicy::check(ssl_.get());
    if (!checked) return refuse(checked.error().sentence);
    suite_ = *checked;
    phase_ = Phase::asking;
}

void Handshake::ask() {
    if (terms_.warm_up.empty()) return settle();
    if (warm_up_.asked.ms == 0) warm_up_.asked = wall_now();
    const int result =
        wolfSSL_write(ssl_.get(), terms_.warm_up.data(), static_cast<int>(terms_.warm_up.size()));
    if (result <= 0) return stop_at(result);
    phase_ = Phase::answering;
}

void Handshake::read_answer() {
    std::array<std::byte, 4096> piece;
    while (phase_ == Phase::answering) {
        const int count = wolfSSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
        if (count <= 0) return stop_at(count);
        answer_bytes_ += static_cast<size_t>(count);
        if (answer_bytes_ > answer_bytes_max)
            return refuse("answers the warm-up request with more than 256 KiB; ask for less");
        take_answer({piece.data(), static_cast<size_t>(count)});
    }
}

void Handshake::take_answer(std::span<const std::byte> bytes) {
    for (;;) {
        const HttpResponse::Step step = response_.next(bytes);
        bytes = bytes.subspan(step.used);
        switch (step.step) {
        case HttpStep::need:
            return;
        case HttpStep::body:
            break;
        case HttpStep::head:
            warm_up_.head = response_.head();
            warm_up_.answered = wall_now();
            break;
        case HttpStep::broken:
            return refuse("answers the warm-up request with broken HTTP: " +
                          std::string(response_.why_broken()));
        case HttpStep::done:
            if (!bytes.empty()) return refuse("sends more than the answer to the warm-up request");
            return settle();
        }
    }
}

// All is said. What must hold before the connection may be ours.
void Handshake::settle() {
    if (warm_up_.head.close)
        return refuse("closes after the warm-up request; keep-alive is needed. Try another path");
    if (wolfSSL_pending(ssl_.get()) > 0 || !socket_.is_at_record())
        return refuse("sends more than the answer to the warm-up request");
    if (!secrets_.are_of(ssl_.get(), suite_))
        return refuse("keys derived here differ from wolfSSL's own; this build of wolfSSL is not "
                      "one we can take over from");
    phase_ = Phase::ready;
}

// wolfSSL did not succeed: for now, or for good.
void Handshake::stop_at(int result) {
    const int error = wolfSSL_get_error(ssl_.get(), result);
    if (error == WOLFSSL_ERROR_WANT_READ || error == WOLFSSL_ERROR_WANT_WRITE) {
        wants_ = error == WOLFSSL_ERROR_WANT_READ ? Step::wants_read : Step::wants_write;
        return;
    }
    WOLFSSL_ALERT_HISTORY alerts{};
    wolfSSL_get_alert_history(ssl_.get(), &alerts);
    refusal_.sentence = sentence_of({.error = error,
                                     .alert = alerts.last_rx.code,
                                     .is_foreign = socket_.is_foreign(),
                                     .error_number = socket_.error_number()},
                                    terms_.host);
    phase_ = Phase::refused;
}

void Handshake::refuse(std::string why) {
    refusal_.sentence = terms_.host + ": " + std::move(why);
    phase_ = Phase::refused;
}

Fd Handshake::hand_over(Handover& out) {
    out.suite = suite_;
    out.sequence_tx = sequence_tx(ssl_.get());
    out.sequence_rx = sequence_rx(ssl_.get());
    secrets_.copy_to(out);
    const std::span<const std::byte> leftover = socket_.leftover();
    out.leftover_bytes = static_cast<u32>(leftover.size());
    std::memcpy(out.leftover.data(), leftover.data(), leftover.size());
    ssl_.reset();
    return socket_.take();
}

} // namespace ks
