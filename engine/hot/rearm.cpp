#include "hot/rearm.hpp"

#include <cstring>

namespace ks {

namespace {

// Words of the page may change while they are read; a torn copy fails its check.
void copy_row(ks_operator_row& to, const ks_operator_row& from) {
    // acquire: pairs with the release of the word by ksctl; the fields are at least as new
    to.word = __atomic_load_n(&from.word, __ATOMIC_ACQUIRE);
    ks_words_load(reinterpret_cast<u64*>(&to) + 1, reinterpret_cast<const u64*>(&from) + 1,
                  sizeof to - sizeof to.word);
}

} // namespace

void Rearm::look_one(Instant now) noexcept {
    if (plan_.scopes.empty()) return;
    cursor_ = static_cast<u16>(cursor_ + 1u < plan_.scopes.size() ? cursor_ + 1 : 0);
    const ScopeId scope{cursor_};
    Asked& asked = asked_[scope.index];
    if (asked.since.is_never() && !take(scope, asked, now)) return;
    const Finding finding = find(scope, asked, now);
    if (finding.answer != KS_REARM_LOOKING) answer(scope, asked, finding);
}

// A request is new when its number follows the one answered last, under its check.
bool Rearm::take(ScopeId scope, Asked& asked, Instant now) noexcept {
    const ks_operator_row& row = operators_.row[scope.index];
    const u32 request = status_.rearm_request(scope) + 1;
    // relaxed: a first look; copy_row reads it again
    if (ks_word_epoch(__atomic_load_n(&row.word, __ATOMIC_RELAXED)) != request) return false;
    copy_row(asked.row, row);
    const u64 key = ks_slot_key(plan_.scopes[scope.index].name.c_str(), operators_.head.nonce);
    if (asked.row.word != ks_operator_word(request, key, &asked.row)) return false;
    asked.request = request;
    asked.since = now;
    const Finding finding = begin(scope, asked);
    if (finding.answer != KS_REARM_LOOKING) {
        answer(scope, asked, finding);
        return false;
    }
    status_.rearm_answer(scope, request, KS_REARM_LOOKING, {}, never);
    for (ShotId shot : plan_.scopes[scope.index].shots)
        if (asked.cells.test(plan_.shots[shot.index].cell.index) && !kills_.kill(scope).is_held)
            sweep_.want_round(shot, now);
    return true;
}

// What can be said without looking at a venue.
Rearm::Finding Rearm::begin(ScopeId scope, Asked& asked) noexcept {
    const Kill& kill = kills_.kill(scope);
    if (!kill.is_on) return {KS_REARM_NOT_KILLED, {}, {}};
    if (kill.number != asked.row.kill) return {KS_REARM_STALE, {}, {}};
    asked.cells = kills_.held(scope);
    if (asked.row.only != KS_NONE) {
        if (asked.row.only >= plan_.scopes.size() || !plan_.scopes[asked.row.only].in_config)
            return {KS_REARM_WRONG, {}, {}};
        asked.cells &= plan_.scopes[asked.row.only].cells;
    }
    if (!asked.cells.any() || asked.row.exceptions_count > KS_EXCEPTIONS_MAX)
        return {KS_REARM_WRONG, {}, {}};
    for (u32 i = 0; i < asked.row.exceptions_count; ++i)
        if (asked.row.exception[i].account >= plan_.accounts.size())
            return {KS_REARM_WRONG, {}, {}};
    // What stays killed must not reach into what opens: a wide shot would cancel its new orders.
    Bits<accounts_max> opened;
    for (u16 cell = 0; cell < plan_.cells.size(); ++cell)
        if (asked.cells.test(cell) && !plan_.cells[cell].account.is_none())
            opened.set(plan_.cells[cell].account.index);
    for (ShotId id : plan_.scopes[scope.index].shots) {
        const ShotPlan& shot = plan_.shots[id.index];
        if (shot.is_widest && !asked.cells.test(shot.cell.index) && opened.test(shot.account.index))
            return {KS_REARM_WRONG, shot.account, {}};
    }
    return kill.is_held ? Finding{KS_REARM_LOOKING, {}, {}} : begin_orders(scope, asked);
}

// What the kill's own reads show already needs no other: reads are few at some venues.
Rearm::Finding Rearm::begin_orders(ScopeId scope, const Asked& asked) noexcept {
    for (ShotId id : plan_.scopes[scope.index].shots) {
        const ShotPlan& shot = plan_.shots[id.index];
        if (!asked.cells.test(shot.cell.index) || sweep_.outcome(id) == KS_CLEAR) continue;
        if (!is_named(asked, shot.account)) return {KS_REARM_NOT_CLEAR, shot.account, {}};
    }
    return {KS_REARM_LOOKING, {}, {}};
}

Rearm::Finding Rearm::find(ScopeId scope, const Asked& asked, Instant now) noexcept {
    const Kill& kill = kills_.kill(scope);
    if (!kill.is_on || kill.number != asked.row.kill) return {KS_REARM_STALE, {}, {}};
    if (triggers_.waits(scope)) return {KS_REARM_PULL_WAITS, {}, {}};
    // Held: nothing was sent, so there is nothing to prove.
    if (!kill.is_held) {
        const Finding orders = find_orders(scope, asked, now);
        if (orders.answer != KS_REARM_DONE) return orders;
    }
    return find_places(scope, asked, now);
}

// Every account as a complete read, begun after the request, shows it.
Rearm::Finding Rearm::find_orders(ScopeId scope, const Asked& asked, Instant now) noexcept {
    struct Seen {
        u32 orders_open = 0;
        bool is_clear = true, is_read = true, is_readable = true;
        Instant opens; // the limit of its reads
    };
    std::array<Seen, accounts_max> all;
    for (ShotId id : plan_.scopes[scope.index].shots) {
        const ShotPlan& shot = plan_.shots[id.index];
        if (!asked.cells.test(shot.cell.index)) continue;
        const Flight& flight = sweep_.flight(id);
        Seen& seen = all[shot.account.index];
        seen.is_readable &= !shot.reads.empty();
        const bool is_read = flight.read_began_at >= asked.since;
        seen.is_read &= is_read;
        if (!is_read && !flight.is_reading)
            seen.opens = std::max(seen.opens, reads_open(shot, now));
        seen.is_clear &= sweep_.outcome(id) == KS_CLEAR;
        seen.orders_open += flight.orders_open() == UINT32_MAX ? 0 : flight.orders_open();
    }
    for (u16 a = 0; a < plan_.accounts.size(); ++a) {
        const AccountId account{a};
        const Seen& seen = all[a];
        if (!seen.is_readable && is_excepted(asked, account, UINT32_MAX)) continue;
        // A place that is free is no reason: then a lane or a signature is missing.
        if (!seen.is_read && seen.opens > std::max(now, asked.since + look_max))
            return {KS_REARM_NO_PLACE, account, seen.opens};
        if (!seen.is_read) {
            const bool is_late = !seen.is_readable || now - asked.since > look_max;
            return {is_late ? KS_REARM_NOT_READ : KS_REARM_LOOKING, account, {}};
        }
        if (!seen.is_clear && !is_excepted(asked, account, seen.orders_open))
            return {KS_REARM_NOT_CLEAR, account, {}};
    }
    return {};
}

// When the shot's first read could leave.
Instant Rearm::reads_open(const ShotPlan& shot, Instant now) noexcept {
    if (shot.reads.empty()) return never;
    const auto& gates = plan_.requests[shot.reads[0].index].gates;
    return gates_.opens_at({gates.begin(), gates.size()}, now,
                           {.may_use_own = true, .keep_free = 0});
}

// For each gate: the places that a first salvo for these cells would need, as far as it has them.
Rearm::Finding Rearm::find_places(ScopeId scope, const Asked& asked, Instant now) noexcept {
    std::array<u32, gates_max> wanted{};
    for (ShotId id : plan_.scopes[scope.index].shots) {
        const ShotPlan& shot = plan_.shots[id.index];
        if (!asked.cells.test(shot.cell.index)) continue;
        for (Booking booking : plan_.requests[shot.fire.index].gates)
            wanted[booking.gate.index] += booking.weight;
    }
    Finding finding;
    for (u16 g = 0; g < plan_.gates.size(); ++g) {
        if (wanted[g] == 0) continue;
        const u32 places = std::min<u32>(wanted[g], plan_.gates[g].places);
        const Booking booking{GateId{g}, static_cast<u16>(places)};
        const Instant opens =
            gates_.opens_at({&booking, 1}, now, {.may_use_own = true, .keep_free = 0});
        if (opens > now) finding = {KS_REARM_NO_PLACE, {}, std::max(finding.until, opens)};
    }
    return finding;
}

bool Rearm::is_named(const Asked& asked, AccountId account) const noexcept {
    for (u32 i = 0; i < asked.row.exceptions_count; ++i)
        if (asked.row.exception[i].account == account.index) return true;
    return false;
}

bool Rearm::is_excepted(const Asked& asked, AccountId account, u32 orders_open) const noexcept {
    for (u32 i = 0; i < asked.row.exceptions_count; ++i)
        if (asked.row.exception[i].account == account.index &&
            asked.row.exception[i].orders_open == orders_open)
            return true;
    return false;
}

void Rearm::answer(ScopeId scope, Asked& asked, const Finding& finding) noexcept {
    if (finding.answer == KS_REARM_DONE) kills_.lift(scope, asked.cells);
    Event event;
    event.kind = EventKind::rearm;
    event.scope = scope.index;
    event.account = finding.account.index;
    event.number = asked.row.kill;
    event.detail = static_cast<u16>(finding.answer);
    event.value = asked.row.uid;
    journal_.note(event);
    status_.rearm_answer(scope, asked.request, finding.answer, finding.account, finding.until);
    asked.since = never;
}

} // namespace ks
