// ks-mock's own doors: the admin's, malformed bytes at a venue's, and the ways in which a run ends.
#include "desk.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace ks {
namespace {

TEST(MockAdmin, LogsEveryRequestInTheOrderOfArrival) {
    const Mock mock;
    BitoproDesk bitopro(mock, "hedge");
    TreadfiDesk treadfi(mock);
    bitopro.ask("DELETE /v3/orders/all");
    treadfi.ask("GET /api/accounts/");
    bitopro.ask("GET /v3/wrong");
    const std::vector<Mock::Line> log = mock.log();
    ASSERT_EQ(log.size(), 3u);
    EXPECT_EQ(log[0].account + ' ' + log[0].request, "hedge cancel_all");
    EXPECT_EQ(log[1].venue + ' ' + log[1].request, "treadfi account");
    EXPECT_EQ(log[2].request + ' ' + std::to_string(log[2].status), "unknown 404");
    EXPECT_LT(log[0].mono_ns, log[1].mono_ns);
    EXPECT_EQ(mock.admin("POST /reset"), "all books, counts and rules are empty\n");
    EXPECT_EQ(mock.log().size(), 0u);
}

TEST(MockAdmin, RefusesWhatItDoesNotUnderstand) {
    const Mock mock;
    EXPECT_EQ(mock.admin("POST /orders?venue=bitopro&account=nobody").substr(0, 3), "400");
    EXPECT_EQ(mock.admin("POST /orders?venue=bitopro&account=main&count=many").substr(0, 3), "400");
    EXPECT_EQ(mock.admin("GET /nothing").substr(0, 3), "404");
    Client client(mock.target("bitopro"));
    client.send("NONSENSE\r\n\r\n");
    EXPECT_EQ(client.receive().status, 400);
    EXPECT_EQ(mock.traffic("bitopro", "malformed"), 1u);
    Client elsewhere(mock.target("bitopro"));
    elsewhere.send("GET /v3/provisioning/trading-pairs HTTP/1.1\r\nHost: example.invalid\r\n\r\n");
    EXPECT_EQ(elsewhere.receive().status, 421);
}

TEST(MockProcess, EndsOnSigtermAndWhenItsInputEnds) {
    Mock by_signal;
    by_signal.process().signal(SIGTERM);
    EXPECT_EQ(by_signal.process().wait(), 0);
    Mock by_input;
    by_input.process().close_input();
    EXPECT_EQ(by_input.process().wait(), 0);
    Mock by_time({.more = {"--max-seconds", "1"}});
    EXPECT_EQ(by_time.process().wait(), 0);
}

}
}
