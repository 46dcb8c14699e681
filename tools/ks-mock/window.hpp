// A rate limit as a venue keeps it: at most `count` admitted arrivals in any window. A refused
// request takes no place; an arrival exactly one window after another no longer meets it.
#pragma once

#include "clock.hpp"

#include <deque>

namespace ks {

struct Limit {
    const char* name;
    u64 count;
    u64 window_ns;
    bool tells_when; // adds Retry-After to its 429
};

class Window {
public:
    bool has_place(const Limit& limit, u64 now_ns) {
        while (!arrivals_ns_.empty() && arrivals_ns_.front() + limit.window_ns <= now_ns)
            arrivals_ns_.pop_front();
        return arrivals_ns_.size() < limit.count;
    }
    void take(u64 now_ns) { arrivals_ns_.push_back(now_ns); }
    u64 next_place_in_ns(const Limit& limit, u64 now_ns) const {
        if (arrivals_ns_.size() < limit.count) return 0;
        return arrivals_ns_.front() + limit.window_ns - now_ns;
    }

private:
    std::deque<u64> arrivals_ns_;
};

}
