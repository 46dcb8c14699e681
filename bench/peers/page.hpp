// PeerPage: what a venue and the peer it times share: one page in /dev/shm, little endian. The same
// offsets are written in peer.go, peer_page.py and peer_fetch.mjs.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "base/units.hpp"

namespace ks::bench {

enum class PeerState : u64 { starting = 0, ready = 1 };

struct PeerPage {
    std::atomic<u64> trigger; // venue: one more for each fire; release: pairs with the peer's spin
    std::array<u8, 56> reserve0;
    std::atomic<u64> state; // peer: PeerState; ready: connected, warmed by two requests, spinning
    std::array<u8, 56> reserve1;
    std::atomic<u64> done;    // peer: the trigger it has answered; release: the two times are there
    std::atomic<i64> done_ns; // CLOCK_MONOTONIC: the answer was parsed
    std::atomic<i64> seen_ns; // CLOCK_MONOTONIC: the trigger was seen
    std::array<u8, 40> reserve2;
    std::atomic<u64> stop; // venue: 1: exit 0
    std::array<u8, 56> reserve3;
    std::array<char, 64> key; // three strings ending in NUL, made anew for each run: never in argv
    std::array<char, 64> secret;
    std::array<char, 64> identity;
    std::array<u8, 3648> reserve4;
};
static_assert(std::atomic<u64>::is_always_lock_free && std::atomic<i64>::is_always_lock_free);
static_assert(sizeof(PeerPage) == 4096); // one mapping
static_assert(offsetof(PeerPage, trigger) == 0 && offsetof(PeerPage, state) == 64);
static_assert(offsetof(PeerPage, done) == 128 && offsetof(PeerPage, done_ns) == 136);
static_assert(offsetof(PeerPage, seen_ns) == 144 && offsetof(PeerPage, stop) == 192);
static_assert(offsetof(PeerPage, key) == 256 && offsetof(PeerPage, secret) == 320);
static_assert(offsetof(PeerPage, identity) == 384);

} // namespace ks::bench
