// The sweep by itself: every cell of its tables, and what counts as proof.
#include <gtest/gtest.h>

#include "stage/stage.hpp"

namespace ks::sim {
namespace {

TEST(SweepTable, OnlyAShotInFlightIsMovedByTheAnswerToACancel) {
    for (size_t state = 0; state < states_count; ++state)
        for (size_t outcome = 0; outcome < outcomes_count; ++outcome) {
            const State before = static_cast<State>(state);
            EXPECT_TRUE(before == State::fired || after_fire[state][outcome] == before);
        }
}

TEST(SweepTable, NoAnswerToACancelProvesAnything) {
    const State expected[outcomes_count] = {State::accepted, State::accepted, State::unknown,
                                            State::aimed,    State::refused,  State::unknown,
                                            State::unknown};
    for (size_t outcome = 0; outcome < outcomes_count; ++outcome)
        EXPECT_EQ(after_fire[static_cast<size_t>(State::fired)][outcome], expected[outcome]);
}

TEST(SweepTable, OnlyAProvenReadingOfAnAcceptedShotMakesClear) {
    for (size_t state = 0; state < states_count; ++state)
        for (size_t reading = 0; reading < readings_count; ++reading) {
            const State before = static_cast<State>(state);
            const bool is_proof = static_cast<Reading>(reading) == Reading::proven;
            const bool is_open = static_cast<Reading>(reading) == Reading::open;
            const State expected = before == State::accepted && is_proof ? State::clear
                                   : before == State::clear && is_open   ? State::accepted
                                                                         : before;
            EXPECT_EQ(after_read[state][reading], expected);
        }
}

class SweepOf : public testing::Test {
protected:
    SweepOf()
        : stage({}), journal(stage.shared->ring), eyes(*stage.plan, stage.shared->status),
          sweep(*stage.plan, journal, eyes) {}

    void fire_and_accept() {
        Urgency urgency;
        ASSERT_TRUE(sweep.pulled(shot, now, now, urgency));
        sweep.departed(shot, false, now);
        sweep.fire_answered(answer(Verdict::accepted), now, urgency);
        ASSERT_EQ(sweep.flight(shot).state, State::accepted);
    }
    Answer answer(Verdict verdict) const {
        Answer answer;
        answer.kind = Answer::Kind::answered;
        answer.shot = shot;
        answer.verdict = verdict;
        answer.open_count = verdict == Verdict::open ? 2 : 0;
        return answer;
    }
    // One round of reads, begun `after` the last event and answered a millisecond later.
    void read(Nanos after, Verdict verdict) {
        now = now + after;
        sweep.read_departed(shot, now);
        now = now + milliseconds(1);
        sweep.read_answered(answer(verdict), now);
    }
    ks_outcome outcome() const { return sweep.outcome(shot); }

    Stage stage;
    Journal journal;
    Eyes eyes;
    Sweep sweep;
    const ShotId shot{0};
    Instant now = Instant{} + seconds(10);
};

TEST_F(SweepOf, TwoEmptyRoundsApartAreProof) {
    fire_and_accept();
    read(milliseconds(500), Verdict::clear);
    EXPECT_EQ(outcome(), KS_WORKING);
    read(seconds(1), Verdict::clear);
    EXPECT_EQ(outcome(), KS_CLEAR);
}

TEST_F(SweepOf, ARoundBegunBeforeThePromiseHasSettledDoesNotCount) {
    fire_and_accept();
    read(milliseconds(499), Verdict::clear);
    read(seconds(1), Verdict::clear);
    EXPECT_EQ(outcome(), KS_WORKING) << "only one of the two counts";
    read(seconds(1), Verdict::clear);
    EXPECT_EQ(outcome(), KS_CLEAR);
}

TEST_F(SweepOf, TwoRoundsTooCloseCountAsOne) {
    fire_and_accept();
    read(milliseconds(500), Verdict::clear);
    read(milliseconds(500), Verdict::clear);
    EXPECT_EQ(outcome(), KS_WORKING);
}

TEST_F(SweepOf, AnOpenOrUnreadableRoundBeginsTheCountAnew) {
    for (Verdict between : {Verdict::open, Verdict::unknown, Verdict::throttled}) {
        sweep.release(shot);
        fire_and_accept();
        read(milliseconds(500), Verdict::clear);
        read(seconds(1), between);
        read(seconds(1), Verdict::clear);
        EXPECT_NE(outcome(), KS_CLEAR);
    }
}

TEST_F(SweepOf, EmptyReadsWithoutAPromiseAreNoProof) {
    Urgency urgency;
    ASSERT_TRUE(sweep.pulled(shot, now, now, urgency));
    sweep.departed(shot, false, now);
    sweep.fire_answered(answer(Verdict::unknown), now, urgency);
    for (int i = 0; i < 5; ++i) read(seconds(1), Verdict::clear);
    EXPECT_EQ(outcome(), KS_UNKNOWN);
}

TEST_F(SweepOf, AReadUnderWayWhenTheShotLeavesAgainProvesNothing) {
    fire_and_accept();
    read(milliseconds(500), Verdict::clear);
    now = now + seconds(1);
    sweep.read_departed(shot, now);
    Urgency urgency;
    ASSERT_TRUE(sweep.pulled(shot, now, now, urgency));
    EXPECT_EQ(urgency, Urgency::again);
    sweep.departed(shot, false, now + milliseconds(1));
    sweep.fire_answered(answer(Verdict::accepted), now + milliseconds(2), urgency);
    sweep.read_answered(answer(Verdict::clear), now + milliseconds(3));
    EXPECT_EQ(outcome(), KS_WORKING);
}

TEST_F(SweepOf, AnOrderSeenAfterClearIsFiredAtAtOnce) {
    fire_and_accept();
    read(milliseconds(500), Verdict::clear);
    read(seconds(1), Verdict::clear);
    ASSERT_EQ(outcome(), KS_CLEAR);
    read(seconds(10), Verdict::open);
    EXPECT_EQ(outcome(), KS_WORKING);
    const Sweep::Due due = sweep.due(now);
    EXPECT_EQ(due.what, Sweep::Due::What::fire);
}

TEST_F(SweepOf, ARefusalIsBelievedAtTheSecondTimeAndStillTried) {
    Urgency urgency;
    ASSERT_TRUE(sweep.pulled(shot, now, now, urgency));
    sweep.departed(shot, false, now);
    sweep.fire_answered(answer(Verdict::refused), now, urgency);
    EXPECT_EQ(outcome(), KS_WORKING) << "perhaps the clock: signed anew first";
    now = now + milliseconds(600);
    ASSERT_EQ(sweep.due(now).what, Sweep::Due::What::fire);
    sweep.departed(shot, false, now);
    sweep.fire_answered(answer(Verdict::refused), now, urgency);
    EXPECT_EQ(outcome(), KS_REJECTED);
    EXPECT_EQ(sweep.due(now + seconds(31)).what, Sweep::Due::What::fire);
}

} // namespace
} // namespace ks::sim
