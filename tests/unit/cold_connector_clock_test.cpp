// What one Date header tells about a venue's clock: a bracket of a second and a round trip.
#include <gtest/gtest.h>

#include "cold/connector_clock.hpp"

namespace ks {
namespace {

WarmUp warm_up(i64 date_s, i64 asked_ms, i64 answered_ms) {
    WarmUp warm_up;
    warm_up.head.date_unix_s = date_s;
    warm_up.asked.ms = asked_ms;
    warm_up.answered.ms = answered_ms;
    return warm_up;
}

TEST(ClockReading, KeepsNoOffsetWhereNoneExplainsTheDate) {
    const std::optional<ClockReading> reading = read_clock(warm_up(100, 100'200, 100'300));
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->offset_ms, 0);
    EXPECT_EQ(reading->error_ms, 799) << "the venue may be from 300 ms behind to 799 ms ahead";
}

TEST(ClockReading, TakesTheMiddleOfTheBracketOfAVenueAhead) {
    const std::optional<ClockReading> reading = read_clock(warm_up(110, 100'000, 100'101));
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->offset_ms, (9'899 + 10'999) / 2);
    EXPECT_EQ(reading->error_ms, (10'999 - 9'899) / 2);
}

TEST(ClockReading, TakesTheMiddleOfTheBracketOfAVenueBehind) {
    const std::optional<ClockReading> reading = read_clock(warm_up(90, 100'000, 100'101));
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->offset_ms, -(10'101 + 9'001) / 2);
    EXPECT_EQ(reading->error_ms, (10'101 - 9'001) / 2);
}

TEST(ClockReading, TellsTheEdgesOfTheBracketApart) {
    EXPECT_EQ(read_clock(warm_up(100, 100'000, 100'000))->offset_ms, 0);
    EXPECT_EQ(read_clock(warm_up(100, 100'999, 100'999))->offset_ms, 0);
    EXPECT_LT(read_clock(warm_up(100, 101'000, 101'000))->offset_ms, 0);
    EXPECT_GT(read_clock(warm_up(100, 99'999, 99'999))->offset_ms, 0);
}

TEST(ClockReading, IsNoneWithoutADate) {
    EXPECT_FALSE(read_clock(warm_up(-1, 100'000, 100'100)));
}

} // namespace
} // namespace ks
