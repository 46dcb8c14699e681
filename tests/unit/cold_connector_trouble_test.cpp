// The connector in trouble: venues that refuse, stay mute or hang up, and resolvers that fail or
// hang. Each is named in a sentence, and holds up nothing but itself.
#include <condition_variable>
#include <set>

#include "support/connector_fixture.hpp"

namespace ks {
namespace {

using testing::Authority;
using testing::ConnectorTest;
using testing::Identity;
using testing::TlsServer;

TEST_F(ConnectorTest, NamesARefusedConnection) {
    u16 port;
    {
        const TlsServer server(authority_.issue());
        port = server.port();
    }
    open({venue_at(port)});
    EXPECT_EQ(fail_once(), "venue0: 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_F(ConnectorTest, NamesAHandshakeThatIsNeverAnswered) {
    const TlsServer server(authority_.issue(), {.is_mute = true});
    open({venue_at(server.port())});
    step_until([&] { return server.accepted_count() == 1; });
    connector_->step(now_); // TCP is up: the handshake's own time begins
    now_ = now_ + seconds(5);
    EXPECT_EQ(fail_once(), "venue0: 127.0.0.1:" + std::to_string(server.port()) +
                               ": no answer within 5 s: waited for the TLS handshake");
}

TEST_F(ConnectorTest, NamesAWarmUpThatIsNeverAnswered) {
    std::atomic<bool> is_asked = false;
    const TlsServer server(authority_.issue(), {.serve = [&](SSL* ssl) {
                               testing::read_request(ssl);
                               is_asked = true;
                               testing::read_request(ssl); // until the peer gives up
                           }});
    open({venue_at(server.port())});
    step_until([&] { return is_asked.load(); });
    now_ = now_ + seconds(5);
    EXPECT_EQ(fail_once(), "venue0: 127.0.0.1:" + std::to_string(server.port()) +
                               ": no answer within 5 s: waited for the answer to the warm-up "
                               "request");
}

TEST_F(ConnectorTest, ForgetsTheFailureSentenceAfterASuccess) {
    const Identity good = authority_.issue();
    std::atomic<u32> served_count{0};
    const TlsServer server(good, {.serve = [&](SSL* ssl) {
                               if (served_count++ > 0) testing::serve_ok(ssl);
                           }});
    open({venue_at(server.port())});
    EXPECT_NE(fail_once(), "");
    now_ = now_ + milliseconds(50);
    next_up();
    EXPECT_EQ(failure(), "");
}

TEST_F(ConnectorTest, LetsAMuteVenueDelayNoOther) {
    const TlsServer mute(authority_.issue(), {.is_mute = true});
    const TlsServer good(authority_.issue());
    open({venue_at(mute.port(), 0), venue_at(good.port(), 1)});
    EXPECT_EQ(next_up().slot, 8);
}

// A resolver whose look-ups hang when told to, until the test is over.
struct Resolvers {
    std::mutex lock;
    std::condition_variable changed;
    bool is_over = false;
    std::set<std::string> hanging;
    u32 hung_count = 0;

    static Result<Addresses> look_up(const std::shared_ptr<Resolvers>& all, const std::string& host,
                                     u16 port) {
        std::unique_lock held(all->lock);
        if (all->hanging.contains(host)) {
            ++all->hung_count;
            all->changed.wait(held, [&] { return all->is_over; });
        }
        return Addresses{*parse_address("127.0.0.1", port)};
    }
};

class HangingResolver : public ConnectorTest {
protected:
    ~HangingResolver() override {
        const std::lock_guard held(all_->lock);
        all_->is_over = true;
        all_->changed.notify_all();
    }
    void hang(const std::string& host) {
        const std::lock_guard held(all_->lock);
        all_->hanging.insert(host);
    }
    u32 hung_count() {
        const std::lock_guard held(all_->lock);
        return all_->hung_count;
    }
    Resolve resolve() {
        return [all = all_](const std::string& host, u16 port) {
            return Resolvers::look_up(all, host, port);
        };
    }
    VenueDial venue_by_name(u16 port, u16 index = 0) {
        VenueDial dial = venue_at(port, index);
        dial.address.clear();
        return dial;
    }
    const std::shared_ptr<Resolvers> all_ = std::make_shared<Resolvers>();
};

TEST_F(HangingResolver, DelaysNoOtherVenueAndSaysSo) {
    const TlsServer server(authority_.issue());
    VenueDial hanging = venue_by_name(server.port(), 0);
    hanging.host = "hangs.test";
    hang("hangs.test");
    open({hanging, venue_by_name(server.port(), 1)}, resolve());
    EXPECT_EQ(next_up().slot, 8);
    now_ = now_ + seconds(3);
    connector_->step(now_);
    EXPECT_EQ(failure(0),
              "venue0: resolve: DNS has not answered for 3 s; give `address`, or repair "
              "the resolver");
}

TEST_F(HangingResolver, LeavesTheLastGoodAddressToReconnectTo) {
    const TlsServer server(authority_.issue());
    open({venue_by_name(server.port())}, resolve());
    const LaneRef first = next_up();
    hang("venue.test");
    now_ = now_ + seconds(31); // so that the next step asks again
    give_back(first);
    step_until([&] { return hung_count() == 1; });
    now_ = now_ + milliseconds(50);
    EXPECT_EQ(next_up().slot, first.slot);
    EXPECT_EQ(hung_count(), 1u) << "never a second look-up beside one that hangs";
}

TEST_F(ConnectorTest, NamesAHostThatDoesNotResolveAndAsksAgain) {
    const TlsServer server(authority_.issue());
    VenueDial dial = venue_at(server.port());
    dial.address.clear();
    std::atomic<u32> asked_count{0};
    open({dial}, [&](const std::string& host, u16 port) -> Result<Addresses> {
        if (asked_count++ == 0) return Error{"resolve " + host + ": Name or service not known"};
        return Addresses{*parse_address("127.0.0.1", port)};
    });
    EXPECT_EQ(fail_once(), "venue0: resolve venue.test: Name or service not known");
    now_ = now_ + seconds(1);
    EXPECT_EQ(next_up().slot, 0);
}

TEST_F(ConnectorTest, TriesTheOtherAddressesOfAHost) {
    const TlsServer server(authority_.issue());
    VenueDial dial = venue_at(server.port());
    dial.address.clear();
    open({dial}, [](const std::string&, u16 port) -> Result<Addresses> {
        return Addresses{*parse_address("127.0.0.2", 1), *parse_address("127.0.0.1", port)};
    });
    EXPECT_EQ(fail_once(), "venue0: 127.0.0.2:1: Connection refused");
    now_ = now_ + milliseconds(50);
    EXPECT_EQ(next_up().slot, 0);
}

} // namespace
} // namespace ks
