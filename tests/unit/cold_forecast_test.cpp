// The times that `ksctl check` lets a risk officer sign, for two accounts at each venue.
#include "cold/forecast.hpp"

#include <gtest/gtest.h>

#include "plan_bench.hpp"

namespace ks {
namespace {

std::string accounts(const std::string& venue, size_t count, const std::string& more = "") {
    std::string text = "[venue." + venue + "]\n";
    for (size_t i = 0; i < count; ++i)
        text += account(venue + "/" + static_cast<char>('a' + i), more);
    return text;
}

Forecast told(const std::string& text, std::string_view name = "all") {
    PlanBench bench(text);
    const Plan& plan = bench.compile();
    return forecast(plan, scope(plan, name));
}

u32 refires(const std::string& text) {
    PlanBench bench(text);
    const Plan& plan = bench.compile();
    return refires_left(plan, scope(plan, "all"), VenueId{0});
}

// Incident rules 4: A.margin 0, B.margin 1.05, A.spot 2.10, B.spot 3.15 s, and the last of them
// clear at about 4.9 s.
TEST(Forecast, R04_of_bitopro_is_one_cancel_each_1050_ms) {
    const Forecast all = told(accounts("bitopro", 2));
    EXPECT_EQ(all.leaves, (std::vector<Nanos>{Nanos{}, milliseconds(1'050), milliseconds(2'100),
                                              milliseconds(3'150)}));
    EXPECT_EQ(all.last_leaves, milliseconds(3'150));
    EXPECT_TRUE(all.is_provable);
    // accepted after answer_quick, settle, two reads one `apart` from each other, the last answered
    EXPECT_EQ(all.clear, milliseconds(3'150 + 100 + 500 + 1'000 + 100));
}

TEST(Forecast, R04_of_coinswitch_is_all_at_once) {
    const Forecast all = told(accounts("coinswitch", 2));
    EXPECT_EQ(all.last_leaves, Nanos{});
    // after the second read four older windows of seven days, one after the other
    EXPECT_EQ(all.clear, milliseconds(100 + 1'000 + 3'000 + 100 + 4 * 100));
}

TEST(Forecast, R04_of_treadfi_waits_five_seconds_between_its_reads) {
    const Forecast all = told(accounts("treadfi", 2, "account = 'a'\n"));
    EXPECT_FALSE(all.is_provable); // without fronts
    EXPECT_EQ(all.last_leaves, Nanos{});
    EXPECT_EQ(all.clear, milliseconds(100 + 1'000 + 5'000 + 100));
}

TEST(Forecast, OfANarrowScopeWaitsForNobodyElse) {
    const Forecast one = told(accounts("bitopro", 2), "account:bitopro/b");
    EXPECT_EQ(one.leaves, (std::vector<Nanos>{Nanos{}, milliseconds(1'050)}));
    // spot's first read waits 50 ms more, for the answer to margin's second one
    EXPECT_EQ(one.clear, milliseconds(1'050 + 100 + 500 + 50 + 1'000 + 100));
}

// The second of two products of one ordered key leaves when the first has been answered.
TEST(Forecast, OfAnOrderedKeyWaitsForEachAnswer) {
    PlanBench bench(accounts("bitopro", 1));
    for (Limit& limit : bench.recipes[0].limits) limit.count = 100;
    for (Limit& limit : bench.recipes[0].limits) limit.reserve = 10;
    const Plan& plan = bench.compile();
    EXPECT_EQ(forecast(plan, scope(plan, "all")).leaves,
              (std::vector<Nanos>{Nanos{}, answer_quick}));
}

// Reads of a kill have 16 of the 20 places; five accounts need six each, so some wait a window.
TEST(Forecast, OfManyAccountsWaitsForTheLimitOfReads) {
    EXPECT_EQ(told(accounts("coinswitch", 2)).clear, milliseconds(4'600));
    EXPECT_GT(told(accounts("coinswitch", 5)).clear, seconds(60));
}

TEST(Forecast, OfWhatNothingReadsIsNeverClear) {
    PlanBench bench(accounts("coinswitch", 1, "confirm = 'none'\n"));
    bench.request("cancel_all").proven_by.clear();
    const Plan& plan = bench.compile();
    EXPECT_FALSE(forecast(plan, scope(plan, "all")).is_provable);
}

std::string oms(const std::string& fronts) {
    return "[venue.treadfi]\n" + account("treadfi/x", "account = 'x'\n" + fronts) +
           accounts("coinswitch", 2);
}

// What the exchange shows counts only after the OMS is clear: its parents made new children so far.
TEST(Forecast, R09_behind_an_oms_begins_when_the_oms_is_clear) {
    const Forecast alone = told(oms(""), "venue:coinswitch");
    EXPECT_EQ(alone.clear, milliseconds(4'600));
    const Forecast both = told(oms("fronts = ['coinswitch/a']\n"));
    EXPECT_TRUE(both.is_provable);
    EXPECT_EQ(both.clear, milliseconds(6'200 + 3'000 + 100)); // older windows: meanwhile
}

TEST(Forecast, R09_of_an_oms_needs_what_stands_behind_it) {
    EXPECT_FALSE(told(oms("")).is_provable);
    EXPECT_FALSE(told(oms("fronts = ['coinswitch/a']\n"), "account:treadfi/x").is_provable);
    EXPECT_TRUE(told(oms("fronts = ['coinswitch/a']\n"), "venue:coinswitch").is_provable);
}

// "Five CoinSwitch accounts leave no re-fires in the first minute: `check` says so."
TEST(Forecast, R04_five_coinswitch_accounts_leave_no_refires_in_the_first_minute) {
    EXPECT_EQ(refires(accounts("coinswitch", 5)), 0u);
    EXPECT_EQ(refires(accounts("coinswitch", 4)), 2u);
    EXPECT_EQ(refires(accounts("coinswitch", 2)), 6u);
    EXPECT_EQ(refires(accounts("coinswitch", 1)), 8u);
}

// "One account alone: 0, 2, 5, 10, 20, 35, 50": six re-fires, where the limit leaves eight.
TEST(Forecast, R04_one_coinswitch_account_alone_has_room_for_its_faster_pace) {
    PlanBench alone(accounts("coinswitch", 1)), two(accounts("coinswitch", 2));
    const Plan& plan = alone.compile();
    const auto& at = plan.shots[0].fire_pace.at;
    ASSERT_EQ(at.size(), 7u);
    EXPECT_EQ(at[1], seconds(2));
    EXPECT_EQ(at[6], seconds(50));
    EXPECT_LE(at.size() - 1, refires_left(plan, scope(plan, "all"), VenueId{0}));
    EXPECT_EQ(two.compile().shots[0].fire_pace.at[1], seconds(4));
    EXPECT_EQ(forecast(plan, scope(plan, "all")).clear, milliseconds(4'600)) << "as of two";
}

TEST(Forecast, R04_a_share_of_the_limit_is_not_alone) {
    PlanBench half("[venue.coinswitch]\nshare = '1/2'\n" + account("coinswitch/a"));
    EXPECT_EQ(half.compile().shots[0].fire_pace.at[1], seconds(4));
}

TEST(Forecast, R04_two_bitopro_accounts_leave_one_refire_each_1050_ms) {
    EXPECT_EQ(refires(accounts("bitopro", 2)), 54u); // from 4.20 s to 59.85 s
}

} // namespace
} // namespace ks
