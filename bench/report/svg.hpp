// SVG: the marks that the charts are made of, and the scales that place them.
// Guarantees: colours and fonts come from the classes of the page around it; every text is escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"

namespace ks::bench {

struct Point {
    double x;
    double y;
};
struct Box {
    double x;
    double y;
    double width;
    double height;
};

// Values from `low` to `high` lie between two places of the picture, evenly by their logarithm.
struct LogScale {
    double low;
    double high;
    double at_low;
    double at_high;
    double at(double value) const;
    // 1, 10, 100, ... within the scale; and 2, 5, 20, 50, ... where that would be few.
    std::vector<double> steps() const;
};
// Grows to whole steps of 1, 2, 5 times a power of ten around both values.
LogScale log_scale_around(double smallest, double largest);

enum class Anchor { start, middle, end };

class Svg {
public:
    Svg(double width, double height, std::string_view description);
    void line(Point from, Point to, std::string_view style);
    void path(const std::vector<Point>& points, std::string_view style);
    void rect(Box box, std::string_view style, std::string_view tip = "");
    void dot(Point at, std::string_view style);
    void text(Point at, Anchor anchor, std::string_view style, std::string_view text);
    std::string close() const { return text_ + "</svg>\n"; }

private:
    std::string text_;
};

// Moves labels apart until each has `height`; keeps their order and stays within the limits.
struct Spread {
    double height;
    double low;
    double high;
};
std::vector<double> spread_apart(const std::vector<double>& wanted, Spread spread);

} // namespace ks::bench
