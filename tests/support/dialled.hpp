// Dialled: a handshake driven to its end against a server of the test, as the connector drives it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include "cold/handshake.hpp"
#include "support/tls_server.hpp"
#include "wire/session.hpp"

namespace ks::testing {

inline Fd connect_to(u16 port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    detail::must(connect(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0, "connect");
    detail::must(fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0, "non-blocking");
    return fd;
}

constexpr int answer_ms_max = 20'000; // far beyond any honest answer: the test has failed

// Steps until ready or refused.
inline Handshake::Step drive(Handshake& handshake) {
    for (;;) {
        const Handshake::Step step = handshake.step();
        if (step == Handshake::Step::ready || step == Handshake::Step::refused) return step;
        pollfd wait{.fd = handshake.fd(),
                    .events =
                        static_cast<short>(step == Handshake::Step::wants_read ? POLLIN : POLLOUT),
                    .revents = 0};
        if (poll(&wait, 1, answer_ms_max) == 0) {
            ADD_FAILURE() << "nothing came; still waiting for " << handshake.waits_for();
            return step;
        }
    }
}

// Takes over, and opens what had already come: session tickets.
inline void adopt(Session& session, const Handover& handover) {
    ASSERT_TRUE(session.adopt(handover, 1));
    std::span<const std::byte> leftover(handover.leftover.data(), handover.leftover_bytes);
    bool goes_on = !leftover.empty();
    while (goes_on) {
        const Opened opened = session.open(leftover, 512);
        ASSERT_EQ(opened.broken, Broken::none);
        leftover = leftover.subspan(opened.used);
        goes_on = !leftover.empty() || opened.worked;
    }
}

// Sends one request by our own record layer and returns the plaintext that comes back.
inline std::string ask_by_session(Session& session, const Fd& fd, std::string_view request) {
    Record record;
    EXPECT_NE(session.seal(std::as_bytes(std::span(request)), record), 0u);
    session.spend();
    EXPECT_EQ(send(fd.get(), record.bytes.data(), record.bytes_count, MSG_NOSIGNAL),
              static_cast<ssize_t>(record.bytes_count));
    session.sent();
    std::string answer;
    std::array<std::byte, 4096> piece;
    while (!answer.ends_with("{}")) {
        pollfd wait{.fd = fd.get(), .events = POLLIN, .revents = 0};
        if (poll(&wait, 1, answer_ms_max) == 0) return "no answer";
        const ssize_t count = recv(fd.get(), piece.data(), piece.size(), 0);
        if (count <= 0) return "the connection ended";
        std::span<const std::byte> in(piece.data(), static_cast<size_t>(count));
        for (bool goes_on = true; goes_on;) {
            const Opened opened = session.open(in, 512);
            if (opened.broken != Broken::none) return "the session broke";
            answer.append(reinterpret_cast<const char*>(opened.content.data()),
                          opened.content.size());
            in = in.subspan(opened.used);
            goes_on = !in.empty() || opened.worked;
        }
    }
    return answer;
}

} // namespace ks::testing
