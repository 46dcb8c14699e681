// The status text: what an operator sees without any tool but cat.
#include "cold/status_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace ks {
namespace {

constexpr Moment now{{100'000'000'000}, 1'700'000'000'000'000'000};

void put_name(char (&place)[KS_NAME_BYTES], std::string_view name) {
    std::ranges::copy(name, place);
}

std::unique_ptr<ks_status_page> make_page() {
    auto page = std::make_unique<ks_status_page>();
    put_name(page->engine, "main");
    page->ready = 2;
    page->pid = 42;
    page->engine_beat_ns = 99'999'000'000;
    page->scopes_count = 1;
    put_name(page->scope[0].name, "all");
    page->scope[0].in_config = 1;
    page->scope[0].kill_outcome = u64{3} << 32 | KS_WORKING;
    page->scope[0].pulled_ns = 98'000'000'000;
    page->scope[0].accounts_count = 2;
    page->scope[0].accounts_clear = 1;
    page->accounts_count = 1;
    put_name(page->account[0].name, "bitopro/main");
    page->account[0].outcome = KS_UNKNOWN;
    page->account[0].orders_open = UINT32_MAX;
    return page;
}

TEST(StatusText, SaysWhatIsKilledAndWhatIsNotKnown) {
    const std::string text = status_text(*make_page(), now, "");
    EXPECT_TRUE(text.starts_with("killswitch main  2023-11-14 22:13:20.000000 UTC  READY\n"));
    EXPECT_NE(text.find("WORKING   kill 3, pulled 2.000 s ago, 1 of 2 accounts clear"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("UNKNOWN   open orders: never read"), std::string::npos) << text;
}

TEST(StatusText, CallsAThreadSilentWhenItsBeatIsOld) {
    const auto page = make_page();
    page->signer_beat_ns = static_cast<u64>((now.monotonic - beat_age_max).ns);
    const std::string text = status_text(*page, now, "");
    EXPECT_NE(text.find("engine     alive   (0.001 s ago)"), std::string::npos) << text;
    EXPECT_NE(text.find("signer     SILENT  (2.000 s ago)"), std::string::npos) << text;
    EXPECT_NE(text.find("connector  SILENT  (never)"), std::string::npos) << text;
}

TEST(StatusText, CallsALineStaleThatItsWriterNeverFinished) {
    const auto page = make_page();
    page->scope[0].sequence = 1;
    const std::string text = status_text(*page, now, "");
    EXPECT_NE(text.find("stale: its writer stopped half-way"), std::string::npos) << text;
}

TEST(StatusText, PutsAnAlarmOnTheSecondLine) {
    EXPECT_NE(status_text(*make_page(), now, "disk is gone").find("\nALARM disk is gone\n"),
              std::string::npos);
}

TEST(StatusText, StaysWithinThePageWhateverItsCountsSay) {
    const auto page = make_page();
    page->scopes_count = page->accounts_count = UINT32_MAX;
    EXPECT_GT(status_text(*page, now, "").size(), 0u);
}

} // namespace
} // namespace ks
