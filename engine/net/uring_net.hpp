// UringNet: the hot thread's sockets over io_uring; one system call sends a whole salvo, and
// looking for answers costs none. Models Net (hot/seams.hpp). Needs Linux 6.0 (multishot receive).
// Guarantees: submit() is one io_uring_enter; nothing allocates after open(); a completion of one
// life never touches its successor. Every call comes from the thread that called open().
#pragma once

#include <liburing.h>

#include <memory>

#include "base/result.hpp"
#include "hot/seams.hpp"
#include "net/socket_table.hpp"

namespace ks {

struct UringLimits {
    u32 entries = 1024;      // a salvo of every lane, and chores, with room; a power of two
    u32 buffers_count = 256; // received but not yet polled; a power of two
    u32 buffer_bytes = 4096;
};

class UringNet {
public:
    // The error names the call that the kernel refused, and the likely reason.
    static Result<std::unique_ptr<UringNet>> open(UringLimits limits = {});
    ~UringNet(); // closes the sockets it still holds
    UringNet(const UringNet&) = delete;
    UringNet& operator=(const UringNet&) = delete;

    // How its completions arrive: "deferred task work", or what an older kernel has.
    std::string_view rung() const { return rung_; }

    // False when the place of this life is taken or the kernel refuses; the fd stays the caller's.
    bool adopt(LaneRef lane, int fd) noexcept;
    // False when the lane is unknown, dropped, or still has a send in flight.
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept;
    void submit() noexcept;
    bool poll(NetEvent& event) noexcept;
    void touch(LaneRef lane) noexcept;
    void drop(LaneRef lane) noexcept;

    // Somebody else sends the lane's next bytes (TwinNet): its fd, or -1 where queue() would
    // refuse. Until give_back() with what the send answered, or take_back() when none was made, the
    // lane counts as sending, so that its fd stays open.
    int lend(LaneRef lane) noexcept;
    bool give_back(LaneRef lane, i32 result, NetEvent& event) noexcept;
    void take_back(LaneRef lane) noexcept;

private:
    explicit UringNet(UringLimits limits) : limits_(limits) {}
    Result<void> set_up();
    Result<void> set_up_buffers();
    bool receive(Socket& socket) noexcept;
    bool on_completion(const io_uring_cqe& cqe, NetEvent& event) noexcept;
    bool on_sent(Socket& socket, i32 result, NetEvent& event) noexcept;
    bool on_received(Socket& socket, const io_uring_cqe& cqe, NetEvent& event) noexcept;
    bool finish(Socket& socket, NetEvent& event) noexcept;
    bool finish_postponed(NetEvent& event) noexcept;
    void give_back_buffer() noexcept;

    static constexpr u32 no_buffer = UINT32_MAX;
    UringLimits limits_;
    io_uring ring_{};
    bool is_ring_open_ = false;
    io_uring_buf_ring* buffer_ring_ = nullptr; // in front of the buffers, one mapping
    std::byte* buffers_ = nullptr;
    size_t mapped_bytes_ = 0;
    u32 lent_buffer_ = no_buffer; // shown by the last poll(), given back by the next
    u32 postponed_count_ = 0;     // sockets whose `closed` waited behind their `sent`
    const char* rung_ = "";
    SocketTable sockets_;
};
static_assert(Net<UringNet>);

} // namespace ks
