#include "report_text.hpp"

#include <cmath>
#include <cstdio>

namespace ks::bench {

std::string fixed(double value, i32 decimals) {
    char text[64];
    snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string grouped(u64 value) {
    std::string text = std::to_string(value);
    for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

std::string us(double ns) {
    const double value = ns / 1'000;
    if (value < 9.995) return fixed(value, 2);
    if (value < 99.95) return fixed(value, 1);
    return grouped(static_cast<u64>(std::llround(value)));
}

std::string span_of(double ns) {
    struct Unit {
        double ns;
        const char* name;
    };
    constexpr Unit units[] = {{1e9, " s"}, {1e6, " ms"}, {1e3, " µs"}, {1, " ns"}};
    for (const Unit& unit : units) {
        const double value = ns / unit.ns;
        if (value >= 1) return fixed(value, value < 9.95 && value != std::floor(value)) + unit.name;
    }
    return "0";
}

std::string ratio(double value) {
    if (value < 9.995) return fixed(value, 2);
    return value < 99.95 ? fixed(value, 1) : grouped(static_cast<u64>(std::llround(value)));
}

std::string percent(double share) {
    return fixed(share * 100, 2) + " %";
}

std::string shots_of(u32 count) {
    return grouped(count) + (count == 1 ? " shot" : " shots");
}

std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else if (c == '"')
            escaped += "&quot;";
        else
            escaped += c;
    }
    return escaped;
}

std::string json_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char code[8];
            snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
            quoted += code;
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

std::string markdown_cell(std::string_view text) {
    std::string cell;
    for (const char c : text) {
        if (c == '|') cell += '\\';
        cell += c == '\n' ? ' ' : c;
    }
    return cell;
}

std::vector<std::string> cells_of(const Percentiles& p) {
    if (p.count == 0) return {"-", "-", "-", "-", "-", "0"};
    return {us(p.p50_ns), us(p.p90_ns),    us(p.p99_ns), p.has_p999() ? us(p.p999_ns) : "-",
            us(p.max_ns), grouped(p.count)};
}

std::vector<Group> groups_of(const Results& results) {
    std::vector<Group> groups;
    for (const Figure& figure : results.figures) {
        Group* place = nullptr;
        for (Group& known : groups)
            if (known.name == figure.group) place = &known;
        if (!place) place = &groups.emplace_back(Group{figure.group, {}});
        place->rows.push_back({&figure, percentiles(figure.repetitions_ns)});
    }
    return groups;
}

std::string group_title(std::string_view name) {
    if (name == group::stations) return "The stations of a kill";
    if (name == group::shots) return "One shot, eight, sixty-four";
    if (name == group::idle) return "After a long quiet";
    if (name == group::peers) return "Beside what people use today";
    return std::string(name);
}

std::string scenario_of(const Figure& figure) {
    std::string text = figure.scenario;
    const auto add = [&](const std::string& part) {
        if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    };
    add(shots_of(figure.shots));
    const std::string idle = figure.idle_ns > 0 ? span_of(double(figure.idle_ns)) + " idle" : "";
    if (text.find(idle) == text.npos) add(idle);
    add(figure.net);
    return text;
}

std::string bound_of(const Check& check) {
    return (check.side == "<=" ? "≤ " : "≥ ") + ratio(check.bound);
}

std::string goal_of(const Check& check) {
    return check.goal == 0 ? "-" : (check.side == "<=" ? "≤ " : "≥ ") + ratio(check.goal);
}

std::string verdict_of(const Check& check) {
    if (check.ratio == 0) return "not measured";
    if (!check.is_met()) return "not met";
    return check.goal != 0 && check.is_goal_met() ? "met, goal too" : "met";
}

Facts facts_of(const Results& results) {
    const HostFacts& host = results.host;
    return {{"CPU", host.cpu_model},
            {"CPUs", host.cpus_count == 0 ? "unknown" : std::to_string(host.cpus_count)},
            {"Hyperthreading", host.smt},
            {"Virtual machine", host.hypervisor},
            {"Memory", host.memory},
            {"Kernel", host.kernel},
            {"Governor", host.governor},
            {"Isolated CPUs", host.isolated_cpus},
            {"Tickless CPUs", host.nohz_full_cpus},
            {"Clock source", host.clock_source},
            {"TSC", host.tsc_flags},
            {"io_uring", host.io_uring},
            {"wolfSSL", host.wolfssl + ", " + host.wolfssl_aes},
            {"OpenSSL", host.openssl},
            {"Other processes", quiet_sentence(results.quiet)}};
}

std::vector<std::vector<std::string>> noise_rows(const Results& results) {
    std::vector<std::vector<std::string>> rows;
    const auto add = [&](const char* when, const Noise& noise) {
        if (noise.cpu < 0) return;
        rows.push_back({std::string(when) + ", CPU " + std::to_string(noise.cpu),
                        fixed(noise.gaps_per_second, 0), us(noise.p50_gap_ns), us(noise.p99_gap_ns),
                        us(noise.max_gap_ns), percent(noise.lost_share)});
    };
    for (const Noise& noise : results.noise_before) add("before", noise);
    for (const Noise& noise : results.noise_after) add("after", noise);
    return rows;
}

std::string quiet_sentence(const Quiet& quiet) {
    if (!quiet.is_known) return "unknown";
    return "took " + percent(quiet.others_share) + " of all CPUs; other guests " +
           percent(quiet.steal_share);
}

} // namespace ks::bench
