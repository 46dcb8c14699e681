// Seams: the two places where the simulator can stand in for the machine, Clock and Net.
// Only Engine<Clock, Net> is a template; stations take `now` and bytes, and return what to do.
#pragma once

#include <concepts>
#include <span>

#include "base/ids.hpp"
#include "base/units.hpp"

namespace ks {

enum class What : u8 { none, sent, got, closed };

// What poll() found. `bytes` are valid until the next poll. `result`: for sent the bytes the kernel
// took, or -errno; for closed 0 (end of stream) or -errno, and `fd` belongs to the caller again.
struct NetEvent {
    LaneRef lane;
    What what = What::none;
    i32 result = 0;
    int fd = -1;
    std::span<std::byte> bytes;
};

// The kernel's sockets, as the hot thread sees them. Every call is noexcept and never blocks.
template<class N>
concept Net = requires(N& net, LaneRef lane, int fd, std::span<const std::byte> bytes,
                       NetEvent& event) {
    { net.adopt(lane, fd) }
    noexcept->std::same_as<bool>; // starts receiving
    { net.queue(lane, bytes) }
    noexcept->std::same_as<bool>; // the point of no return (I1);
                                  // bytes fixed until `sent` (I4)
    { net.submit() }
    noexcept->std::same_as<void>; // all queued, in order; reaps nothing
    { net.poll(event) }
    noexcept->std::same_as<bool>; // at most one event
    { net.touch(lane) }
    noexcept->std::same_as<void>; // keeps the path warm, no byte leaves
    { net.drop(lane) }
    noexcept->std::same_as<void>; // `closed` follows, with the fd
};

template<class C>
concept Clock = requires(C& clock) {
    { clock.now() }
    noexcept->std::same_as<Instant>; // CLOCK_MONOTONIC; cheap, never backwards
};

} // namespace ks
