// What a real engine leaves for whoever is woken: which config runs, and whom to call without it.
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <sys/stat.h>

#include "engine.hpp"

namespace ks {
namespace {

TEST(Identity, R12_the_page_names_environment_and_config) {
    const Mock mock;
    EngineUnderTest engine(mock);
    engine.start();
    const std::string config = read_text(engine.dir() + "/killswitch.toml");
    ASSERT_FALSE(config.empty());
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(config.data()), config.size(), digest);
    EXPECT_EQ(memcmp(&engine.status().config_mark, digest, 8), 0);
    EXPECT_EQ(engine.status().environment, 1u); // test
    EXPECT_EQ(engine.status().trigger_age_max_ns, 60'000'000'000u);
}

TEST(Identity, R12_contacts_lie_where_everyone_can_read_them) {
    const Mock mock;
    EngineUnderTest engine(mock);
    engine.start();
    const std::string file = engine.dir() + "/state/last-resort.txt";
    EXPECT_TRUE(eventually([&] { return !read_text(file).empty(); }));
    EXPECT_TRUE(read_text(file).starts_with("If killswitch does not answer, cancel by hand:\n"));
    EXPECT_NE(read_text(file).find("\ncoinswitch/main  "), std::string::npos) << read_text(file);
    struct stat facts;
    ASSERT_EQ(stat(file.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0644u);
    ASSERT_EQ(stat((engine.dir() + "/state").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0005, 0001u); // everyone may pass through, nobody may list
}

} // namespace
} // namespace ks
