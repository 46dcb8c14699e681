// SocketNet: the hot thread's sockets over epoll and send(), where io_uring is forbidden or a
// kernel-bypass stack hooks only these. Models Net (hot/seams.hpp).
// Guarantees: submit() is one send() a lane, in order; the kernel is asked for input at most every
// 20 us, so that an idle poll() is one clock reading; nothing allocates after open().
#pragma once

#include <sys/epoll.h>

#include <memory>

#include "base/result.hpp"
#include "base/ring.hpp"
#include "hot/seams.hpp"
#include "net/socket_table.hpp"

namespace ks {

class SocketNet {
public:
    static Result<std::unique_ptr<SocketNet>> open();
    ~SocketNet(); // closes the sockets it still holds
    SocketNet(const SocketNet&) = delete;
    SocketNet& operator=(const SocketNet&) = delete;

    // False when the place of this life is taken or the kernel refuses; the fd stays the caller's.
    bool adopt(LaneRef lane, int fd) noexcept;
    // False when the lane is unknown, dropped, or its last send has not been reported.
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept;
    void submit() noexcept;
    bool poll(NetEvent& event) noexcept;
    void touch(LaneRef lane) noexcept;
    void drop(LaneRef lane) noexcept;

private:
    struct Queued {
        LaneRef lane;
        std::span<const std::byte> bytes;
    };
    struct Done {
        LaneRef lane;
        What what = What::none;
        i32 result = 0;
    };
    explicit SocketNet(int epoll_fd) : epoll_fd_(epoll_fd) {}
    bool look() noexcept;
    bool receive(LaneRef lane, NetEvent& event) noexcept;
    void report(const Done& done, NetEvent& event) noexcept;
    void stop_receiving(Socket& socket) noexcept;
    void note(const Done& done) noexcept;

    static constexpr u32 ready_max = 64;
    int epoll_fd_;
    Instant look_at_;
    u32 ready_next_ = 0;
    u32 ready_count_ = 0;
    Bounded<Queued, sockets_max> queued_;
    std::array<epoll_event, ready_max> ready_{};
    Ring<Done, 1024> done_; // not yet reported; a socket has at most one `sent` and one `closed`
    static_assert(1024 >= 2 * sockets_max);
    SocketTable sockets_;
    alignas(64) std::array<std::byte, 16 * 1024> buffer_{};
};
static_assert(Net<SocketNet>);

} // namespace ks
