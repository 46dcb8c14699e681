// Sweep: what has become of every shot since its kill, and what must be done next.
// Guarantees: while a scope is killed the sweep never stops, it only slows; CLEAR needs the venue's
// promise and then enough complete empty reads begun after it; UNKNOWN stays UNKNOWN until then.
#pragma once

#include "hot/lane.hpp"
#include "hot/plan.hpp"
#include "hot/sweep_table.hpp"

namespace ks {

// Who leaves first: first shots of any scope, then shots pulled again, then the sweep's own.
enum class Urgency : u8 { first, again, refire };

// Why an aimed shot has not left yet.
enum class Wait : u8 { nothing, place, lane, signature, turn };

// One shot since it was pulled.
struct Flight {
    State state = State::idle;
    Wait wait = Wait::nothing;
    bool is_again = false;    // pulled while it was in flight: must leave once more
    bool is_answered = false; // `outcome` is the last answer to a cancel
    Outcome outcome = Outcome::unknown;
    bool is_needed = false; // orders were seen open after the last departure
    bool is_reading = false;
    bool is_round_open = false;
    u8 read_index = 0; // next read of the round
    u8 rounds_clear = 0;
    u16 sent_count = 0;
    u16 lost_count = 0;
    u16 refused_count = 0;
    u16 http_status = 0;
    u32 cancelled_count = 0;
    u32 open_count = UINT32_MAX; // in the last complete round
    u32 open_sum = 0;            // in the round under way
    Instant pulled_at;
    Instant first_sent_at;
    Instant sent_at;
    Instant accepted_at; // the last promise: reads count from here
    Instant first_accepted_at;
    Instant clear_at;
    Instant read_at;          // end of the last complete round
    Instant round_at;         // begin of the round under way
    Instant read_began_at;    // begin of the last complete round
    Instant wanted_at;        // a round begun since then is wanted at once
    Instant round_counted_at; // begin of the last round that counted
    Instant next_fire_at;
    Instant next_read_at;
};

class Sweep {
public:
    Sweep(const Plan& plan, Journal& journal) noexcept : plan_(plan), journal_(journal) {}

    // A pull made at `when` reaches this shot. True: it must be aimed with `urgency`; false: it
    // joins one that is still queued, or leaves again when its answer has come.
    bool pulled(ShotId shot, Instant when, Instant now, Urgency& urgency) noexcept;
    // A predecessor left this shot proven clear: only reads must prove it again.
    void resume_proven(ShotId shot, Instant now) noexcept;
    void departed(ShotId shot, Instant now) noexcept;
    void read_departed(ShotId shot, Instant now) noexcept;
    // A human asks: a round begun from now on.
    void want_round(ShotId shot, Instant now) noexcept;
    // A read could not leave; look again then.
    void read_put_off(ShotId shot, Instant until) noexcept;

    // The answer to a cancel. True: aim the shot again, with `urgency`, not before next_fire_at.
    bool fire_answered(const Answer& answer, Instant now, Urgency& urgency) noexcept;
    void read_answered(const Answer& answer, Instant now) noexcept;

    // Chore: looks at one killed shot. What it needs now.
    struct Due {
        enum class What : u8 { nothing, fire, read };
        What what = What::nothing;
        ShotId shot;
        RequestId request; // of the read
    };
    Due due(Instant now) noexcept;

    // Re-armed: nobody holds its cell any more.
    void release(ShotId shot) noexcept;

    ks_outcome outcome(ShotId shot) const noexcept;
    const Flight& flight(ShotId shot) const noexcept { return flights_[shot.index]; }
    void waits_for(ShotId shot, Wait wait) noexcept { flights_[shot.index].wait = wait; }

private:
    void enter(ShotId shot, State state) noexcept;
    Reading finish_round(Flight& flight, const ShotPlan& plan, Instant now) noexcept;
    void apply_reading(ShotId shot, Reading reading, Instant now) noexcept;
    void schedule_fire(Flight& flight, const ShotPlan& plan, Instant now) noexcept;
    void schedule_read(Flight& flight, const ShotPlan& plan, Instant now) noexcept;

    const Plan& plan_;
    Journal& journal_;
    std::array<Flight, shots_max> flights_{};
    u16 due_cursor_ = 0;
};

} // namespace ks
