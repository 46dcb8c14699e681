// Report text: how numbers, times and foreign words are written in every report.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "results.hpp"

namespace ks::bench {

std::string fixed(double value, i32 decimals); // "3.10"
std::string grouped(u64 value);                // "20,250"
std::string us(double ns);                     // three digits that matter: "3.22", "20.1", "2,268"
std::string span_of(double ns);                // with its unit: "40 µs", "10 ms"
std::string ratio(double value);               // "1.05", "14.2", "658"
std::string percent(double share);             // 0.0124: "1.24 %"
std::string shots_of(u32 count);               // "1 shot", "64 shots"

std::string html_escaped(std::string_view text);
std::string json_quoted(std::string_view text);
std::string markdown_cell(std::string_view text); // a bar would end the cell

// p50, p90, p99, p99.9, max and count; "-" where nothing, or too little, was measured.
std::vector<std::string> cells_of(const Percentiles& p);

// A figure with what is published of it.
struct Row {
    const Figure* figure;
    Percentiles p;
};
struct Group {
    std::string name;
    std::vector<Row> rows;
};
std::vector<Group> groups_of(const Results& results); // in the order of their first figures

std::string group_title(std::string_view name);
std::string scenario_of(const Figure& figure); // "hot, 8 shots, io_uring"
std::string bound_of(const Check& check);      // "<= 1.10" with the sign people write
std::string goal_of(const Check& check);
std::string verdict_of(const Check& check); // "met", "not met", "not measured"; and the goal

// The host, a fact a line.
using Facts = std::vector<std::pair<std::string, std::string>>;
Facts facts_of(const Results& results);
// "before, CPU 1": gaps a second, p50, p99, max gap, share lost.
std::vector<std::vector<std::string>> noise_rows(const Results& results);
std::string quiet_sentence(const Quiet& quiet);

} // namespace ks::bench
