// status: the public page in words or as JSON. With a SCOPE only that one, and an exit code that
// says whether its last kill is proven.
#include <algorithm>
#include <cstdio>

#include "cold/scribe.hpp"
#include "cold/status_text.hpp"
#include "json.hpp"
#include "page.hpp"

namespace ks {
namespace {

constexpr u32 armed_signed = 1, armed_primary = 2, armed_backup = 4; // bits of ks_shot_line::armed

u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED); // relaxed: each word stands for itself
}
u32 load(const u32& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

ks_outcome outcome_of(const ks_scope_line& line) {
    return static_cast<ks_outcome>(static_cast<u32>(load(line.kill_outcome)));
}

bool is_in_scope(const ks_scope_line& scope, u32 cell) {
    return load(scope.cells[cell / 64]) >> (cell % 64) & 1;
}

const char* suite_name(u32 suite) {
    constexpr const char* names[] = {"none", "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"};
    return suite < std::size(names) ? names[suite] : "unknown";
}

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

// The accounts that own a cell of the scope.
std::vector<u32> accounts_of(const ks_status_page& status, const ks_scope_line& scope) {
    std::vector<u32> accounts;
    for (u32 i = 0; i < load(status.cells_count) && i < KS_CELLS_MAX; ++i) {
        const u32 account = status.cell[i].account;
        if (!is_in_scope(scope, i) || account >= load(status.accounts_count)) continue;
        if (std::find(accounts.begin(), accounts.end(), account) == accounts.end())
            accounts.push_back(account);
    }
    return accounts;
}

void print_scope(const ks_status_page& status, const ks_scope_line& scope) {
    const u32 kill = static_cast<u32>(load(scope.kill_outcome) >> 32);
    const std::string outcome(words(outcome_of(scope)));
    printf("%s  %s", scope.name, outcome.c_str());
    if (kill != 0) printf("  kill #%u", kill);
    puts("");
    for (u32 index : accounts_of(status, scope)) {
        ks_account_line account{};
        if (!ks_read_account(&account, &status.account[index])) continue;
        const std::string name(words(static_cast<ks_outcome>(account.outcome)));
        printf("  %-24s %-8s  sent %u, cancelled %u, ", account.name, name.c_str(),
               account.shots_sent, account.orders_cancelled);
        if (account.orders_open == UINT32_MAX)
            puts("open orders: never read");
        else
            printf("%u open\n", account.orders_open);
    }
    if (outcome_of(scope) != KS_IDLE) puts("Positions are NOT closed.");
}

void add_beat(Json& json, const char* name, u64 beat_ns) {
    if (beat_ns == 0)
        json.null(name);
    else
        json.number(name, static_cast<i64>(ks_now_ns() - beat_ns));
}

void add_scopes(Json& json, const ks_status_page& status) {
    json.array("scopes");
    for (u32 i = 0; i < load(status.scopes_count) && i < KS_SCOPES_MAX; ++i) {
        const ks_scope_line& place = status.scope[i];
        json.object().text("name", place.name).boolean("in_config", load(place.in_config));
        json.number("kill", static_cast<i64>(load(place.kill_outcome) >> 32));
        json.text("outcome", words(outcome_of(place)));
        ks_scope_line line{};
        if (ks_read_scope(&line, &place))
            json.number("accounts", line.accounts_count)
                .number("accounts_clear", line.accounts_clear)
                .number("shots", line.shots_count)
                .number("shots_sent", line.shots_sent);
        json.end();
    }
    json.end();
}

void add_accounts(Json& json, const ks_status_page& status) {
    json.array("accounts");
    for (u32 i = 0; i < load(status.accounts_count) && i < KS_ACCOUNTS_MAX; ++i) {
        ks_account_line line{};
        if (!ks_read_account(&line, &status.account[i])) continue;
        json.object().text("name", line.name);
        json.text("outcome", words(static_cast<ks_outcome>(line.outcome)));
        json.number("shots_sent", line.shots_sent);
        json.number("orders_cancelled", line.orders_cancelled);
        if (line.orders_open == UINT32_MAX)
            json.null("orders_open");
        else
            json.number("orders_open", line.orders_open);
        json.number("http_status", line.http_status).end();
    }
    json.end();
}

void add_shots(Json& json, const ks_status_page& status) {
    json.array("shots");
    for (u32 i = 0; i < load(status.shots_count) && i < KS_SHOTS_MAX; ++i) {
        ks_shot_line line{};
        if (!ks_read_shot(&line, &status.shot[i])) continue;
        json.object().text("name", line.name).boolean("signed", line.armed & armed_signed);
        json.boolean("sealed", line.armed & armed_primary);
        json.boolean("backup_sealed", line.armed & armed_backup);
        json.number("shots_sent", line.shots_sent).number("http_status", line.http_status).end();
    }
    json.end();
}

void add_cells(Json& json, const Page& page) {
    json.array("halted");
    for (u32 i = 0; i < load(page.status().cells_count) && i < KS_CELLS_MAX; ++i)
        if (load(page.status().halt[i / 64]) >> (i % 64) & 1)
            json.text("", page.status().cell[i].name);
    json.end().array("lanes");
    for (u32 i = 0; i < load(page.status().lanes_count) && i < KS_LANES_MAX; ++i) {
        ks_lane_line line{};
        if (!ks_read_lane(&line, &page.status().lane[i])) continue;
        json.object().text("venue", line.venue).boolean("up", line.up);
        json.number("life", line.life).text("suite", suite_name(line.suite)).end();
    }
    json.end();
}

void print_json(const Page& page) {
    const ks_status_page& status = page.status();
    constexpr const char* ready[] = {"NOT READY", "READY WITH LIMITS", "READY"};
    Json json;
    json.object().text("schema", "ksctl.status/1").text("engine", status.engine);
    json.boolean("alive", page.engine_lives()).number("pid", load(status.pid));
    json.text("ready", ready[std::min<u32>(load(status.ready), 2)]);
    json.object("beat_age_ns");
    add_beat(json, "engine", load(status.engine_beat_ns));
    add_beat(json, "signer", load(status.signer_beat_ns));
    add_beat(json, "connector", load(status.connector_beat_ns));
    add_beat(json, "scribe", load(status.scribe_beat_ns));
    json.end().number("turn_ns_max", static_cast<i64>(load(status.turn_ns_max)));
    add_scopes(json, status);
    add_accounts(json, status);
    add_shots(json, status);
    add_cells(json, page);
    puts(json.end().str().c_str());
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
    if (!page->engine_lives() && !arguments.is_json())
        puts("ENGINE NOT ANSWERING. What follows is old. Run: systemctl restart killswitchd");
    if (arguments.is_json()) {
        print_json(*page);
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
