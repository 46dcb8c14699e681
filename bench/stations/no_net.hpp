// NoNet: a net without a kernel: what is queued is sent at once; to see the engine alone.
#pragma once

#include <array>
#include <vector>

#include "hot/seams.hpp"

namespace ks::bench {

class NoNet {
public:
    bool adopt(LaneRef, int) noexcept { return true; }
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
        add({lane, What::sent, static_cast<i32>(bytes.size()), -1, {}});
        return true;
    }
    // What a venue answers.
    void inject(LaneRef lane, std::span<const std::byte> bytes) {
        std::vector<std::byte>& place = arrived_[count_ % arrived_.size()];
        place.assign(bytes.begin(), bytes.end());
        add({lane, What::got, 0, -1, place});
    }
    void submit() noexcept {}
    bool poll(NetEvent& event) noexcept {
        if (polled_count_ == count_) return false;
        event = events_[polled_count_++ % events_.size()];
        return true;
    }
    void touch(LaneRef) noexcept {}
    void drop(LaneRef) noexcept {}

private:
    void add(const NetEvent& event) noexcept { events_[count_++ % events_.size()] = event; }
    std::array<NetEvent, 1024> events_{};
    std::array<std::vector<std::byte>, 1024> arrived_;
    size_t count_ = 0;
    size_t polled_count_ = 0;
};
static_assert(Net<NoNet>);

} // namespace ks::bench
