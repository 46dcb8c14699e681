// TurnBook: how long turns took, by what they did; and what a loop that does nothing lost meanwhile
// to the machine, which is the part of a long turn that is not the engine's.
// Guarantees: fixed memory, made before the first turn; turns that found nothing to do are only
// counted, and when a kind's pages are full it is kept no further.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "hot/engine.hpp"
#include "tsc.hpp"

namespace ks::bench {

class TurnBook {
public:
    static constexpr size_t kinds_count = static_cast<size_t>(Chore::receive) + 1;
    static constexpr size_t samples_max = 200'000; // of each kind
    static constexpr u32 work_ns_min = 200;        // shorter ones found nothing to do

    TurnBook() {
        for (std::vector<u32>& samples : samples_) samples.reserve(samples_max);
        gaps_.reserve(samples_max);
    }
    // Arming is over: what counts begins now. Its core rests.
    void forget() {
        for (std::vector<u32>& samples : samples_) samples.clear();
        gaps_.clear();
        ticks_ = spun_ticks_ = turns_count_ = 0;
    }
    void turn(Chore did, u64 began, u64 ended) noexcept {
        const u32 ns = ns_of(ended - began);
        ticks_ += ended - began;
        ++turns_count_;
        if (ns < work_ns_min) return;
        std::vector<u32>& samples = samples_[static_cast<size_t>(did)];
        if (samples.size() < samples_max) samples.push_back(ns);
    }
    // Between two looks at the counter, as close as they come: longer ones are the machine's.
    void spin(u64 before, u64 now) noexcept {
        constexpr u32 gap_ns_min = 1'000;
        const u32 ns = ns_of(now - before);
        spun_ticks_ += now - before;
        if (ns >= gap_ns_min && gaps_.size() < samples_max) gaps_.push_back(ns);
    }
    const std::vector<u32>& samples(Chore did) const { return samples_[static_cast<size_t>(did)]; }
    const std::vector<u32>& gaps() const { return gaps_; }
    u64 turns_count() const { return turns_count_; }
    // So many a second were longer.
    double longer_a_second(u32 ns) const {
        u64 count = 0;
        for (const std::vector<u32>& samples : samples_) count += count_longer(samples, ns);
        return per_second(count, ticks_);
    }
    double gaps_longer_a_second(u32 ns) const {
        return per_second(count_longer(gaps_, ns), spun_ticks_);
    }

private:
    static u32 ns_of(u64 ticks) { return static_cast<u32>(ns_between(0, ticks)); }
    static u64 count_longer(const std::vector<u32>& samples, u32 ns) {
        return static_cast<u64>(std::ranges::count_if(samples, [&](u32 s) { return s > ns; }));
    }
    static double per_second(u64 count, u64 ticks) {
        return ticks == 0
                   ? 0
                   : static_cast<double>(count) * 1e9 / static_cast<double>(ns_between(0, ticks));
    }

    std::array<std::vector<u32>, kinds_count> samples_;
    std::vector<u32> gaps_;
    u64 ticks_ = 0, spun_ticks_ = 0;
    u64 turns_count_ = 0;
};

} // namespace ks::bench
