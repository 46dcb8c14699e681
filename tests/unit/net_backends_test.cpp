// One behaviour, two nets: every promise of the Net concept, held by UringNet and by SocketNet over
// real TCP connections on loopback.
#include <poll.h>

#include <vector>

#include "net/socket_net.hpp"
#include "net/uring_net.hpp"
#include "support/tcp_pair.hpp"

namespace ks {
namespace {

using testing::bytes_of;
using testing::connect_pair;
using testing::data_segments_sent;
using testing::nothing_to_read;
using testing::read_some;
using testing::reset;
using testing::TcpPair;
using testing::text_of;
using testing::write_all;

constexpr u32 few_buffers_count = 2;
constexpr u32 small_buffer_bytes = 512;

template<class N> std::unique_ptr<N> open_net();
template<> std::unique_ptr<UringNet> open_net<UringNet>() {
    // Few and small buffers, so that each longer answer runs out of them.
    Result<std::unique_ptr<UringNet>> net = UringNet::open(
        {.entries = 256, .buffers_count = few_buffers_count, .buffer_bytes = small_buffer_bytes});
    return net ? *std::move(net) : nullptr;
}
template<> std::unique_ptr<SocketNet> open_net<SocketNet>() {
    Result<std::unique_ptr<SocketNet>> net = SocketNet::open();
    return net ? *std::move(net) : nullptr;
}

// What was seen of one lane, copied out of the events.
struct Seen {
    LaneRef lane;
    What what = What::none;
    i32 result = 0;
    int fd = -1;
    std::string text;
};

template<class N> class Backend : public ::testing::Test {
protected:
    void SetUp() override {
        net_ = open_net<N>();
        if (!net_) GTEST_SKIP() << "SKIPPED: the kernel refuses io_uring here";
    }
    // Asks until something happens: loopback moves bytes in its own time, and the time limit of
    // the test ends a wait for what never comes.
    Seen next() {
        NetEvent event;
        while (!net_->poll(event)) {
        }
        return {event.lane, event.what, event.result, event.fd, text_of(event.bytes)};
    }
    // Adopts our end of a new connection and returns the peer's.
    Fd adopt(LaneRef lane) {
        TcpPair pair = connect_pair();
        EXPECT_TRUE(net_->adopt(lane, pair.ours.get()));
        ours_ = pair.ours.release();
        return std::move(pair.peer);
    }
    void send_and_expect(LaneRef lane, const Fd& peer, std::string_view text) {
        ASSERT_TRUE(net_->queue(lane, bytes_of(text)));
        net_->submit();
        const Seen sent = next();
        EXPECT_EQ(sent.what, What::sent);
        EXPECT_EQ(sent.lane, lane);
        EXPECT_EQ(sent.result, static_cast<i32>(text.size()));
        EXPECT_EQ(read_some(peer), text);
    }
    void expect_closed(LaneRef lane, i32 result) {
        const Seen closed = next();
        EXPECT_EQ(closed.what, What::closed);
        EXPECT_EQ(closed.lane, lane);
        EXPECT_EQ(closed.result, result);
        EXPECT_EQ(fcntl(closed.fd, F_GETFD) & ~FD_CLOEXEC, 0) << "the fd is open, and ours again";
        close(closed.fd);
    }
    std::unique_ptr<N> net_;
    int ours_ = -1; // the fd adopted last; the net's, only to be looked at
};
using Backends = ::testing::Types<UringNet, SocketNet>;
TYPED_TEST_SUITE(Backend, Backends);

constexpr LaneRef lane{.slot = 3, .life = 7};

TYPED_TEST(Backend, SendsWhatIsQueuedAndReportsHowMuchTheKernelTook) {
    const Fd peer = this->adopt(lane);
    this->send_and_expect(lane, peer, "DELETE /orders/all");
}

TYPED_TEST(Backend, ShowsTheBytesThatArrive) {
    const Fd peer = this->adopt(lane);
    write_all(peer, "HTTP/1.1 200 OK");
    const Seen got = this->next();
    EXPECT_EQ(got.what, What::got);
    EXPECT_EQ(got.lane, lane);
    EXPECT_EQ(got.text, "HTTP/1.1 200 OK");
}

TYPED_TEST(Backend, LetsNothingLeaveBeforeSubmit) {
    const Fd peer = this->adopt(lane);
    ASSERT_TRUE(this->net_->queue(lane, bytes_of("too early")));
    EXPECT_TRUE(nothing_to_read(peer));
    this->net_->submit();
    EXPECT_EQ(this->next().what, What::sent);
    EXPECT_EQ(read_some(peer), "too early");
}

TYPED_TEST(Backend, RefusesASecondSendOnALaneUntilTheFirstIsReported) {
    const Fd peer = this->adopt(lane);
    ASSERT_TRUE(this->net_->queue(lane, bytes_of("first")));
    EXPECT_FALSE(this->net_->queue(lane, bytes_of("second")));
    this->net_->submit();
    EXPECT_FALSE(this->net_->queue(lane, bytes_of("second")));
    EXPECT_EQ(this->next().what, What::sent);
    EXPECT_EQ(read_some(peer), "first");
    this->send_and_expect(lane, peer, "second");
}

TYPED_TEST(Backend, SendsManyLanesInTheOrderInWhichTheyWereQueued) {
    constexpr u16 lanes_count = 64;
    std::vector<Fd> peers;
    std::vector<std::string> texts;
    for (u16 slot = 0; slot < lanes_count; ++slot) {
        peers.push_back(this->adopt({.slot = slot, .life = 1}));
        texts.push_back("shot " + std::to_string(slot));
    }
    for (u16 i = 0; i < lanes_count; ++i) {
        const u16 slot = static_cast<u16>(lanes_count - 1 - i);
        ASSERT_TRUE(this->net_->queue({.slot = slot, .life = 1}, bytes_of(texts[slot])));
    }
    this->net_->submit();
    for (u16 i = 0; i < lanes_count; ++i) {
        const Seen sent = this->next();
        EXPECT_EQ(sent.what, What::sent);
        EXPECT_EQ(sent.lane.slot, lanes_count - 1 - i);
    }
    for (u16 slot = 0; slot < lanes_count; ++slot) EXPECT_EQ(read_some(peers[slot]), texts[slot]);
}

TYPED_TEST(Backend, LosesNoByteOfAnAnswerLongerThanItsBuffers) {
    const Fd peer = this->adopt(lane);
    std::string answer;
    for (u32 i = 0; answer.size() < 20'000; ++i) answer += std::to_string(i) + ",";
    write_all(peer, answer);
    std::string seen;
    while (seen.size() < answer.size()) {
        const Seen got = this->next();
        ASSERT_EQ(got.what, What::got);
        seen += got.text;
    }
    EXPECT_EQ(seen, answer);
    this->send_and_expect(lane, peer, "and the lane still works");
}

TYPED_TEST(Backend, ReportsAnOrderlyEndOnlyAfterTheLastBytes) {
    Fd peer = this->adopt(lane);
    write_all(peer, "last words");
    peer = Fd();
    EXPECT_EQ(this->next().text, "last words");
    this->expect_closed(lane, 0);
}

TYPED_TEST(Backend, ReportsAReset) {
    Fd peer = this->adopt(lane);
    reset(peer);
    this->expect_closed(lane, -ECONNRESET);
}

TYPED_TEST(Backend, ReportsTheSendBeforeTheEndThatCameEarlier) {
    Fd peer = this->adopt(lane);
    peer = Fd();
    pollfd end{.fd = this->ours_, .events = POLLRDHUP, .revents = 0};
    ASSERT_EQ(poll(&end, 1, -1), 1);
    ASSERT_TRUE(this->net_->queue(lane, bytes_of("into the void")));
    this->net_->submit();
    EXPECT_EQ(this->next().what, What::sent);
    this->expect_closed(lane, 0);
    EXPECT_FALSE(this->net_->queue(lane, bytes_of("gone")));
}

TYPED_TEST(Backend, DropsALaneSoThatThePeerSeesItsEndAndTheFdComesBack) {
    const Fd peer = this->adopt(lane);
    write_all(peer, "an answer nobody waits for");
    this->net_->drop(lane);
    EXPECT_FALSE(this->net_->queue(lane, bytes_of("x")));
    this->expect_closed(lane, 0);
    EXPECT_EQ(read_some(peer), "") << "end of stream";
}

TYPED_TEST(Backend, SendsWhatWasSubmittedBeforeADrop) {
    const Fd peer = this->adopt(lane);
    ASSERT_TRUE(this->net_->queue(lane, bytes_of("close_notify")));
    this->net_->submit();
    this->net_->drop(lane);
    const Seen sent = this->next();
    EXPECT_EQ(sent.what, What::sent);
    EXPECT_EQ(sent.result, 12);
    this->expect_closed(lane, 0);
    EXPECT_EQ(read_some(peer), "close_notify");
}

TYPED_TEST(Backend, ReportsAFullSocketAsAShortOrRefusedSend) {
    const Fd peer = this->adopt(lane);
    const int small_bytes = 4096;
    ASSERT_EQ(setsockopt(this->ours_, SOL_SOCKET, SO_SNDBUF, &small_bytes, sizeof small_bytes), 0);
    const std::string record(64 * 1024, 'x');
    i32 result;
    do { // the peer reads nothing, so its window ends
        ASSERT_TRUE(this->net_->queue(lane, bytes_of(record)));
        this->net_->submit();
        result = this->next().result;
    } while (result == static_cast<i32>(record.size()));
    EXPECT_TRUE(result == -EAGAIN || (result > 0 && result < static_cast<i32>(record.size())))
        << result;
}

TYPED_TEST(Backend, HoldsTwoLivesOfASlotApart) {
    constexpr LaneRef older{.slot = 5, .life = 10};
    constexpr LaneRef newer{.slot = 5, .life = 11};
    const Fd older_peer = this->adopt(older);
    const Fd newer_peer = this->adopt(newer);
    this->send_and_expect(older, older_peer, "older");
    this->send_and_expect(newer, newer_peer, "newer");
    this->net_->drop(older);
    this->expect_closed(older, 0);
    this->send_and_expect(newer, newer_peer, "newer again");
}

TYPED_TEST(Backend, RefusesALifeWhosePlaceIsTakenAndLeavesItsFdToTheCaller) {
    const Fd peer = this->adopt(lane);
    TcpPair pair = connect_pair();
    EXPECT_FALSE(this->net_->adopt({.slot = lane.slot, .life = lane.life + 2}, pair.ours.get()));
    EXPECT_FALSE(this->net_->adopt({.slot = net_slots_max, .life = 1}, pair.ours.get()));
    EXPECT_FALSE(this->net_->adopt({.slot = 0, .life = 1}, -1));
    EXPECT_GE(fcntl(pair.ours.get(), F_GETFD), 0);
    this->send_and_expect(lane, peer, "unharmed");
}

TYPED_TEST(Backend, ShowsASuccessorNothingOfItsPredecessor) {
    const Fd old_peer = this->adopt(lane);
    write_all(old_peer, "for the dead");
    ASSERT_TRUE(this->net_->queue(lane, bytes_of("old")));
    this->net_->submit();
    this->net_->drop(lane);
    EXPECT_EQ(this->next().what, What::sent);
    this->expect_closed(lane, 0);

    constexpr LaneRef successor{.slot = lane.slot, .life = lane.life + 2};
    const Fd new_peer = this->adopt(successor);
    EXPECT_FALSE(this->net_->queue(lane, bytes_of("by a dead life")));
    this->net_->drop(lane);
    write_all(new_peer, "for the living");
    const Seen got = this->next();
    EXPECT_EQ(got.lane, successor);
    EXPECT_EQ(got.text, "for the living");
}

TYPED_TEST(Backend, TouchesALaneWithoutASegment) {
    const Fd peer = this->adopt(lane);
    this->send_and_expect(lane, peer, "one segment");
    const u32 before = data_segments_sent(this->ours_);
    for (u32 i = 0; i < 10; ++i) this->net_->touch(lane);
    EXPECT_EQ(data_segments_sent(this->ours_), before);
    EXPECT_TRUE(nothing_to_read(peer));
    this->net_->touch({.slot = 90, .life = 1}); // no such lane: nothing happens
}

TYPED_TEST(Backend, IsQuietWhenNothingHappens) {
    const Fd peer = this->adopt(lane);
    NetEvent event;
    for (u32 i = 0; i < 1'000; ++i) EXPECT_FALSE(this->net_->poll(event));
}

TYPED_TEST(Backend, ClosesWhatItStillHoldsWhenItGoes) {
    const Fd peer = this->adopt(lane);
    this->net_.reset();
    EXPECT_EQ(read_some(peer), "") << "end of stream";
}

} // namespace
} // namespace ks
