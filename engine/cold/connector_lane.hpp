// Connector::Lane: one slot's life in the connector: what is out with the hot thread, what is being
// dialled, and when to try next.
// Guarantees: at most two lives are out, of different parity, as the net's two places need.
#pragma once

#include <array>
#include <memory>
#include <random>

#include "base/ids.hpp"
#include "cold/connector.hpp"
#include "cold/connector_dial.hpp"

namespace ks {

struct Connector::Lane {
    // A connection that fell younger than this counts as a failure: a venue that accepts and hangs
    // up must not be dialled twenty times a second.
    static constexpr Nanos stable_after = seconds(10);

    u16 slot = 0;
    Nanos age_max;              // staggered, so that a venue's lanes never rotate together
    std::array<u32, 2> lives{}; // handed over and not yet back, by parity; 0: none
    u32 life_current = 0;       // handed over last; 0: the lane is down
    Instant up_since;
    Instant retry_at; // never: at once
    u32 failures_count = 0;
    std::unique_ptr<Dial> dial;

    bool is_up() const { return life_current != 0; }
    bool has_place() const { return lives[0] == 0 || lives[1] == 0; }
    bool is_dial_due(Instant now) const {
        if (dial || !has_place() || now < retry_at) return false;
        return !is_up() || now - up_since >= age_max;
    }

    // Takes the next life that fits a free place, and moves the counter past it.
    u32 begin_life(u32& life_next, Instant now) {
        const u32 parity = life_next & 1;
        const u32 life = lives[parity] == 0 ? life_next : life_next + 1;
        life_next = life + 1;
        lives[life & 1] = life;
        life_current = life;
        up_since = now;
        return life;
    }
    // The hot thread has given this life back.
    void end_life(u32 life, const VenueDial& terms, Instant now, std::minstd_rand& jitter) {
        if (lives[life & 1] == life) lives[life & 1] = 0;
        if (life != life_current) return;
        life_current = 0;
        if (now - up_since >= stable_after) failures_count = 0;
        back_off(terms, now, jitter);
    }
    // Half to the whole of retry_min, doubled by each failure in a row up to retry_max.
    void back_off(const VenueDial& terms, Instant now, std::minstd_rand& jitter) {
        constexpr u32 doublings_max = 16;
        const i64 span_ns = std::min(terms.retry_max.ns,
                                     terms.retry_min.ns << std::min(failures_count, doublings_max));
        std::uniform_int_distribution<i64> part(span_ns / 2, span_ns);
        retry_at = now + Nanos{part(jitter)};
        ++failures_count;
    }
};

} // namespace ks
