#include "report_charts.hpp"

#include <algorithm>
#include <cmath>

#include "svg.hpp"

namespace ks::bench {
namespace {

constexpr double picture_width = 760;
constexpr size_t colours_count = 6;

std::string coloured(const char* kind, size_t index) {
    return std::string(kind) + " c" + std::to_string(index % colours_count);
}

std::vector<Row> measured(const std::vector<Row>& rows) {
    std::vector<Row> found;
    for (const Row& row : rows)
        if (row.p.count > 0) found.push_back(row);
    return found;
}

// The values a chart tells apart, in the order they come.
template<class Of> auto distinct(const std::vector<Row>& rows, Of of) {
    std::vector<decltype(of(rows[0]))> found;
    for (const Row& row : rows)
        if (std::ranges::find(found, of(row)) == found.end()) found.push_back(of(row));
    return found;
}

std::string name_of(const Row& row) {
    return row.figure->name;
}
u32 shots_count_of(const Row& row) {
    return row.figure->shots;
}
i64 idle_of(const Row& row) {
    return row.figure->idle_ns;
}

size_t index_in(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<size_t>(std::ranges::find(names, name) - names.begin());
}

// A line of coloured squares and names; gives back how far down it reached.
double legend(Svg& svg, const std::vector<std::string>& names, double top) {
    double x = 0;
    for (size_t i = 0; i < names.size(); ++i) {
        const double width = 34 + 6.6 * static_cast<double>(names[i].size());
        if (x > 0 && x + width > picture_width) {
            x = 0;
            top += 20;
        }
        svg.rect({x, top, 11, 11}, coloured("fill", i));
        svg.text({x + 17, top + 10}, Anchor::start, "label", names[i]);
        x += width;
    }
    return top + 28;
}

void time_axis(Svg& svg, const LogScale& y, double left, double right) {
    for (const double decade : y.steps()) {
        svg.line({left, y.at(decade)}, {right, y.at(decade)}, "grid");
        svg.text({left - 8, y.at(decade) + 4}, Anchor::end, "tick", span_of(decade));
    }
}

double at_percent(double percent, double left, double right) { // up to 99.99
    return left - std::log10(std::max(1 - percent / 100, 1e-4)) / 4 * (right - left);
}

} // namespace

std::string percentile_chart(const std::vector<Row>& all) {
    const std::vector<Row> rows = measured(all);
    if (rows.empty()) return "";
    const double left = 64, right = 560, top = 12, bottom = 372;
    double low = rows[0].p.min_ns, high = low;
    std::vector<std::vector<CurvePoint>> curves;
    for (const Row& row : rows) {
        curves.push_back(percentile_curve(row.figure->repetitions_ns));
        low = std::min(low, curves.back().front().ns);
        high = std::max(high, curves.back().back().ns);
    }
    LogScale y = log_scale_around(low, high);
    y.at_low = bottom;
    y.at_high = top;
    Svg svg(picture_width, 408, "Percentile curves: time against percentile");
    time_axis(svg, y, left, right);
    for (const double percent : {0.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
        const double x = at_percent(percent, left, right);
        svg.line({x, top}, {x, bottom}, "grid");
        const std::string name =
            percent == 0 ? "min" : "p" + fixed(percent, percent > 99.9 ? 2 : percent > 99);
        svg.text({x, bottom + 18}, Anchor::middle, "tick", name);
    }
    std::vector<double> wanted;
    for (const auto& curve : curves) wanted.push_back(y.at(curve.back().ns));
    const std::vector<double> labels = spread_apart(wanted, {14, top, bottom});
    for (size_t i = rows.size(); i-- > 0;) { // the first last: on top
        std::vector<Point> points;
        for (const CurvePoint& point : curves[i])
            points.push_back({at_percent(point.percent, left, right), y.at(point.ns)});
        svg.path(points, i == 0 ? "curve first" : coloured("curve", i));
        svg.path({points.back(), {right + 2, y.at(curves[i].back().ns)}, {right + 16, labels[i]}},
                 "leader");
        svg.text({right + 20, labels[i] + 4}, Anchor::start, i == 0 ? "label strong" : "label",
                 rows[i].figure->name);
    }
    return svg.close();
}

std::string station_chart(const std::vector<Row>& all) {
    const std::vector<Row> rows = measured(all);
    if (rows.empty()) return "";
    const std::vector<std::string> names = distinct(rows, name_of);
    const auto bars = distinct(rows, [](const Row& row) { return scenario_of(*row.figure); });
    const double left = 0, right = picture_width;
    Svg svg(picture_width, 52.0 + 58 * static_cast<double>(bars.size()),
            "Where the time of a kill goes, station by station");
    double top = legend(svg, names, 4);
    for (const std::string& bar : bars) {
        std::vector<Row> passed;
        for (const Row& row : rows)
            if (scenario_of(*row.figure) == bar) passed.push_back(row);
        std::ranges::stable_sort(passed, {}, [](const Row& row) { return row.p.p50_ns; });
        const double whole = passed.back().p.p50_ns;
        svg.text({left, top + 8}, Anchor::start, "label", bar);
        svg.text({right, top + 8}, Anchor::end, "label strong", us(whole) + " µs");
        top += 15;
        double before = 0;
        for (const Row& row : passed) {
            const double x = left + before / whole * (right - left);
            const double width = (row.p.p50_ns - before) / whole * (right - left);
            svg.rect({x, top, width, 28}, coloured("fill", index_in(names, row.figure->name)),
                     row.figure->name + ": " + us(row.p.p50_ns) + " µs");
            if (width > 34)
                svg.text({x + width / 2, top + 18}, Anchor::middle, "inside",
                         us(row.p.p50_ns - before));
            before = row.p.p50_ns;
        }
        top += 43;
    }
    return svg.close();
}

std::string shots_chart(const std::vector<Row>& all) {
    const std::vector<Row> rows = measured(all);
    if (rows.empty()) return "";
    const std::vector<std::string> names = distinct(rows, name_of);
    const std::vector<u32> counts = distinct(rows, shots_count_of);
    const auto cost = [](const Row& row) { return row.p.p50_ns / row.figure->shots; };
    const double largest =
        std::ranges::max(rows, {}, cost).p.count ? cost(std::ranges::max(rows, {}, cost)) : 1;
    Svg svg(picture_width, 280, "What one shot of a salvo costs");
    const double top = legend(svg, names, 4) + 10, bottom = 240;
    svg.line({0, bottom}, {picture_width, bottom}, "axis");
    const double room = picture_width / static_cast<double>(counts.size());
    const double width = std::min(56.0, (room - 40) / static_cast<double>(names.size()));
    for (size_t i = 0; i < counts.size(); ++i) {
        const double middle = room * (static_cast<double>(i) + 0.5);
        svg.text({middle, bottom + 20}, Anchor::middle, "label", shots_of(counts[i]));
        for (const Row& row : rows) {
            if (row.figure->shots != counts[i]) continue;
            const size_t index = index_in(names, row.figure->name);
            const double place = static_cast<double>(index) - static_cast<double>(names.size()) / 2;
            const double height = cost(row) / largest * (bottom - top - 10);
            const double x = middle + place * width;
            svg.rect({x + 2, bottom - height, width - 4, height}, coloured("fill", index),
                     row.figure->name + ": " + us(row.p.p50_ns) + " µs for all");
            svg.text({x + width / 2, bottom - height - 6}, Anchor::middle, "tick", us(cost(row)));
        }
    }
    return svg.close();
}

std::string idle_chart(const std::vector<Row>& all) {
    const std::vector<Row> rows = measured(all);
    if (rows.empty()) return "";
    const std::vector<std::string> names = distinct(rows, name_of);
    const double left = 64, right = 730;
    Svg svg(picture_width, 330, "p50 against the idle time before the kill");
    const double top = legend(svg, names, 4) + 6, bottom = 284;
    const auto p50 = [](const Row& row) { return row.p.p50_ns; };
    LogScale y = log_scale_around(p50(std::ranges::min(rows, {}, p50)) * 0.9,
                                  p50(std::ranges::max(rows, {}, p50)));
    y.at_low = bottom;
    y.at_high = top;
    time_axis(svg, y, left, right);
    std::vector<i64> idles = distinct(rows, idle_of);
    std::ranges::sort(idles);
    const auto least = std::max<double>(1, static_cast<double>(idles.front()));
    const LogScale x{least, std::max(least * 10, static_cast<double>(idles.back())), left + 30,
                     right - 30};
    for (const i64 idle : idles)
        svg.text({x.at(static_cast<double>(idle)), bottom + 20}, Anchor::middle, "tick",
                 span_of(static_cast<double>(idle)));
    svg.text({(left + right) / 2, bottom + 40}, Anchor::middle, "tick", "idle before the kill");
    for (size_t i = 0; i < names.size(); ++i) {
        std::vector<Row> line;
        for (const Row& row : rows)
            if (row.figure->name == names[i]) line.push_back(row);
        std::ranges::stable_sort(line, {}, idle_of);
        std::vector<Point> points;
        for (const Row& row : line)
            points.push_back({x.at(static_cast<double>(idle_of(row))), y.at(row.p.p50_ns)});
        svg.path(points, coloured("curve", i));
        for (size_t k = 0; k < points.size(); ++k) {
            svg.dot(points[k], coloured("fill", i));
            const double beside = i == 0 ? 18 : -9; // below the first line, above the others
            svg.text({points[k].x, points[k].y + beside}, Anchor::middle, "tick",
                     us(line[k].p.p50_ns));
        }
    }
    return svg.close();
}

std::string peers_chart(const std::vector<Row>& all) {
    const std::vector<Row> rows = measured(all);
    if (rows.empty()) return "";
    const double left = 230, right = 620, height = 27;
    const double bottom = 10 + height * static_cast<double>(rows.size());
    double high = 1;
    for (const Row& row : rows) high = std::max(high, row.p.p99_ns);
    const auto p50 = [](const Row& row) { return row.p.p50_ns; };
    LogScale x = log_scale_around(p50(std::ranges::min(rows, {}, p50)) * 0.5, high);
    x.at_low = left;
    x.at_high = right;
    Svg svg(picture_width, bottom + 28, "The same request by each client");
    for (const double decade : x.steps()) {
        svg.line({x.at(decade), 4}, {x.at(decade), bottom}, "grid");
        svg.text({x.at(decade), bottom + 18}, Anchor::middle, "tick", span_of(decade));
    }
    double top = 8;
    for (const Row& row : rows) {
        const bool is_first = &row == &rows.front();
        const double end = x.at(row.p.p50_ns);
        const char* style = is_first ? "label strong" : "label";
        svg.text({left - 10, top + 14}, Anchor::end, style, row.figure->name);
        svg.rect({left, top, end - left, 18}, is_first ? "fill c0" : "fill other",
                 row.figure->name + ": p50 " + us(row.p.p50_ns) + " µs");
        svg.line({end, top + 9}, {x.at(row.p.p99_ns), top + 9}, "whisker");
        svg.line({x.at(row.p.p99_ns), top + 5}, {x.at(row.p.p99_ns), top + 13}, "whisker");
        svg.text({right + 68, top + 14}, Anchor::end, style, us(row.p.p50_ns) + " µs");
        svg.text({picture_width - 2, top + 14}, Anchor::end, style,
                 is_first ? "1×" : ratio(row.p.p50_ns / rows.front().p.p50_ns) + "×");
        top += height;
    }
    return svg.close();
}

} // namespace ks::bench
