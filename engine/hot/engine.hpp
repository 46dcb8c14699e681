// Engine: the flight of a shot, from the pull in shared memory to the venue's empty list.
// Guarantees: one thread; after construction no allocation, lock, exception or blocking call; a
// salvo whose shots are all admitted is one system call; a crash may fire twice, never zero times.
#pragma once

#include "hot/pulse.hpp"
#include "hot/ready.hpp"
#include "hot/rearm.hpp"
#include "hot/seams.hpp"

namespace ks {

// What a turn did beside the flight; published with the longest turn.
enum class Chore : u8 {
    none,
    letters,
    lanes_up,
    seal,
    triggers,
    pulse,
    owed,
    overdue,
    sweep,
    eyes,
    live_fire,
    judge,
    rearm,
    publish,
    keep_alive,
    gates,
    ending,
    beat,
    warm,
    fire,
    receive,
};
constexpr u8 chores_count = static_cast<u8>(Chore::fire);

// What the engine is made of that others own. All must outlive it.
struct EngineParts {
    const Plan& plan;
    TriggerPages triggers;
    GatePages gates;
    ks_status_page& status;
    const ks_operator_page& operators;
    JournalRing& journal;
    Mail& mail;
    int warm_near = -1; // a private loopback pair for the keep-warm beat; -1: none
    int warm_far = -1;
};

template<Clock ClockT, Net NetT> class Engine {
public:
    Engine(const EngineParts& parts, ClockT& clock, NetT& net) noexcept
        : plan_(parts.plan), clock_(clock), net_(net), journal_(parts.journal), mail_(parts.mail),
          triggers_(plan_, parts.triggers), gates_(plan_, parts.gates), halt_(plan_, parts.status),
          armory_(plan_, mail_), lanes_(plan_, mail_, journal_), eyes_(plan_, parts.status),
          sweep_(plan_, journal_, eyes_), salvo_(plan_, armory_, lanes_, gates_, sweep_),
          status_(plan_, parts.status), kills_(plan_, halt_, salvo_, sweep_, status_, journal_),
          live_fire_(plan_, parts.status, journal_, clock_.now()),
          ready_(plan_, parts.status, armory_, lanes_, gates_, eyes_),
          rearm_(plan_, parts.operators, kills_, sweep_, gates_, triggers_, status_, journal_),
          pulse_(plan_, parts.triggers, journal_), lost_pages_(parts.triggers.lost) {
        const Instant now = clock_.now();
        journal_.at(now);
        note_detail(EventKind::engine_started, 0);
        adopt_warm_pair(parts.warm_near, parts.warm_far);
        kills_.resume(now);
    }

    // One turn. Read downwards, this is the flight of a shot. Nothing here waits or allocates.
    void turn() noexcept {
        const Instant now = clock_.now();
        journal_.at(now);
        const Pull pull = triggers_.poll(now); // 1 trigger
        take(pull, now);                       // 2 halt: senders stop before the first byte leaves
        fire(now);                     // 3 salvo: lane, gate, queue; 4 one submit; 5 journal
        finish(pull, now);             // 6 handled: a crash before here fires again
        if (!receive(now)) chore(now); // 7 one completion, 8 judge, 9 sweep; or one chore
        measure(now);
    }

    // Nothing has happened for so long that a polite loop may sleep a little.
    bool is_quiet(Nanos for_at_least) const noexcept { return now_ - worked_at_ >= for_at_least; }
    Chore did() const noexcept { return did_; } // the last turn
    const Sweep& sweep() const noexcept { return sweep_; }
    const Kills& kills() const noexcept { return kills_; }
    Lanes& lanes() noexcept { return lanes_; }
    u32 armed(ShotId shot) const noexcept { return armory_.armed(shot, lanes_); } // ks_shot_line

private:
    struct Sent {
        Departure departure;
        Booked booked;
    };

    void take(const Pull& pull, Instant now) noexcept {
        if (pull.kind == Pull::Kind::none) return;
        if (pull.kind != Pull::Kind::refused) kill_number_ = kills_.begin(pull, now);
        worked_at_ = now;
    }

    // All shots that may leave now, in one submit. What was queued is told to the journal after.
    void fire(Instant now) noexcept {
        if (salvo_.empty()) return;
        salvo_.begin();
        while (Sent* sent = sent_.add()) {
            const bool is_next = salvo_.next(sent->departure, sent->booked, now);
            if (is_next && leave(sent->departure, now)) continue;
            sent_.truncate(sent_.size() - 1);
            if (!is_next) break;
            gates_.undo(sent->booked);
            salvo_.put_back(); // on another lane: this one is over
        }
        salvo_.end();
        if (sent_.empty()) return;
        did_ = Chore::fire;
        net_.submit();
        const Instant after = clock_.now();
        for (Sent& sent : sent_) {
            // Venues count arrivals: a place counts from when its bytes had left.
            gates_.stamp(sent.booked, after);
            sweep_.departed(sent.departure.shot, sent.departure.is_stale, after);
            note(EventKind::shot_sent, sent.departure);
        }
        submitted_at_ = worked_at_ = after;
        sent_.clear();
    }

    // The point of no return: bytes visible to the next submit are spent, whatever happens (I1).
    bool leave(const Departure& departure, Instant now) noexcept {
        if (!net_.queue(departure.lane, departure.record->span())) {
            lanes_.end(*lanes_.current(departure.lane.slot), DownWhy::send_failed);
            return false;
        }
        lanes_.spend(departure, now);
        armory_.departed(departure.request, now);
        return true;
    }

    void finish(const Pull& pull, Instant began) noexcept {
        if (pull.kind == Pull::Kind::none) return;
        if (pull.kind == Pull::Kind::fire && submitted_at_ >= began)
            kills_.submitted(pull, submitted_at_);
        if (pull.kind == Pull::Kind::refused) return note_refused(pull);
        if (pull.is_of_page()) triggers_.handled(pull, kill_number_);
    }

    // At most one slice of received bytes. False: nothing to do, so a chore may have the turn.
    bool receive(Instant now) noexcept {
        if (!has_event_ && !net_.poll(event_)) return false;
        did_ = Chore::receive;
        Answer answer;
        has_event_ = false;
        switch (event_.what) {
        case What::none:
            return false;
        case What::sent:
            lanes_.sent(event_);
            break;
        case What::got:
            has_event_ = !lanes_.open_slice(event_, answer);
            break;
        case What::closed:
            answer = lanes_.closed(event_);
            break;
        }
        if (!is_warm(event_.lane)) worked_at_ = now;
        answered(answer, now);
        return ++received_in_a_row_ % 8 != 0; // a flood of events must not starve the chores
    }

    void answered(const Answer& answer, Instant now) noexcept;
    void chore(Instant now) noexcept;
    void adopt_lane(Instant now) noexcept;
    void pay_owed() noexcept;
    void sweep_one(Instant now) noexcept;
    void send_read(const Sweep::Due& due, Instant now) noexcept;
    void look(Instant now) noexcept;
    void drill(Instant now) noexcept;
    void answer(const Pull& pull, Instant now) noexcept;
    Nanos throttle_wait(const Answer& answer, const VenuePlan& venue) noexcept;
    void throttle(const Answer& answer, Nanos wait, bool address_only, Instant now) noexcept;
    void keep_alive_one(Instant now) noexcept;
    bool run(Departure errand, Lane* lane, Claim claim, Instant now) noexcept;
    void publish_one(Instant now) noexcept;
    void end_one() noexcept;
    void beat(Instant now) noexcept;
    Instant next_shot(AccountId account, Instant now) noexcept;
    void warm(Instant now) noexcept;
    void warm_shot(ShotId shot) noexcept;
    void adopt_warm_pair(int near_fd, int far_fd) noexcept;
    bool is_warm(LaneRef lane) const noexcept { return lane.slot >= plan_.lanes_count; }
    void note(EventKind kind, const Departure& departure) noexcept;
    void note_answer(const Event& event, const Answer& answer) noexcept;
    void note_refused(const Pull& pull) noexcept;
    void note_outcome(AccountId account, ks_outcome outcome) noexcept;
    void note_detail(EventKind kind, u32 detail) noexcept;
    void measure(Instant began) noexcept;

    const Plan& plan_;
    ClockT& clock_;
    NetT& net_;
    Journal journal_;
    Mail& mail_;
    Trigger triggers_;
    Gates gates_;
    Halt halt_;
    Armory armory_;
    Lanes lanes_;
    Eyes eyes_;
    Sweep sweep_;
    Salvo salvo_;
    Status status_;
    Kills kills_;
    LiveFire live_fire_;
    Ready ready_;
    Rearm rearm_;
    Pulse pulse_;

    const std::atomic<u32>* lost_pages_;
    u32 lost_seen_ = 0;
    Bounded<Sent, shots_max> sent_;
    NetEvent event_;
    bool has_event_ = false; // event_ still has bytes to open
    u32 kill_number_ = 0;
    u32 received_in_a_row_ = 0;
    Chore next_chore_ = Chore::none;
    Chore did_ = Chore::none;
    std::array<Instant, chores_count> chore_at_{}; // not before
    Instant now_, worked_at_, submitted_at_, beat_at_, warm_at_;
    Nanos turn_max_;
    std::array<u8, venues_max> throttled_in_a_row_{};
    u16 publish_cursor_ = 0, keep_alive_cursor_ = 0, warm_beat_ = 0;
    LaneRef warm_near_, warm_far_;
    std::array<std::byte, 448> warm_bytes_{}; // as long as a request
};

} // namespace ks

#include "hot/chores.hpp"
#include "hot/errands.hpp"
#include "hot/warmth.hpp"
