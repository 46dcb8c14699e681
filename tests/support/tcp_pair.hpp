// TcpPair: two ends of a real TCP connection on loopback, and what a peer does with its own.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <span>
#include <string>

#include "base/fd.hpp"
#include "base/units.hpp"

namespace ks::testing {

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct TcpPair {
    Fd ours;
    Fd peer;
};

inline TcpPair connect_pair() {
    const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size_bytes = sizeof at;
    auto* const name = reinterpret_cast<sockaddr*>(&at);
    EXPECT_EQ(bind(listener.get(), name, size_bytes), 0);
    EXPECT_EQ(listen(listener.get(), 1), 0);
    EXPECT_EQ(getsockname(listener.get(), name, &size_bytes), 0);
    TcpPair pair;
    pair.ours = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(pair.ours.get(), name, size_bytes), 0);
    pair.peer = Fd(accept(listener.get(), nullptr, nullptr));
    EXPECT_TRUE(pair.peer.is_open());
    // As the connector hands its sockets over.
    EXPECT_EQ(fcntl(pair.ours.get(), F_SETFL, O_NONBLOCK), 0);
    return pair;
}

// Makes the peer's close a reset.
inline void reset(Fd& peer) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
    peer = Fd();
}

// What has come, at least a byte; empty at the end of the stream.
inline std::string read_some(const Fd& from) {
    char buffer[4096];
    const ssize_t count = recv(from.get(), buffer, sizeof buffer, 0);
    EXPECT_GE(count, 0) << strerrorname_np(errno);
    return {buffer, count > 0 ? static_cast<size_t>(count) : 0};
}
inline bool nothing_to_read(const Fd& from) {
    char byte;
    return recv(from.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}
inline void write_all(const Fd& to, std::string_view text) {
    EXPECT_EQ(send(to.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
}
inline u32 data_segments_sent(int fd) {
    tcp_info info{};
    socklen_t size_bytes = sizeof info;
    EXPECT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size_bytes), 0);
    return info.tcpi_data_segs_out;
}

} // namespace ks::testing
