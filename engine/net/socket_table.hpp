// SocketTable: the adopted connections of a net, each in a place fixed by its lane.
// A slot has two places, chosen by the parity of the life, so that a successor is adopted before
// its predecessor is gone (make before break): lives of one slot that overlap must differ in
// parity. Guarantees: find() never answers for another life; no allocation.
#pragma once

#include <array>

#include "hot/plan.hpp"

namespace ks {

constexpr u16 net_slots_max = lanes_max + 8; // the plan's lanes, and private loopback pairs behind
constexpr u32 sockets_max = net_slots_max * 2u;

struct Socket {
    LaneRef lane; // none: a free place
    int fd = -1;
    i32 why_over = 0;          // 0: end of stream or dropped; else -errno
    bool is_receiving = false; // the kernel still owes us a last word about reading
    bool is_sending = false;   // queued, and `sent` not yet reported
    bool is_over = false;      // nothing more to read
    bool is_dropped = false;   // the caller wants no more of it

    bool may_send() const { return !is_sending && !is_over && !is_dropped; }
    bool is_finished() const { return (is_over || is_dropped) && !is_receiving && !is_sending; }
};

class SocketTable {
public:
    static constexpr u32 index(LaneRef lane) { return lane.slot * 2u + (lane.life & 1); }
    // The place of a lane that may be adopted now, or nullptr: slot out of range, place taken.
    Socket* claim(LaneRef lane, int fd) {
        if (lane.slot >= net_slots_max || fd < 0) return nullptr;
        Socket& socket = sockets_[index(lane)];
        if (!socket.lane.is_none()) return nullptr;
        socket = {.lane = lane, .fd = fd};
        return &socket;
    }
    // The socket of this very life, or nullptr.
    Socket* find(LaneRef lane) {
        if (lane.slot >= net_slots_max) return nullptr;
        Socket& socket = sockets_[index(lane)];
        return socket.lane == lane ? &socket : nullptr;
    }
    void release(Socket& socket) { socket = Socket{}; }
    auto begin() { return sockets_.begin(); }
    auto end() { return sockets_.end(); }

private:
    std::array<Socket, sockets_max> sockets_{};
};

} // namespace ks
