// A live fire of a real engine at a mock with an order book: the pair's cancel, and no other.
#include "engine.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

class LiveFire : public testing::Test {
protected:
    LiveFire() { mock.add_orders("venue=coinswitch&account=main&count=3"); }

    EngineOptions options() const {
        EngineOptions options;
        options.venues = {"coinswitch"};
        options.more["coinswitch"] = "settings.oldest_order_days = 7\n"; // one window, one read
        options.account["coinswitch/main"] = "live_fire = { symbol = \"XRPUSDT\" }\n";
        return options;
    }
    std::size_t cancels() const {
        std::size_t count = 0;
        for (const Mock::Line& line : mock.log()) count += line.request.starts_with("cancel");
        return count;
    }
    static bool becomes(EngineUnderTest& engine, ks_live_fire state) {
        const std::uint32_t& word = engine.status().account[0].live_fire;
        return eventually([&] { return __atomic_load_n(&word, __ATOMIC_RELAXED) == state; });
    }
    static bool says(const Ran& ran, const std::string& words) {
        return ran.text.find(words) != std::string::npos;
    }
    const Mock mock;
};

TEST_F(LiveFire, R18_cancels_an_empty_pair_for_real_and_no_other_order) {
    EngineUnderTest engine(mock, options());
    engine.start();
    ASSERT_TRUE(becomes(engine, KS_LIVE_FIRE_DONE)) << engine.ksctl("status").text << engine.log();
    EXPECT_EQ(cancels(), 1u);
    EXPECT_EQ(mock.truth("coinswitch", "main", "/products/futures/open_count"), 3u);
    EXPECT_EQ(mock.truth("coinswitch", "main", "/signature_failures"), 0u);
    const Ran status = engine.ksctl("status");
    EXPECT_TRUE(says(status, " s at 1/2, eyes ")) << status.text;
    EXPECT_EQ(engine.stop(), 0);
    const Ran journal = engine.ksctl("journal print");
    EXPECT_TRUE(says(journal, "LIVE FIRE of coinswitch/main: a real cancel-all left"));
    EXPECT_TRUE(says(journal, "LIVE FIRE of coinswitch/main: accepted\n")) << journal.text;
}

TEST_F(LiveFire, R18_is_refused_aloud_with_an_order_there) {
    mock.add_orders("venue=coinswitch&account=main&symbol=XRPUSDT&count=2");
    EngineUnderTest engine(mock, options());
    engine.start();
    ASSERT_TRUE(becomes(engine, KS_LIVE_FIRE_ORDER)) << engine.ksctl("status").text << engine.log();
    EXPECT_EQ(cancels(), 0u);
    EXPECT_TRUE(says(engine.ksctl("status"),
                     "live fire never, REFUSED since: 2 orders on its pair, nothing was sent"));
    EXPECT_TRUE(says(engine.ksctl("status --json"), "\"live_fire\":\"live fire never, REFUSED"));
    EXPECT_EQ(engine.stop(), 0);
    EXPECT_TRUE(says(engine.ksctl("journal print"),
                     "LIVE FIRE of coinswitch/main REFUSED: 2 orders on its pair; nothing was "
                     "sent\n"));
}

}
}
