// ConnectorTest: a connector, its mail and a clock that only the test moves, beside TLS servers on
// loopback; the sockets are real, so that what is tested is what runs.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "cold/connector.hpp"
#include "support/dialled.hpp"

namespace ks::testing {

class ConnectorTest : public ::testing::Test {
protected:
    ConnectorTest()
        : ca_file_(::testing::TempDir() + "ks_connector_ca_" + std::to_string(getpid()) + ".pem") {
        testing::write_pem(ca_file_, authority_.certificate());
    }
    ~ConnectorTest() override {
        drain();
        std::filesystem::remove(ca_file_);
    }

    VenueDial venue_at(u16 port, u16 index = 0) {
        VenueDial dial;
        dial.venue.index = index;
        dial.name = "venue" + std::to_string(index);
        dial.host = "venue.test";
        dial.port = port;
        dial.address = "127.0.0.1";
        dial.ca_file = ca_file_;
        dial.warm_up = "GET /ping HTTP/1.1\r\nHost: venue.test\r\n\r\n";
        dial.lane_first = static_cast<u16>(index * 8);
        dial.lanes_count = 1;
        return dial;
    }
    void open(std::vector<VenueDial> dials, Resolve resolve = resolve_by_dns) {
        Result<std::unique_ptr<Connector>> opened =
            Connector::open(std::move(dials), *mail_, clocks_, &beat_ns_, std::move(resolve));
        ASSERT_TRUE(opened) << opened.error().sentence;
        connector_ = *std::move(opened);
    }
    // Steps at the present instant until it holds; the sockets decide when, not a clock. A test
    // whose condition never comes is ended by its time limit.
    template<class Condition> void step_until(Condition is_done) {
        for (connector_->step(now_); !is_done(); connector_->step(now_)) {
            std::vector<pollfd> sockets = connector_->waits();
            poll(sockets.data(), sockets.size(), 1);
        }
    }
    // The next lane that comes up, without its keys. Its fd is closed when the test ends.
    LaneRef next_up() {
        LaneUp* up = nullptr;
        step_until([&] { return (up = mail_->lanes_up.front()) != nullptr; });
        const LaneRef lane = up->lane;
        fds_[lane.life] = Fd(up->fd);
        suites_.push_back(up->handover.suite);
        mail_->lanes_up.release();
        return lane;
    }
    void give_back(LaneRef lane, DownWhy why = DownWhy::closed_by_peer) {
        ASSERT_TRUE(
            mail_->lanes_down.push({.lane = lane, .fd = fds_[lane.life].release(), .why = why}));
    }
    bool is_dialling() {
        connector_->step(now_);
        return !connector_->waits().empty();
    }
    void drain() {
        while (const LaneUp* const up = mail_->lanes_up.front()) {
            const Fd closed(up->fd);
            mail_->lanes_up.release();
        }
    }
    std::string failure(u16 index = 0) { return connector_->last_failure(VenueId{index}); }
    std::string fail_once() {
        step_until([&] { return !failure().empty() && connector_->waits().empty(); });
        return failure();
    }

    const Authority authority_{"throw-away CA"};
    const std::string ca_file_;
    const std::unique_ptr<Mail> mail_ = std::make_unique<Mail>();
    VenueClocks clocks_;
    u64 beat_ns_ = 0;
    Instant now_{seconds(1'000).ns};
    std::map<u32, Fd> fds_; // by life
    std::vector<Suite> suites_;
    std::unique_ptr<Connector> connector_;
};

} // namespace ks::testing
