// The private pair behind keep-warm: a lane like any other, whose far end swallows everything.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "base/units.hpp"
#include "net/loopback_pair.hpp"

namespace ks {
namespace {

TEST(LoopbackPair, SwallowsWhatIsSentSoThatTheNearEndNeverFills) {
    Result<LoopbackPair> pair = LoopbackPair::open();
    ASSERT_TRUE(pair) << pair.error().sentence;
    const Fd near_end(pair->take_near());
    const std::string request(1'448, 'x');
    // 40 MB: far more than any socket buffer holds.
    for (u32 i = 0; i < 30'000; ++i) {
        ASSERT_EQ(send(near_end.get(), request.data(), request.size(), MSG_DONTWAIT),
                  static_cast<ssize_t>(request.size()));
        pair->drain();
    }
}

TEST(LoopbackPair, GivesItsNearEndAwayOnce) {
    Result<LoopbackPair> pair = LoopbackPair::open();
    ASSERT_TRUE(pair) << pair.error().sentence;
    const Fd near_end(pair->take_near());
    EXPECT_TRUE(near_end.is_open());
    EXPECT_EQ(pair->take_near(), -1);
}

TEST(LoopbackPair, DrainsAnEmptyPairWithoutWaiting) {
    Result<LoopbackPair> pair = LoopbackPair::open();
    ASSERT_TRUE(pair) << pair.error().sentence;
    pair->drain();
}

} // namespace
} // namespace ks
