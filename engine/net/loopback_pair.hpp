// LoopbackPair: two ends of a private TCP connection on 127.0.0.1, for keeping the send path warm:
// the near end is adopted as a lane, the far end swallows what arrives. No venue ever sees a byte.
#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

class LoopbackPair {
public:
    static Result<LoopbackPair> open();
    LoopbackPair(LoopbackPair&& other) noexcept;
    LoopbackPair& operator=(LoopbackPair&& other) noexcept;
    LoopbackPair(const LoopbackPair&) = delete;
    LoopbackPair& operator=(const LoopbackPair&) = delete;
    ~LoopbackPair();

    // The end to adopt; it belongs to the caller from now on. -1 after the first call.
    int take_near();
    // Throws away what has arrived at the far end. Never blocks; about 200 ns when empty.
    void drain() noexcept;

private:
    LoopbackPair(int near_fd, int far_fd) : near_fd_(near_fd), far_fd_(far_fd) {}
    int near_fd_;
    int far_fd_;
};

} // namespace ks
