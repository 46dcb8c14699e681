#include "chapters/lab.hpp"

namespace ks::bench {

void Lab::check(std::string name, const Figure& left, const Figure& right, const char* side,
                double bound, double goal, std::string explanation) {
    const auto said = [](const Figure& figure) { return figure.name + ", " + figure.scenario; };
    results.checks.push_back({std::move(name), said(left), said(right), ratio_of_p50(left, right),
                              bound, side, goal, std::move(explanation)});
}

} // namespace ks::bench
