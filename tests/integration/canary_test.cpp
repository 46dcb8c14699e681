// Secrets that would be recognised anywhere: after kills and failures they stand in no log, no
// page, no journal and no environment, and no core file can be made of the engine.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <openssl/evp.h>
#include <sys/stat.h>

namespace ks {
namespace {

// Each account gets its own: the last letter of the alias stands behind, so all begin alike.
const std::string token = "CanaryTokenOfTreadFi0123456789abcdef";
const std::string seed = "CanarySeedCoinSwitch-31-bytes-o"; // and one more, given as hex
const std::string mac_key = "CanarySecretOfBitoproNobodyMaySee";

std::string hex_of(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        text += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

std::string base64_of(const std::string& bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return text;
}

std::string public_key_of(const std::string& raw_seed) {
    EVP_PKEY* key = EVP_PKEY_new_raw_private_key(
        EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(raw_seed.data()),
        raw_seed.size());
    std::string raw(32, '\0');
    std::size_t raw_bytes = raw.size();
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(raw.data()), &raw_bytes);
    EVP_PKEY_free(key);
    return hex_of(raw);
}

// Every secret in every form in which it could leak. A piece would be a leak too, so only half of
// each is looked for.
std::vector<std::string> canaries() {
    std::vector<std::string> forms;
    for (const std::string& secret : {token, seed, mac_key}) {
        const std::string half = secret.substr(0, 15); // a whole number of base64 groups
        forms.insert(forms.end(), {half, hex_of(half), base64_of(half)});
    }
    return forms;
}

void expect_no_canary(const std::string& bytes, const std::string& where) {
    for (const std::string& canary : canaries())
        EXPECT_EQ(bytes.find(canary), std::string::npos) << canary << " stands in " << where;
}

class Canary : public testing::Test {
protected:
    Canary()
        : mock({.play = "treadfi * cancel_all: status 401 times 1\n"
                        "coinswitch * cancel_all: garbage times 1\n"
                        "bitopro * cancel_all: close times 1\n",
                .accounts = accounts()}) {
        for (const char* alias : {"main", "hedge"}) {
            const std::string own(1, std::string(alias).back());
            put_keys("treadfi", alias, token + own, token + own);
            put_keys("coinswitch", alias, public_key_of(seed + own), hex_of(seed + own));
            put_keys("bitopro", alias, "key" + own, mac_key + own);
            put("bitopro", alias, "identity", "trader@example.invalid");
        }
    }
    ~Canary() override { std::filesystem::remove_all(keys_dir); }

    static std::string accounts() {
        std::string lines;
        for (const std::string alias : {"main", "hedge"}) {
            const std::string own(1, alias.back());
            lines +=
                "treadfi " + alias + " " + token + own + " " + token + own + " " + alias + "\n";
            lines += "coinswitch " + alias + " " + public_key_of(seed + own) + " - -\n";
            lines += "bitopro " + alias + " key" + own + " " + mac_key + own +
                     " trader@example.invalid\n";
        }
        return lines;
    }
    void put(const std::string& venue, const std::string& alias, const std::string& kind,
             const std::string& text) {
        const std::string path = keys_dir + "/" + venue + "." + alias + "." + kind;
        write_text(path, text);
        chmod(path.c_str(), 0600);
    }
    void put_keys(const std::string& venue, const std::string& alias, const std::string& key,
                  const std::string& secret) {
        put(venue, alias, "key", key);
        put(venue, alias, "secret", secret);
    }
    void expect_clean_directories() {
        for (const char* part : {"/run", "/state"})
            for (const auto& file : std::filesystem::directory_iterator(engine.dir() + part))
                if (file.is_regular_file()) expect_no_canary(read_text(file.path()), file.path());
        expect_no_canary(engine.log(), "its own words");
    }

    const std::string keys_dir = make_dir();
    const Mock mock;
    EngineUnderTest engine{mock,
                           {.venues = {"bitopro", "coinswitch", "treadfi"}, .keys_dir = keys_dir}};
};

TEST_F(Canary, IsNeverSeenOutsideTheEngine) {
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    const ks_ticket ticket = engine.pull();
    const auto cancels = [&] { return mock.traffic("treadfi", "requests") >= 2; };
    EXPECT_TRUE(eventually(cancels)) << engine.ksctl("status").text;
    EXPECT_TRUE(eventually([&] { return engine.wait(ticket, 0).kill != 0; })) << engine.log();
    expect_no_canary(engine.ksctl("status --json").text, "ksctl status");
    expect_no_canary(engine.ksctl("check").text, "ksctl check");
    const std::string process = "/proc/" + std::to_string(engine.pid());
    const std::string command = read_text(process + "/cmdline");
    EXPECT_NE(command.find("killswitchd"), std::string::npos);
    expect_no_canary(command, "its command line");
    expect_no_canary(read_text(process + "/environ"), "its environment");
    expect_clean_directories();
    EXPECT_EQ(engine.stop(), 0);
    expect_clean_directories();
    expect_no_canary(engine.ksctl("journal export").text, "the journal's text");
}

TEST_F(Canary, IsInNoCoreFileBecauseThereIsNone) {
    engine.start();
    const std::string process = "/proc/" + std::to_string(engine.pid());
    const std::string limits = read_text(process + "/limits");
    const std::size_t core = limits.find("Max core file size");
    ASSERT_NE(core, std::string::npos);
    EXPECT_EQ(limits.substr(core, limits.find('\n', core) - core).find_first_of("123456789u"),
              std::string::npos)
        << "both limits of a core file are 0: " << limits;
    struct stat owner {};
    ASSERT_EQ(stat((process + "/mem").c_str(), &owner), 0);
    EXPECT_EQ(owner.st_uid, 0u) << "what may not be dumped belongs to root";
    EXPECT_EQ(engine.end_by(SIGABRT), 128 + SIGABRT);
    for (const auto& file : std::filesystem::directory_iterator("."))
        EXPECT_FALSE(file.path().filename().string().starts_with("core")) << file.path();
}

}
}
