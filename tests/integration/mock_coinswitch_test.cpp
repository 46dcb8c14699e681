// ks-mock as an honest CoinSwitch, asked over real TLS: signature, epoch, raised cancels, pages,
// limits.
#include "desk.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

constexpr std::string_view cancel_path = "/trade/api/v2/futures/cancel_all";
constexpr std::string_view open_path = "/trade/api/v2/futures/orders/open";
constexpr std::string_view exchange = R"({"exchange":"EXCHANGE_2"})";

TEST(MockCoinswitch, AcceptsTheKnownAnswerOfTheRfcKey) {
    const std::string key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    const Mock mock(
        {.play = clock_at(1'719'905'777'483), .accounts = "coinswitch main " + key + " - -\n"});
    mock.add_orders("venue=coinswitch&account=main&count=1");
    Client client(mock.target("coinswitch"));
    const std::string headers =
        "X-AUTH-APIKEY: " + key +
        "\r\nX-AUTH-EPOCH: 1719905777483\r\n"
        "X-AUTH-SIGNATURE: 792ebcbcc334c359a10eb5f5566110ddb0e7d76ff8e9db6b7992a3c0c6e4a3ce87a824a"
        "173f423e496f578e1e8148b6d88b5d1f0504f76ba585b630502518702\r\n";
    EXPECT_EQ(client.ask("POST /trade/api/v2/futures/cancel_all", headers, exchange).status, 200);
    EXPECT_EQ(client.ask("POST /trade/api/v2/futures/orders/open", headers, exchange).status, 401)
        << "the path is signed";
    EXPECT_EQ(mock.truth("coinswitch", "main", "/signature_failures"), 1u);
}

TEST(MockCoinswitch, RefusesAnEpochAMinuteOff) {
    const Mock mock;
    CoinswitchDesk venue(mock);
    const auto ask = [&](std::uint64_t epoch_ms) {
        const std::string path = "/trade/api/v2/validate/keys";
        return venue.client.ask("GET " + path,
                                coinswitch_headers(venue.key, "GET" + path, epoch_ms));
    };
    EXPECT_EQ(ask(unix_ms_now()).body, R"({"message":"Valid Access"})");
    EXPECT_EQ(ask(unix_ms_now() - 90'000).status, 401);
    EXPECT_EQ(ask(unix_ms_now() + 90'000).status, 401);
    EXPECT_EQ(mock.truth("coinswitch", "main", "/clock_failures"), 2u);
    EXPECT_EQ(venue.client.ask("GET /trade/api/v2/time").status, 200) << "public without headers";
}

TEST(MockCoinswitch, RaisesCancellationsAtOnceAndDropsTheOrdersLater) {
    const Mock mock({.play = "coinswitch * cancel_all: leave never times 1\n"});
    mock.add_orders("venue=coinswitch&account=main&count=1");
    CoinswitchDesk venue(mock);
    const Reply cancelled = venue.post(std::string(cancel_path), exchange);
    ASSERT_EQ(cancelled.status, 200);
    const std::string id = cancelled.body.substr(cancelled.body.find("[\"") + 2, 36);
    const Reply status = venue.get("/trade/api/v2/futures/order?order_id=" + id);
    EXPECT_EQ(count_of(status.body, id) + count_of(status.body, "CANCELLATION_RAISED"), 2u);
    EXPECT_EQ(count_of(venue.post(std::string(open_path), exchange).body, "CANCELLATION_RAISED"),
              1u);
    EXPECT_EQ(mock.truth("coinswitch", "main", "/products/futures/open_count"), 1u);
    EXPECT_EQ(venue.post(std::string(cancel_path), exchange).body, R"({"data":{"orders_ids":[]}})")
        << "a raised order is not raised again";

    mock.add_orders("venue=coinswitch&account=main&count=1");
    ASSERT_EQ(venue.post(std::string(cancel_path), exchange).status, 200);
    EXPECT_TRUE(mock.becomes("coinswitch", "main", "/products/futures/cancelled_count", 1));
    const Reply open = venue.post(std::string(open_path), exchange);
    EXPECT_EQ(count_of(open.body, "order_id"), 1u) << "only the order that never leaves";
    const std::vector<Mock::Line> log = mock.log();
    EXPECT_GE(log.back().mono_ns - log[log.size() - 2].mono_ns, 300'000'000u);
}

TEST(MockCoinswitch, PagesFiftyNewestFirstWithinSevenDays) {
    const Mock mock;
    mock.add_orders("venue=coinswitch&account=main&count=60");
    mock.add_orders("venue=coinswitch&account=main&count=1&symbol=OLDUSDT&age_ms=691200000");
    CoinswitchDesk venue(mock);
    const Reply first = venue.post(std::string(open_path), exchange);
    EXPECT_EQ(count_of(first.body, "order_id"), 50u);
    const auto cursor_at = first.body.find("\"cursor\":") + 9;
    const std::string cursor = first.body.substr(cursor_at, 13);
    const Reply second =
        venue.post(std::string(open_path), R"({"exchange":"EXCHANGE_2","to_time":)" + cursor + "}");
    EXPECT_EQ(count_of(second.body, "order_id"), 10u);
    EXPECT_EQ(count_of(second.body, R"("cursor":null)"), 1u);
    const std::string week_ago = std::to_string(unix_ms_now() - 7 * 86'400'000ull);
    const Reply old = venue.post(std::string(open_path),
                                 R"({"exchange":"EXCHANGE_2","to_time":)" + week_ago + "}");
    EXPECT_EQ(count_of(old.body, "OLDUSDT"), 1u) << "the order of eight days ago";
    EXPECT_EQ(venue.post(std::string(open_path), R"({"exchange":"EXCHANGE_2","limit":51})").status,
              422);
    EXPECT_EQ(venue.post(std::string(open_path), "{}").status, 422);
}

TEST(MockCoinswitch, AdmitsTenCancelsAndTwentyReadsInAMinute) {
    const Mock mock;
    CoinswitchDesk venue(mock);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(venue.post(std::string(cancel_path), exchange).status, 200) << i;
    EXPECT_EQ(venue.post(std::string(cancel_path), exchange).status, 429);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(venue.post(std::string(open_path), exchange).status, 200) << i;
    const Reply refused = venue.post(std::string(open_path), exchange);
    EXPECT_EQ(refused.status, 429);
    EXPECT_FALSE(refused.headers.contains("retry-after"));
    CoinswitchDesk other(mock, "hedge");
    EXPECT_EQ(other.post(std::string(open_path), exchange).status, 429) << "the address is one too";
    EXPECT_EQ(mock.truth("coinswitch", "main", "/limit_violations"), 2u);
}

}
}
