// StampedNet: the net of the engine under test, with a reading of the counter on both sides of the
// submit that sends a salvo. It is the seam Net, so the engine's own code is the shipped one.
// Costs three readings of the counter in a turn that fires, one in any other: 10 to 20 ns each.
#pragma once

#include "hot/seams.hpp"
#include "tsc.hpp"

namespace ks::bench {

template<Net NetT> class StampedNet {
public:
    // What the turn under way has sent on lanes of the plan; `lanes_count` and beyond are private.
    struct Turn {
        u64 began = 0;
        u64 submit = 0; // of its first submit with such a send
        u64 returned = 0;
        u32 queued = 0;
    };

    StampedNet(NetT& net, u16 lanes_count) : net_(net), lanes_count_(lanes_count) {}

    void begin_turn() noexcept { turn_ = {.began = stamp_tsc()}; }
    const Turn& turn() const noexcept { return turn_; }

    bool adopt(LaneRef lane, int fd) noexcept { return net_.adopt(lane, fd); }
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
        if (turn_.submit == 0 && lane.slot < lanes_count_) ++turn_.queued;
        return net_.queue(lane, bytes);
    }
    void submit() noexcept {
        if (turn_.queued == 0 || turn_.submit != 0) return net_.submit();
        turn_.submit = stamp_tsc();
        net_.submit();
        turn_.returned = stamp_tsc();
    }
    bool poll(NetEvent& event) noexcept { return net_.poll(event); }
    void touch(LaneRef lane) noexcept { net_.touch(lane); }
    void drop(LaneRef lane) noexcept { net_.drop(lane); }

private:
    NetT& net_;
    const u16 lanes_count_;
    Turn turn_;
};

} // namespace ks::bench
