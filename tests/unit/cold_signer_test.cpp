#include "cold/signer.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "cold/nonce_file.hpp"
#include "temp_dir.hpp"

using namespace ks;

namespace {

constexpr UnixMs noon{1'719'905'777'000};
constexpr Instant start{.ns = 5'000'000'000};

// "nonce=N time=T secret-length" is enough to see what was signed, and when.
Program text_program() {
    Program program;
    const auto step = [&](Op op) { EXPECT_TRUE(program.steps.push({op, 0, 0, 0})); };
    step(Op::open);
    step(Op::time_ms);
    EXPECT_TRUE(program.literals.push(' '));
    EXPECT_TRUE(program.steps.push({Op::literal, 0, 0, 1}));
    step(Op::nonce);
    return program;
}

// A plan of one venue and one key, with as many requests as asked for; request i is job i.
class Desk {
public:
    Desk(size_t requests, bool is_ordered, Nanos age_max) {
        EXPECT_TRUE(plan_->keys.push({is_ordered}));
        for (size_t i = 0; i < requests; ++i) {
            RequestPlan request;
            request.venue = VenueId{0};
            request.key = KeyId{0};
            request.age_max = age_max;
            EXPECT_TRUE(plan_->requests.push(request));
        }
        restart();
    }

    // A new signer over the same run directory, as after a crash.
    void restart() {
        SignerSetup setup;
        setup.credentials.emplace_back();
        for (u16 i = 0; i < plan_->requests.size(); ++i)
            setup.jobs.push_back({RequestId{i}, KeyId{0}, 0, "", program});
        setup.key_names = {"bitopro/main"};
        setup.nonce_file = directory_.path() / "nonces";
        auto opened = Signer::open(std::move(setup), *plan_, *mail_, *clocks_, &beat_ns_);
        ASSERT_TRUE(opened) << opened.error().sentence;
        signer_ = *std::move(opened);
    }

    Program program = text_program(); // of every job, from the next restart on
    void step(Nanos after, UnixMs wall = noon) { signer_->step(start + after, wall); }
    void order(u16 request, SignWhy why) {
        EXPECT_TRUE(mail_->sign_orders.push({RequestId{request}, why}));
    }

    // Takes what has been delivered: (request, nonce) in the order of delivery.
    std::vector<std::pair<u16, u64>> take() {
        std::vector<std::pair<u16, u64>> taken;
        while (const SignedRequest* place = mail_->signed_requests.front()) {
            taken.push_back({place->request.index, place->nonce});
            text_[place->request.index] = {reinterpret_cast<const char*>(place->text.data()),
                                           place->text_bytes};
            stale_at_ = place->stale_at;
            mail_->signed_requests.release();
        }
        return taken;
    }
    size_t delivered() { return take().size(); }
    std::string text(u16 request) { return text_[request]; }
    std::vector<std::string> troubles() const { return signer_->troubles(); }
    Instant stale_at() const { return stale_at_; }
    u64 beat_ns() const { return beat_ns_; }
    VenueClocks& clocks() { return *clocks_; }
    Mail& mail() { return *mail_; }

private:
    TempDir directory_;
    std::unique_ptr<Plan> plan_ = std::make_unique<Plan>();
    std::unique_ptr<Mail> mail_ = std::make_unique<Mail>();
    std::unique_ptr<VenueClocks> clocks_ = std::make_unique<VenueClocks>();
    std::unique_ptr<Signer> signer_;
    std::map<u16, std::string> text_;
    Instant stale_at_;
    u64 beat_ns_ = 0;
};

} // namespace

TEST(Signer, SignsEachRequestAtOnceAndAgainAfterAQuarterOfItsLife) {
    Desk desk(3, false, seconds(20));
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 3u);
    EXPECT_EQ(desk.stale_at(), start + seconds(20));
    desk.step(seconds(5) - nanoseconds(1));
    EXPECT_EQ(desk.delivered(), 0u);
    desk.step(seconds(5));
    EXPECT_EQ(desk.delivered(), 3u);
    desk.step(seconds(5));
    EXPECT_EQ(desk.delivered(), 0u);
}

TEST(Signer, SignsWhatNeverGoesStaleOnlyOnce) {
    Desk desk(2, false, Nanos{});
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 2u);
    EXPECT_EQ(desk.stale_at(), far_future);
    desk.step(seconds(1'000'000));
    EXPECT_EQ(desk.delivered(), 0u);
}

TEST(Signer, RenewsOnlyTheOrderedRequestOfAnUnorderedKey) {
    Desk desk(3, false, seconds(20));
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 3u);
    desk.order(1, SignWhy::spent);
    desk.step(milliseconds(1));
    EXPECT_EQ(desk.take(), (std::vector<std::pair<u16, u64>>{{1, 0}}));
}

TEST(Signer, GivesAnOrderedKeyRisingNoncesInTheOrderOfItsJobs) {
    Desk desk(3, true, seconds(20));
    desk.step(Nanos{});
    const auto floor = static_cast<u64>(noon.ms);
    EXPECT_EQ(desk.take(),
              (std::vector<std::pair<u16, u64>>{{2, floor + 2}, {1, floor + 1}, {0, floor}}));
    EXPECT_EQ(desk.text(1), "1719905777000 1719905777001");
}

TEST(Signer, RenewsTheWholeRoundOfAnOrderedKey) {
    Desk desk(3, true, seconds(20));
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 3u);
    desk.order(0, SignWhy::spent);
    desk.order(2, SignWhy::spent);
    desk.step(milliseconds(1)); // the wall clock has not moved: the nonces rise all the same
    const auto floor = static_cast<u64>(noon.ms);
    EXPECT_EQ(desk.take(),
              (std::vector<std::pair<u16, u64>>{{2, floor + 5}, {1, floor + 4}, {0, floor + 3}}));
}

TEST(Signer, NeverFallsBackBelowANonceItHasUsed) {
    Desk desk(2, true, seconds(20));
    u64 last = 0;
    for (i64 round = 0; round < 50; ++round) {
        // A wall clock that jumps both ways, and a signer that is killed in between.
        desk.step(seconds(round * 5), UnixMs{noon.ms + (round % 7) * 1'000 - (round % 3) * 9'000});
        const auto taken = desk.take();
        ASSERT_EQ(taken.size(), 2u);
        EXPECT_GT(taken[1].second, last);
        EXPECT_GT(taken[0].second, taken[1].second);
        last = taken[0].second;
        if (round % 4 == 0) desk.restart();
    }
}

// The nonce file was written when this machine's clock stood an hour before the venue's.
TEST(Signer, R07_never_runs_more_than_a_minute_before_the_venues_clock) {
    Desk desk(2, true, seconds(20));
    desk.step(Nanos{}, UnixMs{noon.ms + 3'600'000});
    EXPECT_EQ(desk.delivered(), 2u);
    desk.step(seconds(5), noon); // the clock was set back: the round waits, and says so
    EXPECT_EQ(desk.delivered(), 0u);
    ASSERT_EQ(desk.troubles().size(), 1u);
    EXPECT_TRUE(desk.troubles()[0].starts_with(
        "NOT SIGNED: the last nonce of key bitopro/main is more than 60 s before the venue's "
        "clock, which has been set back or was wrong then; it is signed again when the clock has "
        "come there: mend the clock, or make a new key at the venue and move "))
        << desk.troubles()[0];
    const i64 last = noon.ms + 3'600'001;
    desk.step(seconds(6), UnixMs{last - 59'999}); // two more would be 60,001 ms before it
    EXPECT_EQ(desk.delivered(), 0u);
    desk.step(seconds(7), UnixMs{last - 59'998});
    EXPECT_EQ(desk.take(), (std::vector<std::pair<u16, u64>>{{1, static_cast<u64>(last + 2)},
                                                             {0, static_cast<u64>(last + 1)}}));
    EXPECT_TRUE(desk.troubles().empty());
}

TEST(Signer, R07_measures_the_minute_by_the_venues_clock_not_by_ours) {
    Desk desk(1, true, seconds(20));
    desk.clocks()[0].offset_ms = 3'600'000;
    desk.step(Nanos{}); // ours is an hour late: the nonce is the venue's now
    EXPECT_EQ(desk.delivered(), 1u);
    desk.step(seconds(5));
    EXPECT_EQ(desk.delivered(), 1u);
    EXPECT_TRUE(desk.troubles().empty());
}

// What never goes stale would else wait for ever after one failure at the start. Here the clock is
// so wrong at first that the time makes the request too long.
TEST(Signer, R07_tries_again_what_could_not_be_signed_at_first) {
    constexpr UnixMs far_off{noon.ms * 100'000};
    for (Nanos age_max : {Nanos{}, seconds(20)}) {
        Desk desk(1, false, age_max);
        desk.program = {};
        EXPECT_TRUE(desk.program.steps.push({Op::open, 0, 0, 0}));
        for (size_t i = 0; i < request_bytes_max - 15; ++i)
            EXPECT_TRUE(desk.program.literals.push('x'));
        EXPECT_TRUE(desk.program.steps.push({Op::literal, 0, 0, request_bytes_max - 15}));
        EXPECT_TRUE(desk.program.steps.push({Op::time_ms, 0, 0, 0}));
        desk.restart();
        desk.step(Nanos{}, far_off);
        EXPECT_EQ(desk.delivered(), 0u);
        desk.step(seconds(1) - nanoseconds(1));
        EXPECT_EQ(desk.delivered(), 0u); // once a second is enough
        desk.step(seconds(1));
        EXPECT_EQ(desk.delivered(), 1u) << age_max.ns;
    }
}

TEST(Signer, DeliversLaterWhatFoundTheRingFull) {
    Desk desk(100, true, seconds(20));
    desk.step(Nanos{});
    auto taken = desk.take();
    EXPECT_EQ(taken.size(), 64u); // the ring's size
    desk.step(milliseconds(1));
    for (const auto& later : desk.take()) taken.push_back(later);
    ASSERT_EQ(taken.size(), 100u);
    for (size_t i = 0; i < 100; ++i) {
        EXPECT_EQ(taken[i].first, 99 - i);
        EXPECT_EQ(taken[i].second, static_cast<u64>(noon.ms) + 99 - i); // one round, not two
    }
}

TEST(Signer, DeliversNothingIntoAFullRingAndLosesNothing) {
    Desk desk(1, false, seconds(20));
    while (desk.mail().signed_requests.reserve()) desk.mail().signed_requests.publish();
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 64u);
    desk.step(milliseconds(1));
    EXPECT_EQ(desk.take(), (std::vector<std::pair<u16, u64>>{{0, 0}}));
    EXPECT_EQ(desk.stale_at(), start + milliseconds(1) + seconds(20));
}

TEST(Signer, SignsARefusedRequestForTheClockAsItIsNow) {
    Desk desk(1, false, seconds(20));
    desk.clocks()[0].offset_ms = 100;
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 1u);
    EXPECT_EQ(desk.text(0), "1719905777100 0");
    desk.clocks()[0].offset_ms = -100;
    desk.order(0, SignWhy::refused);
    desk.step(milliseconds(1));
    EXPECT_EQ(desk.delivered(), 1u);
    EXPECT_EQ(desk.text(0), "1719905776900 0");
}

TEST(Signer, SignsAllAnewWhenTheVenuesClockIsFoundElsewhere) {
    Desk desk(2, false, seconds(20));
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 2u);
    desk.clocks()[0].offset_ms = 250; // the resolution of a Date header: not worth it
    desk.step(milliseconds(1));
    EXPECT_EQ(desk.delivered(), 0u);
    desk.clocks()[0].offset_ms = -30'000;
    desk.step(milliseconds(2));
    EXPECT_EQ(desk.delivered(), 2u);
    desk.step(milliseconds(3));
    EXPECT_EQ(desk.delivered(), 0u);
}

TEST(Signer, IgnoresOrdersForRequestsItDoesNotHave) {
    Desk desk(1, false, seconds(20));
    desk.step(Nanos{});
    EXPECT_EQ(desk.delivered(), 1u);
    desk.order(1, SignWhy::spent);
    desk.order(0xffff, SignWhy::spent);
    desk.step(milliseconds(1));
    EXPECT_EQ(desk.delivered(), 0u);
}

TEST(Signer, BeatsAtEachStep) {
    Desk desk(1, false, seconds(20));
    desk.step(milliseconds(3));
    EXPECT_EQ(desk.beat_ns(), static_cast<u64>((start + milliseconds(3)).ns));
}

TEST(NonceFile, RemembersEachKeyUnderItsName) {
    TempDir directory;
    {
        auto file = NonceFile::open(directory.path() / "nonces");
        ASSERT_TRUE(file) << file.error().sentence;
        EXPECT_EQ(NonceFile::take(**file->line("a"), 100), 100u);
        EXPECT_EQ(NonceFile::take(**file->line("b"), 7), 7u);
        EXPECT_EQ(NonceFile::take(**file->line("a"), 50), 101u);
    }
    auto file = NonceFile::open(directory.path() / "nonces");
    ASSERT_TRUE(file) << file.error().sentence;
    EXPECT_EQ(NonceFile::take(**file->line("b"), 0), 8u);
    EXPECT_EQ(NonceFile::take(**file->line("a"), 0), 102u);
}

TEST(NonceFile, SaysWhenItIsFull) {
    TempDir directory;
    auto file = NonceFile::open(directory.path() / "nonces");
    ASSERT_TRUE(file);
    for (size_t i = 0; i < keys_max; ++i) ASSERT_TRUE(file->line("key" + std::to_string(i)));
    EXPECT_FALSE(file->line("one more"));
    EXPECT_FALSE(file->line(std::string(KS_NAME_BYTES, 'x')));
    EXPECT_FALSE(file->line(""));
}

TEST(NonceFile, RefusesWhatIsNoNonceFile) {
    TempDir directory;
    std::ofstream(directory / "short") << "short";
    std::ofstream(directory / "other") << std::string(sizeof(NoncePage), 'x');
    std::filesystem::create_symlink(directory / "other", directory / "link");
    std::filesystem::create_directory(directory / "folder");
    for (const char* name : {"short", "other", "link", "folder"}) {
        auto file = NonceFile::open(directory.path() / name);
        ASSERT_FALSE(file) << name;
        EXPECT_NE(file.error().sentence.find(name), std::string::npos);
    }
}
