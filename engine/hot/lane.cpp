#include "hot/lane.hpp"

#include <cstddef>

namespace ks {

Lanes::Lanes(const Plan& plan, Mail& mail, Journal& journal) noexcept
    : plan_(plan), mail_(mail), entries_count_(static_cast<u16>(2 * plan.lanes_count)) {
    for (Lane& lane : lanes_) lane.journal = &journal;
}

// ---- sending

bool Lanes::may_send(const Lane& lane) const noexcept {
    return lane.life == Lane::Life::up && !lane.is_retiring && !lane.is_sending && lane.is_idle();
}

Lane* Lanes::current(u16 slot) noexcept {
    Lane& lane = lanes_[2 * slot + current_[slot]];
    return lane.life == Lane::Life::up ? &lane : nullptr;
}

const Lane* Lanes::current(u16 slot) const noexcept {
    return const_cast<Lanes*>(this)->current(slot);
}

u64 Lanes::fit(u16 slot) const noexcept {
    const Lane* lane = current(slot);
    return lane && may_send(*lane) ? lane->session.fit() : 0;
}

bool Lanes::is_sending(u16 slot) const noexcept {
    return lanes_[2 * slot].is_sending || lanes_[2 * slot + 1].is_sending;
}

Lane* Lanes::any_fit(VenueId venue) noexcept {
    const VenuePlan& plan = plan_.venues[venue.index];
    for (u16 i = plan.lanes_count; i > 0; --i) {
        const u16 slot = static_cast<u16>(plan.lane_first + i - 1);
        if (fit(slot) != 0) return current(slot);
    }
    return nullptr;
}

Lane* Lanes::spare(VenueId venue) noexcept {
    const VenuePlan& plan = plan_.venues[venue.index];
    for (u16 i = 0; i < plan.lanes_count; ++i) {
        const Lane* lane = current(static_cast<u16>(plan.lane_first + i));
        if (lane && !lane->is_idle()) return nullptr;
    }
    return any_fit(venue);
}

void Lanes::spend(const Departure& departure, Instant now) noexcept {
    Lane& lane = *find(departure.lane);
    lane.session.spend();
    lane.out = departure;
    lane.is_sending = true;
    lane.sending_bytes = departure.record->bytes_count;
    lane.sent_at = lane.used_at = now;
    lane.answer_by = now + plan_.requests[departure.request.index].answer_max;
    lane.is_untold = true;
}

Lane* Lanes::owing() noexcept {
    if (++owing_cursor_ >= entries_count_) owing_cursor_ = 0;
    Lane& lane = lanes_[owing_cursor_];
    const bool may = lane.life == Lane::Life::up && !lane.is_sending;
    return may && !lane.session.owed().empty() ? &lane : nullptr;
}

void Lanes::owed_spent(Lane& lane) noexcept {
    lane.sending_bytes = static_cast<u32>(lane.session.owed().size());
    lane.session.owed_spent();
    lane.is_sending = true;
}

// ---- connections

Lane* Lanes::find(LaneRef ref) noexcept {
    if (ref.slot >= lanes_max) return nullptr;
    Lane& lane = lanes_[2 * ref.slot + (ref.life & 1)];
    return lane.life != Lane::Life::empty && lane.ref == ref ? &lane : nullptr;
}

Lane* Lanes::adopt_one(Instant now, int& fd, std::span<std::byte>& leftover) noexcept {
    LaneUp* up = mail_.lanes_up.front();
    if (!up) return nullptr;
    const u8 place = up->lane.life & 1;
    Lane& lane = lanes_[2 * up->lane.slot + place];
    Lane& before = lanes_[2 * up->lane.slot + (1 - place)];
    // The life before the last is still going: end it, and come back when its place is free.
    if (lane.life != Lane::Life::empty) {
        if (lane.life == Lane::Life::up) end(lane, DownWhy::retired);
        return nullptr;
    }
    const bool is_known = lane.session.adopt(up->handover, up->lane.life);
    lane.ref = up->lane;
    lane.life = Lane::Life::up;
    lane.is_sending = lane.is_retiring = false;
    lane.out = {};
    lane.up_since = lane.used_at = now;
    fd = up->fd;
    leftover_ = up->handover.leftover;
    leftover = {leftover_.data(), std::min<size_t>(up->handover.leftover_bytes, leftover_.size())};
    current_[up->lane.slot] = place;
    for (u16 i = 0; up->is_clock_known && i < plan_.venues.size(); ++i)
        if (up->lane.slot >= plan_.venues[i].lane_first &&
            up->lane.slot < plan_.venues[i].lane_first + plan_.venues[i].lanes_count)
            clock_known_.set(i);
    explicit_bzero(&up->handover, sizeof up->handover);
    mail_.lanes_up.release();
    if (before.life == Lane::Life::up) retire_when_idle(before);
    if (!is_known) end(lane, DownWhy::broken_record);
    return &lane;
}

void Lanes::retire_when_idle(Lane& lane) noexcept {
    lane.is_retiring = true;
    lane.why = DownWhy::retired;
    if (lane.is_idle()) lane.session.close(); // owes a close_notify; owed_spent() and sent() end it
}

// ---- ending

void Lanes::end(Lane& lane, DownWhy why) noexcept {
    if (lane.life != Lane::Life::up) return;
    lane.life = Lane::Life::over;
    if (!lane.is_retiring) lane.why = why;
    ++ending_count_;
}

Lane* Lanes::to_drop() noexcept {
    if (ending_count_ == 0) return nullptr;
    for (Lane& lane : lanes_) {
        if (lane.life != Lane::Life::over) continue;
        lane.life = Lane::Life::dropped;
        return &lane;
    }
    return nullptr;
}

void Lanes::give_back() noexcept {
    if (ending_count_ == 0) return;
    for (Lane& lane : lanes_) {
        if (lane.life != Lane::Life::closed) continue;
        if (!mail_.lanes_down.push({lane.ref, lane.fd, lane.why})) return;
        lane.life = Lane::Life::empty;
        lane.fd = -1;
        --ending_count_;
        return;
    }
}

Lane* Lanes::most_idle(VenueId venue, Instant now) noexcept {
    const VenuePlan& plan = plan_.venues[venue.index];
    Lane* oldest = nullptr;
    u16 busy_count = 0;
    for (u16 i = 0; i < plan.lanes_count; ++i) {
        const u16 slot = static_cast<u16>(plan.lane_first + i);
        Lane* lane = current(slot);
        if (!lane) continue;
        if (!lane->is_idle()) ++busy_count;
        if (fit(slot) == 0 || now - lane->used_at < plan.keep_alive_every) continue;
        if (!oldest || lane->used_at < oldest->used_at) oldest = lane;
    }
    return busy_count == 0 ? oldest : nullptr; // at most one lane of a venue is busy with a chore
}

void Lanes::renew_one(VenueId venue) noexcept {
    if (Lane* lane = any_fit(venue)) retire_when_idle(*lane);
}

void Lanes::warm(u16 slot) const noexcept {
    const Lane& lane = lanes_[2 * slot + current_[slot]];
    keep_warm(&lane, offsetof(Lane, session) + cache_line_bytes);
}

u16 Lanes::up_count(VenueId venue) const noexcept {
    const VenuePlan& plan = plan_.venues[venue.index];
    u16 count = 0;
    for (u16 i = 0; i < plan.lanes_count; ++i)
        count += current(static_cast<u16>(plan.lane_first + i)) != nullptr;
    return count;
}

} // namespace ks
