// Publishes the compiled plan in the status page: what a name means under the running config.
// Guarantees: what a kill has left (halt, kill numbers, handled words, stamps of places) stays.
#include <algorithm>
#include <array>
#include <cstring>
#include <unistd.h>

#include "abi/killswitch.h"
#include "cold/forecast.hpp"
#include "cold/pages_state.hpp"

namespace ks {

namespace {

template<class T> void put(T& word, T value) {
    __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}

// A line whose name changes starts empty, its sequence goes on.
template<class Line> void put_line(Line& line, std::string_view name) {
    if (name_of(line.name) == name) return;
    const u32 sequence = line.sequence;
    line = {};
    line.sequence = sequence + 2;
    put_name(line.name, name);
}

void publish_scopes(ks_status_page& status, const Plan& plan) {
    for (u16 s = 0; s < status.scopes_count; ++s) {
        ks_scope_line& line = status.scope[s];
        const bool is_known = s < plan.scopes.size() && plan.scopes[s].in_config;
        put(line.in_config, u32{is_known});
        if (!is_known) continue;
        const ScopePlan& scope = plan.scopes[s];
        // A latched scope keeps the cells it holds, and takes those that this config adds to it.
        const bool is_latched = std::any_of(std::begin(line.held_cells), std::end(line.held_cells),
                                            [](u64 word) { return word != 0; });
        for (size_t w = 0; w < CellSet::words_count; ++w) {
            const u64 added = scope.cells.words[w] & ~line.cells[w];
            if (is_latched) put(line.held_cells[w], line.held_cells[w] | added);
            put(line.cells[w], scope.cells.words[w]);
        }
        Bits<64> accounts;
        for (u16 c = 0; c < plan.cells.size(); ++c)
            if (scope.cells.test(c) && !plan.cells[c].account.is_none())
                accounts.set(plan.cells[c].account.index);
        put(line.accounts_count, static_cast<u32>(accounts.count()));
        put(line.shots_count, static_cast<u32>(scope.shots.size()));
        const Forecast told = forecast(plan, scope);
        put(line.shots_in_ns, static_cast<u64>(told.last_leaves.ns));
        put(line.clear_in_ns, told.is_provable ? static_cast<u64>(told.clear.ns) : UINT64_MAX);
    }
}

void publish_cells(ks_status_page& status, const Plan& plan) {
    for (u16 c = 0; c < status.cells_count; ++c) {
        const bool is_known = c < plan.cells.size() && !plan.cells[c].account.is_none();
        put(status.cell[c].account, is_known ? u32{plan.cells[c].account.index} : KS_NONE);
        put(status.cell[c].in_config, u32{is_known});
    }
}

void publish_accounts(ks_status_page& status, const Plan& plan) {
    for (u16 a = 0; a < plan.accounts.size(); ++a) {
        put_line(status.account[a], plan.accounts[a].name.view());
        put(status.account[a].orders_open, UINT32_MAX);
    }
    put(status.accounts_count, static_cast<u32>(plan.accounts.size()));
    for (u16 s = 0; s < plan.shots.size(); ++s) {
        put_line(status.shot[s], plan.shots[s].name.view());
        put(status.shot[s].account, u32{plan.shots[s].account.index});
        put(status.shot[s].orders_open, UINT32_MAX);
    }
    put(status.shots_count, static_cast<u32>(plan.shots.size()));
    for (const VenuePlan& venue : plan.venues)
        for (u16 l = 0; l < venue.lanes_count; ++l) {
            ks_lane_line& line = status.lane[venue.lane_first + l];
            put_name(line.venue, venue.name.view().substr(0, sizeof line.venue - 1));
            put(line.up, u32{0});
        }
    put(status.lanes_count, u32{plan.lanes_count});
}

void publish_grants(ks_status_page& status, const Plan& plan) {
    for (u16 p = 0; p < producers_max; ++p)
        for (size_t w = 0; w < ScopeSet::words_count; ++w)
            put(status.granted[p][w],
                p < plan.producers.size() ? plan.producers[p].granted.words[w] : u64{0});
}

// The gates as the pages hold them: the place of a gate at number i, in whichever page it lies.
struct Places {
    ks_gates_page& shared;
    ks_gates_page& own;
    u64& at(u32 first, u32 places, u32 reserve, u32 i) const {
        return (i < places - reserve ? shared : own).place[first + i];
    }
};

// The stamps a gate of this name had under the old config, the latest first.
std::vector<u64> old_stamps(const ks_status_page& status, const Places& places,
                            std::string_view name) {
    std::vector<u64> stamps;
    for (u32 g = 0; g < std::min<u32>(status.gates_count, KS_GATES_MAX); ++g) {
        const ks_gate_line& line = status.gate[g];
        if (name_of(line.name) != name) continue;
        for (u32 i = 0; i < line.places; ++i)
            stamps.push_back(places.at(line.first_place, line.places, line.reserve, i));
    }
    std::sort(stamps.rbegin(), stamps.rend());
    return stamps;
}

bool is_same(const ks_gate_line& line, const GatePlan& gate) {
    return name_of(line.name) == gate.name.view() && line.first_place == gate.first_place &&
           line.places == gate.places && line.reserve == gate.reserve;
}

// Places move with their gate's name, the latest stamps to the shared ones: so a changed config
// spends no limit twice, and what is free is ours. While they move no one else can book.
void publish_gates(ks_status_page& status, const Places& places, const Plan& plan) {
    bool is_moved = status.gates_count != plan.gates.size();
    for (u16 g = 0; g < plan.gates.size(); ++g) is_moved |= !is_same(status.gate[g], plan.gates[g]);
    std::vector<std::vector<u64>> stamps;
    std::vector<u64> closed;
    for (const GatePlan& gate : plan.gates) {
        stamps.push_back(old_stamps(status, places, gate.name.view()));
        u64 until_ns = 0;
        for (const ks_gate_line& line : status.gate)
            if (name_of(line.name) == gate.name.view()) until_ns = line.closed_until_ns;
        closed.push_back(until_ns);
    }
    if (is_moved) __atomic_store_n(&status.gates_count, 0u, __ATOMIC_RELEASE);
    for (u16 g = 0; g < plan.gates.size(); ++g) {
        const GatePlan& gate = plan.gates[g];
        ks_gate_line& line = status.gate[g];
        put_name(line.name, gate.name.view());
        put(line.first_place, u32{gate.first_place});
        put(line.places, gate.places);
        put(line.reserve, gate.reserve);
        put(line.window_ns, static_cast<u64>(gate.window.ns));
        put(line.margin_ns, static_cast<u64>(gate.margin.ns));
        put(line.closed_until_ns, closed[g]);
        for (u32 i = 0; is_moved && i < gate.places; ++i)
            put(places.at(gate.first_place, gate.places, gate.reserve, i),
                i < stamps[g].size() ? stamps[g][i] : u64{0});
    }
    // release: pairs with the acquire in ks_book and ks_find_gate
    __atomic_store_n(&status.gates_count, static_cast<u32>(plan.gates.size()), __ATOMIC_RELEASE);
}

} // namespace

void Pages::publish(const Plan& plan) {
    ks_status_page& page = status();
    put(page.pid, static_cast<u32>(getpid()));
    put(page.trigger_age_max_ns, static_cast<u64>(plan.trigger_age_max.ns));
    publish_scopes(page, plan);
    publish_cells(page, plan);
    publish_accounts(page, plan);
    publish_grants(page, plan);
    publish_gates(page, {gates(), gates_own()}, plan);
    put(page.started_ns, ks_now_ns());
}

} // namespace ks
