#include "cold/connector_dial.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace ks {

namespace {

constexpr int tcp_rto_min_us = 45; // TCP_RTO_MIN_US, Linux 6.15; not in our headers yet

void set(int fd, int level, int option, int value) {
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

// Best effort each: an older kernel lacks some, and none is worth a lane.
void tune(int fd) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1); // else a kill waits for the ACK of a keep-alive
    set(fd, SOL_SOCKET, SO_PRIORITY, 6);  // the first band of the default queue
    // A lost request is sent again after 200 ms, and with this after about 15.
    set(fd, IPPROTO_TCP, tcp_rto_min_us, 5'000);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 3'000); // unacknowledged for 3 s: the lane is dead
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);          // finds a peer that vanished from an idle lane
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 5);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

std::string in_seconds(Nanos span) {
    const i64 ms = span.ns / 1'000'000;
    if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + " s";
    return std::to_string(ms) + " ms";
}

} // namespace

Dial::Dial(const TlsPolicy& policy, Handshake::Terms terms, const Address& to, Limits limits,
           Instant now)
    : policy_(policy), terms_(std::move(terms)), to_(to), limits_(limits),
      deadline_(now + limits.connect_max) {
    connect();
}

void Dial::connect() {
    fd_ = Fd(socket(to_.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_.is_open()) return fail(std::strerror(errno));
    tune(fd_.get());
    const auto* const name = reinterpret_cast<const sockaddr*>(&to_.storage);
    if (::connect(fd_.get(), name, to_.bytes) < 0 && errno != EINPROGRESS)
        fail(std::strerror(errno));
}

Dial::Step Dial::step(Instant now) {
    if (step_ != Step::waiting) return step_;
    if (!handshake_) finish_connect(now);
    if (step_ == Step::waiting && handshake_) step_handshake();
    if (step_ == Step::waiting && now >= deadline_)
        fail("no answer within " +
             in_seconds(handshake_ ? limits_.handshake_max : limits_.connect_max) +
             ": waited for " + std::string(waits_for()));
    return step_;
}

void Dial::finish_connect(Instant now) {
    pollfd is_up{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    if (poll(&is_up, 1, 0) == 0) return;
    int error = 0;
    socklen_t bytes = sizeof error;
    getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &bytes);
    if (error != 0) return fail(std::strerror(error));
    handshake_.emplace(policy_, std::move(terms_), std::move(fd_));
    deadline_ = now + limits_.handshake_max;
}

void Dial::step_handshake() {
    switch (handshake_->step()) {
    case Handshake::Step::wants_read:
        wants_write_ = false;
        break;
    case Handshake::Step::wants_write:
        wants_write_ = true;
        break;
    case Handshake::Step::ready:
        step_ = Step::ready;
        break;
    case Handshake::Step::refused:
        fail(handshake_->refusal().sentence);
        break;
    }
}

pollfd Dial::wait() const {
    return {.fd = handshake_ ? handshake_->fd() : fd_.get(),
            .events = static_cast<short>(wants_write_ ? POLLOUT : POLLIN),
            .revents = 0};
}

std::string_view Dial::waits_for() const {
    return handshake_ ? handshake_->waits_for() : "the TCP connection";
}

void Dial::fail(std::string why) {
    step_ = Step::failed;
    failure_.sentence = to_.text() + ": " + std::move(why);
}

} // namespace ks
