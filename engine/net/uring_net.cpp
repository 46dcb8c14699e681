#include "net/uring_net.hpp"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ks {

namespace {

constexpr u16 buffer_group = 0;
constexpr u32 completions_per_entry = 4; // multishot receives complete more often than we queue
constexpr u32 submit_attempts_max = 4;   // EINTR and EBUSY pass; then the next turn tries again

// From the best to the oldest that can still receive multishot (6.0). DEFER_TASKRUN (6.1) runs the
// kernel's part of a receive when we look, not as an interruption; TASKRUN_FLAG tells us to look.
struct Rung {
    const char* name;
    u32 flags;
};
constexpr Rung ladder[] = {
    {"deferred task work", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                               IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL},
    {"cooperative task work", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                                  IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL},
};

enum class Op : u64 { send, receive };

// Which operation of which life: 16 bits, slot 16, life 32. Never only an fd: those are used again.
u64 tag(Op op, LaneRef lane) {
    return static_cast<u64>(op) << 48 | u64{lane.slot} << 32 | lane.life;
}
Op op_of(u64 tag) {
    return static_cast<Op>(tag >> 48);
}
LaneRef lane_of(u64 tag) {
    return {.slot = static_cast<u16>(tag >> 32), .life = static_cast<u32>(tag)};
}

Error refused(const char* call, int error_number) {
    std::string sentence = std::string(call) + " refused: " + strerrorname_np(error_number);
    if (error_number == EPERM || error_number == EACCES)
        sentence += " (seccomp or kernel.io_uring_disabled)";
    else if (error_number == ENOSYS)
        sentence += " (seccomp, or a kernel without io_uring)";
    else if (error_number == EINVAL)
        sentence += " (this kernel is older than Linux 6.0)";
    else if (error_number == ENOMEM)
        sentence += " (raise the memory limit, or LimitMEMLOCK of the unit)";
    return {std::move(sentence)};
}

} // namespace

Result<std::unique_ptr<UringNet>> UringNet::open(UringLimits limits) {
    std::unique_ptr<UringNet> net(new UringNet(limits));
    if (Result<void> done = net->set_up(); !done) return std::move(done).error();
    return net;
}

Result<void> UringNet::set_up() {
    int error = -EINVAL;
    for (const Rung& rung : ladder) {
        io_uring_params params{};
        params.flags = rung.flags | IORING_SETUP_CQSIZE;
        params.cq_entries = limits_.entries * completions_per_entry;
        error = io_uring_queue_init_params(limits_.entries, &ring_, &params);
        if (error == 0) {
            rung_ = rung.name;
            break;
        }
        if (error != -EINVAL) break; // a refusal, not an unknown flag
    }
    if (error < 0) return refused("io_uring_setup", -error);
    is_ring_open_ = true;
    // Saves the look-up of the ring's fd in each submit; 30 ns, so no loss where it is refused.
    (void)io_uring_register_ring_fd(&ring_);
    if (const int e = io_uring_register_files_sparse(&ring_, sockets_max); e < 0)
        return refused("io_uring_register_files", -e);
    return set_up_buffers();
}

Result<void> UringNet::set_up_buffers() {
    const size_t ring_bytes = limits_.buffers_count * sizeof(io_uring_buf);
    const size_t page_bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t front_bytes = (ring_bytes + page_bytes - 1) / page_bytes * page_bytes;
    mapped_bytes_ = front_bytes + size_t{limits_.buffers_count} * limits_.buffer_bytes;
    void* const mapped = mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (mapped == MAP_FAILED) return refused("mmap of receive buffers", errno);
    buffer_ring_ = static_cast<io_uring_buf_ring*>(mapped);
    buffers_ = static_cast<std::byte*>(mapped) + front_bytes;

    io_uring_buf_reg registration{};
    registration.ring_addr = reinterpret_cast<u64>(mapped);
    registration.ring_entries = limits_.buffers_count;
    registration.bgid = buffer_group;
    if (const int error = io_uring_register_buf_ring(&ring_, &registration, 0); error < 0)
        return refused("io_uring_register_buf_ring", -error);
    for (u32 i = 0; i < limits_.buffers_count; ++i) {
        lent_buffer_ = i;
        give_back_buffer();
    }
    return {};
}

UringNet::~UringNet() {
    if (is_ring_open_) io_uring_queue_exit(&ring_);
    if (buffer_ring_) munmap(buffer_ring_, mapped_bytes_);
    for (const Socket& socket : sockets_)
        if (socket.fd >= 0) close(socket.fd);
}

bool UringNet::adopt(LaneRef lane, int fd) noexcept {
    Socket* const socket = sockets_.claim(lane, fd);
    if (!socket) return false;
    const u32 index = SocketTable::index(lane);
    if (io_uring_register_files_update(&ring_, index, &fd, 1) == 1 && receive(*socket)) return true;
    const int empty = -1;
    io_uring_register_files_update(&ring_, index, &empty, 1);
    sockets_.release(*socket);
    return false;
}

// Arms a multishot receive and submits it. By plain fd, not by the file table: kernels before 6.13
// free table entries in the order of their last use, and a receive lasts as long as its lane.
bool UringNet::receive(Socket& socket) noexcept {
    io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
    if (!sqe) return false;
    io_uring_prep_recv_multishot(sqe, socket.fd, nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = buffer_group;
    sqe->user_data = tag(Op::receive, socket.lane);
    socket.is_receiving = true;
    submit();
    return true;
}

bool UringNet::queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
    Socket* const socket = sockets_.find(lane);
    // Two sends in flight on one socket may swap (axboe/liburing#1001).
    if (!socket || !socket->may_send()) return false;
    io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
    if (!sqe) return false;
    // DONTWAIT: a full socket answers EAGAIN at once, and the shot takes its other lane.
    io_uring_prep_send(sqe, static_cast<int>(SocketTable::index(lane)), bytes.data(), bytes.size(),
                       MSG_NOSIGNAL | MSG_DONTWAIT);
    sqe->flags |= IOSQE_FIXED_FILE;
    sqe->user_data = tag(Op::send, lane);
    socket->is_sending = true;
    return true;
}

// One system call, unless the kernel left something behind.
void UringNet::submit() noexcept {
    for (u32 attempt = 0; attempt < submit_attempts_max; ++attempt) {
        if (io_uring_sq_ready(&ring_) == 0) return;
        if (io_uring_submit(&ring_) == -EBUSY) io_uring_get_events(&ring_); // completions overflow
    }
}

bool UringNet::poll(NetEvent& event) noexcept {
    if (lent_buffer_ != no_buffer) give_back_buffer();
    if (io_uring_sq_ready(&ring_) > 0) submit(); // what an earlier submit() could not place
    constexpr u32 kernel_waits = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
    if (IO_URING_READ_ONCE(*ring_.sq.kflags) & kernel_waits) io_uring_get_events(&ring_);
    if (postponed_count_ > 0 && finish_postponed(event)) return true;
    while (io_uring_cq_ready(&ring_) > 0) {
        const io_uring_cqe cqe = ring_.cq.cqes[*ring_.cq.khead & *ring_.cq.kring_mask];
        io_uring_cq_advance(&ring_, 1);
        if (on_completion(cqe, event)) return true;
    }
    return false;
}

bool UringNet::on_completion(const io_uring_cqe& cqe, NetEvent& event) noexcept {
    if (lent_buffer_ != no_buffer) give_back_buffer(); // of a completion nobody was shown
    if (cqe.flags & IORING_CQE_F_BUFFER) lent_buffer_ = cqe.flags >> IORING_CQE_BUFFER_SHIFT;
    Socket* const socket = sockets_.find(lane_of(cqe.user_data));
    if (!socket) return false;
    if (op_of(cqe.user_data) == Op::receive) return on_received(*socket, cqe, event);
    return on_sent(*socket, cqe.res, event);
}

bool UringNet::on_sent(Socket& socket, i32 result, NetEvent& event) noexcept {
    socket.is_sending = false;
    if (socket.is_finished()) ++postponed_count_; // one event a poll: `closed` comes with the next
    event = {.lane = socket.lane, .what = What::sent, .result = result, .bytes = {}};
    return true;
}

bool UringNet::on_received(Socket& socket, const io_uring_cqe& cqe, NetEvent& event) noexcept {
    if (!(cqe.flags & IORING_CQE_F_MORE)) socket.is_receiving = false;
    const bool is_transient = cqe.res > 0 || cqe.res == -ENOBUFS || cqe.res == -EINTR;
    if (!is_transient) {
        socket.is_over = true;
        socket.why_over = cqe.res;
    }
    // Buffers ran out, or the kernel ended its series: the polls before this one have given
    // buffers back, so that the new series finds some.
    if (is_transient && !socket.is_receiving && !socket.is_dropped && !receive(socket)) {
        socket.is_over = true;
        socket.why_over = -ENOBUFS;
    }
    if (cqe.res > 0 && !socket.is_dropped) {
        event = {.lane = socket.lane,
                 .what = What::got,
                 .result = cqe.res,
                 .bytes = {buffers_ + size_t{lent_buffer_} * limits_.buffer_bytes,
                           static_cast<size_t>(cqe.res)}};
        return true;
    }
    if (socket.is_finished()) return finish(socket, event);
    return false; // its `sent` comes first
}

bool UringNet::finish_postponed(NetEvent& event) noexcept {
    for (Socket& socket : sockets_)
        if (!socket.lane.is_none() && socket.is_finished()) {
            --postponed_count_;
            return finish(socket, event);
        }
    return false;
}

// The kernel holds the socket no more, so the caller's close() really closes it.
bool UringNet::finish(Socket& socket, NetEvent& event) noexcept {
    const int empty = -1;
    io_uring_register_files_update(&ring_, SocketTable::index(socket.lane), &empty, 1);
    event = {.lane = socket.lane,
             .what = What::closed,
             .result = socket.why_over,
             .fd = socket.fd,
             .bytes = {}};
    sockets_.release(socket);
    return true;
}

void UringNet::give_back_buffer() noexcept {
    io_uring_buf_ring_add(buffer_ring_, buffers_ + size_t{lent_buffer_} * limits_.buffer_bytes,
                          limits_.buffer_bytes, static_cast<u16>(lent_buffer_),
                          static_cast<int>(limits_.buffers_count - 1), 0);
    io_uring_buf_ring_advance(buffer_ring_, 1);
    lent_buffer_ = no_buffer;
}

// Zero bytes walk through the socket's lock, memory and state, and leave as no segment.
void UringNet::touch(LaneRef lane) noexcept {
    if (const Socket* const socket = sockets_.find(lane); socket && !socket->is_dropped)
        (void)send(socket->fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// The shutdown ends the armed receive, whose completion becomes `closed`. A close() alone would
// send no FIN: the receive holds the socket (axboe/liburing#932).
void UringNet::drop(LaneRef lane) noexcept {
    Socket* const socket = sockets_.find(lane);
    if (!socket || socket->is_dropped) return;
    socket->is_dropped = true;
    (void)shutdown(socket->fd, SHUT_RDWR);
}

int UringNet::lend(LaneRef lane) noexcept {
    Socket* const socket = sockets_.find(lane);
    if (!socket || !socket->may_send()) return -1;
    socket->is_sending = true;
    return socket->fd;
}

bool UringNet::give_back(LaneRef lane, i32 result, NetEvent& event) noexcept {
    if (lent_buffer_ != no_buffer) give_back_buffer();
    Socket* const socket = sockets_.find(lane);
    return socket && on_sent(*socket, result, event);
}

void UringNet::take_back(LaneRef lane) noexcept {
    if (Socket* const socket = sockets_.find(lane)) socket->is_sending = false;
}

} // namespace ks
