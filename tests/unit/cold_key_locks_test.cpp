// Two engines and one key, as two processes of one machine would hold it.
#include "cold/key_locks.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan_bench.hpp"
#include "temp_dir.hpp"

namespace ks {
namespace {

// An engine of one account, about to take its keys. Locks belong to open files, so two engines in
// one process meet as two processes do.
struct Engine {
    PlanBench bench;
    std::vector<OwnedCredentials> credentials;

    Engine(const TempDir& dir, const std::string& name, const std::string& venue,
           const std::string& lines = "")
        : bench("[venue." + venue + "]\n" + lines + account(venue + "/a", "account = 'a'\n")) {
        bench.config.engine.name = name;
        bench.config.engine.run_dir = dir / name;
        bench.compile();
        credentials.emplace_back().secret = Secret("the same secret");
        if (venue != "treadfi") credentials[0].key = Secret("the same key");
    }
    Result<std::vector<Fd>> take() const {
        return lock_keys(bench.config, bench.compiled, credentials);
    }
    std::string refusal() const {
        auto locks = take();
        return locks ? "" : locks.error().sentence;
    }
};

std::string us() {
    return "engine 'one' (pid " + std::to_string(getpid()) + ")";
}

TEST(KeyLocks, R17_an_ordered_key_shared_with_another_engine_is_refused) {
    const TempDir dir;
    const Engine one(dir, "one", "bitopro"), two(dir, "two", "bitopro");
    {
        auto locks = one.take();
        ASSERT_TRUE(locks) << locks.error().sentence;
        auto refused = two.take();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().sentence,
                  "/etc/k.toml:6: the key of 'bitopro/a' is in use by " + us() +
                      ", and its nonces must rise: each would make the venue refuse the other; "
                      "make a key of its own at the venue");
        EXPECT_EQ(refused.error().exit_code, 75);
    }
    EXPECT_EQ(two.refusal(), ""); // the first has ended
}

TEST(KeyLocks, R17_two_engines_on_one_account_without_a_share_are_refused) {
    const TempDir dir;
    const Engine one(dir, "one", "treadfi"), two(dir, "two", "treadfi");
    const Engine half(dir, "half", "treadfi", "share = '1/2'\n");
    auto locks = one.take();
    ASSERT_TRUE(locks) << locks.error().sentence;
    for (const Engine* other : {&two, &half}) // both must say that they share
        EXPECT_TRUE(other->refusal().ends_with(
            ": the key of 'treadfi/a' is in use by " + us() +
            ", and each would spend the whole of its limits; make a key of its own, or give the "
            "venue a share in both configs: share = \"1/2\""))
            << other->refusal();
}

TEST(KeyLocks, R17_engines_that_share_a_venue_may_share_its_keys) {
    const TempDir dir;
    const Engine one(dir, "one", "treadfi", "share = '1/2'\n");
    const Engine two(dir, "two", "treadfi", "share = '1/2'\n");
    auto locks = one.take();
    ASSERT_TRUE(locks) << locks.error().sentence;
    EXPECT_EQ(two.refusal(), "");
}

TEST(KeyLocks, LeaveNothingOfTheKeyBehind) {
    const TempDir dir;
    const Engine one(dir, "one", "bitopro");
    auto locks = one.take();
    ASSERT_TRUE(locks);
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir / ".keys")) {
        EXPECT_EQ(entry.path().filename().string().size(), 16u);
        ++files;
    }
    EXPECT_EQ(files, 1u);
    struct stat facts {};
    ASSERT_EQ(stat((dir / ".keys").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0700u);
}

TEST(KeyLocks, TrustNoDirectoryThatOthersMayWrite) {
    const TempDir dir;
    mkdir((dir / ".keys").c_str(), 0700);
    chmod((dir / ".keys").c_str(), 0777);
    EXPECT_EQ(Engine(dir, "one", "bitopro").refusal(),
              (dir / ".keys") + ": is not a directory of ours alone, so nothing keeps two engines "
                                "off one key; run all engines as one user, or remove it");
}

} // namespace
} // namespace ks
