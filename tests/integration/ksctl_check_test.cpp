// The page that a risk officer signs, as text: tests/vectors/words/check_*.txt.
#include <gtest/gtest.h>

#include "ksctl_bench.hpp"

namespace ks {
namespace {

// Accounts over shipped recipes, with throw-away keys.
class CheckPage : public testing::Test {
protected:
    std::string account(const std::string& name, const std::string& more = "") {
        std::string file = name;
        file[file.find('/')] = '.';
        std::string text = "[account.'" + name + "']\nstops = 'cancel'\n";
        std::string hex; // 32 bytes that no other account has
        for (size_t i = 0; i < 64; ++i) hex += "0123456789abcdef"[(count_ * 7 + i * i) % 16];
        ++count_;
        for (const char* part : {"key", "secret", "identity"}) {
            put(dir_ / (file + "." + part), std::string(part) == "identity" ? "a@b.c" : hex);
            text += std::string(part) + "_file = '" + file + "." + part + "'\n";
            if (std::string(part) == "key") hex.front() = hex.front() == 'f' ? '0' : 'f';
        }
        return text + more;
    }
    std::string page(const std::string& venues) {
        put(dir_ / "k.toml", "[engine]\nname = 'ny4'\nenvironment = 'test'\nrun_dir = 'run'\n"
                             "recipe_dirs = ['" +
                                 recipe_dir + "']\n" + venues);
        const Ran ran = run(dir_, {"check", "--config", dir_ / "k.toml"});
        EXPECT_EQ(ran.code, 0) << ran.errors;
        std::string text = ran.out;
        const std::string here = dir_.path().string();
        for (size_t at = text.find(here); at != text.npos; at = text.find(here))
            text.replace(at, here.size(), "DIR");
        return text;
    }
    void expect_words(const std::string& text, const std::string& name) {
        const std::string golden = read_all(KS_SOURCE_DIR "/tests/vectors/words/" + name);
        if (text != golden) std::ofstream(testing::TempDir() + name) << text;
        EXPECT_EQ(text, golden) << "see " << testing::TempDir() + name;
    }

    TempDir dir_;
    size_t count_ = 0;
};

TEST_F(CheckPage, R17_two_accounts_at_each_of_three_venues) {
    std::string text = "[venue.bitopro]\n";
    text += account("bitopro/main") + account("bitopro/hedge") +
            "by_hand_url = 'https://www.bitopro.com/'\nby_hand_phone = '+886 2 1234'\n";
    text += "[venue.coinswitch]\n" +
            account("coinswitch/main", "live_fire = { symbol = 'XRPUSDT', every = '24h' }\n") +
            account("coinswitch/hedge");
    text += "[venue.treadfi]\n";
    for (const std::string alias : {"main", "hedge"})
        text += account("treadfi/" + alias,
                        "account = '" + alias + "'\nfronts = ['coinswitch/" + alias + "']\n");
    expect_words(page(text + "[producer.risk]\nscopes = ['all']\nheartbeat = '5s'\n"
                             "[producer.asia]\nscopes = ['venue:bitopro']\nheartbeat = '2s'\n"
                             "heartbeat_pull = 'venue:bitopro'\n"),
                 "check_three_venues.txt");
}

TEST_F(CheckPage, R17_the_reaches_shares_and_eyes_that_a_firm_has_accepted) {
    put(dir_ / "e", "eyes");
    expect_words(page("[venue.treadfi]\nshare = '1/2'\nsettings.cancel_all_body = ''\n" +
                      account("treadfi/desk", "account = 'desk'\naccept_reach = 'token'\n"
                                              "eyes_secret_file = 'e'\n")),
                 "check_accepted.txt");
}

TEST_F(CheckPage, R04_five_coinswitch_accounts_leave_no_refires_in_the_first_minute) {
    std::string text = "[venue.coinswitch]\n";
    for (char alias = 'a'; alias <= 'e'; ++alias)
        text += account(std::string("coinswitch/") + alias);
    EXPECT_NE(page(text).find("  coinswitch   5 accounts leave NO re-fires in the first minute"),
              std::string::npos);
}

} // namespace
} // namespace ks
