// ks-mock as an honest Tread.fi, asked over real TLS: tokens, accounts, statuses, pages.
#include "desk.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

TEST(MockTreadfi, CancelsEveryAccountOfTheTokenOrThoseNamed) {
    const std::string token = "b72ab3bcbce4423208a07f52b5aed207d5bd053e";
    const Mock mock({.accounts = "treadfi main " + token + " - binance\n" + "treadfi hedge " +
                                 token + " - okx # the same user\n"});
    mock.add_orders("venue=treadfi&account=main&count=2");
    mock.add_orders("venue=treadfi&account=hedge&count=3");
    Client client(mock.target("treadfi"));
    const std::string headers = "Authorization: Token " + token + "\r\n";
    EXPECT_EQ(client.ask("POST /api/cancel_all_orders/", "Authorization: Token x\r\n").status, 401);
    EXPECT_EQ(client.ask("POST /api/cancel_all_orders/", "Authorization: Bearer " + token + "\r\n")
                  .status,
              401);
    EXPECT_EQ(
        client.ask("POST /api/cancel_all_orders/", headers, R"({"account_names":["none"]})").status,
        400);
    EXPECT_EQ(
        client.ask("POST /api/cancel_all_orders/", headers, R"({"account_names":["okx"]})").status,
        200);
    EXPECT_EQ(mock.truth("treadfi", "main", "/products/oms/open_count"), 2u);
    EXPECT_EQ(mock.truth("treadfi", "hedge", "/products/oms/open_count"), 0u);
    EXPECT_EQ(client.ask("POST /api/cancel_all_orders/", headers).status, 200);
    EXPECT_EQ(mock.truth("treadfi", "main", "/products/oms/open_count"), 0u);
}

TEST(MockTreadfi, ListsByStatusAndPageAndCancelsOne) {
    const Mock mock;
    mock.add_orders("venue=treadfi&account=main&count=3");
    mock.add_orders("venue=treadfi&account=main&count=1&status=SCHEDULED");
    TreadfiDesk venue(mock);
    const Reply active = venue.ask("GET /api/orders/?statuses=ACTIVE%2CPAUSED&page=1&page_size=2");
    EXPECT_EQ(count_of(active.body, R"("count":3)"), 1u);
    EXPECT_EQ(count_of(active.body, R"("id")"), 2u);
    EXPECT_EQ(count_of(active.body, R"("next":"https://app.tread.fi/api/orders/?)"), 1u);
    const Reply last = venue.ask("GET /api/orders/?statuses=ACTIVE,PAUSED&page=2&page_size=2");
    EXPECT_EQ(count_of(last.body, R"("next":null)"), 1u);
    EXPECT_EQ(count_of(venue.ask("GET /api/active_orders/").body, R"("count":4)"), 1u);
    const std::string id = last.body.substr(last.body.find(R"("id":")") + 6, 36);
    EXPECT_EQ(venue.ask("DELETE /api/order/" + id).status, 200);
    EXPECT_EQ(venue.ask("DELETE /api/order/" + id).status, 404);
    EXPECT_EQ(mock.truth("treadfi", "main", "/products/oms/open_count"), 3u);
    EXPECT_EQ(venue.client.ask("GET /robots.txt").status, 200) << "public";
    EXPECT_EQ(venue.ask("GET /api/orders").status, 404) << "the slash is part of the path";
}

}
}
