#include "report_markdown.hpp"

#include "report_text.hpp"

namespace ks::bench {
namespace {

std::string row(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += " " + markdown_cell(cell) + " |";
    return line + "\n";
}

// The first `texts_count` columns are words, the others numbers.
std::string head(const std::vector<std::string>& cells, size_t texts_count) {
    std::string line = "|";
    for (size_t i = 0; i < cells.size(); ++i) line += i < texts_count ? "---|" : "---:|";
    return row(cells) + line + "\n";
}

std::string host_table(const Results& results) {
    std::string text = "## The machine\n\n" + head({"", ""}, 2);
    for (const auto& [name, value] : facts_of(results)) text += row({name, value});
    for (const Vulnerability& weak : results.host.vulnerabilities)
        text += row({weak.name, weak.mitigation});
    const auto rows = noise_rows(results);
    if (rows.empty()) return text;
    text += "\nWhat a thread that only spins loses, gaps over 1 µs, in µs:\n\n" +
            head({"", "gaps/s", "p50", "p99", "max", "time lost"}, 1);
    for (const auto& cells : rows) text += row(cells);
    return text;
}

std::string group_table(const Group& group) {
    std::string text = "\n## " + group_title(group.name) + "\n\n" +
                       head({"µs", "", "p50", "p90", "p99", "p99.9", "max", "count"}, 2);
    std::string notes;
    for (const Row& one : group.rows) {
        std::vector<std::string> cells = {one.figure->name, scenario_of(*one.figure)};
        for (const std::string& cell : cells_of(one.p)) cells.push_back(cell);
        text += row(cells);
        if (!one.figure->note.empty())
            notes += "- " + one.figure->name + ", " + scenario_of(*one.figure) + ": " +
                     one.figure->note + "\n";
    }
    return text + (notes.empty() ? "" : "\n" + notes);
}

std::string check_table(const std::vector<Check>& checks) {
    if (checks.empty()) return "";
    std::string text = "\n## The ratios\n\n" +
                       head({"p50 over p50", "left", "right", "", "ratio", "must", "goal"}, 4);
    for (const Check& check : checks)
        text += row({check.name, check.left, check.right, verdict_of(check),
                     check.ratio == 0 ? "-" : ratio(check.ratio), bound_of(check), goal_of(check)});
    std::string notes;
    for (const Check& check : checks)
        if (!check.explanation.empty())
            notes += "- " + check.name + ": " + check.explanation + "\n";
    return text + (notes.empty() ? "" : "\n" + notes);
}

std::string list(const char* title, const std::vector<std::string>& items) {
    if (items.empty()) return "";
    std::string text = "\n## " + std::string(title) + "\n\n";
    for (const std::string& item : items) text += "- " + item + "\n";
    return text;
}

} // namespace

std::string markdown_report(const Results& results) {
    std::string text = "Taken " + results.date + " with killswitch " + results.version +
                       ":\n\n    " + results.command + "\n\n" + host_table(results);
    for (const Group& group : groups_of(results)) text += group_table(group);
    return text + check_table(results.checks) + list("Omitted", results.omitted) +
           list("Skipped", results.skipped);
}

} // namespace ks::bench
