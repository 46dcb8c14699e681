// Sweep: what has become of every shot since its kill, and what must be done next.
// Guarantees: while a scope is killed the sweep never stops, it only slows; CLEAR needs the venue's
// promise and then enough complete empty reads begun after it, by eyes that have shown an order;
// what stands behind an OMS is proven after the OMS; UNKNOWN stays UNKNOWN until then.
#pragma once

#include "hot/eyes.hpp"
#include "hot/lane.hpp"
#include "hot/orders.hpp"
#include "hot/sweep_table.hpp"

namespace ks {

// Who leaves first: first shots of any scope, then shots pulled again, then the sweep's own.
enum class Urgency : u8 { first, again, refire };

// The page of a web firewall in front of the venue, which has not seen the request at all.
bool is_firewall(const Answer& answer) noexcept;

// Why an aimed shot has not left yet.
enum class Wait : u8 { nothing, place, lane, signature, turn };

// One shot since it was pulled.
struct alignas(64) Flight {
    State state = State::idle;
    Wait wait = Wait::nothing;
    bool is_again = false;    // pulled while it was in flight: must leave once more
    bool is_answered = false; // `outcome` is the last answer to a cancel
    Outcome outcome = Outcome::unknown;
    bool is_needed = false; // orders were seen open after the last departure
    bool is_reading = false;
    bool is_older_read = false; // the read under way is one of reads_older
    bool is_round_open = false;
    bool is_firewalled = false; // the last answer was a web firewall's page
    bool was_stale = false;     // it has left with a stale signature
    u8 read_index = 0;          // next read of the round
    u8 older_index = 0;         // next of reads_older; those before it were empty
    u8 rounds_clear = 0;
    bool is_absorbed = false; // leaves with the wider shot of its account that waits, not alone
    bool is_untold = false;   // aimed, and the journal has not been told yet
    State aimed_from = State::idle;
    u16 sent_count = 0;
    Instant pulled_at; // what a pull and a departure touch ends with next_fire_at
    Instant first_sent_at;
    Instant sent_at;
    Instant next_fire_at;
    u16 lost_count = 0;
    u16 refused_count = 0;
    u16 http_status = 0;
    u16 reopened_count = 0;
    u32 cancelled_count = 0;
    u32 open_count = UINT32_MAX; // in the last complete round
    u32 open_sum = 0;            // in the round under way
    u32 older_open = 0;          // in the older window read last
    u32 raised_sum = 0;          // of them, going already
    Instant answered_at;         // last answer to a cancel
    Instant accepted_at;         // the last promise: reads count from here
    Instant first_accepted_at;
    Instant clear_at;
    Instant read_at;          // end of the last complete round
    Instant round_at;         // begin of the round under way
    Instant read_began_at;    // begin of the last complete round
    Instant wanted_at;        // a round begun since then is wanted at once
    Instant round_counted_at; // begin of the last round that counted
    Instant next_read_at;

    // Shown open by the last reads; UINT32_MAX: never read.
    u32 orders_open() const {
        return open_count == UINT32_MAX ? UINT32_MAX : open_count + older_open;
    }
    // It must leave (again), now or at next_fire_at.
    bool needs_shot() const {
        return state == State::aimed || state == State::unknown || state == State::refused ||
               (state == State::accepted && is_needed);
    }
};

class Sweep {
public:
    Sweep(const Plan& plan, Journal& journal, Eyes& eyes) noexcept;

    // A pull made at `when` reaches this shot. True: it must be aimed with `urgency`; false: it
    // joins one that is still queued, or leaves again when its answer has come.
    bool pulled(ShotId shot, Instant when, Instant now, Urgency& urgency) noexcept;
    // A predecessor left this shot proven clear: only reads must prove it again.
    void resume_proven(ShotId shot, Instant now) noexcept;
    void departed(ShotId shot, bool is_stale, Instant now) noexcept;
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
        RequestId request;      // of the read
        bool is_wanted = false; // a human waits for it
    };
    Due due(Instant now) noexcept;

    // A wider shot of its account waits: this one leaves with it and shares its answer.
    void absorb(ShotId shot) noexcept {
        flights_[shot.index].is_absorbed = true;
        tell_aimed(shot);
    }
    // Re-armed: nobody holds its cell any more.
    void release(ShotId shot) noexcept;

    ks_outcome outcome(ShotId shot) const noexcept;
    u32 notes(ShotId shot) const noexcept; // enum ks_note, of this kill
    const Flight& flight(ShotId shot) const noexcept { return flights_[shot.index]; }
    u32 arriving(ShotId shot) const noexcept { return orders_.arriving(shot); }
    u32 vanished(ShotId shot) const noexcept;
    void warm(ShotId shot) const noexcept { keep_warm(&flights_[shot.index], sizeof(Flight)); }
    // It could not leave in this turn.
    void waits_for(ShotId shot, Wait wait) noexcept {
        flights_[shot.index].wait = wait;
        tell_aimed(shot);
    }
    // A pull reaches it next.
    void expect(ShotId shot) const noexcept { keep_warm(&flights_[shot.index], cache_line_bytes); }

private:
    // A pull tells the journal only after the submit, or when the shot has to wait: most leave at
    // once, and then nobody waits for that line either.
    void tell_aimed(ShotId shot) noexcept {
        Flight& flight = flights_[shot.index];
        if (!flight.is_untold) return;
        flight.is_untold = false;
        note_state(shot, flight.aimed_from, State::aimed);
    }
    void note_state(ShotId shot, State before, State after) noexcept;
    void enter(ShotId shot, State state) noexcept;
    void note_arriving(ShotId shot) noexcept;
    void note_reopened(ShotId shot, u32 open_count) noexcept;
    bool needs_older(const Flight& flight, const ShotPlan& plan) const noexcept;
    bool waits_for_oms(const Flight& flight, const ShotPlan& plan) const noexcept;
    Reading finish_round(ShotId shot, Instant now) noexcept;
    Reading finish_older(ShotId shot, const Answer& answer) noexcept;
    void apply_reading(ShotId shot, Reading reading, Instant now) noexcept;
    template<class Visit> void each_absorbed(ShotId wide, State state, Visit visit) noexcept;
    void depart(ShotId shot, bool is_stale, Instant now) noexcept;
    State judge_fire(const Answer& answer, Instant now) noexcept;
    void schedule_fire(Flight& flight, const ShotPlan& plan, Instant now) noexcept;
    void schedule_read(Flight& flight, const ShotPlan& plan, Instant now) noexcept;
    // An OMS and what stands behind it.
    Instant counts_from(AccountId account) const noexcept;
    bool is_front_read(AccountId oms) const noexcept;
    void prove_again_behind(AccountId oms, Instant now) noexcept;

    const Plan& plan_;
    Journal& journal_;
    Eyes& eyes_;
    Orders orders_;
    std::array<Flight, shots_max> flights_{};
    std::array<Bits<accounts_max>, accounts_max> oms_of_{}; // accounts that stand in front of one
    bool has_narrow_ = false;                               // any shot of one symbol
    u16 due_cursor_ = 0;
};

} // namespace ks
