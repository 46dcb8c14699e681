#include "net/socket_net.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace ks {

namespace {

// An epoll_wait costs 200 to 600 ns, and a pull may have to wait for it: asked each 20 us it takes
// a thirtieth of the core at most. What is waited for comes from a venue, after milliseconds.
constexpr Nanos look_every = microseconds(20);

Instant monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return {now.tv_sec * 1'000'000'000 + now.tv_nsec};
}

u64 tag(LaneRef lane) {
    return u64{lane.slot} << 32 | lane.life;
}
LaneRef lane_of(u64 tag) {
    return {.slot = static_cast<u16>(tag >> 32), .life = static_cast<u32>(tag)};
}

} // namespace

Result<std::unique_ptr<SocketNet>> SocketNet::open() {
    const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) return Error{std::string("epoll_create1 refused: ") + strerrorname_np(errno)};
    return std::unique_ptr<SocketNet>(new SocketNet(epoll_fd));
}

SocketNet::~SocketNet() {
    for (const Socket& socket : sockets_)
        if (socket.fd >= 0) close(socket.fd);
    close(epoll_fd_);
}

bool SocketNet::adopt(LaneRef lane, int fd) noexcept {
    Socket* const socket = sockets_.claim(lane, fd);
    if (!socket) return false;
    epoll_event interest{.events = EPOLLIN | EPOLLRDHUP, .data = {.u64 = tag(lane)}};
    if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &interest) < 0) {
        sockets_.release(*socket);
        return false;
    }
    socket->is_receiving = true;
    return true;
}

bool SocketNet::queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
    Socket* const socket = sockets_.find(lane);
    if (!socket || !socket->may_send()) return false;
    if (!queued_.push({.lane = lane, .bytes = bytes})) return false;
    socket->is_sending = true;
    return true;
}

void SocketNet::submit() noexcept {
    for (const Queued& queued : queued_) {
        const Socket* const socket = sockets_.find(queued.lane);
        ssize_t taken;
        do
            taken = send(socket->fd, queued.bytes.data(), queued.bytes.size(),
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        while (taken < 0 && errno == EINTR);
        const i32 result = taken < 0 ? -errno : static_cast<i32>(taken);
        note({.lane = queued.lane, .what = What::sent, .result = result});
    }
    queued_.clear();
}

bool SocketNet::poll(NetEvent& event) noexcept {
    for (;;) {
        if (const Done* const done = done_.front()) {
            report(*done, event);
            done_.release();
            return true;
        }
        if (ready_next_ == ready_count_ && !look()) return false;
        if (receive(lane_of(ready_[ready_next_++].data.u64), event)) return true;
    }
}

bool SocketNet::look() noexcept {
    const Instant now = monotonic_now();
    if (now < look_at_) return false;
    look_at_ = now + look_every;
    const int count = epoll_wait(epoll_fd_, ready_.data(), ready_max, 0);
    ready_next_ = 0;
    ready_count_ = count > 0 ? static_cast<u32>(count) : 0;
    return ready_count_ > 0;
}

// What is ready is a claim of the past: the lane may be gone or dropped since.
bool SocketNet::receive(LaneRef lane, NetEvent& event) noexcept {
    Socket* const socket = sockets_.find(lane);
    if (!socket || !socket->is_receiving) return false;
    const ssize_t count = recv(socket->fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count > 0) {
        event = {.lane = lane,
                 .what = What::got,
                 .result = static_cast<i32>(count),
                 .bytes = {buffer_.data(), static_cast<size_t>(count)}};
        return true;
    }
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    socket->is_over = true;
    socket->why_over = count < 0 ? -errno : 0;
    stop_receiving(*socket);
    return false; // `closed` is noted, and is next
}

void SocketNet::stop_receiving(Socket& socket) noexcept {
    if (socket.is_receiving) epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, socket.fd, nullptr);
    socket.is_receiving = false;
    if (socket.is_finished()) note({.lane = socket.lane, .what = What::closed});
}

void SocketNet::report(const Done& done, NetEvent& event) noexcept {
    Socket& socket = *sockets_.find(done.lane); // released only by its own `closed`, below
    event = {.lane = done.lane, .what = done.what, .result = done.result, .bytes = {}};
    if (done.what == What::sent) {
        socket.is_sending = false;
        if (socket.is_finished()) note({.lane = socket.lane, .what = What::closed});
        return;
    }
    event.result = socket.why_over;
    event.fd = socket.fd;
    sockets_.release(socket);
}

// Cannot be full: see the assertion beside done_. No `closed` is noted twice: a socket finishes
// once.
void SocketNet::note(const Done& done) noexcept {
    (void)done_.push(done);
}

void SocketNet::touch(LaneRef lane) noexcept {
    if (const Socket* const socket = sockets_.find(lane); socket && !socket->is_dropped)
        (void)send(socket->fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void SocketNet::drop(LaneRef lane) noexcept {
    Socket* const socket = sockets_.find(lane);
    if (!socket || socket->is_dropped) return;
    const bool was_finished = socket->is_finished();
    socket->is_dropped = true;
    (void)shutdown(socket->fd, SHUT_RDWR);
    if (!was_finished) stop_receiving(*socket);
}

} // namespace ks
