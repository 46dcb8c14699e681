// What comes back on a lane: slices of records, then of one HTTP response, then a verdict.
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

// What an answer is read into is made ready when it comes: at the departure every line counts.
void Lanes::begin_answer(Lane& lane) noexcept {
    if (!lane.is_untold) return;
    lane.is_untold = false;
    lane.response.start();
    lane.ids.clear();
    lane.evidence.clear();
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

} // namespace ks
