// ks-mock as a play wants it: late orders, lies, errors, and every way in which an answer can be
// broken. Asked through Tread.fi's door mostly, whose requests need no signature.
#include "mock.hpp"

#include <filesystem>
#include <gtest/gtest.h>

namespace ks {
namespace {

// A mock with three open orders of one Tread.fi account, and a way to cancel and read them.
struct Stage {
    explicit Stage(const std::string& play) : mock({.play = play}) {
        mock.add_orders("venue=treadfi&account=main&count=3");
    }
    Client client() const { return Client(mock.target("treadfi")); }
    std::string token() const {
        return "Authorization: Token " + mock.word("treadfi.main", "key") + "\r\n";
    }
    Reply cancel(Client& client) const {
        return client.ask("POST /api/cancel_all_orders/", token());
    }
    Reply list(Client& client) const { return client.ask("GET /api/orders/", token()); }
    std::uint64_t open_count() const {
        return mock.truth("treadfi", "main", "/products/oms/open_count");
    }
    bool becomes_open(std::uint64_t count) const {
        return mock.becomes("treadfi", "main", "/products/oms/open_count", count);
    }
    Mock mock;
};

bool says_count(const Reply& reply, int count) {
    return reply.body.find("\"count\":" + std::to_string(count) + ",") != std::string::npos;
}

TEST(MockPlay, LetsAnOrderArriveAfterTheCancelAll) {
    const Stage stage(
        "treadfi main cancel_all: accept; then after 1h arrive 2 times 1\n"
        "treadfi main cancel_all: accept; then after 20ms arrive 1 oms ETH-USDT times 1\n");
    Client client = stage.client();
    EXPECT_EQ(stage.cancel(client).status, 200);
    EXPECT_TRUE(says_count(stage.list(client), 0)) << "on its way, not yet shown";
    EXPECT_EQ(stage.cancel(client).status, 200);
    EXPECT_TRUE(stage.becomes_open(1));
    EXPECT_TRUE(says_count(stage.list(client), 1));
    EXPECT_EQ(stage.cancel(client).status, 200);
    EXPECT_EQ(stage.open_count(), 0u);
}

TEST(MockPlay, KeepsAdminOrdersBackUntilTheNextAcceptedCancelAll) {
    const Stage stage("treadfi * cancel_all: status 503 times 1\n");
    stage.mock.add_orders("venue=treadfi&account=main&count=1&after=cancel_all&delay_ms=1");
    Client client = stage.client();
    EXPECT_EQ(stage.cancel(client).status, 503);
    EXPECT_EQ(stage.open_count(), 3u) << "a refused cancel releases nothing";
    EXPECT_EQ(stage.cancel(client).status, 200);
    EXPECT_TRUE(stage.becomes_open(1));
    EXPECT_EQ(stage.open_count(), 1u);
}

TEST(MockPlay, LiesAboutCancelsAndAboutLists) {
    const Stage stage("treadfi main cancel_all: lie\ntreadfi main open_orders: lie times 1\n");
    Client client = stage.client();
    EXPECT_NE(stage.cancel(client).body.find("\"cancelled\":3"), std::string::npos);
    EXPECT_EQ(stage.open_count(), 3u);
    EXPECT_TRUE(says_count(stage.list(client), 0)) << "the lying list";
    EXPECT_TRUE(says_count(stage.list(client), 3)) << "the honest one";
}

TEST(MockPlay, CountsSkippedAndBentRequests) {
    const Stage stage("treadfi * cancel_all: status 503; retry_after 5 skip 1 times 2\n");
    Client client = stage.client();
    EXPECT_EQ(stage.cancel(client).status, 200);
    const Reply refused = stage.cancel(client);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.at("retry-after"), "5");
    EXPECT_EQ(stage.cancel(client).status, 503);
    EXPECT_EQ(stage.cancel(client).status, 200);
}

TEST(MockPlay, CarriesOutOnlyWhatItAccepts) {
    const Stage stage("treadfi * cancel_all: status 500 times 1\n"
                      "treadfi * cancel_all: accept; status 500 times 1\n");
    Client client = stage.client();
    EXPECT_EQ(stage.cancel(client).status, 500);
    EXPECT_EQ(stage.open_count(), 3u);
    EXPECT_EQ(stage.cancel(client).status, 500);
    EXPECT_EQ(stage.open_count(), 0u);
}

TEST(MockPlay, HidesOldOrdersFromTheListButNotFromTheTruth) {
    const Stage stage("treadfi * open_orders: hide older_than 7d\n");
    stage.mock.add_orders("venue=treadfi&account=main&count=1&age_ms=691200000");
    Client client = stage.client();
    EXPECT_TRUE(says_count(stage.list(client), 3));
    EXPECT_EQ(stage.open_count(), 4u);
}

TEST(MockPlay, AnswersAnEmptyListOnAWrongPathWhenTold) {
    const Stage stage("treadfi * *: empty_wrong_path times 1\n");
    Client client = stage.client();
    const Reply wrong = client.ask("GET /api/wrong/", stage.token());
    EXPECT_EQ(wrong.status, 200);
    EXPECT_EQ(wrong.body, R"({"data":[]})");
    EXPECT_EQ(client.ask("GET /api/wrong/", stage.token()).status, 404);
}

TEST(MockPlay, ShapesTheAnswerWithoutChangingIt) {
    const Stage stage("treadfi * open_orders: chunked times 1\n"
                      "treadfi * open_orders: byte_by_byte times 1\n"
                      "treadfi * open_orders: gzip times 1\n"
                      "treadfi * open_orders: delay 30ms; connection_close times 1\n");
    Client client = stage.client();
    const Reply chunked = stage.list(client);
    EXPECT_TRUE(chunked.headers.contains("transfer-encoding"));
    EXPECT_TRUE(says_count(chunked, 3));
    EXPECT_TRUE(says_count(stage.list(client), 3));
    const Reply gzip = stage.list(client);
    EXPECT_EQ(gzip.headers.at("content-encoding"), "gzip");
    EXPECT_EQ(gzip.body.substr(0, 2), "\x1f\x8b");
    EXPECT_EQ(gzip.body.substr(15, chunked.body.size()), chunked.body) << "one stored block";
    const std::uint64_t before_ms = unix_ms_now();
    EXPECT_EQ(stage.list(client).headers.at("connection"), "close");
    EXPECT_GE(unix_ms_now() - before_ms, 29u);
    EXPECT_EQ(client.receive().raw, "");
    EXPECT_EQ(client.end(), End::close_notify);
}

TEST(MockPlay, BreaksAnswersInEveryWay) {
    const Stage stage("treadfi * open_orders: broken_json times 1\n"
                      "treadfi * open_orders: html 403 times 1\n"
                      "treadfi * open_orders: garbage; connection_close times 1\n"
                      "treadfi * open_orders: truncate times 1\n");
    Client client = stage.client();
    const Reply broken = stage.list(client);
    EXPECT_EQ(broken.status, 200);
    EXPECT_NE(broken.body.back(), '}');
    const Reply html = stage.list(client);
    EXPECT_EQ(html.status, 403);
    EXPECT_EQ(html.headers.at("content-type"), "text/html");
    const Reply garbage = stage.list(client);
    EXPECT_EQ(garbage.status, 0);
    EXPECT_NE(garbage.raw, "");
    Client second = stage.client();
    const Reply truncated = stage.list(second);
    EXPECT_EQ(truncated.status, 0);
    EXPECT_NE(truncated.raw, "");
    EXPECT_EQ(second.end(), End::cut);
}

TEST(MockPlay, EndsConnectionsInEveryWay) {
    const Stage stage("treadfi * cancel_all: accept; close times 1\n"
                      "treadfi * cancel_all: half_close times 1\n"
                      "treadfi * cancel_all: rst times 1\n"
                      "treadfi * cancel_all: silence\n");
    for (const End expected : {End::close_notify, End::cut, End::reset}) {
        Client client = stage.client();
        EXPECT_EQ(stage.cancel(client).raw, "");
        EXPECT_EQ(client.end(), expected);
    }
    EXPECT_EQ(stage.open_count(), 0u) << "accepted before it was closed";
    Client mute = stage.client();
    mute.send("POST /api/cancel_all_orders/ HTTP/1.1\r\nHost: app.tread.fi\r\n" + stage.token() +
              "\r\n");
    EXPECT_TRUE(stage.mock.becomes("treadfi", "main", "/requests", 4)) << "it has been served";
    EXPECT_EQ(stage.mock.log().back().status, 0);
    mute.send("GET /api/orders/ HTTP/1.1\r\nHost: app.tread.fi\r\n" + stage.token() + "\r\n");
    Client other = stage.client();
    EXPECT_TRUE(says_count(stage.list(other), 0));
    EXPECT_EQ(stage.mock.log().size(), 5u) << "the mute connection is served no more";
}

TEST(MockPlay, ClosesAnIdleConnection) {
    const Stage stage("treadfi * open_orders: idle_close 10ms\n");
    Client client = stage.client();
    EXPECT_EQ(stage.list(client).status, 200);
    EXPECT_EQ(client.receive().raw, "");
    EXPECT_EQ(client.end(), End::close_notify);
}

TEST(MockPlay, TakesEffectAtOnceWhenTheAdminSendsIt) {
    const Stage stage("treadfi * open_orders: status 503\n");
    Client client = stage.client();
    EXPECT_EQ(stage.list(client).status, 503);
    stage.mock.play("# honest again\n");
    EXPECT_EQ(stage.list(client).status, 200);
}

TEST(MockPlay, NamesFileLineAndRemedyOfAMistake) {
    const Mock mock;
    struct Case {
        const char* line;
        const char* sentence;
    };
    const Case cases[] = {
        {"bitopro main cancel_all", "expected 'venue account request: act; act'"},
        {"kraken * *: lie", "unknown venue 'kraken'"},
        {"* * cancel: lie", "unknown request 'cancel'; one of: * cancel_all"},
        {"* * *: sleep", "unknown verb 'sleep'; one of: accept lie"},
        {"* * *: delay soon", "'soon' is no duration such as 50ms"},
        {"* * *: delay", "expected a duration at the end"},
        {"* * *: status 99", "a status lies between 200 and 599"},
        {"* * *: tickets many", "'many' is no whole number"},
        {"* * *: after 5ms lie", "expected 'arrive' before 'lie'"},
        {"* * *: lie twice", "'twice' does not belong to 'lie'"},
        {"* * *: clock wrong 3s", "a clock is 'ahead' or 'behind'"},
        {"* * *: lie;", "expected a verb"},
    };
    for (const Case& each : cases) {
        const std::string answer = mock.admin("POST /play", std::string("# one\n") + each.line);
        EXPECT_EQ(answer.substr(0, 12), "400 play:2: ") << answer;
        EXPECT_NE(answer.find(each.sentence), std::string::npos) << answer;
    }
    Process process({KS_TOOLS_DIR "/ks-mock/ks-mock", "--dir", mock.dir(), "--demo-accounts",
                     "--play", KS_SOURCE_DIR "/tests/integration/CMakeLists.txt"});
    EXPECT_EQ(process.wait(), 2);
    EXPECT_NE(process.read_errors().find("CMakeLists.txt:3: "), std::string::npos);
}

TEST(MockPlay, ReadsEveryPlayThatShips) {
    const Mock mock;
    int plays_count = 0;
    for (const auto& file : std::filesystem::directory_iterator(KS_SOURCE_DIR "/tests/plays")) {
        SCOPED_TRACE(file.path());
        const Mock with({.more = {"--play", file.path()}});
        ++plays_count;
    }
    EXPECT_GE(plays_count, 8);
}

}
}
