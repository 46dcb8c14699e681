// The connector against real TLS servers on loopback, with a clock that only the tests move: lanes
// come up, come back after a fall, and are replaced before they break.
#include <netinet/tcp.h>

#include <set>

#include "support/connector_fixture.hpp"

namespace ks {
namespace {

using testing::Authority;
using testing::ConnectorTest;
using testing::TlsServer;

TEST_F(ConnectorTest, BringsEveryLaneOfEveryVenueUpUnderALifeOfItsOwn) {
    const TlsServer first(authority_.issue());
    const TlsServer second(authority_.issue());
    VenueDial one = venue_at(first.port(), 0);
    one.lanes_count = 6; // more than are dialled at a time
    VenueDial other = venue_at(second.port(), 1);
    other.lanes_count = 2;
    open({one, other});
    std::set<u16> slots;
    std::set<u32> lives;
    for (u32 i = 0; i < 8; ++i) {
        const LaneRef lane = next_up();
        slots.insert(lane.slot);
        lives.insert(lane.life);
    }
    EXPECT_EQ(slots, (std::set<u16>{0, 1, 2, 3, 4, 5, 8, 9}));
    EXPECT_EQ(lives.size(), 8u);
    EXPECT_FALSE(lives.contains(0)) << "lives start at 1";
    for (const Suite suite : suites_) EXPECT_NE(suite, Suite::none);
    EXPECT_FALSE(is_dialling());
    EXPECT_EQ(failure(), "");
}

TEST_F(ConnectorTest, HandsOverSocketsThatSendAtOnce) {
    const TlsServer server(authority_.issue());
    open({venue_at(server.port())});
    const int fd = fds_.at(next_up().life).get();
    int is_on = 0;
    socklen_t bytes = sizeof is_on;
    ASSERT_EQ(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &is_on, &bytes), 0);
    EXPECT_EQ(is_on, 1);
    EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

TEST_F(ConnectorTest, DialsAFallenLaneAgainWithinFiftyMilliseconds) {
    const TlsServer server(authority_.issue());
    open({venue_at(server.port())});
    const LaneRef first = next_up();
    now_ = now_ + seconds(20);
    give_back(first);
    EXPECT_FALSE(is_dialling()) << "never at once: at least half of retry_min";
    now_ = now_ + milliseconds(24);
    EXPECT_FALSE(is_dialling());
    now_ = now_ + milliseconds(26);
    const LaneRef second = next_up();
    EXPECT_EQ(second.slot, first.slot);
    EXPECT_GT(second.life, first.life);
}

TEST_F(ConnectorTest, ClosesTheFdThatComesBack) {
    std::atomic<u32> ended_count{0};
    const TlsServer server(authority_.issue(), {.serve = [&](SSL* ssl) {
                               testing::serve_ok(ssl);
                               ++ended_count;
                           }});
    open({venue_at(server.port())});
    give_back(next_up());
    step_until([&] { return ended_count == 1; });
}

TEST_F(ConnectorTest, BacksOffTwiceAsLongAfterEachFailureUpToItsLimit) {
    const Authority stranger("stranger");
    const TlsServer server(stranger.issue());
    VenueDial dial = venue_at(server.port());
    dial.retry_min = milliseconds(50);
    dial.retry_max = milliseconds(350);
    open({dial});
    const auto have_failed = [&](u32 count) {
        return server.accepted_count() == count && connector_->waits().empty();
    };
    u32 dials_count = 1;
    step_until([&] { return have_failed(dials_count); });
    for (const i64 span_ms : {50, 100, 200, 350, 350, 350}) {
        now_ = now_ + milliseconds(span_ms / 2 - 1);
        EXPECT_FALSE(is_dialling()) << "sooner than half of " << span_ms << " ms";
        now_ = now_ + milliseconds(span_ms - span_ms / 2 + 1);
        ++dials_count;
        step_until([&] { return have_failed(dials_count); });
    }
}

TEST_F(ConnectorTest, BacksOffFromAVenueThatAcceptsAndHangsUp) {
    const TlsServer server(authority_.issue());
    open({venue_at(server.port())});
    for (const i64 span_ms : {50, 100, 200, 400}) {
        give_back(next_up());
        EXPECT_FALSE(is_dialling());
        now_ = now_ + milliseconds(span_ms / 2 - 1);
        EXPECT_FALSE(is_dialling()) << "sooner than half of " << span_ms << " ms";
        now_ = now_ + milliseconds(span_ms);
    }
}

TEST_F(ConnectorTest, ForgetsItsFailuresOnceALaneWasStable) {
    const TlsServer server(authority_.issue());
    open({venue_at(server.port())});
    for (u32 i = 0; i < 6; ++i) {
        give_back(next_up());
        connector_->step(now_);
        now_ = now_ + seconds(5);
    }
    const LaneRef stable = next_up();
    now_ = now_ + seconds(10);
    give_back(stable);
    EXPECT_FALSE(is_dialling());
    now_ = now_ + milliseconds(50);
    next_up();
}

TEST_F(ConnectorTest, ReplacesAnAgedLaneBeforeItBreaks) {
    const TlsServer server(authority_.issue());
    VenueDial dial = venue_at(server.port());
    dial.lane_age_max = seconds(50);
    open({dial});
    const LaneRef old = next_up();
    now_ = now_ + seconds(50) - nanoseconds(1);
    EXPECT_FALSE(is_dialling());
    now_ = now_ + nanoseconds(1);
    const LaneRef young = next_up(); // while the old one is still out
    EXPECT_EQ(young.slot, old.slot);
    EXPECT_NE(young.life % 2, old.life % 2) << "the net's other place";

    now_ = now_ + seconds(60);
    EXPECT_FALSE(is_dialling()) << "no place for a third life";
    give_back(old, DownWhy::retired);
    const LaneRef third = next_up();
    EXPECT_NE(third.life % 2, young.life % 2);
}

TEST_F(ConnectorTest, GivesASuccessorTheFreeParityWhenTheYoungerLifeFallsFirst) {
    const TlsServer server(authority_.issue());
    open({venue_at(server.port())});
    const LaneRef old = next_up();
    now_ = now_ + seconds(50);
    const LaneRef young = next_up();
    give_back(young);
    connector_->step(now_);
    now_ = now_ + seconds(1);
    const LaneRef successor = next_up(); // the old one is not back yet
    EXPECT_NE(successor.life % 2, old.life % 2);
    EXPECT_GT(successor.life, young.life);
}

TEST_F(ConnectorTest, RotatesOneLaneOfAVenueAfterTheOther) {
    const TlsServer server(authority_.issue());
    VenueDial dial = venue_at(server.port());
    dial.lanes_count = 4;
    dial.lane_age_max = seconds(80);
    open({dial});
    for (u32 i = 0; i < 4; ++i) next_up();
    const Instant begin = now_;
    for (const i64 age_s : {50, 60, 70, 80}) {
        now_ = begin + seconds(age_s) - nanoseconds(1);
        EXPECT_FALSE(is_dialling()) << age_s;
        now_ = begin + seconds(age_s);
        next_up();
        EXPECT_FALSE(is_dialling()) << age_s;
    }
}

TEST_F(ConnectorTest, KeepsAWarmConnectionWhileTheHotThreadHasNoRoom) {
    std::atomic<u32> served_count{0};
    const TlsServer server(authority_.issue(), {.serve = [&](SSL* ssl) {
                               ++served_count;
                               testing::serve_ok(ssl);
                           }});
    u32 fillers_count = 0;
    while (LaneUp* const filler = mail_->lanes_up.reserve()) {
        filler->fd = -1;
        mail_->lanes_up.publish();
        ++fillers_count;
    }
    open({venue_at(server.port())});
    step_until([&] { return served_count == 1; });
    for (u32 i = 0; i < 100; ++i) connector_->step(now_);
    EXPECT_TRUE(is_dialling()) << "it is kept";
    for (; fillers_count > 0; --fillers_count) {
        ASSERT_NE(mail_->lanes_up.front(), nullptr);
        mail_->lanes_up.release();
    }
    EXPECT_EQ(next_up().slot, 0);
    EXPECT_EQ(served_count, 1u) << "and not dialled again";
}

TEST_F(ConnectorTest, MeasuresTheClockOfTheVenue) {
    constexpr i64 ahead_s = 3'600;
    const TlsServer server(authority_.issue(), {.serve = [](SSL* ssl) {
                               while (!testing::read_request(ssl).empty()) {
                                   const std::string answer =
                                       "HTTP/1.1 204 No Content\r\nDate: " +
                                       testing::http_date(std::time(nullptr) + ahead_s) +
                                       "\r\n\r\n";
                                   SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
                               }
                           }});
    open({venue_at(server.port(), 5)});
    next_up();
    const i64 offset_ms = clocks_[5].offset_ms.load();
    const i64 error_ms = clocks_[5].error_ms.load();
    EXPECT_GE(ahead_s * 1'000, offset_ms - error_ms);
    EXPECT_LE(ahead_s * 1'000, offset_ms + error_ms);
    EXPECT_EQ(clocks_[5].measured_ns.load(), now_.ns);
    EXPECT_EQ(clocks_[0].measured_ns.load(), 0) << "no other venue's";
}

TEST_F(ConnectorTest, BeatsAtEachStep) {
    open({});
    connector_->step(now_);
    EXPECT_EQ(beat_ns_, static_cast<u64>(now_.ns));
}

TEST_F(ConnectorTest, RunsInAThreadUntilAskedToStop) {
    const TlsServer server(authority_.issue());
    open({venue_at(server.port())});
    std::jthread thread([&](std::stop_token stop) { connector_->run(std::move(stop)); });
    while (!mail_->lanes_up.front()) std::this_thread::yield();
    thread.request_stop();
    thread.join();
    EXPECT_GT(beat_ns_, 0u);
}

TEST_F(ConnectorTest, RefusesAVenueWithoutAUsableCaFileOrAddress) {
    VenueDial no_ca = venue_at(1);
    no_ca.ca_file = "/nonexistent/ca.pem";
    const auto first = Connector::open({no_ca}, *mail_, clocks_, nullptr);
    ASSERT_FALSE(first);
    EXPECT_TRUE(first.error().sentence.starts_with("venue0: ca_file /nonexistent/ca.pem: "));
    VenueDial bad_address = venue_at(1);
    bad_address.address = "localhost";
    const auto second = Connector::open({bad_address}, *mail_, clocks_, nullptr);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().sentence,
              "venue0: address 'localhost' is not a numeric IPv4 or IPv6 address");
}

} // namespace
} // namespace ks
