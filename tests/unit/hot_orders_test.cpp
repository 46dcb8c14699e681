#include "hot/orders.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ks {
namespace {

class OrdersTest : public testing::Test {
protected:
    std::vector<OrderId> ids(int first, int count) {
        std::vector<OrderId> all;
        for (int i = 0; i < count; ++i)
            all.push_back(order_id("order-" + std::to_string(first + i)));
        return all;
    }
    // One whole round that shows these orders.
    void round(int first, int count, bool is_settled = true) {
        orders->seen(shot, ids(first, count));
        orders->round_ended(shot, is_settled);
    }

    std::unique_ptr<Orders> orders = std::make_unique<Orders>();
    const ShotId shot{3};
};

TEST_F(OrdersTest, R01_orders_that_keep_appearing_were_sent_after_the_halt) {
    round(0, 3); // open before, or in flight: nothing is claimed of the first settled round
    round(3, 2);
    EXPECT_EQ(orders->arriving(shot), 0u) << "one round may be what was in flight";
    round(5, 5);
    EXPECT_EQ(orders->arriving(shot), 7u);
}

TEST_F(OrdersTest, R01_an_order_that_will_not_die_is_none_that_arrives) {
    for (int i = 0; i < 10; ++i) round(0, 4);
    EXPECT_EQ(orders->arriving(shot), 0u);
}

TEST_F(OrdersTest, R11_what_is_gone_without_having_been_named_was_perhaps_filled) {
    round(0, 5, false);
    orders->named(shot, ids(0, 2));
    round(4, 1);
    EXPECT_EQ(orders->vanished(shot), 2u) << "2 and 3; 0 and 1 were named, 4 is open";
    round(0, 0);
    EXPECT_EQ(orders->vanished(shot), 3u);
    round(0, 0);
    EXPECT_EQ(orders->vanished(shot), 3u) << "counted once";
}

TEST_F(OrdersTest, R11_a_round_that_was_cut_short_lets_nothing_vanish) {
    round(0, 5, false);
    orders->seen(shot, ids(0, 1));
    orders->round_failed(shot);
    round(0, 5);
    EXPECT_EQ(orders->vanished(shot), 0u);
}

TEST_F(OrdersTest, ClaimsNothingOfOrdersBeyondItsMemory) {
    round(0, Orders::remembered_max + 50);
    round(1'000, 20);
    round(2'000, 20);
    EXPECT_EQ(orders->arriving(shot), 0u);
    orders->begin(shot);
    round(0, 1);
    EXPECT_EQ(orders->vanished(shot), 0u) << "a new kill begins with nothing known";
}

} // namespace
} // namespace ks
