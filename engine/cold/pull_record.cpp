// Pull record: the lines, in the order in which a regulator asks.
#include "cold/pull_record.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "cold/latch.hpp"
#include "cold/page_birth.hpp"
#include "cold/status_text.hpp"

namespace ks {
namespace {

// 0: an event of an engine that did not note it.
u64 pulled_ns_of(const Event& event) {
    u64 pulled_ns = 0;
    const char* const end = event.text.data() + event.text.size();
    const auto [stop, error] = std::from_chars(event.text.data(), end, pulled_ns, 16);
    return error == std::errc{} && stop == end && pulled_ns <= event.at_ns ? pulled_ns : 0;
}

// Microseconds from the pull to the halt, never 0: the halt bears the clock of its turn, which may
// be read just before the pull is stored.
std::string halted_us_text(u64 pulled_ns, u64 halted_ns) {
    if (pulled_ns == 0) return "unknown";
    return std::to_string(std::max<u64>(1, (halted_ns - pulled_ns + 999) / 1'000));
}

std::string cells_text(const ks_status_page& page, const ks_scope_line& place) {
    u64 cells[KS_CELLS_MAX / 64];
    ks_words_load(cells, place.cells, sizeof cells);
    std::string text;
    for (const std::string& cell : cells_of(page, cells))
        text.append(text.empty() ? "" : ", ").append(cell);
    return text;
}

std::string reason_text(const Said& said) {
    return said.reason.empty() ? "not said" : said.reason;
}

// An epoch is never 0: such a pull is in no page, the silence of its producer made it.
void add_who(Lines& lines, const Event& event, const std::vector<Said>& said) {
    if (event.value == 0) {
        lines.add("person", "nobody: the producer fell silent");
        return;
    }
    lines.add("person", said.empty() ? "not said" : "said by the producer");
    if (said.empty()) return;
    add_person(lines, said[0].person);
    lines.add("uid_is", claim_text(said[0].person));
    lines.add("reason", reason_text(said[0]));
    std::string others;
    for (const Said& other : std::span(said).subspan(1))
        others += (others.empty() ? "" : "; ") + short_text(other.person) + ": \"" +
                  reason_text(other) + "\"";
    if (!others.empty()) lines.add("also", others);
}

} // namespace

Lines pull_record(const Event& event, const ks_status_page& page, const std::vector<Said>& said,
                  Moment at) {
    Lines lines;
    lines.add("act", "pull");
    if (event.scope >= KS_SCOPES_MAX) return lines.add("scope", "unknown"); // damaged in the ring
    const ks_scope_line& place = page.scope[event.scope];
    const u64 pulled_ns = pulled_ns_of(event);
    lines.add("scope", name_of(place.name)).add("kill", event.number).add("epoch", event.value);
    lines.add("producer", producer_text(page, event.producer));
    lines.add("pulled_utc",
              pulled_ns == 0 ? "unknown" : utc_text(at.utc_ns - (event.at_ns - pulled_ns)));
    add_who(lines, event, said);
    lines.add("outcome", event.kind == EventKind::pull_held ? "HELD" : "fired");
    lines.add("halted_us", halted_us_text(pulled_ns, event.at_ns)); // by the clock of that turn
    return lines.add("cells", cells_text(page, place));
}

} // namespace ks
