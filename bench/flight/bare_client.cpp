#include "flight/bare_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <string_view>

#include "cold/handshake.hpp"

namespace ks::bench {

namespace {

constexpr u32 connections_max = 128;

// As long as the engine's, which its recipe writes: BitoPro's, 426 bytes.
constexpr std::string_view request =
    "DELETE /v3/orders/all HTTP/1.1\r\nHost: localhost\r\nUser-Agent: killswitch/0.1\r\n"
    "Accept: application/json\r\nAccept-Encoding: identity\r\nX-BITOPRO-APIKEY: bench-key\r\n"
    "X-BITOPRO-PAYLOAD: "
    "eyJpZGVudGl0eSI6ImJlbmNoQGxvY2FsaG9zdCIsIm5vbmNlIjoxNzE5OTA1Nzc3NDgzfQ==\r\n"
    "X-BITOPRO-SIGNATURE: 01a85a9083db47c20da7196380598f3feacd3c76a9077aaf7ffaf08ce0091abf65b61778"
    "792607b010921adfe1c2941a\r\n\r\n";

Result<Fd> dial(u16 port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (!fd.is_open() || connect(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
        setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0)
        return Error{"bare client: cannot connect to the benchmark's venue"};
    return fd;
}

Result<Fd> shake_hands(const TlsPolicy& policy, u16 port, const std::function<void()>& serve,
                       Handover& handover) {
    Result<Fd> fd = dial(port);
    if (!fd) return fd;
    Handshake handshake(policy, {"localhost", "GET /v3/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"},
                        std::move(*fd));
    Handshake::Step step = Handshake::Step::wants_read;
    while (step != Handshake::Step::ready && step != Handshake::Step::refused) {
        serve();
        step = handshake.step();
    }
    if (step == Handshake::Step::refused) return handshake.refusal();
    return handshake.hand_over(handover);
}

} // namespace

Result<std::unique_ptr<BareClient>> BareClient::connect(u16 port, const std::string& ca_file,
                                                        u32 count,
                                                        const std::function<void()>& serve) {
    const WolfsslThread wolfssl;
    Result<TlsPolicy> policy = TlsPolicy::open(ca_file);
    if (!policy) return std::move(policy).error();
    std::unique_ptr<BareClient> client(new BareClient);
    const auto handover = std::make_unique<Handover>();
    for (u32 i = 0; i < count; ++i) {
        auto connection = std::make_unique<Connection>();
        *handover = {};
        Result<Fd> fd = shake_hands(*policy, port, serve, *handover);
        if (!fd) return std::move(fd).error();
        connection->fd = std::move(*fd);
        if (!connection->session.adopt(*handover, i + 1)) return Error{"bare client: adopt"};
        std::span<const std::byte> left(handover->leftover.data(), handover->leftover_bytes);
        while (!left.empty()) left = left.subspan(connection->session.open(left, left.size()).used);
        client->connections_.push_back(std::move(connection));
    }
    return client;
}

BareClient::~BareClient() {
    if (has_ring_) io_uring_queue_exit(&ring_);
}

bool BareClient::open_ring() noexcept {
    io_uring_params params{};
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                   IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL;
    if (has_ring_) io_uring_queue_exit(&ring_); // a ring obeys the thread that made it
    has_ring_ = false;
    if (io_uring_queue_init_params(connections_max, &ring_, &params) != 0) return false;
    has_ring_ = true;
    static_cast<void>(io_uring_register_ring_fd(&ring_));
    std::array<int, connections_max> files{};
    for (size_t i = 0; i < connections_.size(); ++i) files[i] = connections_[i]->fd.get();
    return io_uring_register_files(&ring_, files.data(),
                                   static_cast<unsigned>(connections_.size())) == 0;
}

bool BareClient::prepare(u32 count) noexcept {
    for (u32 i = 0; i < count; ++i) {
        Connection& connection = *connections_[i];
        if (connection.session.seal(std::as_bytes(std::span(request)), connection.record) == 0)
            is_broken_ = true;
    }
    return !is_broken_;
}

void BareClient::fire(u32 count, How how) noexcept {
    if (how == How::uring)
        fire_uring(count);
    else
        fire_sends(count);
}

void BareClient::fire_sends(u32 count) noexcept {
    for (u32 i = 0; i < count; ++i) {
        const Connection& connection = *connections_[i];
        const ssize_t sent = send(connection.fd.get(), connection.record.bytes.data(),
                                  connection.record.bytes_count, MSG_NOSIGNAL | MSG_DONTWAIT);
        is_broken_ |= sent != connection.record.bytes_count;
    }
}

void BareClient::departed(u32 count) noexcept {
    for (u32 i = 0; i < count; ++i) {
        connections_[i]->session.spend();
        connections_[i]->session.sent();
        connections_[i]->is_answered = false;
    }
}

void BareClient::fire_uring(u32 count) noexcept {
    for (u32 i = 0; i < count; ++i) {
        io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
        const Connection& connection = *connections_[i];
        io_uring_prep_send(sqe, static_cast<int>(i), connection.record.bytes.data(),
                           connection.record.bytes_count, MSG_NOSIGNAL | MSG_DONTWAIT);
        sqe->flags |= IOSQE_FIXED_FILE;
    }
    io_uring_submit(&ring_);
}

bool BareClient::collect() noexcept {
    io_uring_cqe* completed = nullptr;
    while (has_ring_ && io_uring_peek_cqe(&ring_, &completed) == 0) {
        is_broken_ |= completed->res <= 0;
        io_uring_cqe_seen(&ring_, completed);
    }
    bool is_done = true;
    for (const auto& connection : connections_) {
        if (!connection->is_answered) take(*connection);
        is_done &= connection->is_answered;
    }
    return is_done || is_broken_;
}

// The benchmark's venue answers in one record whose body ends in a brace.
void BareClient::take(Connection& connection) noexcept {
    std::array<std::byte, 4096> bytes;
    const ssize_t count = recv(connection.fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0) return;
    if (count == 0) is_broken_ = true;
    std::span<const std::byte> in(bytes.data(), static_cast<size_t>(count));
    for (bool goes_on = !in.empty(); goes_on;) {
        const Opened opened = connection.session.open(in, in.size());
        in = in.subspan(opened.used);
        is_broken_ |= opened.broken != Broken::none;
        if (!opened.content.empty() && opened.content.back() == std::byte{'}'}) {
            connection.is_answered = true;
        }
        goes_on = !is_broken_ && (!in.empty() || opened.worked);
    }
}

} // namespace ks::bench
