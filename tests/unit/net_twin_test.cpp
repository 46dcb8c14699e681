// TwinNet: a second CPU sends part of a large salvo; every request leaves exactly once, whatever
// the second one does or does not do.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "net/twin_net.hpp"
#include "support/tcp_pair.hpp"

namespace ks {
namespace {

using testing::bytes_of;
using testing::connect_pair;
using testing::nothing_to_read;
using testing::read_some;
using testing::TcpPair;

constexpr u16 lanes_count = 64;

class Twin : public ::testing::Test {
protected:
    void SetUp() override {
        Result<std::unique_ptr<UringNet>> uring = UringNet::open();
        if (!uring) GTEST_SKIP() << "SKIPPED: the kernel refuses io_uring here";
        Result<std::unique_ptr<Sender>> opened = Sender::open({});
        ASSERT_TRUE(opened) << opened.error().sentence;
        second_ = *std::move(opened);
        net_ = std::make_unique<TwinNet>(*std::move(uring), *second_);
        for (u16 slot = 0; slot < lanes_count; ++slot) {
            TcpPair pair = connect_pair();
            ASSERT_TRUE(net_->adopt(lane(slot), pair.ours.release()));
            peers_.push_back(std::move(pair.peer));
        }
    }
    static LaneRef lane(u16 slot) { return {.slot = slot, .life = 1}; }
    void queue(u16 count) {
        for (u16 slot = 0; slot < count; ++slot) {
            texts_[slot] = "shot " + std::to_string(slot) + " of salvo " + std::to_string(salvo_);
            ASSERT_TRUE(net_->queue(lane(slot), bytes_of(texts_[slot])));
        }
        ++salvo_;
    }
    // Each lane's send was reported once and whole, and its peer has just these bytes.
    void expect_sent(u16 count) {
        std::vector<int> reports(lanes_count, 0);
        NetEvent event;
        for (u16 seen = 0; seen < count;) {
            if (!net_->poll(event)) continue;
            ASSERT_EQ(event.what, What::sent);
            EXPECT_EQ(event.result, static_cast<i32>(texts_[event.lane.slot].size()));
            ++reports[event.lane.slot];
            ++seen;
        }
        EXPECT_EQ(std::count(reports.begin(), reports.end(), 1), count);
        for (u16 slot = 0; slot < count; ++slot) EXPECT_EQ(read_some(peers_[slot]), texts_[slot]);
        EXPECT_FALSE(net_->poll(event));
    }
    std::unique_ptr<Sender> second_; // outlives the net
    std::unique_ptr<TwinNet> net_;
    std::vector<Fd> peers_;
    std::array<std::string, lanes_count> texts_;
    u32 salvo_ = 0;
};

TEST_F(Twin, SendsASmallSalvoAlone) {
    queue(TwinNet::own_first);
    EXPECT_TRUE(second_->is_idle());
    net_->submit();
    EXPECT_FALSE(second_->turn()) << "nothing was offered";
    expect_sent(TwinNet::own_first);
}

TEST_F(Twin, SendsEverythingItselfWhenTheSecondHangs) {
    queue(lanes_count);
    EXPECT_FALSE(second_->is_idle());
    net_->submit();
    for (const Fd& peer : peers_) EXPECT_FALSE(nothing_to_read(peer)) << "left within submit()";
    EXPECT_FALSE(second_->turn()) << "all was taken back";
    expect_sent(lanes_count);
}

TEST_F(Twin, LeavesToTheSecondWhatItHasSentAlready) {
    queue(lanes_count);
    u32 sent_count = 0;
    while (second_->turn()) ++sent_count;
    EXPECT_EQ(sent_count, (lanes_count - TwinNet::own_first) / 2u);
    net_->submit();
    expect_sent(lanes_count);
}

TEST_F(Twin, RefusesALaneThatIsStillLent) {
    queue(8);
    EXPECT_FALSE(net_->queue(lane(5), bytes_of("again")));
    EXPECT_FALSE(net_->queue(lane(7), bytes_of("again")));
    ASSERT_TRUE(second_->turn());
    net_->submit();
    expect_sent(8);
}

TEST_F(Twin, ReportsTheEndOfALaneOnlyAfterTheSendOfTheSecond) {
    queue(8);
    ASSERT_TRUE(second_->turn()); // lane 5
    net_->submit();
    net_->drop(lane(5));
    NetEvent event;
    bool is_sent = false;
    for (;;) {
        if (!net_->poll(event) || event.lane.slot != 5) continue;
        if (event.what == What::closed) break;
        is_sent |= event.what == What::sent;
    }
    EXPECT_TRUE(is_sent);
    close(event.fd);
    EXPECT_EQ(read_some(peers_[5]), texts_[5]);
}

TEST_F(Twin, ReportsWhatTheKernelRefusedTheSecond) {
    net_->drop(lane(5)); // shut down, but its receive has not ended yet for us
    for (u16 slot = 0; slot < 5; ++slot) ASSERT_TRUE(net_->queue(lane(slot), bytes_of("x")));
    EXPECT_FALSE(net_->queue(lane(5), bytes_of("gone"))) << "refused before it is offered";
    EXPECT_TRUE(second_->is_idle());
}

TEST(SenderOffers, AreTakenBackNewestFirstUntilOneWasBegun) {
    Result<std::unique_ptr<Sender>> opened = Sender::open({});
    ASSERT_TRUE(opened);
    Sender& sender = **opened;
    for (u16 slot = 0; slot < 3; ++slot)
        ASSERT_TRUE(sender.offer({{.slot = slot, .life = 1}, -1, bytes_of("x"), 0}));
    ASSERT_TRUE(sender.turn());
    Sender::Offer offer;
    ASSERT_TRUE(sender.take_back(offer));
    EXPECT_EQ(offer.lane.slot, 2);
    ASSERT_TRUE(sender.take_back(offer));
    EXPECT_EQ(offer.lane.slot, 1);
    EXPECT_FALSE(sender.take_back(offer)) << "the first was begun";
    ASSERT_TRUE(sender.collect(offer));
    EXPECT_EQ(offer.lane.slot, 0);
    EXPECT_EQ(offer.result, -EBADF);
    EXPECT_TRUE(sender.is_idle());
    EXPECT_FALSE(sender.turn());
}

TEST(SenderOffers, HaveALimit) {
    Result<std::unique_ptr<Sender>> opened = Sender::open({});
    ASSERT_TRUE(opened);
    for (u32 i = 0; i < Sender::offers_max; ++i)
        ASSERT_TRUE((*opened)->offer({{}, -1, bytes_of("x"), 0}));
    EXPECT_FALSE((*opened)->offer({{}, -1, bytes_of("x"), 0}));
}

// Both CPUs at once, the boundary moving as the machine likes: each request exactly once.
TEST_F(Twin, SendsEachRequestOnceWhileBothTakeFromTheSameSalvo) {
    std::jthread sends([this](std::stop_token stop) {
        while (!stop.stop_requested()) second_->turn();
    });
    for (u32 salvo = 0; salvo < 500; ++salvo) {
        queue(static_cast<u16>(1 + salvo * 7 % lanes_count));
        net_->submit();
        expect_sent(static_cast<u16>(1 + salvo * 7 % lanes_count));
        if (HasFatalFailure()) return;
    }
}

} // namespace
} // namespace ks
