// Status tables: a headline, then one line a row; a line that its writer never finished is left
// out.
#include "cold/status_tables.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace ks {
namespace {

// relaxed: each word stands for itself
u32 load(const u32& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}
u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_RELAXED);
}

template<class... Values>
void add_line(std::string& text, const char* format, const Values&... values) {
    char line[256];
    std::snprintf(line, sizeof line, format, values...);
    text.append(line).append("\n");
}

} // namespace

const char* suite_name(u32 suite) {
    constexpr const char* names[] = {"none", "AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"};
    return suite < std::size(names) ? names[suite] : "unknown";
}

std::string halts_text(const ks_status_page& page) {
    std::string text;
    for (u32 i = 0; i < std::min<u32>(load(page.cells_count), KS_CELLS_MAX); ++i)
        if (load(page.halt[i / 64]) >> (i % 64) & 1) add_line(text, "  %.47s", page.cell[i].name);
    return "\nhalted cells: order senders are refused\n" + (text.empty() ? "  none\n" : text);
}

std::string shots_text(const ks_status_page& page) {
    std::string text = "\nshots\n";
    for (u32 i = 0; i < std::min<u32>(load(page.shots_count), KS_SHOTS_MAX); ++i) {
        ks_shot_line shot;
        if (!ks_read_shot(&shot, &page.shot[i])) continue;
        add_line(text, "  %-32.47s %s, %s, %s; sent %u, cancelled %u", shot.name,
                 shot.armed & armed_signed ? "signed" : "NOT SIGNED",
                 shot.armed & armed_primary ? "sealed" : "NOT SEALED",
                 shot.armed & armed_backup ? "backup sealed" : "no backup", shot.shots_sent,
                 shot.orders_cancelled);
    }
    return text;
}

std::string lanes_text(const ks_status_page& page) {
    std::string text = "\nlanes\n";
    for (u32 i = 0; i < std::min<u32>(load(page.lanes_count), KS_LANES_MAX); ++i) {
        ks_lane_line lane;
        if (!ks_read_lane(&lane, &page.lane[i])) continue;
        add_line(text, "  %3u %-20.23s %s  life %u  %s", i, lane.venue, lane.up ? "up  " : "DOWN",
                 lane.life, suite_name(lane.suite));
    }
    return text;
}

std::string limits_text(const ks_status_page& page, Moment now) {
    std::string text = "\nlimits\n";
    const u64 now_ns = static_cast<u64>(now.monotonic.ns);
    for (u32 i = 0; i < std::min<u32>(load(page.gates_count), KS_GATES_MAX); ++i) {
        const ks_gate_line& gate = page.gate[i];
        char closed[64] = "";
        const u64 closed_until_ns = load(gate.closed_until_ns);
        if (closed_until_ns > now_ns)
            std::snprintf(closed, sizeof closed, "; CLOSED BY THE VENUE for %.1f s",
                          static_cast<double>(closed_until_ns - now_ns) / 1e9);
        add_line(text, "  %-32.47s %u in %.3f s, the last %u for kills%s", gate.name, gate.places,
                 static_cast<double>(gate.window_ns) / 1e9, gate.reserve, closed);
    }
    return text;
}

} // namespace ks
