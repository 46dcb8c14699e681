#include "hot/pulse.hpp"

namespace ks {

Pull Pulse::look_one(Instant now) noexcept {
    if (plan_.producers.empty()) return {};
    cursor_ = static_cast<u16>(cursor_ + 1u < plan_.producers.size() ? cursor_ + 1 : 0);
    const u16 producer = cursor_;
    const ProducerPlan& plan = plan_.producers[producer];
    if (plan.silence_max.ns == 0 || !pages_.trigger[producer] || !listen(producer, now)) return {};
    Heart& heart = hearts_[producer];
    const Nanos silent_for = now - heart.heard_at;
    mark(producer, silent_for > plan.silence_max);
    const Nanos patience = plan.silence_max * (is_alone(producer, now) ? 1 : 2);
    if (plan.silence_pull.is_none() || heart.has_pulled || silent_for <= patience) return {};
    heart.has_pulled = true;
    Pull pull;
    pull.kind = Pull::Kind::fire;
    pull.scope = plan.silence_pull;
    pull.producer = ProducerId{producer};
    pull.when = now;
    return pull;
}

// False: there is nothing to count. A gap between two looks was the engine's own sleep.
bool Pulse::listen(u16 producer, Instant now) noexcept {
    Heart& heart = hearts_[producer];
    // acquire: pairs with ks_beat
    const u64 beat_ns = __atomic_load_n(&pages_.trigger[producer]->beat_ns, __ATOMIC_ACQUIRE);
    const bool is_first_look = heart.looked_at.is_never();
    const bool has_slept = now - heart.looked_at > plan_.producers[producer].silence_max / 4;
    heart.looked_at = now;
    if (beat_ns == 0) { // ks_close(): gone on purpose
        heart.heard_at = never;
        mark(producer, false);
    } else if (beat_ns != heart.beat_ns && !is_first_look) {
        heart.heard_at = now;
        heart.has_pulled = false;
    } else if (has_slept && !heart.heard_at.is_never()) {
        heart.heard_at = now;
    }
    heart.beat_ns = beat_ns;
    return !heart.heard_at.is_never();
}

// No other producer is on its way into silence: half of its own timeout has not passed.
bool Pulse::is_alone(u16 producer, Instant now) const noexcept {
    for (u16 other = 0; other < plan_.producers.size(); ++other) {
        const Heart& heart = hearts_[other];
        if (other == producer || heart.heard_at.is_never()) continue;
        if (now - heart.heard_at > plan_.producers[other].silence_max / 2) return false;
    }
    return true;
}

void Pulse::mark(u16 producer, bool is_silent) noexcept {
    const u32 bit = 1u << producer;
    if (((silent_ & bit) != 0) == is_silent) return;
    silent_ ^= bit;
    Event event;
    event.kind = EventKind::producer_silent;
    event.producer = producer;
    event.detail = is_silent;
    journal_.note(event);
}

} // namespace ks
