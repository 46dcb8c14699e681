#include "results.hpp"

#include <algorithm>
#include <cmath>

namespace ks::bench {
namespace {

// Beyond a point of the curve lie so many samples, or the point is luck.
constexpr double tail_samples_min = 10;

std::vector<std::vector<u32>> sorted_of(const std::vector<std::vector<u32>>& repetitions_ns) {
    std::vector<std::vector<u32>> sorted;
    for (const std::vector<u32>& repetition : repetitions_ns)
        if (!repetition.empty()) sorted.push_back(repetition);
    for (std::vector<u32>& repetition : sorted) std::ranges::sort(repetition);
    return sorted;
}

double median_of(std::vector<double> values) {
    std::ranges::sort(values);
    const size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_percentile(const std::vector<std::vector<u32>>& sorted, double percent) {
    std::vector<double> values;
    for (const std::vector<u32>& repetition : sorted)
        values.push_back(nearest_rank(repetition, percent));
    return median_of(std::move(values));
}

size_t thinnest_of(const std::vector<std::vector<u32>>& sorted) {
    return std::ranges::min(sorted, {}, &std::vector<u32>::size).size();
}

} // namespace

u32 nearest_rank(std::span<const u32> sorted, double percent) {
    const double count = static_cast<double>(sorted.size());
    // 99.9 percent of 1,000 is 999 and not, by a rounding, 999.0000000001.
    const double rank = std::ceil(percent * count / 100 - 1e-9);
    return sorted[static_cast<size_t>(std::clamp(rank, 1.0, count)) - 1];
}

Percentiles percentiles(const std::vector<std::vector<u32>>& repetitions_ns) {
    const std::vector<std::vector<u32>> sorted = sorted_of(repetitions_ns);
    Percentiles result;
    if (sorted.empty()) return result;
    result.min_ns = sorted[0].front();
    for (const std::vector<u32>& repetition : sorted) {
        result.min_ns = std::min<double>(result.min_ns, repetition.front());
        result.max_ns = std::max<double>(result.max_ns, repetition.back());
        result.count += repetition.size();
    }
    result.thinnest_count = thinnest_of(sorted);
    result.p50_ns = median_percentile(sorted, 50);
    result.p90_ns = median_percentile(sorted, 90);
    result.p99_ns = median_percentile(sorted, 99);
    result.p999_ns = median_percentile(sorted, 99.9);
    return result;
}

std::vector<CurvePoint> percentile_curve(const std::vector<std::vector<u32>>& repetitions_ns) {
    const std::vector<std::vector<u32>> sorted = sorted_of(repetitions_ns);
    std::vector<CurvePoint> curve;
    if (sorted.empty()) return curve;
    const double count = static_cast<double>(thinnest_of(sorted));
    const auto add = [&](double percent) {
        const bool is_luck =
            percent > 90 && count * (100 - percent) / 100 < tail_samples_min - 1e-6;
        if (!is_luck) curve.push_back({percent, median_percentile(sorted, percent)});
    };
    for (i32 tens = 0; tens <= 9; ++tens) add(10.0 * tens);
    for (i32 tenths = 11; tenths <= 40; ++tenths) // of a decade of the tail
        add(100 - 100 * std::pow(10, -tenths / 10.0));
    return curve;
}

double ratio_of_p50(const Figure& left, const Figure& right) {
    const double below = percentiles(right.repetitions_ns).p50_ns;
    return below > 0 ? percentiles(left.repetitions_ns).p50_ns / below : 0;
}

} // namespace ks::bench
