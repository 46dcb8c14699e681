#include "flight/range.hpp"

#include <algorithm>

#include "flight/site.hpp"
#include "net/sender.hpp"

namespace ks::bench {

namespace {
constexpr Nanos wait_max = seconds(5);
}

Range::Range(Venue& venue, Core& core, const ks_handle& handle, Sender* second)
    : venue_(venue), core_(core), handle_(handle), second_(second) {}

template<class Done> bool Range::serve_until(Done done) {
    const u64 end = stamp_tsc() + tsc_of(wait_max);
    while (!done()) {
        venue_.poll();
        if (second_) second_->turn();
        if (stamp_tsc() > end) return false;
    }
    return true;
}

Result<void> Range::arm() {
    constexpr int waits = 6; // each of wait_max
    core_.order({Task::turn, static_cast<u16>(ks_find_scope(&handle_, "all")), 1});
    bool is_armed = false;
    for (int i = 0; i < waits && !is_armed; ++i)
        is_armed = serve_until([&] { return core_.is_armed(); });
    core_.rest();
    if (is_armed) return {};
    return Error{"range: the engine is not armed; see its log"};
}

void Range::begin(const Shooting& shooting) {
    shooting_ = shooting;
    scope_ = ks_find_scope(&handle_, scope_of(shooting.shots).c_str());
    core_.order({shooting.task, static_cast<u16>(scope_), shooting.shots});
}

void Range::serve(Nanos span) {
    const u64 end = stamp_tsc() + tsc_of(span);
    while (stamp_tsc() < end) {
        venue_.poll();
        if (second_) second_->turn();
    }
}

void Range::pull() {
    if (shooting_.task == Task::turn)
        ks_pull_slot(&handle_, scope_, 0, nullptr);
    else
        core_.pull_word();
}

void Range::note_arrivals(u64 store, Stations& stations) {
    for (const VenueRequest& request : venue_.take_requests()) {
        if (request.method() != "DELETE") continue;
        const auto at = [&](u64 ticks_at) {
            return static_cast<float>(ns_between(store, ticks_at));
        };
        if (arrived_++ == 0) stations.first_readable = at(request.first_readable_tsc);
        stations.last_readable = std::max(stations.last_readable, at(request.readable_tsc));
    }
}

// No system call but the second sender's own; returns when its last one returned, or 0.
u64 Range::wait_quietly(u64 volleys_before) {
    const u64 end = stamp_tsc() + tsc_of(wait_max);
    u64 returned = 0;
    while (core_.volleys() == volleys_before && stamp_tsc() < end)
        if (second_ && second_->turn()) returned = stamp_tsc();
    return returned;
}

Result<Stations> Range::fire() {
    if (!serve_until([&] { return core_.is_armed(); })) return Error{"range: not armed in time"};
    if (shooting_.waits_clear && core_.volleys() > 0 &&
        !serve_until([&] { return core_.is_clear(); }))
        return Error{"range: the kill before is not confirmed in time"};
    static_cast<void>(venue_.take_requests());
    serve(shooting_.idle); // keep-alives are answered, as in life
    if (shooting_.evicts) core_.evict();
    const u64 before = core_.volleys();
    arrived_ = 0;
    Stations stations;
    const u64 store = stamp_tsc();
    pull();
    const u64 second_returned = shooting_.peer == Peer::quiet ? wait_quietly(before) : 0;
    const bool is_whole = serve_until([&] {
        note_arrivals(store, stations);
        return core_.volleys() != before &&
               (shooting_.task == Task::ear || arrived_ >= shooting_.shots);
    });
    stations.is_whole = core_.volley().sent == (shooting_.task == Task::ear ? 0 : shooting_.shots);
    if (!is_whole)
        return Error{"range: " + std::to_string(arrived_) + " of " +
                     std::to_string(shooting_.shots) + " shots arrived, " +
                     std::to_string(core_.volley().sent) + " left in one submit"};
    const auto after = [&](u64 at) { return static_cast<float>(ns_between(store, at)); };
    const Volley& volley = core_.volley();
    stations.seen = after(volley.seen);
    stations.submit = after(volley.submit);
    stations.returned = after(std::max(volley.returned, second_returned));
    if (!serve_until([&] { return core_.is_armed(); })) return Error{"range: no answer in time"};
    if (shooting_.task == Task::turn) {
        stations.accepted = after(core_.accepted_at());
        stations.sealed = after(core_.armed_at());
    }
    if (shooting_.waits_clear) {
        if (!serve_until([&] { return core_.is_clear(); })) return Error{"range: never CONFIRMED"};
        stations.confirmed = after(core_.clear_at());
    }
    return stations;
}

} // namespace ks::bench
