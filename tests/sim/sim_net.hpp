// SimNet: the kernel's sockets, simulated; models Net. Behind every adopted fd stands a TLS peer
// made of the same Session with its secrets swapped, so that every record that leaves is opened.
// The tap: no record is seen twice (I3), its bytes do not change until `sent` (I4), and a record
// out of sequence breaks the peer and fails the test.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "hot/mail.hpp"
#include "hot/seams.hpp"
#include "sim/sim_venue.hpp"

namespace ks::sim {

struct FakeClock {
    Instant time = Instant{} + seconds(1'000);
    Instant now() noexcept { return time; }
};

class SimNet {
public:
    SimNet(FakeClock& clock, SimVenue& venue) : clock_(clock), venue_(venue) {}

    // A connection as a connector would hand it over; `up` is filled with the engine's half.
    void connect(LaneUp& up, LaneRef lane);
    // The peer ends its direction in order (close_notify), or just goes away.
    void close_notify_from_peer(LaneRef lane);
    void close_from_peer(LaneRef lane);
    std::vector<LaneRef> open_lanes() const;

    bool adopt(LaneRef lane, int fd) noexcept;
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept;
    void submit() noexcept;
    bool poll(NetEvent& event) noexcept;
    void touch(LaneRef) noexcept {}
    void drop(LaneRef lane) noexcept;

    Nanos latency = milliseconds(2); // one way
    double short_send = 0;           // share of sends that the kernel cuts short
    u32 submits_count = 0;
    u32 records_count = 0;
    std::minstd_rand random{1};
    std::string broken; // what the tap saw that must never happen

private:
    struct Bytes {
        Instant at;
        std::vector<std::byte> bytes;
    };
    struct Peer {
        LaneRef lane;
        int fd = -1;
        Session session;
        bool is_adopted = false;
        bool is_closed = false;  // by the peer, at closes_at
        bool is_dropped = false; // by the engine
        Instant closes_at;
        std::string request;
        std::deque<Bytes> to_engine;
    };
    struct Queued {
        LaneRef lane;
        std::span<const std::byte> bytes;
        std::vector<std::byte> copy;
    };
    Peer* find(LaneRef lane);
    void deliver(Peer& peer, const std::vector<std::byte>& bytes);
    void send(Peer& peer, std::string_view text, Instant at);
    void pay_owed(Peer& peer, Instant at);

    FakeClock& clock_;
    SimVenue& venue_;
    std::map<int, std::unique_ptr<Peer>> peers_;
    std::vector<Queued> queued_;
    std::deque<std::pair<NetEvent, Queued>> done_;
    std::set<std::vector<std::byte>> tap_;
    std::vector<std::byte> lent_;
    int next_fd_ = 1'000;
};
static_assert(Net<SimNet>);

} // namespace ks::sim
