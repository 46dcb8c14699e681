#include "svg.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report_text.hpp"

namespace ks::bench {
namespace {

std::string attribute(std::string_view name, double value) {
    return " " + std::string(name) + "=\"" + fixed(value, 1) + "\"";
}

std::string style_of(std::string_view style) {
    return " class=\"" + std::string(style) + "\"";
}

double step_below(double value) {
    const double decade = std::pow(10, std::floor(std::log10(value)));
    const double digit = value / decade;
    return decade * (digit >= 5 ? 5 : digit >= 2 ? 2 : 1);
}

double step_above(double value) {
    const double decade = std::pow(10, std::floor(std::log10(value)));
    const double digit = value / decade;
    return decade * (digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

} // namespace

double LogScale::at(double value) const {
    const double share = std::log(std::max(value, low) / low) / std::log(high / low);
    return at_low + share * (at_high - at_low);
}

std::vector<double> LogScale::steps() const {
    const double slack = 1e-9; // a step on the edge is within
    const bool is_short = high / low < 150;
    std::vector<double> found;
    for (double power = std::floor(std::log10(low)); power <= std::log10(high) + slack; ++power)
        for (const double digit : {1.0, 2.0, 5.0}) {
            const double value = digit * std::pow(10, power);
            const bool is_within = value >= low * (1 - slack) && value <= high * (1 + slack);
            if (is_within && (digit == 1 || is_short)) found.push_back(value);
        }
    return found;
}

LogScale log_scale_around(double smallest, double largest) {
    const double low = step_below(std::max(smallest, 1.0));
    return {low, std::max(step_above(std::max(largest, 1.0)), low * 10), 0, 1};
}

Svg::Svg(double width, double height, std::string_view description)
    : text_("<svg viewBox=\"0 0 " + fixed(width, 0) + " " + fixed(height, 0) +
            "\" role=\"img\" aria-label=\"" + html_escaped(description) + "\">") {}

void Svg::line(Point from, Point to, std::string_view style) {
    text_ += "<line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
             attribute("y2", to.y) + style_of(style) + "/>";
}

void Svg::path(const std::vector<Point>& points, std::string_view style) {
    std::string places;
    for (const Point& point : points)
        places += (places.empty() ? "M" : "L") + fixed(point.x, 1) + " " + fixed(point.y, 1);
    if (points.size() > 1) text_ += "<path d=\"" + places + "\"" + style_of(style) + "/>";
}

void Svg::rect(Box box, std::string_view style, std::string_view tip) {
    text_ += "<rect" + attribute("x", box.x) + attribute("y", box.y) +
             attribute("width", std::max(box.width, 0.0)) + attribute("height", box.height) +
             style_of(style) + ">";
    if (!tip.empty()) text_ += "<title>" + html_escaped(tip) + "</title>";
    text_ += "</rect>";
}

void Svg::dot(Point at, std::string_view style) {
    text_ += "<circle" + attribute("cx", at.x) + attribute("cy", at.y) + attribute("r", 3.5) +
             style_of(style) + "/>";
}

void Svg::text(Point at, Anchor anchor, std::string_view style, std::string_view text) {
    constexpr const char* anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    text_ += "<text" + attribute("x", at.x) + attribute("y", at.y) +
             anchors[static_cast<size_t>(anchor)] + style_of(style) + ">" + html_escaped(text) +
             "</text>";
}

std::vector<double> spread_apart(const std::vector<double>& wanted, Spread spread) {
    std::vector<size_t> order(wanted.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t i) { return wanted[i]; });
    std::vector<double> placed = wanted;
    double next = spread.low;
    for (const size_t i : order) { // downwards: each below the one before
        placed[i] = std::max(placed[i], next);
        next = placed[i] + spread.height;
    }
    double limit = spread.high;
    for (const size_t i : std::vector<size_t>(order.rbegin(), order.rend())) { // and back up
        placed[i] = std::min(placed[i], limit);
        limit = placed[i] - spread.height;
    }
    return placed;
}

} // namespace ks::bench
