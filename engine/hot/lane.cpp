#include "hot/lane.hpp"

namespace ks {

namespace {

// About 3.5 us with Debian's AES-GCM: the longest that received bytes may hold up a trigger.
constexpr size_t slice_bytes = 512;

// Ids are kept as hashes for the sweep; those of a cancel's answer go to the journal whole.
void take_id(void* context, std::string_view id) {
    Lane& lane = *static_cast<Lane*>(context);
    static_cast<void>(lane.ids.push(order_id(id)));
    if (lane.out.purpose != Purpose::shot && lane.out.purpose != Purpose::live_fire) return;
    Event event;
    event.kind = EventKind::order_cancelled;
    event.request = lane.out.request.index;
    event.shot = lane.out.shot.index;
    event.lane = lane.ref.slot;
    lane.journal->note(event, id);
}

Answer answer_to(const Lane& lane, Answer::Kind kind) {
    Answer answer;
    answer.kind = kind;
    answer.purpose = lane.out.purpose;
    answer.request = lane.out.request;
    answer.shot = lane.out.shot;
    answer.lane = lane.ref;
    answer.sent_at = lane.sent_at;
    return answer;
}

bool is_last_turn(const Lane& lane) {
    return lane.response.head().close || lane.is_retiring;
}

} // namespace

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

// What an answer is read into is made ready when it comes: at the departure every line counts.
void Lanes::begin_answer(Lane& lane) noexcept {
    if (!lane.is_untold) return;
    lane.is_untold = false;
    lane.response.start();
    lane.ids.clear();
    lane.evidence.clear();
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

// ---- receiving

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

void Lanes::sent(const NetEvent& event) noexcept {
    Lane* lane = find(event.lane);
    if (!lane || !lane->is_sending) return;
    lane->is_sending = false;
    if (event.result < 0 || static_cast<u32>(event.result) != lane->sending_bytes)
        return end(*lane, DownWhy::send_failed);
    lane->session.sent();
    if (lane->is_retiring && lane->is_idle() && lane->session.owed().empty())
        end(*lane, DownWhy::retired);
}

bool Lanes::open_slice(NetEvent& event, Answer& answer) noexcept {
    Lane* lane = find(event.lane);
    if (!lane || lane->life != Lane::Life::up) return true;
    begin_answer(*lane);
    const Opened opened = lane->session.open(event.bytes, slice_bytes);
    event.bytes = event.bytes.subspan(opened.used);
    lane->has_work = opened.worked;
    if (!read(*lane, opened.content, answer)) end(*lane, DownWhy::broken_http);
    if (opened.broken == Broken::close_notify && !lane->is_idle() &&
        lane->response.end() == HttpStep::done)
        answer = answered(*lane);
    if (opened.broken != Broken::none && lane->life == Lane::Life::up)
        end(*lane, opened.broken == Broken::close_notify ? DownWhy::closed_by_peer
                                                         : DownWhy::broken_record);
    if (lane->life != Lane::Life::up) {
        if (answer.kind == Answer::Kind::none) answer = lost(*lane);
        return true;
    }
    return event.bytes.empty() && !lane->has_work;
}

// Feeds verified plaintext. False: these are not the bytes of exactly one awaited response.
bool Lanes::read(Lane& lane, std::span<const std::byte> content, Answer& answer) noexcept {
    if (content.empty()) return true;
    if (lane.is_idle()) return false; // nobody asked
    while (true) {                    // `done` may need one more call after the last byte
        const HttpResponse::Step step = lane.response.next(content);
        content = content.subspan(step.used);
        switch (step.step) {
        case HttpStep::need:
            return content.empty();
        case HttpStep::head:
            begin_body(lane);
            break;
        case HttpStep::body:
            lane.evidence.add(step.body);
            lane.judge.feed(step.body);
            break;
        case HttpStep::broken:
            return false;
        case HttpStep::done:
            answer = answered(lane);
            if (!content.empty()) {
                answer.verdict = Verdict::unknown; // two responses to one request: trust neither
                return false;
            }
            if (is_last_turn(lane)) retire_when_idle(lane);
            return true;
        }
    }
}

void Lanes::begin_body(Lane& lane) noexcept {
    const RequestPlan& request = plan_.requests[lane.out.request.index];
    lane.judge.start(plan_.judges[request.judge.index], lane.response.head().status, take_id,
                     &lane);
}

Answer Lanes::answered(Lane& lane) noexcept {
    Answer answer = answer_to(lane, Answer::Kind::answered);
    const HttpHead& head = lane.response.head();
    answer.verdict = lane.judge.finish();
    // An encoded body is one we did not read; only its status counts, and that never as success.
    if (head.is_encoded && (answer.verdict == Verdict::accepted ||
                            answer.verdict == Verdict::clear || answer.verdict == Verdict::open))
        answer.verdict = Verdict::unknown;
    answer.http_status = head.status;
    answer.open_count = lane.judge.open_count();
    answer.ids_count = lane.judge.ids_count();
    answer.raised_count = lane.judge.raised_count();
    answer.is_json = lane.judge.body_is_json();
    answer.ids = {lane.ids.begin(), lane.ids.size()};
    answer.head = lane.evidence.redacted();
    answer.retry_after_s = head.retry_after_s;
    lane.out = {};
    return answer;
}

Answer Lanes::lost(Lane& lane) noexcept {
    if (lane.is_idle()) return {};
    const Answer answer = answer_to(lane, Answer::Kind::lost);
    lane.out = {};
    return answer;
}

Answer Lanes::closed(const NetEvent& event) noexcept {
    Lane* lane = find(event.lane);
    if (!lane) return {};
    // An end without close_notify may be a cut: whatever was outstanding is lost.
    const Answer answer = lost(*lane);
    if (lane->life == Lane::Life::up) {
        if (!lane->is_retiring) lane->why = DownWhy::closed_by_peer;
        ++ending_count_;
    }
    lane->life = Lane::Life::closed;
    lane->is_sending = false;
    lane->fd = event.fd;
    lane->session.wipe();
    return answer;
}

Answer Lanes::overdue(Instant now) noexcept {
    if (++overdue_cursor_ >= entries_count_) overdue_cursor_ = 0;
    Lane& lane = lanes_[overdue_cursor_];
    if (lane.life != Lane::Life::up || lane.is_idle() || now < lane.answer_by) return {};
    const Answer answer = lost(lane);
    end(lane, DownWhy::no_answer);
    return answer;
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

u16 Lanes::up_count(VenueId venue) const noexcept {
    const VenuePlan& plan = plan_.venues[venue.index];
    u16 count = 0;
    for (u16 i = 0; i < plan.lanes_count; ++i)
        count += current(static_cast<u16>(plan.lane_first + i)) != nullptr;
    return count;
}

} // namespace ks
