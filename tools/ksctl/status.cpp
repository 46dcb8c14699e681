// status: the public page in words or as JSON. With a SCOPE only that one, and an exit code that
// says whether its last kill is proven.
#include <cstdio>

#include "cold/ready_text.hpp"
#include "cold/scribe.hpp"
#include "cold/status_text.hpp"
#include "page.hpp"
#include "status_json.hpp"

namespace ks {
namespace {

void print_halts(const Page& page) {
    puts("\nhalted cells: order senders are refused");
    u32 halted_count = 0;
    for (u32 i = 0; i < load(page.status().cells_count) && i < KS_CELLS_MAX; ++i) {
        if (!(load(page.status().halt[i / 64]) >> (i % 64) & 1)) continue;
        printf("  %s\n", page.status().cell[i].name);
        ++halted_count;
    }
    if (halted_count == 0) puts("  none");
}

void print_shots(const ks_status_page& status) {
    puts("\nshots");
    for (u32 i = 0; i < load(status.shots_count) && i < KS_SHOTS_MAX; ++i) {
        ks_shot_line shot{};
        if (!ks_read_shot(&shot, &status.shot[i])) continue;
        printf("  %-32s %s, %s, %s; sent %u, cancelled %u\n", shot.name,
               shot.armed & armed_signed ? "signed" : "NOT SIGNED",
               shot.armed & armed_primary ? "sealed" : "NOT SEALED",
               shot.armed & armed_backup ? "backup sealed" : "no backup", shot.shots_sent,
               shot.orders_cancelled);
    }
}

void print_lanes(const ks_status_page& status) {
    puts("\nlanes");
    for (u32 i = 0; i < load(status.lanes_count) && i < KS_LANES_MAX; ++i) {
        ks_lane_line lane{};
        if (!ks_read_lane(&lane, &status.lane[i])) continue;
        printf("  %3u %-20s %s  life %u  %s\n", i, lane.venue, lane.up ? "up  " : "DOWN", lane.life,
               suite_name(lane.suite));
    }
}

void print_gates(const ks_status_page& status) {
    puts("\nlimits");
    const u64 now_ns = ks_now_ns();
    for (u32 i = 0; i < load(status.gates_count) && i < KS_GATES_MAX; ++i) {
        const ks_gate_line& gate = status.gate[i];
        printf("  %-32s %u in %.3f s, the last %u for kills", gate.name, gate.places,
               static_cast<double>(gate.window_ns) / 1e9, gate.reserve);
        const u64 closed_until_ns = load(gate.closed_until_ns);
        if (closed_until_ns > now_ns)
            printf("; CLOSED BY THE VENUE for %.1f s",
                   static_cast<double>(closed_until_ns - now_ns) / 1e9);
        puts("");
    }
}

void print_scope(const ks_status_page& status, const ks_scope_line& scope) {
    const Moment now = read_clocks();
    fputs(ready_text(readiness_of(status, scope, now)).c_str(), stdout);
    fputs(scope_text(status, scope, now).c_str(), stdout);
    for (u32 index : accounts_of(status, scope))
        fputs(account_text(status.account[index], now).c_str(), stdout);
    if (outcome_of(scope) != KS_IDLE) puts("Positions are NOT closed.");
}

// 0 idle or proven clear, 10 not proven, 12 nobody is there to know.
int exit_of(const Page& page, const ks_scope_line* scope) {
    if (!page.engine_lives()) return exit_engine_silent;
    if (!scope) return exit_ok;
    const ks_outcome outcome = outcome_of(*scope);
    return outcome == KS_IDLE || outcome == KS_CLEAR ? exit_ok : exit_not_clear;
}

} // namespace

int status_command(const Arguments& arguments) {
    auto page = Page::open(arguments);
    if (!page) return complain(exit_engine_silent, page.error());
    const ks_scope_line* scope = nullptr;
    if (!arguments.words.empty()) {
        auto slot = page->find_scope(arguments.words[0]);
        if (!slot) return complain(exit_usage, slot.error());
        scope = &page->status().scope[*slot];
    }
    if (arguments.is_json()) {
        puts(status_json(*page, read_clocks()).c_str());
    } else if (scope) {
        print_scope(page->status(), *scope);
    } else {
        fputs(status_text(page->status(), read_clocks(), "").c_str(), stdout);
        print_halts(*page);
        print_shots(page->status());
        print_lanes(page->status());
        print_gates(page->status());
    }
    return exit_of(*page, scope);
}

} // namespace ks
