#include "net/loopback_pair.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace ks {

namespace {

Error failed(const char* call) {
    return {std::string("loopback pair: ") + call + ": " + strerrorname_np(errno) +
            "; is the interface lo up?"};
}

} // namespace

Result<LoopbackPair> LoopbackPair::open() {
    constexpr int kind = SOCK_STREAM | SOCK_CLOEXEC;
    const Fd listener(socket(AF_INET, kind, 0));
    Fd near_end(socket(AF_INET, kind, 0));
    if (!listener.is_open() || !near_end.is_open()) return failed("socket");

    sockaddr_in at{
        .sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t bytes = sizeof at;
    auto* const generic = reinterpret_cast<sockaddr*>(&at);
    if (bind(listener.get(), generic, bytes) < 0 || listen(listener.get(), 1) < 0 ||
        getsockname(listener.get(), generic, &bytes) < 0 ||
        connect(near_end.get(), generic, bytes) < 0)
        return failed("connect to 127.0.0.1");

    sockaddr_in near_name{};
    sockaddr_in far_peer{};
    socklen_t near_bytes = sizeof near_name;
    socklen_t far_bytes = sizeof far_peer;
    Fd far_end(
        accept4(listener.get(), reinterpret_cast<sockaddr*>(&far_peer), &far_bytes, SOCK_CLOEXEC));
    if (!far_end.is_open() ||
        getsockname(near_end.get(), reinterpret_cast<sockaddr*>(&near_name), &near_bytes) < 0)
        return failed("accept");
    if (near_name.sin_port != far_peer.sin_port)
        return Error{"loopback pair: a stranger connected first; start again"};
    const int on = 1;
    setsockopt(near_end.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return LoopbackPair(std::move(near_end), std::move(far_end));
}

// MSG_TRUNC on TCP discards without copying.
void LoopbackPair::drain() noexcept {
    (void)recv(far_.get(), nullptr, 1u << 20, MSG_DONTWAIT | MSG_TRUNC);
}

} // namespace ks
