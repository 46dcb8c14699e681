#include "hot/status.hpp"

namespace ks {

namespace {

template<class T> void put(T& field, u64 value) {
    __atomic_store_n(&field, static_cast<T>(value), __ATOMIC_RELAXED);
}

void put(uint64_t& field, Instant at) {
    put(field, static_cast<u64>(at.ns));
}

// Odd while it lives. The fences pair with those of the header's seqlock readers.
class LineWrite {
public:
    explicit LineWrite(u32& sequence) : sequence_(sequence) {
        __atomic_store_n(&sequence_, (sequence_ + 1) | 1, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_RELEASE);
    }
    ~LineWrite() { __atomic_store_n(&sequence_, sequence_ + 1, __ATOMIC_RELEASE); }
    LineWrite(const LineWrite&) = delete;
    LineWrite& operator=(const LineWrite&) = delete;

private:
    u32& sequence_;
};

u64 pair_of(u32 high, u32 low) {
    return u64{high} << 32 | low;
}

void even(u32& sequence) {
    if (sequence & 1) __atomic_store_n(&sequence, sequence + 1, __ATOMIC_RELEASE);
}

} // namespace

Status::Status(const Plan& plan, ks_status_page& page) noexcept : plan_(plan), page_(page) {
    for (ks_scope_line& line : page_.scope) even(line.sequence);
    for (ks_account_line& line : page_.account) even(line.sequence);
    for (ks_shot_line& line : page_.shot) even(line.sequence);
    for (ks_lane_line& line : page_.lane) even(line.sequence);
}

void Status::beat(Instant now, u32 readiness) noexcept {
    if (readiness != 0)
        not_ready_since_ = never;
    else if (not_ready_since_.is_never())
        not_ready_since_ = now;
    put(page_.not_ready_since_ns, not_ready_since_);
    put(page_.ready, readiness);
    // release: a reader that sees this beat sees everything published before it
    __atomic_store_n(&page_.engine_beat_ns, static_cast<u64>(now.ns), __ATOMIC_RELEASE);
}

void Status::silent(u32 producers) noexcept {
    put(page_.producers_silent, producers);
}

void Status::longest_turn(Nanos turn, u32 did) noexcept {
    put(page_.turn_ns_max, static_cast<u64>(turn.ns));
    put(page_.turn_max_did, did);
}

void Status::kill_begun(ScopeId scope, const Kill& kill) noexcept {
    __atomic_store_n(&page_.scope[scope.index].kill_outcome, pair_of(kill.number, kill.outcome),
                     __ATOMIC_RELEASE); // release: pairs with ks_wait(), before `handled`
}

void Status::scope(ScopeId scope, const Kill& kill, const CellSet& held,
                   const Sweep& sweep) noexcept {
    ks_scope_line& line = page_.scope[scope.index];
    const ScopePlan& plan = plan_.scopes[scope.index];
    Bits<64> accounts, unclear;
    u32 sent_count = 0;
    u32 shots_count = 0;
    for (ShotId shot : plan.shots) {
        if (kill.is_on && !held.test(plan_.shots[shot.index].cell.index)) continue;
        ++shots_count;
        const u16 account = plan_.shots[shot.index].account.index;
        accounts.set(account);
        if (sweep.outcome(shot) != KS_CLEAR) unclear.set(account);
        sent_count += sweep.flight(shot).sent_count > 0;
    }
    {
        const LineWrite write(line.sequence);
        put(line.accounts_count, accounts.count());
        put(line.accounts_clear, kill.is_on ? accounts.count() - unclear.count() : 0);
        put(line.shots_count, shots_count);
        put(line.shots_sent, kill.is_on ? sent_count : 0);
        put(line.pulled_by, kill.pulled_by.index);
        put(line.pulled_ns, kill.pulled_at);
        put(line.submitted_ns, kill.submitted_at);
        put(line.clear_ns, kill.clear_at);
        put(line.halted_ns, kill.halted_at);
    }
    kill_begun(scope, kill);
}

namespace {

// What the shots of an account add up to.
struct Sum {
    ks_outcome outcome = KS_IDLE;
    Flight last; // the one that left last
    bool is_read = true;
    u32 shots_sent = 0, orders_cancelled = 0, orders_open = 0;
    u32 arriving = 0, vanished = 0, reopened = 0, notes = 0;
    Instant clear_at, next_read, answered_at;

    void add(ShotId shot, const Sweep& sweep) {
        const Flight& flight = sweep.flight(shot);
        if (flight.state == State::idle) return;
        outcome = worse(outcome, sweep.outcome(shot));
        shots_sent += flight.sent_count;
        orders_cancelled += flight.cancelled_count;
        is_read &= flight.orders_open() != UINT32_MAX;
        orders_open += flight.orders_open() == UINT32_MAX ? 0 : flight.orders_open();
        arriving += sweep.arriving(shot);
        vanished += sweep.vanished(shot);
        reopened += flight.reopened_count;
        notes |= sweep.notes(shot);
        if (flight.sent_at >= last.sent_at) last = flight;
        clear_at = std::max(clear_at, flight.clear_at);
        answered_at = std::max(answered_at, flight.answered_at);
        next_read =
            next_read.is_never() ? flight.next_read_at : std::min(next_read, flight.next_read_at);
    }
};

// The eyes of an account are those of its shot that saw last; unproven if any is.
Eyes::Sight sight_of(const Plan& plan, AccountId account, const Eyes& eyes) {
    Eyes::Sight sum;
    for (u16 i = 0; i < plan.shots.size(); ++i) {
        if (plan.shots[i].account != account) continue;
        if (!eyes.is_proven(ShotId{i})) return {};
        if (eyes.sight(ShotId{i}).at >= sum.at) sum = eyes.sight(ShotId{i});
    }
    return sum;
}

} // namespace

ks_outcome Status::account(AccountId account, const Sweep& sweep, const Eyes& eyes,
                           Instant next_shot, u32 ready) noexcept {
    ks_account_line& line = page_.account[account.index];
    Sum sum;
    for (u16 i = 0; i < plan_.shots.size(); ++i)
        if (plan_.shots[i].account == account) sum.add(ShotId{i}, sweep);
    const Eyes::Sight sight = sight_of(plan_, account, eyes);
    const LineWrite write(line.sequence);
    put(line.outcome, sum.outcome);
    put(line.shots_sent, sum.shots_sent);
    put(line.orders_cancelled, sum.orders_cancelled);
    put(line.orders_open, sum.is_read && sum.outcome != KS_IDLE ? sum.orders_open : UINT32_MAX);
    put(line.http_status, sum.last.http_status);
    put(line.last_verdict, static_cast<u64>(sum.last.outcome));
    put(line.accepted_ns, sum.last.first_accepted_at);
    put(line.read_ns, sum.last.read_at);
    put(line.next_shot_ns, next_shot);
    put(line.next_read_ns, sum.next_read);
    put(line.clear_ns, sum.outcome == KS_CLEAR ? sum.clear_at : never);
    put(line.notes, plan_.accounts[account.index].notes | sum.notes);
    put(line.ready, ready);
    put(line.orders_arriving, sum.arriving);
    put(line.orders_vanished, sum.vanished);
    put(line.reopened_count, sum.reopened);
    put(line.answered_ns, sum.answered_at);
    put(line.eyes_count, sight.orders_count);
    put(line.eyes_ns, sight.at);
    put(line.eyes_of, plan_.accounts[account.index].eyes_of);
    put(line.key_ns, eyes.key_taken_at(account));
    return sum.outcome;
}

void Status::live_fire(AccountId account, const LiveFire::Report& report) noexcept {
    ks_account_line& line = page_.account[account.index];
    const LineWrite write(line.sequence);
    put(line.live_fire, report.state);
    put(line.live_fire_orders, report.orders_count);
    put(line.live_fire_ns, report.done_at);
    put(line.live_fire_of, plan_.accounts[account.index].live_fire.of);
}

void Status::shot(ShotId shot, const Sweep& sweep, const Eyes& eyes, const Letter& letter,
                  u32 armed) noexcept {
    ks_shot_line& line = page_.shot[shot.index];
    const Flight& flight = sweep.flight(shot);
    const Eyes::Sight& sight = eyes.sight(shot);
    const LineWrite write(line.sequence);
    put(line.state, static_cast<u64>(flight.state));
    put(line.shots_sent, flight.sent_count);
    put(line.armed, armed);
    put(line.pulled_ns, flight.pulled_at);
    put(line.submitted_ns, flight.first_sent_at);
    put(line.accepted_ns, flight.first_accepted_at);
    put(line.clear_ns, flight.state == State::clear ? flight.clear_at : never);
    put(line.orders_cancelled, flight.cancelled_count);
    put(line.http_status, flight.http_status);
    put(line.orders_open, flight.orders_open());
    put(line.signed_ns, letter.signed_at);
    put(line.stale_ns, letter.stale_at);
    put(line.eyes_ns, sight.at);
    put(line.eyes_count, sight.orders_count);
    put(line.eyes_reads, sight.reads);
    put(line.eyes_of, plan_.accounts[plan_.shots[shot.index].account.index].eyes_of);
    put(line.orders_arriving, sweep.arriving(shot));
    put(line.orders_vanished, sweep.vanished(shot));
}

void Status::scope_ready(ScopeId scope, u32 ready) noexcept {
    put(page_.scope[scope.index].ready, ready);
}

void Status::lane(u16 slot, const Lane* lane) noexcept {
    ks_lane_line& line = page_.lane[slot];
    const LineWrite write(line.sequence);
    put(line.up, lane != nullptr);
    if (!lane) return;
    put(line.life, lane->ref.life);
    put(line.suite, static_cast<u64>(lane->session.suite()));
    put(line.since_ns, lane->up_since);
}

void Status::rearm_answer(ScopeId scope, u32 request, ks_rearm answer, AccountId account,
                          Instant until) noexcept {
    ks_scope_line& line = page_.scope[scope.index];
    put(line.rearm_account, account.is_none() ? KS_NONE : account.index);
    put(line.rearm_until_ns, until);
    __atomic_store_n(&line.rearm_answer, pair_of(request, answer),
                     __ATOMIC_RELEASE); // release: halts were opened before; pairs with ksctl
}

u32 Status::rearm_request(ScopeId scope) const noexcept {
    return static_cast<u32>(page_.scope[scope.index].rearm_answer >> 32);
}

void Status::journal_lost(u64 lost) noexcept {
    put(page_.journal_lost, lost);
}

} // namespace ks
