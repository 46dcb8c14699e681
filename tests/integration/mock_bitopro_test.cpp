// ks-mock as an honest BitoPro, asked over real TLS: signature, nonce, clock, limits, pairs,
// products.
#include "desk.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;

TEST(MockBitopro, AcceptsTheKnownAnswerOfTheSampleKey) {
    const Mock mock({.play = clock_at(1'719'905'777'483),
                     .accounts = "bitopro main sample bitopro support@bitoex.com\n"});
    mock.add_orders("venue=bitopro&account=main&product=margin&count=2");
    Client client(mock.target("bitopro"));
    const Reply reply = client.ask(
        "DELETE /v3/margin/orders/all",
        "X-BITOPRO-APIKEY: sample\r\n"
        "X-BITOPRO-PAYLOAD: eyJpZGVudGl0eSI6InN1cHBvcnRAYml0b2V4LmNvbSIsIm5vbmNlIjoxNzE5OTA1Nzc3N"
        "DgzfQ==\r\n"
        "X-BITOPRO-SIGNATURE: 730287e071cff954320f9197183ad373b0f6d4edab40189bc94b001c1bfcfd736e3a"
        "269da90e6e79095a9f9e6cc7f6f9\r\n");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, R"({"data":{"BTC_USDT":["9050564390","9050564391"]}})");
    EXPECT_EQ(mock.truth("bitopro", "main", "/products/margin/open_count"), 0u);
}

TEST(MockBitopro, RefusesEachWayOfBeingSignedWrong) {
    const Mock mock({.play = "bitopro * *: unlimited\n"});
    BitoproDesk venue(mock);
    BitoproKey wrong_secret = venue.key;
    wrong_secret.secret += "x";
    BitoproKey wrong_identity = venue.key;
    wrong_identity.identity = "someone@example.invalid";
    const auto ask = [&](const BitoproKey& key) {
        return venue.client.ask("GET /v3/orders/open", bitopro_headers(key, ++venue.nonce_ms));
    };
    EXPECT_EQ(ask(venue.key).status, 200);
    EXPECT_EQ(ask(wrong_secret).status, 401);
    EXPECT_EQ(ask(wrong_identity).status, 401);
    EXPECT_EQ(ask({"nobody", "x", "x"}).status, 401);
    EXPECT_EQ(venue.client.ask("GET /v3/orders/open").status, 401);
    EXPECT_EQ(mock.truth("bitopro", "main", "/signature_failures"), 2u);
    EXPECT_EQ(mock.traffic("bitopro", "unknown_key"), 2u);
}

TEST(MockBitopro, WantsEveryNonceAboveTheLastAndNearItsClock) {
    const Mock mock({.play = "bitopro * *: unlimited\n"});
    BitoproDesk venue(mock);
    const std::uint64_t now_ms = unix_ms_now();
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms).status, 200);
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms).status, 409);
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms - 1).status, 409);
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms + 1).status, 200);
    EXPECT_EQ(mock.truth("bitopro", "main", "/nonce_failures"), 2u);
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms + 120'000).status, 409);
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms - 120'000).status, 409);
    EXPECT_EQ(mock.truth("bitopro", "main", "/clock_failures"), 2u);
    EXPECT_EQ(venue.ask("GET /v3/orders/open", now_ms + 2).status, 200) << "a refusal raised it";
}

// Hammers until a second cancel is admitted; the log then shows what the window did to each
// arrival.
TEST(MockBitopro, AdmitsOneCancelInAnyWindowOfASecondForSpotAndMarginTogether) {
    const Mock mock;
    BitoproDesk venue(mock);
    int admitted_count = 0;
    std::string retry_after;
    for (bool is_spot = false; admitted_count < 2; is_spot = !is_spot) {
        const Reply reply =
            venue.ask(is_spot ? "DELETE /v3/orders/all" : "DELETE /v3/margin/orders/BTC_USDT");
        admitted_count += reply.status == 200;
        if (reply.status == 429) retry_after = reply.headers.at("retry-after");
    }
    EXPECT_EQ(retry_after, "1");
    const std::vector<Mock::Line> log = mock.log();
    ASSERT_GT(log.size(), 2u);
    EXPECT_EQ(log.front().status, 200);
    EXPECT_EQ(log.back().status, 200);
    EXPECT_GE(log.back().mono_ns - log.front().mono_ns, ns_per_s);
    for (std::size_t i = 1; i + 1 < log.size(); ++i) {
        EXPECT_EQ(log[i].status, 429);
        EXPECT_LT(log[i].mono_ns - log.front().mono_ns, ns_per_s);
    }
    EXPECT_EQ(mock.truth("bitopro", "main", "/limit_violations"), log.size() - 2);
    EXPECT_EQ(mock.truth("bitopro", "main", "/answered_429"), log.size() - 2);
}

TEST(MockBitopro, CancelsOnlyTheProductAndPairAskedFor) {
    const Mock mock({.play = "bitopro * *: unlimited\n"});
    for (const char* symbol : {"BTC_USDT", "ETH_USDT"})
        for (const char* product : {"spot", "margin"})
            mock.add_orders(std::string("venue=bitopro&account=main&count=1&product=") + product +
                            "&symbol=" + symbol);
    mock.add_orders("venue=bitopro&account=hedge&count=1");
    BitoproDesk venue(mock);
    EXPECT_EQ(count_of(venue.ask("GET /v3/margin/orders/open").body, "\"id\""), 2u);
    EXPECT_EQ(count_of(venue.ask("GET /v3/orders/open?pair=ETH_USDT").body, "\"id\""), 1u);
    EXPECT_EQ(venue.ask("DELETE /v3/orders/eth_usdt").body,
              R"({"data":{"ETH_USDT":["9050564392"]}})");
    EXPECT_EQ(mock.truth("bitopro", "main", "/products/spot/open_count"), 1u);
    EXPECT_EQ(venue.ask("DELETE /v3/margin/orders/all").status, 200);
    EXPECT_EQ(mock.truth("bitopro", "main", "/products/margin/open_count"), 0u);
    EXPECT_EQ(mock.truth("bitopro", "main", "/products/spot/open_count"), 1u);
    EXPECT_EQ(mock.truth("bitopro", "hedge", "/products/margin/open_count"), 1u);
    EXPECT_EQ(venue.ask("DELETE /v3/margin/orders/all").body, R"({"data":{}})");
    EXPECT_EQ(venue.ask("GET /v3/margin/orders/orders/open").status, 404);
}

}
}
