#include "hot/pulse.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace ks {
namespace {

// Two producers that promised to beat each second; the first one's silence pulls.
class PulseTest : public testing::Test {
protected:
    PulseTest() {
        for (const char* name : {"risk1", "risk2"}) {
            ProducerPlan producer;
            producer.name.assign(name);
            producer.silence_max = seconds(1);
            static_cast<void>(plan->producers.push(producer));
        }
        plan->producers[0].silence_pull = ScopeId{4};
        for (u16 p = 0; p < 2; ++p) triggers.trigger[p] = pages[p].get();
        triggers.status = status.get();
        pulse = std::make_unique<Pulse>(*plan, triggers, journal);
    }
    void beat(u16 producer) { pages[producer]->beat_ns = static_cast<u64>(now.ns); }
    // Lets time pass, an engine looking all the while, and counts the pulls.
    u32 watch(Nanos span, bool first_beats, bool second_beats) {
        u32 pulls = 0;
        for (const Instant end = now + span; now < end; now = now + milliseconds(1)) {
            if (first_beats) beat(0);
            if (second_beats) beat(1);
            const Pull pull = pulse->look_one(now);
            if (!pull) continue;
            ++pulls;
            EXPECT_EQ(pull.scope, ScopeId{4});
            EXPECT_FALSE(pull.is_of_page());
        }
        return pulls;
    }

    std::unique_ptr<Plan> plan = std::make_unique<Plan>();
    std::unique_ptr<ks_status_page> status = std::make_unique<ks_status_page>();
    std::unique_ptr<ks_trigger_page> pages[2] = {std::make_unique<ks_trigger_page>(),
                                                 std::make_unique<ks_trigger_page>()};
    std::unique_ptr<JournalRing> ring = std::make_unique<JournalRing>();
    Journal journal{*ring};
    TriggerPages triggers;
    std::unique_ptr<Pulse> pulse;
    Instant now = Instant{} + seconds(100);
};

TEST_F(PulseTest, R15_silence_pulls_once_and_again_only_after_it_was_heard) {
    EXPECT_EQ(watch(seconds(3), true, true), 0u);
    EXPECT_EQ(watch(seconds(5), false, true), 1u);
    EXPECT_EQ(pulse->silent(), 1u);
    EXPECT_EQ(watch(seconds(3), true, true), 0u);
    EXPECT_EQ(pulse->silent(), 0u);
    EXPECT_EQ(watch(seconds(5), false, true), 1u);
}

TEST_F(PulseTest, R15_one_that_has_never_beaten_is_not_watched) {
    EXPECT_EQ(watch(seconds(5), false, false), 0u);
    EXPECT_EQ(pulse->silent(), 0u);
}

TEST_F(PulseTest, R15_a_beat_left_by_another_life_is_not_watched) {
    beat(0);
    EXPECT_EQ(watch(seconds(5), false, false), 0u);
    EXPECT_EQ(pulse->silent(), 0u);
}

TEST_F(PulseTest, R15_closing_ends_the_watch) {
    watch(seconds(1), true, true);
    pages[0]->beat_ns = 0;
    EXPECT_EQ(watch(seconds(5), false, true), 0u);
    EXPECT_EQ(pulse->silent(), 0u);
}

TEST_F(PulseTest, R15_time_in_which_the_engine_slept_does_not_count) {
    watch(seconds(1), true, true);
    now = now + seconds(60); // the machine was paused
    EXPECT_EQ(watch(milliseconds(900), false, false), 0u);
    EXPECT_EQ(pulse->silent(), 0u);
    EXPECT_EQ(watch(milliseconds(200), false, true), 1u) << "the other one beats again";
}

TEST_F(PulseTest, R15_two_that_fall_silent_together_are_an_alarm_first) {
    watch(seconds(1), true, true);
    EXPECT_EQ(watch(milliseconds(1'500), false, false), 0u);
    EXPECT_EQ(pulse->silent(), 3u);
    EXPECT_EQ(watch(milliseconds(1'000), false, false), 1u) << "a second timeout has passed";
}

TEST_F(PulseTest, R15_silence_without_the_opt_in_is_an_alarm_only) {
    watch(seconds(1), true, true);
    EXPECT_EQ(watch(seconds(10), true, false), 0u);
    EXPECT_EQ(pulse->silent(), 2u);
}

} // namespace
} // namespace ks
