// Said book: what producers have said of their pulls, for longer than their pages keep it.
// Why: a page has eight places, and a disk may be slower than eight pulls; the herald, who waits
// for no disk, comes by each millisecond and copies what is new. Guarantees: any thread; waits for
// no one but a copy; holds only what was whole, a bounded number.
#pragma once

#include <array>
#include <mutex>

#include "cold/person.hpp"

namespace ks {

class SaidBook {
public:
    // Of each producer: the pulls of a human's minute, at one a second.
    static constexpr u64 heard_max = 64;

    // The pages outlive the book.
    explicit SaidBook(const TriggerPages& pages) : pages_(pages) {}

    void listen();
    // Listens, then finds; as said_of().
    std::vector<Said> of(const PulledSlot& pulled);

private:
    struct Producer {
        std::array<u64, KS_SAID_MAX> words{}; // as last seen in each place
        std::array<ks_said, heard_max> heard{};
        u64 heard_count = 0; // the next one replaces the oldest
    };
    void listen(u32 producer);

    TriggerPages pages_;
    std::mutex door_; // of what follows
    std::array<Producer, KS_PRODUCERS_MAX> producers_{};
};

} // namespace ks
