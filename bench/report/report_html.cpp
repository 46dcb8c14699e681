#include "report_html.hpp"

#include <algorithm>

#include "report_charts.hpp"
#include "report_style.hpp"
#include "report_text.hpp"

namespace ks::bench {
namespace {

std::string element(std::string_view tag, std::string_view inner, std::string_view style = "") {
    std::string open = "<" + std::string(tag);
    if (!style.empty()) open += " class=\"" + std::string(style) + "\"";
    return open + ">" + std::string(inner) + "</" + std::string(tag) + ">";
}

// Cells are HTML already; from column `texts_count` on they are numbers.
std::string row(const char* cell, const std::vector<std::string>& cells, size_t texts_count) {
    std::string text;
    for (size_t i = 0; i < cells.size(); ++i)
        text += element(cell, cells[i], i < texts_count ? "" : "n");
    return element("tr", text) + "\n";
}

std::string table(const std::string& head, const std::string& body) {
    const std::string top = head.empty() ? "" : element("thead", head);
    return element("div", element("table", top + element("tbody", body)), "wide") + "\n";
}

std::string with_note(const std::string& text, const std::string& note) {
    const std::string escaped = html_escaped(text);
    return note.empty() ? escaped : escaped + element("span", html_escaped(note), "note");
}

std::string figure(const std::string& picture, std::string_view caption) {
    if (picture.empty()) return "";
    return element("figure", picture + element("figcaption", html_escaped(caption))) + "\n";
}

std::string title(const std::string& text) {
    return element("h2", html_escaped(text)) + "\n";
}

std::string group_table(const Group& group) {
    std::string body;
    for (const Row& one : group.rows) {
        std::vector<std::string> cells = {with_note(one.figure->name, one.figure->note),
                                          html_escaped(scenario_of(*one.figure))};
        for (const std::string& cell : cells_of(one.p)) cells.push_back(cell);
        body += row("td", cells, 2);
    }
    return table(row("th", {"µs", "", "p50", "p90", "p99", "p99.9", "max", "count"}, 2), body);
}

// The rows of each scenario apart: to compare a cold peer with a hot engine would be a lie.
std::vector<Group> by_scenario(const Group& group) {
    std::vector<Group> parts;
    for (const Row& one : group.rows) {
        const std::string name = scenario_of(*one.figure);
        auto part = std::ranges::find(parts, name, &Group::name);
        if (part == parts.end()) part = parts.insert(part, Group{name, {}});
        part->rows.push_back(one);
    }
    return parts;
}

std::string curves_of(const Group& group) {
    std::string text;
    for (const Group& part : by_scenario(group))
        text += element("h3", html_escaped(part.name)) +
                figure(percentile_chart(part.rows),
                       "Time against percentile. A curve ends where fewer than ten samples of a "
                       "repetition lie beyond.");
    return text;
}

std::string peers_of(const Group& group) {
    std::string text;
    for (const Group& part : by_scenario(group))
        text += element("h3", html_escaped(part.name)) +
                figure(peers_chart(part.rows),
                       "p50 on a logarithmic axis, the whisker to p99. Same machine, same bytes, "
                       "same run.") +
                figure(percentile_chart(part.rows),
                       "The whole distributions. A curve ends where fewer than ten samples of a "
                       "repetition lie beyond.");
    return text;
}

std::string pictures_of(const Group& group) {
    if (group.name == group::peers) return peers_of(group);
    if (group.name == group::stations)
        return figure(station_chart(group.rows),
                      "Each bar is the whole of its kill; the pieces are differences of p50 in µs, "
                      "in the order in which the stations were passed.");
    if (group.name == group::shots)
        return figure(shots_chart(group.rows),
                      "µs for one shot of the salvo: p50 of the whole, by the number of shots.");
    if (group.name == group::idle)
        return figure(idle_chart(group.rows), "p50 in µs; both axes are logarithmic.");
    return curves_of(group);
}

std::string check_section(const std::vector<Check>& checks) {
    if (checks.empty()) return "";
    std::string body;
    for (const Check& check : checks) {
        const std::string verdict = verdict_of(check);
        body += row("td",
                    {with_note(check.name, check.explanation),
                     html_escaped(check.left) + " over " + html_escaped(check.right),
                     element("span", (check.is_met() ? "✓ " : "✗ ") + verdict,
                             check.is_met() ? "good" : "bad"),
                     check.ratio == 0 ? "-" : ratio(check.ratio), bound_of(check), goal_of(check)},
                    3);
    }
    return title("The ratios that must hold") +
           element("p",
                   "p50 over p50, both sides in one run. Absolute times on a shared machine "
                   "say little;"
                   " a ratio within one run can be held to a bound.",
                   "soft") +
           table(row("th", {"", "", "", "ratio", "must", "goal"}, 3), body);
}

std::string host_section(const Results& results) {
    std::string body;
    for (const auto& [name, value] : facts_of(results))
        body += row("td", {html_escaped(name), html_escaped(value)}, 2);
    for (const Vulnerability& weak : results.host.vulnerabilities)
        body +=
            row("td", {element("code", html_escaped(weak.name)), html_escaped(weak.mitigation)}, 2);
    std::string text = title("The machine, and how quiet it was");
    std::string noise;
    for (const auto& cells : noise_rows(results)) noise += row("td", cells, 1);
    if (!noise.empty())
        text += element("p",
                        "What a thread that only reads the clock loses to everyone else: gaps "
                        "longer than 1 µs, in µs.",
                        "soft") +
                table(row("th", {"", "gaps/s", "p50", "p99", "max", "time lost"}, 1), noise);
    return text + element("h3", "Facts") + table("", body);
}

std::string list(const char* name, const std::vector<std::string>& items) {
    if (items.empty()) return "";
    std::string text;
    for (const std::string& item : items) text += element("li", html_escaped(item));
    return title(name) + element("ul", text) + "\n";
}

std::string tile(const std::string& value, const std::string& meaning) {
    return element(
        "div", element("b", html_escaped(value)) + element("span", html_escaped(meaning)), "tile");
}

std::string tiles_of(const std::vector<Group>& groups, const std::vector<Check>& checks) {
    std::string text;
    for (const Group& group : groups) {
        if (group.name != group::shots) continue;
        const std::string& first = group.rows.front().figure->name;
        for (const Row& one : group.rows)
            if (one.figure->name == first && one.p.count > 0)
                text +=
                    tile(us(one.p.p50_ns) + " µs", first + ", p50, " + scenario_of(*one.figure));
    }
    const auto met = std::ranges::count_if(checks, &Check::is_met);
    if (!checks.empty())
        text += tile(std::to_string(met) + " of " + std::to_string(checks.size()),
                     "ratios that must hold do");
    return element("div", text, "tiles") + "\n";
}

} // namespace

std::string html_report(const Results& results) {
    const std::vector<Group> groups = groups_of(results);
    std::string body =
        element("h1", "How fast a kill is") +
        element("p",
                "killswitch " + html_escaped(results.version) + ", " + html_escaped(results.date),
                "soft") +
        tiles_of(groups, results.checks) + check_section(results.checks);
    for (const Group& group : groups)
        body += title(group_title(group.name)) + pictures_of(group) + group_table(group);
    body += host_section(results) + list("Omitted", results.omitted) +
            list("Skipped", results.skipped) + title("To take it again") +
            element("pre", element("code", html_escaped(results.command))) + "\n";
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
           "<title>killswitch: how fast a kill is</title><style>" +
           std::string(page_style) + "</style></head>\n<body>\n" + body + "</body></html>\n";
}

} // namespace ks::bench
