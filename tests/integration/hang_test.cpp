// A disk whose flush never returns and a name server that never answers: neither may delay a kill.
#include "engine.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

// Beyond any kill that waited for something which hangs 30 s.
constexpr std::uint64_t sent_within_ns = 10'000'000'000;

std::uint64_t first_cancel_ns(const Mock& mock) {
    for (const Mock::Line& line : mock.log())
        if (line.request == "cancel_all") return line.mono_ns;
    return 0;
}

TEST(Hang, DelaysNoKillOfVenuesWhoseAddressIsKnown) {
#if defined(__SANITIZE_ADDRESS__)
    GTEST_SKIP() << "SKIPPED: the sanitizer's own library must be the first that is preloaded";
#endif
    const Mock mock;
    for (const char* alias : {"main", "hedge"})
        mock.add_orders(std::string("venue=treadfi&count=3&account=") + alias);
    EngineOptions options;
    const std::string named = "localhost:" + std::to_string(mock.target("coinswitch").port);
    options.host["coinswitch"] = named;
    options.preload = KS_HANG_PRELOAD;
    EngineUnderTest engine(mock, options);
    engine.start();
    const auto is_armed = [&] { return engine.armed_shots("treadfi/") == 2; };
    ASSERT_TRUE(eventually(is_armed)) << engine.ksctl("status").text << engine.log();
    engine.begin_to_hang();
    const std::uint64_t pulled_ns = ks_now_ns();
    const ks_ticket treadfi = engine.pull("venue:treadfi");
    const ks_ticket all = engine.pull("all");
    const ks_report report = engine.wait(treadfi, 25);
    EXPECT_EQ(report.outcome, KS_CLEAR) << engine.ksctl("status").text << engine.log();
    const std::uint64_t arrived_ns = first_cancel_ns(mock);
    EXPECT_GT(arrived_ns, pulled_ns);
    EXPECT_LT(arrived_ns - pulled_ns, sent_within_ns);
    EXPECT_EQ(mock.truth("treadfi", "main", "/products/oms/open_count"), 0u);
    EXPECT_EQ(mock.truth("treadfi", "hedge", "/products/oms/open_count"), 0u);
    EXPECT_EQ(mock.truth("treadfi", "main", "/signature_failures"), 0u);
    EXPECT_TRUE(engine.becomes(all, KS_NOT_SENT)) << "nobody knows where coinswitch lives";
}

}
}
