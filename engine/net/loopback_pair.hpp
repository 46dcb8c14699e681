// LoopbackPair: two ends of a private TCP connection on 127.0.0.1, for keeping the send path warm:
// the near end is adopted as a lane, the far end swallows what arrives. No venue ever sees a byte.
#pragma once

#include "base/fd.hpp"
#include "base/result.hpp"

namespace ks {

class LoopbackPair {
public:
    static Result<LoopbackPair> open();

    // The end to adopt; it belongs to the caller from now on. -1 after the first call.
    int take_near() { return near_.release(); }
    // The other end, likewise: for an owner that reads it himself.
    int take_far() { return far_.release(); }
    // Throws away what has arrived at the far end. Never blocks; about 200 ns when empty.
    void drain() noexcept;

private:
    LoopbackPair(Fd near_end, Fd far_end) : near_(std::move(near_end)), far_(std::move(far_end)) {}
    Fd near_;
    Fd far_;
};

} // namespace ks
