#include "cold/latch.hpp"

#include <atomic>
#include <charconv>
#include <cstdio>

#include "base/crc32c.hpp"
#include "cold/page_birth.hpp"
#include "cold/status_text.hpp"

namespace ks {
namespace {

constexpr std::string_view format_line = "killswitch-latch=1\n";
constexpr std::string_view crc_key = "crc=";

// relaxed: the engine writes causes before it sends; what is missed now is seen a round later
template<class T> T word(const T& place) {
    return std::atomic_ref(const_cast<T&>(place)).load(std::memory_order_relaxed);
}

std::string crc_text(std::string_view text) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%08x", crc32c(std::as_bytes(std::span(text))));
    return digits;
}

u64 utc_of(u64 monotonic_ns, Moment now) {
    const u64 now_ns = static_cast<u64>(now.monotonic.ns);
    const bool is_known = monotonic_ns != 0 && monotonic_ns <= now_ns; // else: just now
    return is_known ? now.utc_ns - (now_ns - monotonic_ns) : now.utc_ns;
}

bool parse_outcome(std::string_view text, ks_outcome& outcome) {
    for (u32 i = KS_IDLE; i <= KS_HELD; ++i) {
        outcome = static_cast<ks_outcome>(i);
        if (words(outcome) == text) return true;
    }
    return false;
}

Error refused(const std::string& why) {
    return {"latch: " + why};
}

// One line into the latch; false when it says nothing that a latch may say.
bool take(Line line, Latch& latch) {
    const std::string value(line.value);
    if (line.key == "boot") {
        latch.boot = value;
        return true;
    }
    if (line.key == "written_utc_ns") {
        latch.written_utc_ns = number_of(value, 0);
        return latch.written_utc_ns != 0;
    }
    if (line.key == "scope") {
        latch.scopes.emplace_back().name = value;
        return !value.empty() && value.size() < KS_NAME_BYTES;
    }
    if (latch.scopes.empty()) return false;
    LatchedScope& scope = latch.scopes.back();
    if (line.key == "kill") {
        const u64 number = number_of(value, UINT64_MAX);
        scope.kill = static_cast<u32>(number);
        return number <= UINT32_MAX;
    }
    if (line.key == "outcome") return parse_outcome(value, scope.outcome);
    if (line.key == "pulled_utc_ns") {
        scope.pulled_utc_ns = number_of(value, 0);
        return true;
    }
    if (line.key == "pulled_by") {
        scope.pulled_by = value;
        return true;
    }
    if (value.empty() || value.size() >= KS_NAME_BYTES) return false;
    if (line.key == "cell") scope.cells.push_back(value);
    if (line.key == "held") scope.held.push_back(value);
    return line.key == "cell" || line.key == "held";
}

LatchedScope latched_scope(const ks_status_page& page, const ks_scope_line& line, Moment now) {
    const u64 kill_outcome = word(line.kill_outcome);
    LatchedScope scope;
    scope.name = name_of(line.name);
    scope.kill = static_cast<u32>(kill_outcome >> 32);
    scope.outcome = static_cast<ks_outcome>(static_cast<u32>(kill_outcome));
    scope.held = cells_of(page, line.held_cells);
    if (scope.held.empty()) return scope;
    scope.cells = cells_of(page, line.cells);
    scope.pulled_utc_ns = utc_of(word(line.pulled_ns), now);
    const u32 producer = word(line.pulled_by);
    if (producer < KS_PRODUCERS_MAX) scope.pulled_by = name_of(page.producers[producer]);
    return scope;
}

} // namespace

std::vector<std::string> cells_of(const ks_status_page& page,
                                  const u64 (&cells)[KS_CELLS_MAX / 64]) {
    std::vector<std::string> names;
    const u32 count = std::min<u32>(word(page.cells_count), KS_CELLS_MAX);
    for (u32 i = 0; i < count; ++i)
        if (word(cells[i / 64]) >> (i % 64) & 1) names.emplace_back(name_of(page.cell[i].name));
    return names;
}

Latch latch_of(const ks_status_page& page, Moment now) {
    Latch latch{hex(page.head.boot_id), now.utc_ns, {}};
    const u32 count = std::min<u32>(word(page.scopes_count), KS_SCOPES_MAX);
    for (u32 i = 0; i < count; ++i) {
        LatchedScope scope = latched_scope(page, page.scope[i], now);
        if (scope.kill != 0 || !scope.held.empty()) latch.scopes.push_back(std::move(scope));
    }
    return latch;
}

std::string latch_text(const Latch& latch) {
    Lines lines;
    lines.add("boot", latch.boot).add("written_utc_ns", latch.written_utc_ns);
    for (const LatchedScope& scope : latch.scopes) {
        lines.add("scope", scope.name).add("kill", scope.kill);
        lines.add("outcome", words(scope.outcome));
        if (scope.held.empty()) continue;
        lines.add("pulled_utc_ns", scope.pulled_utc_ns).add("pulled_by", scope.pulled_by);
        for (const std::string& cell : scope.cells) lines.add("cell", cell);
        for (const std::string& cell : scope.held) lines.add("held", cell);
    }
    const std::string text = std::string(format_line) + lines.text();
    return text + std::string(crc_key) + crc_text(text) + "\n";
}

Result<Latch> parse_latch(std::string_view text) {
    if (!text.starts_with(format_line)) return refused("does not begin as a latch does");
    const size_t end = text.rfind(crc_key);
    if (end == text.npos || text[end - 1] != '\n') return refused("has no checksum at its end");
    if (text.substr(end) != std::string(crc_key) + crc_text(text.substr(0, end)) + "\n")
        return refused("does not match its checksum: it was cut or changed");
    text = text.substr(format_line.size(), end - format_line.size());
    Latch latch;
    for (Line line; take_line(text, line);)
        if (!take(line, latch))
            return refused("says '" + std::string(line.key) + "=" + std::string(line.value) +
                           "', which this version does not understand");
    return latch;
}

} // namespace ks
