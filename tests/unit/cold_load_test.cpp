// Secret files: who may own them, who may read them, and that no sentence shows a byte of them.
#include "cold/load.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "temp_dir.hpp"

namespace ks {
namespace {

std::string put(const TempDir& dir, const std::string& name, const std::string& text,
                mode_t mode = 0600) {
    const std::string file = dir / name;
    std::ofstream(file, std::ios::binary) << text;
    chmod(file.c_str(), mode);
    return file;
}

std::string text_of(const Secret& secret) {
    const auto bytes = secret.reveal();
    return {bytes.begin(), bytes.end()};
}

std::string refusal(const std::string& file) {
    auto secret = read_secret_file(file);
    return secret ? "" : secret.error().sentence;
}

TEST(SecretFile, LosesItsLastLineBreakAndNothingElse) {
    const TempDir dir;
    for (auto [name, text, secret] :
         std::initializer_list<std::array<const char*, 3>>{{"a", "key", "key"},
                                                           {"b", "key\n", "key"},
                                                           {"c", "key\r\n", "key"},
                                                           {"d", "key\n\n", "key\n"},
                                                           {"e", " key \n", " key "}}) {
        auto read = read_secret_file(put(dir, name, text));
        ASSERT_TRUE(read) << name;
        EXPECT_EQ(text_of(*read), secret) << name;
    }
}

TEST(SecretFile, MayBeReadableByItsOwnerOnly) {
    const TempDir dir;
    EXPECT_EQ(refusal(put(dir, "a", "key", 0600)), "");
    EXPECT_EQ(refusal(put(dir, "b", "key", 0400)), "");
    for (mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0777}) {
        const std::string file = put(dir, "c", "key", mode);
        EXPECT_EQ(refusal(file),
                  file + ": can be read by others than its owner; run: chmod 0400 " + file)
            << std::oct << mode;
    }
}

TEST(SecretFile, BelongsToRootOrUs) {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const TempDir dir;
    const std::string file = put(dir, "a", "key");
    ASSERT_EQ(chown(file.c_str(), 12345, 12345), 0);
    EXPECT_EQ(refusal(file), file +
                                 ": belongs to uid 12345, neither to root nor to us; run: chown "
                                 "$(id -u) " +
                                 file);
}

TEST(SecretFile, IsNoLink) {
    const TempDir dir;
    const std::string target = put(dir, "target", "key"), link = dir / "link";
    ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
    EXPECT_EQ(refusal(link), link + ": is a symbolic link; name the file itself");
}

TEST(SecretFile, IsNoFifoAndNoDirectory) {
    const TempDir dir;
    const std::string fifo = dir / "fifo";
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_EQ(refusal(fifo), fifo + ": is not a regular file; put the secret into one");
    EXPECT_EQ(refusal(dir.path().string()),
              dir.path().string() + ": is not a regular file; put the secret into one");
}

TEST(SecretFile, IsNeitherEmptyNorHugeNorMissing) {
    const TempDir dir;
    const std::string empty = put(dir, "a", ""), line = put(dir, "b", "\n");
    EXPECT_EQ(refusal(empty), empty + ": is empty; put the secret into it");
    EXPECT_EQ(refusal(line), line + ": holds only a line break; put the secret into it");
    EXPECT_EQ(refusal(put(dir, "c", std::string(16 * 1024, 'x'))), "");
    const std::string huge = put(dir, "d", std::string(16 * 1024 + 1, 'x'));
    EXPECT_EQ(refusal(huge), huge + ": is larger than 16 KiB; this is no key");
    EXPECT_EQ(refusal(dir / "none"), (dir / "none") + ": No such file or directory; check the "
                                                      "path and the permissions");
}

// A config of one BitoPro account over the shipped recipe.
struct Bench {
    TempDir dir;
    Config config;
    std::vector<Recipe> recipes;

    explicit Bench(const std::string& more = "") {
        put(dir, "key", "sample-api-key\n");
        put(dir, "secret", "bitopro\n");
        put(dir, "identity", "support@bitoex.com\n");
        read("[account.'bitopro/main']\nkey_file = 'key'\nsecret_file = 'secret'\n"
             "identity_file = 'identity'\n" +
             more);
    }
    void read(const std::string& accounts) {
        auto parsed = parse_config(dir / "k.toml", "[engine]\nname = 'x'\nenvironment = 'test'\n"
                                                   "recipe_dirs = ['" KS_SOURCE_DIR
                                                   "/engine/venues']\n[venue.bitopro]\n" +
                                                       accounts);
        ASSERT_TRUE(parsed) << parsed.error().sentence;
        config = std::move(*parsed);
        auto loaded = load_recipes(config);
        ASSERT_TRUE(loaded) << loaded.error().sentence;
        recipes = std::move(*loaded);
    }
    std::string mistake() const {
        auto loaded = load_all_credentials(config, recipes);
        return loaded ? "" : loaded.error().sentence;
    }
};

TEST(Credentials, AreReadFromTheirFiles) {
    const Bench bench;
    auto credentials = load_credentials(bench.config.accounts[0], bench.recipes[0]);
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->key.text(), "sample-api-key");
    EXPECT_EQ(text_of(credentials->secret), "bitopro");
    EXPECT_EQ(credentials->identity, "support@bitoex.com");
}

TEST(Credentials, MustBeGivenWhereTheRecipeSignsWithThem) {
    Bench bench;
    bench.read("[account.'bitopro/main']\nkey_file = 'key'\nsecret_file = 'secret'\n");
    EXPECT_EQ(bench.mistake(), (bench.dir / "k.toml") +
                                   ":6: account 'bitopro/main' has no identity_file, and recipe "
                                   "'bitopro' signs with it; add identity_file = \"...\"");
}

TEST(Credentials, R17_one_key_for_two_accounts_is_refused) {
    for (const char* same : {"key", "secret"}) { // equal bytes in two files
        Bench bench("[account.'bitopro/hedge']\nkey_file = 'key2'\nsecret_file = 'secret2'\n"
                    "identity_file = 'identity'\n");
        put(bench.dir, "key2", "another");
        put(bench.dir, "secret2", "another");
        EXPECT_EQ(bench.mistake(), "");
        put(bench.dir, std::string(same) + "2",
            std::string(same) == "key" ? "sample-api-key" : "bitopro");
        EXPECT_EQ(bench.mistake(),
                  (bench.dir / "k.toml") +
                      ":10: accounts 'bitopro/main' and 'bitopro/hedge' have the same key; make a "
                      "key for each at the venue, else a kill of one cancels for the other");
    }
}

const std::string with_eyes = "eyes_key_file = 'key2'\neyes_secret_file = 'secret2'\n";

TEST(Credentials, R07_of_the_eyes_stand_behind_those_of_the_accounts) {
    Bench bench(with_eyes);
    put(bench.dir, "key2", "eyes-key");
    put(bench.dir, "secret2", "eyes-secret");
    auto all = load_all_credentials(bench.config, bench.recipes);
    ASSERT_TRUE(all) << all.error().sentence;
    ASSERT_EQ(all->size(), 2u);
    EXPECT_EQ((*all)[0].key.text(), "sample-api-key");
    EXPECT_EQ((*all)[1].key.text(), "eyes-key");
    EXPECT_EQ((*all)[1].secret.text(), "eyes-secret");
    EXPECT_EQ((*all)[1].identity, "support@bitoex.com"); // the account is the same
}

TEST(Credentials, R07_of_the_eyes_are_not_those_that_fire) {
    Bench bench(with_eyes);
    put(bench.dir, "key2", "sample-api-key");
    put(bench.dir, "secret2", "eyes-secret");
    EXPECT_EQ(bench.mistake(), (bench.dir / "k.toml") +
                                   ":6: the eyes key of 'bitopro/main' is its key; make a "
                                   "read-only one at the venue, or remove eyes_key_file and "
                                   "eyes_secret_file");
}

TEST(Credentials, R07_of_the_eyes_must_be_whole) {
    Bench bench("eyes_key_file = 'key2'\n");
    put(bench.dir, "key2", "eyes-key");
    EXPECT_EQ(bench.mistake(), (bench.dir / "k.toml") +
                                   ":6: account 'bitopro/main' has no eyes_secret_file, and recipe "
                                   "'bitopro' signs with it; add eyes_secret_file = \"...\"");
}

TEST(Credentials, NeverShowInASentence) {
    Bench bench;
    put(bench.dir, "canary", "canary-4711");
    chmod((bench.dir / "canary").c_str(), 0644);
    bench.read("[account.'bitopro/main']\nkey_file = 'key'\nsecret_file = 'canary'\n"
               "identity_file = 'identity'\n");
    EXPECT_NE(bench.mistake(), "");
    EXPECT_EQ(bench.mistake().find("4711"), std::string::npos);
}

TEST(Recipes, AreSearchedForInTheirDirectories) {
    const TempDir dir;
    auto config = parse_config(dir / "k.toml",
                               "[engine]\nname = 'x'\nenvironment = 'test'\nrecipe_dirs = ['a', "
                               "'b']\n[venue.bitopro]\n[account.'bitopro/main']\n");
    ASSERT_TRUE(config);
    auto recipes = load_recipes(*config);
    ASSERT_FALSE(recipes);
    EXPECT_EQ(recipes.error().sentence, (dir / "k.toml") + ":5: no recipe 'bitopro' in " +
                                            (dir / "a") + ", " + (dir / "b") +
                                            "; set recipe = \"...\", or recipe_dirs in [engine]");
}

// A certificate's text around the bytes that matter here: the authority's common name.
std::string pem(const std::string& body) {
    return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
}

TEST(Authority, R17_the_demo_authority_outside_the_demo_is_refused) {
    const std::string other = pem("Li5VLi4uLlNvbWUgUHVibGljIEF1dGhvcml0eSAw");
    const std::string mock = pem("Li5VLi4uLmtzLW1vY2sgdGhyb3ctYXdheSBDQTBZ");
    const std::string here = "address = '127.0.0.1:8443'\n";
    struct Case {
        const char* environment;
        std::string ca, venue, refusal;
    } cases[] = {
        {"production", other + mock, "", "environment is production; remove ca_file"},
        {"production", other, "", ""},
        {"test", mock, "",
         "the venue is not on this machine; remove ca_file, or add address = "
         "\"127.0.0.1:PORT\" of ks-mock"},
        {"test", mock, here, ""},
        {"test", mock, "host = 'localhost:8443'\n", ""},
        {"demo", mock, here, ""},
    };
    for (const Case& one : cases) {
        const TempDir dir;
        put(dir, "ca.pem", one.ca);
        auto config = parse_config(dir / "k.toml", "[engine]\nname = 'x'\nenvironment = '" +
                                                       std::string(one.environment) +
                                                       "'\nrecipe_dirs = ['" KS_SOURCE_DIR
                                                       "/engine/venues']\n[venue.bitopro]\n"
                                                       "ca_file = 'ca.pem'\n" +
                                                       one.venue + "[account.'bitopro/main']\n");
        ASSERT_TRUE(config) << config.error().sentence;
        auto recipes = load_recipes(*config);
        EXPECT_EQ(recipes ? "" : recipes.error().sentence,
                  one.refusal.empty() ? ""
                                      : (dir / "k.toml") +
                                            ":5: ca_file of venue 'bitopro' is the "
                                            "throw-away authority of ks-mock, and " +
                                            one.refusal);
    }
}

TEST(Recipes, TakeTheLimitsOfTheConfig) {
    Bench bench;
    bench.read("limits.cancel = { count = 2, window = '3s' }\n[account.'bitopro/main']\n");
    const auto& limits = bench.recipes[0].limits;
    const auto cancel = std::find_if(limits.begin(), limits.end(),
                                     [](const Limit& limit) { return limit.name == "cancel"; });
    ASSERT_NE(cancel, limits.end());
    EXPECT_EQ(cancel->count, 2);
    EXPECT_EQ(cancel->window, seconds(3));
}

TEST(Recipes, RefuseALimitThatTheyDoNotHave) {
    const TempDir dir;
    auto config = parse_config(dir / "k.toml", "[engine]\nname = 'x'\nenvironment = 'test'\n"
                                               "recipe_dirs = ['" KS_SOURCE_DIR
                                               "/engine/venues']\n[venue.bitopro]\n"
                                               "limits.cancle = { count = 2 }\n"
                                               "[account.'bitopro/main']\n");
    ASSERT_TRUE(config);
    auto recipes = load_recipes(*config);
    ASSERT_FALSE(recipes);
    EXPECT_EQ(recipes.error().sentence,
              (dir / "k.toml") + ":6: unknown limit 'cancle'; did you mean 'cancel'?");
}

} // namespace
} // namespace ks
