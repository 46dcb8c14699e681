// flight: how each shot of a scope's last kill flew, station by station. Our microseconds and the
// venue's seconds stand in columns of their own, because only the first are ours to answer for.
#include <algorithm>
#include <cstdio>

#include "cold/status_text.hpp"
#include "json.hpp"
#include "page.hpp"

namespace ks {
namespace {

// From the producer's store to a station, in nanoseconds; -1: not reached.
i64 since_pull(const ks_shot_line& shot, u64 station_ns) {
    return station_ns < shot.pulled_ns || shot.pulled_ns == 0
               ? -1
               : static_cast<i64>(station_ns - shot.pulled_ns);
}

void print_cell(i64 ns, double unit_ns, const char* unit) {
    if (ns < 0)
        printf(" %12s", "-");
    else
        printf(" %9.*f %-2s", unit_ns < 1e6 ? 1 : 2, static_cast<double>(ns) / unit_ns, unit);
}

// A first shot that took longer than this did not fly: it waited.
constexpr i64 flying_ns_max = 10'000'000;

// The venue's answer is counted from the departure: only so can it be compared between shots.
void print_shot(const ks_shot_line& shot, const char* outcome) {
    const i64 submitted_ns = since_pull(shot, shot.submitted_ns);
    const i64 accepted_ns = since_pull(shot, shot.accepted_ns);
    printf("  %-28s", shot.name);
    if (submitted_ns > flying_ns_max)
        printf(" %6.2f s (*)", static_cast<double>(submitted_ns) / 1e9);
    else
        print_cell(submitted_ns, 1e3, "us");
    print_cell(accepted_ns < 0 ? -1 : accepted_ns - std::max<i64>(submitted_ns, 0), 1e6, "ms");
    print_cell(since_pull(shot, shot.clear_ns), 1e9, "s");
    printf(" %5u %10u  %s\n", shot.shots_sent, shot.orders_cancelled, outcome);
}

void add_shot(Json& json, const ks_shot_line& shot, std::string_view outcome) {
    json.object().text("shot", shot.name).text("outcome", outcome);
    json.number("submitted_ns", since_pull(shot, shot.submitted_ns));
    json.number("accepted_ns", since_pull(shot, shot.accepted_ns));
    json.number("clear_ns", since_pull(shot, shot.clear_ns));
    json.number("shots_sent", shot.shots_sent).number("orders_cancelled", shot.orders_cancelled);
    json.end();
}

// Does the scope hold a cell of this account?
bool is_in_scope(const ks_status_page& status, const ks_scope_line& scope, u32 account) {
    for (u32 cell = 0; cell < KS_CELLS_MAX; ++cell)
        if (status.cell[cell].account == account && scope.cells[cell / 64] >> (cell % 64) & 1)
            return true;
    return false;
}

} // namespace

int flight_command(const Arguments& arguments) {
    auto page = Page::open(arguments);
    if (!page) return complain(exit_engine_silent, page.error());
    auto slot = page->find_scope(arguments.words[0]);
    if (!slot) return complain(exit_usage, slot.error());
    const ks_status_page& status = page->status();
    const ks_scope_line& scope = status.scope[*slot];
    Json json;
    json.object().text("schema", "ksctl.flight/1").text("scope", scope.name).array("shots");
    if (!arguments.is_json())
        printf("  %-28s %12s %12s %12s %5s %10s\n", "", "submitted", "then taken", "clear", "sent",
               "cancelled");
    for (u32 i = 0; i < status.shots_count && i < KS_SHOTS_MAX; ++i) {
        ks_shot_line shot;
        ks_account_line account{};
        if (!ks_read_shot(&shot, &status.shot[i]) || shot.account >= KS_ACCOUNTS_MAX) continue;
        if (!is_in_scope(status, scope, shot.account) || shot.pulled_ns == 0) continue;
        if (!ks_read_account(&account, &status.account[shot.account])) continue;
        const std::string outcome(words(static_cast<ks_outcome>(account.outcome)));
        if (arguments.is_json())
            add_shot(json, shot, outcome);
        else
            print_shot(shot, outcome.c_str());
    }
    if (arguments.is_json())
        puts(json.end().end().str().c_str());
    else
        puts("  submitted and clear: after the trigger; then taken: the venue's answer after that\n"
             "  (*) waited for the venue's limit, or for a connection\n"
             "  Positions are NOT closed.");
    return exit_ok;
}

} // namespace ks
