// The reports say what was measured, to programs and to people, and nothing that was not.
#include <gtest/gtest.h>
#include <simdjson.h>

#include "made_up.hpp"
#include "report_html.hpp"
#include "report_json.hpp"
#include "report_markdown.hpp"
#include "report_text.hpp"

namespace ks::bench {
namespace {

std::vector<u32> one_to(u32 last) {
    std::vector<u32> samples;
    for (u32 i = last; i > 0; --i) samples.push_back(i);
    return samples;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

// The first tag that is closed by another, or never; empty when all are in balance.
std::string first_unbalanced(const std::string& html) {
    std::vector<std::string> open;
    for (size_t at = html.find('<'); at != html.npos; at = html.find('<', at + 1)) {
        if (html[at + 1] == '!') continue;
        const size_t end = html.find('>', at);
        if (end == html.npos) return html.substr(at, 40);
        if (html[end - 1] == '/') continue;
        const bool is_closing = html[at + 1] == '/';
        const size_t from = at + 1 + is_closing;
        const std::string tag = html.substr(from, html.find_first_of(" >", from) - from);
        if (!is_closing) {
            open.push_back(tag);
        } else {
            if (open.empty() || open.back() != tag) return "</" + tag + ">";
            open.pop_back();
        }
    }
    return open.empty() ? "" : open.back();
}

TEST(Percentiles, AreTheSmallestSampleThatSoManyDoNotExceed) {
    const Percentiles p = percentiles({one_to(1'000)});
    EXPECT_EQ(p.min_ns, 1);
    EXPECT_EQ(p.p50_ns, 500);
    EXPECT_EQ(p.p90_ns, 900);
    EXPECT_EQ(p.p99_ns, 990);
    EXPECT_EQ(p.p999_ns, 999);
    EXPECT_EQ(p.max_ns, 1'000);
    EXPECT_EQ(p.count, 1'000u);
}

TEST(Percentiles, AreMediansOverRepetitionsButTheEdgesAreOverAll) {
    const Percentiles p = percentiles({{10, 20, 30}, {}, {1, 2, 3}, {100, 200, 900}});
    EXPECT_EQ(p.p50_ns, 20);
    EXPECT_EQ(p.min_ns, 1);
    EXPECT_EQ(p.max_ns, 900);
    EXPECT_EQ(p.count, 9u);
}

TEST(Percentiles, LeaveAThinTailUnsaid) {
    EXPECT_EQ(cells_of(percentiles({one_to(1'000)}))[3], "1.00");
    EXPECT_EQ(cells_of(percentiles({one_to(999)}))[3], "-");
    EXPECT_EQ(cells_of(percentiles({one_to(999), one_to(1'000)}))[3], "-");
    EXPECT_EQ(cells_of(percentiles({}))[0], "-");
}

TEST(PercentileCurve, RisesAndEndsWhereTooFewSamplesLieBeyond) {
    const std::vector<CurvePoint> curve = percentile_curve({one_to(10'000)});
    EXPECT_EQ(curve.front().percent, 0);
    EXPECT_NEAR(curve.back().percent, 99.9, 1e-9);
    for (size_t i = 1; i < curve.size(); ++i) EXPECT_GE(curve[i].ns, curve[i - 1].ns);
    EXPECT_TRUE(percentile_curve({}).empty());
}

TEST(Check, HoldsAtItsBoundOnItsSideAndNeverUnmeasured) {
    Check check;
    check.ratio = check.bound = 1.1;
    EXPECT_TRUE(check.is_met());
    check.bound = 1.09;
    EXPECT_FALSE(check.is_met());
    check.side = ">=";
    EXPECT_TRUE(check.is_met());
    check.ratio = 0;
    check.side = "<=";
    EXPECT_FALSE(check.is_met());
    EXPECT_EQ(verdict_of(check), "not measured");
}

TEST(ReportText, WritesTimesWithTheDigitsThatMatter) {
    EXPECT_EQ(us(3'220), "3.22");
    EXPECT_EQ(us(20'100), "20.1");
    EXPECT_EQ(us(2'268'000), "2,268");
    EXPECT_EQ(span_of(40'000), "40 µs");
    EXPECT_EQ(span_of(100'000'000), "100 ms");
    EXPECT_EQ(json_quoted("a\"\\\n"), "\"a\\\"\\\\\\u000a\"");
}

TEST(JsonReport, ParsesAndCarriesEveryFigure) {
    const Results results = made_up_results();
    simdjson::dom::parser parser;
    const simdjson::padded_string text(json_report(results));
    simdjson::dom::element root;
    ASSERT_EQ(parser.parse(text).get(root), simdjson::SUCCESS);
    EXPECT_EQ(std::string_view(root["schema"]), "killswitch.bench/1");
    EXPECT_EQ(simdjson::dom::array(root["figures"]).size(), results.figures.size());
    EXPECT_EQ(std::string_view(root["command"]), results.command);
    const simdjson::dom::element first = simdjson::dom::array(root["figures"]).at(0);
    EXPECT_EQ(u64(first["count"]), 60'000u);
    EXPECT_FALSE(first["p999_ns"].is_null());
    EXPECT_GE(simdjson::dom::array(first["curve"]).size(), 30u);
    const simdjson::dom::element thin = simdjson::dom::array(root["figures"]).at(22);
    EXPECT_TRUE(thin["p999_ns"].is_null());
    EXPECT_TRUE(simdjson::dom::array(root["checks"]).at(3)["ratio"].is_null());
}

TEST(HtmlReport, IsWellFormedNamesEveryFigureAndLoadsNothing) {
    const Results results = made_up_results();
    const std::string html = html_report(results);
    EXPECT_EQ(first_unbalanced(html), "");
    for (const Figure& figure : results.figures)
        EXPECT_TRUE(has(html, html_escaped(figure.name))) << figure.name;
    for (const char* outside : {"://", "src=", "href=", "url(", "@import", "<script"})
        EXPECT_FALSE(has(html, outside)) << outside;
    EXPECT_FALSE(has(html, "<seal>")) << "a name became a tag";
    EXPECT_FALSE(has(html, "nan")) << "a place without a number";
}

TEST(HtmlReport, StandsWithoutAnyFigure) {
    EXPECT_EQ(first_unbalanced(html_report({})), "");
    Results empty;
    for (const char* name : {group::stations, group::shots, group::idle, group::peers, "else"})
        empty.figures.push_back({name, "nothing", "hot", 1, 0, "", "", {}});
    EXPECT_EQ(first_unbalanced(html_report(empty)), "");
    EXPECT_TRUE(has(markdown_report(empty), "| nothing | hot, 1 shot | - | - | - | - | - | 0 |"));
}

TEST(MarkdownReport, HasATableForEachGroupAndTheRatios) {
    const std::string text = markdown_report(made_up_results());
    for (const char* group : {"stations", "eight", "quiet", "use today", "crypto", "ratios"})
        EXPECT_TRUE(has(text, group)) << group;
    EXPECT_TRUE(has(text, "not met | 2.31 | ≤ 2.20 | ≤ 1.30 |"));
    EXPECT_TRUE(has(text, "| Boost.Beast | hot, 1 shot, 40 µs idle | 11.6 |"));
}

TEST(HostFacts, ReadUnknownWhereNothingIsTold) {
    const HostFacts facts = read_host_facts("/nowhere");
    EXPECT_EQ(facts.cpu_model, "unknown");
    EXPECT_EQ(facts.kernel, "unknown");
    EXPECT_EQ(facts.isolated_cpus, "unknown");
    EXPECT_EQ(facts.cpus_count, 0u);
    EXPECT_FALSE(quiet_between(read_cpu_times("/nowhere"), read_cpu_times("/nowhere")).is_known);
    EXPECT_EQ(spin_test(-1, milliseconds(1)).cpu, -1);
}

TEST(Quiet, CountsWhatIsNeitherOursNorIdle) {
    const Quiet quiet = quiet_between({1'000, 100, 0, 50}, {2'000, 600, 10, 450});
    EXPECT_DOUBLE_EQ(quiet.others_share, 0.1);
    EXPECT_DOUBLE_EQ(quiet.steal_share, 0.01);
}

} // namespace
} // namespace ks::bench
