// Level-triggered epoll: a connection that is not finished in one turn comes back in the next.
#include "loop.hpp"
#include "admin.hpp"
#include "text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ks {
namespace {

constexpr int events_max = 64;
constexpr u64 id_of_signals = 0;
constexpr u64 id_of_input = 1;
constexpr u64 id_first = 2;

int end_signals() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, nullptr);
    return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

void watch(int epoll_fd, int fd, u64 id, u32 events, int how) {
    epoll_event event{.events = events, .data = {.u64 = id}};
    if (epoll_ctl(epoll_fd, how, fd, &event) != 0)
        throw Mistake(std::string("epoll cannot watch a descriptor: ") + std::strerror(errno));
}

}

Loop::Loop(Stage& stage, LoopOptions options)
    : stage_(stage), options_(options), epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      signal_fd_(end_signals()), id_next_(id_first) {
    watch(epoll_fd_, signal_fd_, id_of_signals, EPOLLIN, EPOLL_CTL_ADD);
    if (options_.until_eof) watch(epoll_fd_, STDIN_FILENO, id_of_input, EPOLLIN, EPOLL_CTL_ADD);
}

Loop::~Loop() {
    for (const auto& [id, door] : doors_) close(door.listen_fd);
    close(signal_fd_);
    close(epoll_fd_);
}

u16 Loop::open_door(Venue* venue, SSL_CTX* context) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t address_bytes = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (fd < 0 || bind(fd, generic, sizeof address) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, generic, &address_bytes) != 0)
        throw Mistake(std::string("cannot listen on 127.0.0.1: ") + std::strerror(errno));
    watch(epoll_fd_, fd, id_next_, EPOLLIN, EPOLL_CTL_ADD);
    doors_.emplace(id_next_++, Door{venue, context, fd});
    return ntohs(address.sin_port);
}

void Loop::run() {
    epoll_event events[events_max];
    for (;;) {
        const int count = epoll_wait(epoll_fd_, events, events_max, timeout_ms());
        for (int i = 0; i < count; ++i) {
            const u64 id = events[i].data.u64;
            if (ends(id)) return;
            if (const auto door = doors_.find(id); door != doors_.end())
                accept_from(door->second);
            else
                serve(id);
        }
        const u64 now_ns = Moment::now().mono_ns;
        release_due(now_ns);
        if (now_ns >= options_.ends_at_ns) return;
    }
}

bool Loop::ends(u64 id) const {
    char typed[256];
    return id == id_of_signals ||
           (id == id_of_input && read(STDIN_FILENO, typed, sizeof typed) <= 0);
}

void Loop::accept_from(const Door& door) {
    sockaddr_in peer{};
    socklen_t peer_bytes = sizeof peer;
    const int fd = accept4(door.listen_fd, reinterpret_cast<sockaddr*>(&peer), &peer_bytes,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return; // the client has gone again
    char ip[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &peer.sin_addr, ip, sizeof ip);
    const u64 id = id_next_++;
    connections_.try_emplace(id, fd, door, ip);
    watch(epoll_fd_, fd, id, EPOLLIN, EPOLL_CTL_ADD);
}

void Loop::serve(u64 id) {
    const auto at = connections_.find(id);
    if (at == connections_.end()) return; // closed earlier in this turn
    Connection& connection = at->second;
    connection.receive();
    while (const auto request = connection.next_request()) answer(id, connection, *request);
    settle(id, connection);
}

void Loop::answer(u64 id, Connection& connection, const Request& request) {
    const Arrival arrival = connection.arrival();
    if (!connection.venue()) {
        connection.deliver({answer_admin(stage_, request, arrival.at), {}, arrival.at.unix_ms});
        return;
    }
    const Answer made = stage_.answer(*connection.venue(), request, arrival);
    if (made.twist.delay_ns == 0)
        deliver(id, connection, made);
    else
        due_.emplace(arrival.at.mono_ns + made.twist.delay_ns, Due{id, made});
}

void Loop::deliver(u64 id, Connection& connection, const Answer& answer) {
    connection.deliver(answer);
    if (const u64 at_ns = connection.idle_close_at_ns(); at_ns != never_ns)
        due_.emplace(at_ns, Due{id, {}});
}

void Loop::release_due(u64 now_ns) {
    while (!due_.empty() && due_.begin()->first <= now_ns) {
        const Due due = std::move(due_.extract(due_.begin()).mapped());
        const auto at = connections_.find(due.connection);
        if (at == connections_.end()) continue;
        Connection& connection = at->second;
        if (due.answer) {
            deliver(at->first, connection, *due.answer);
            while (const auto next = connection.next_request())
                answer(at->first, connection, *next);
        } else if (connection.idle_close_at_ns() <= now_ns) {
            connection.say_goodbye();
        }
        settle(at->first, connection);
    }
}

void Loop::settle(u64 id, Connection& connection) {
    connection.flush();
    if (connection.is_over()) {
        connections_.erase(id);
        return;
    }
    const u32 events = connection.wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    watch(epoll_fd_, connection.fd(), id, events, EPOLL_CTL_MOD);
}

// Rounded up: an answer may leave a little late, never early.
int Loop::timeout_ms() const {
    if (options_.polls) return 0;
    const u64 at_ns =
        due_.empty() ? options_.ends_at_ns : std::min(due_.begin()->first, options_.ends_at_ns);
    const u64 now_ns = Moment::now().mono_ns;
    if (at_ns <= now_ns) return 0;
    return static_cast<int>(std::min((at_ns - now_ns) / ns_per_ms + 1, u64{60'000}));
}

}
