// Pulse: producers that promised to beat, and what their silence means (incident rules 15).
// Why: a risk system that died cannot pull; but a pause of the machine makes every heartbeat look
// dead, and a kill for nothing costs money. So only time in which the engine was awake counts.
// Guarantees: a producer is watched from the first beat that this engine saw change, until it
// closes; silence is an alarm, and pulls once if the config says so; two that fall silent together
// are an alarm first, and pull only when a second timeout has passed.
#pragma once

#include "hot/journal.hpp"
#include "hot/trigger.hpp"

namespace ks {

class Pulse {
public:
    Pulse(const Plan& plan, const TriggerPages& pages, Journal& journal) noexcept
        : plan_(plan), pages_(pages), journal_(journal) {}

    // Chore: looks at one producer. A pull in its name, if its silence is one.
    Pull look_one(Instant now) noexcept;
    // Bit = producer that is silent now.
    u32 silent() const noexcept { return silent_; }

private:
    struct Heart {
        u64 beat_ns = 0;
        Instant heard_at;  // last change; never: not watched
        Instant looked_at; // last look
        bool has_pulled = false;
    };
    bool listen(u16 producer, Instant now) noexcept;
    bool is_alone(u16 producer, Instant now) const noexcept;
    void mark(u16 producer, bool is_silent) noexcept;

    const Plan& plan_;
    TriggerPages pages_;
    Journal& journal_;
    std::array<Heart, producers_max> hearts_{};
    u32 silent_ = 0;
    u16 cursor_ = 0;
};

} // namespace ks
