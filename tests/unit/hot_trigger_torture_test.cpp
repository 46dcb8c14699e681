// Trigger and ks_pull against each other: many threads, and producers killed at every instruction.
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "hot/trigger.hpp"
#include "unit/killed_child.hpp"
#include "unit/shared_pages.hpp"

namespace ks {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr u32 pulls_total = 300'000;
constexpr i64 cuts = 40;
#else
constexpr u32 pulls_total = 10'000'000;
constexpr i64 cuts = 1'000;
#endif
constexpr u16 scopes = 9;

// Salvos are numbered as they begin: a pull is followed by a salvo that began after it if its
// scope's last salvo has a higher number than any that had begun when ks_pull was called.
struct Salvos {
    std::atomic<u64> begun{0};
    std::array<std::atomic<u64>, scopes> last{};
};

void run_engine(SharedPages& pages, Salvos& salvos, const std::atomic<bool>& stop) {
    Trigger trigger(*pages.plan, pages.trigger_pages());
    std::array<u32, scopes> kills{};
    bool is_last_round = false;
    for (u32 idle = 0; !is_last_round || idle < 200;) {
        if (!is_last_round && stop.load()) {
            is_last_round = true; // all pulls have been made: look at every line once more
            idle = 0;
        }
        const Instant now{static_cast<i64>(ks_now_ns())};
        Pull pull = trigger.poll(now);
        if (!pull) pull = trigger.visit(now);
        idle = pull ? 0 : idle + 1;
        if (!pull) continue;
        ASSERT_EQ(pull.kind, Pull::Kind::fire);
        salvos.last[pull.scope.index].store(salvos.begun.fetch_add(1) + 1);
        trigger.handled(pull, ++kills[pull.scope.index]);
    }
}

TEST(TriggerTorture, FollowsEachOfTenMillionPullsByASalvoAndInventsNone) {
    SharedPages pages(2, scopes);
    Salvos salvos;
    std::atomic<bool> stop{false};
    std::thread engine([&] { run_engine(pages, salvos, stop); });
    constexpr u32 threads_count = 6; // three of each producer
    std::vector<std::thread> threads;
    for (u32 t = 0; t < threads_count; ++t)
        threads.emplace_back([&, t] {
            const ks_handle ks = pages.handle(static_cast<u16>(t % 2));
            std::minstd_rand random(t + 1);
            for (u32 i = 0; i < pulls_total / threads_count; ++i) {
                const auto scope = static_cast<u32>(random() % scopes);
                const u64 begun_before = salvos.begun.load();
                ks_ticket ticket;
                ks_pull_slot(&ks, scope, 0, &ticket);
                if (i % 4'096 != 0) continue;
                while (salvos.last[scope].load() <= begun_before) std::this_thread::yield();
                const u64& handled = pages.status->handled[t % 2][scope].word;
                while (!ks_is_since(ks_word_epoch(__atomic_load_n(&handled, __ATOMIC_ACQUIRE)),
                                    ticket.epoch))
                    std::this_thread::yield();
            }
        });
    for (std::thread& thread : threads) thread.join();
    stop.store(true);
    engine.join();
    EXPECT_LE(salvos.begun.load(), u64{pulls_total});
    for (u16 p = 0; p < 2; ++p)
        for (u16 s = 0; s < scopes; ++s)
            EXPECT_EQ(ks_word_epoch(pages.row(p, s).slot[s % KS_ROW_SLOTS].word),
                      ks_word_epoch(pages.status->handled[p][s].word));
}

// Kills a pull between any two instructions. It has happened or not: at most one salvo, one exactly
// if the word moved, and the next pull of that slot always fires.
void cut_pulls(u64 word_before) {
    SharedPages pages(1, 3);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    const ks_handle ks = pages.handle(0);
    u64& word = pages.row(0, 1).slot[1].word;
    u32 kill = 0;
    u32 happened = 0;
    u32 not_happened = 0;
    const auto salvos = [&] {
        u32 count = 0;
        for (u32 i = 0; i < 2 * producers_max; ++i)
            if (const Pull pull = trigger.visit({static_cast<i64>(ks_now_ns())})) {
                EXPECT_EQ(pull.kind, Pull::Kind::fire);
                trigger.handled(pull, ++kill);
                ++count;
            }
        return count;
    };
    const auto set = [&] {
        if (word_before != 0) word = word_before;
        return word;
    };
    u64 before = set();
    const bool is_allowed =
        kill_between_any_two_steps([&] { ks_pull_slot(&ks, 1, 0, nullptr); }, cuts,
                                   [&] {
                                       const bool has_moved = word != before;
                                       ASSERT_EQ(salvos(), has_moved ? 1u : 0u);
                                       ++(has_moved ? happened : not_happened);
                                       ks_ticket ticket{};
                                       ks_pull_slot(&ks, 1, 0, &ticket);
                                       ASSERT_EQ(salvos(), 1u);
                                       before = set();
                                   });
    if (!is_allowed) GTEST_SKIP() << "ptrace is forbidden here";
    EXPECT_GT(happened, 1u);
    EXPECT_GT(not_happened, 1u);
}

TEST(TriggerTorture, APullKilledBetweenAnyTwoInstructionsHasHappenedOrNot) {
    cut_pulls(0);
}

TEST(TriggerTorture, SoHasOneThatStartsOverAStrayWrite) {
    cut_pulls(0xdeadbeefdeadbeef);
}

TEST(TriggerTorture, LosesNothingOfProducersKilledAtRandomInstants) {
    constexpr int kills = 200;
    SharedPages pages(2, scopes);
    Trigger trigger(*pages.plan, pages.trigger_pages());
    SharedMemory<std::array<u64, 2>> pulls_begun;
    std::minstd_rand random(7);
    u32 salvos = 0;
    const auto turn = [&](bool is_visit) {
        const Instant now{static_cast<i64>(ks_now_ns())};
        const Pull pull = is_visit ? trigger.visit(now) : trigger.poll(now);
        if (!pull) return false;
        EXPECT_EQ(pull.kind, Pull::Kind::fire);
        trigger.handled(pull, ++salvos);
        return true;
    };
    for (int round = 0; round < kills; ++round) {
        const auto producer = static_cast<u16>(round % 2);
        const auto seed = static_cast<u32>(random());
        KilledChild child([&] {
            const ks_handle ks = pages.handle(producer);
            std::minstd_rand scope(seed);
            for (;;) {
                __atomic_fetch_add(&(*pulls_begun)[producer], 1, __ATOMIC_SEQ_CST);
                ks_pull_slot(&ks, static_cast<u32>(scope() % scopes), 0, nullptr);
            }
        });
        for (u64 turns = random() % 20'000; turns > 0; --turns) turn(false);
    }
    for (u32 idle = 0; idle < 100;) idle = turn(true) ? 0 : idle + 1;
    EXPECT_LE(salvos, (*pulls_begun)[0] + (*pulls_begun)[1]);
    EXPECT_GT(salvos, 0u);
    for (u16 p = 0; p < 2; ++p)
        for (u16 s = 0; s < scopes; ++s)
            EXPECT_EQ(ks_word_epoch(pages.row(p, s).slot[s % KS_ROW_SLOTS].word),
                      ks_word_epoch(pages.status->handled[p][s].word));
}

} // namespace
} // namespace ks
