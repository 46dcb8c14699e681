// The built ksctl from outside, without an engine: every known answer of every shipped recipe
// through it, the page to sign, and every exit code.
#include <gtest/gtest.h>

#include "ksctl_bench.hpp"

namespace ks {
namespace {

// The text of a vector as it leaves: CR LF in the head, the body as it stands.
std::string as_sent(std::string text) {
    if (text.ends_with('\n')) text.pop_back();
    const size_t blank = std::min(text.find("\n\n"), text.size());
    std::string sent;
    for (char c : text.substr(0, blank)) sent += c == '\n' ? "\r\n" : std::string(1, c);
    return sent + "\r\n\r\n" + (blank < text.size() ? text.substr(blank + 2) : "");
}

std::string as_response(i64 status, const std::string& body) {
    const std::string head = "HTTP/1.1 " + std::to_string(status) + " Sample\r\n";
    if (status == 204) return head + "\r\n";
    return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class KnownAnswers : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Venues, KnownAnswers, testing::Values("bitopro", "coinswitch", "treadfi"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(KnownAnswers, LeaveAsTheVectorsSay) {
    const Bench bench(GetParam());
    for (const Toml& vector : bench.recipe.root().tables("vector")) {
        std::vector<std::string> words = {"request", bench.venue, vector.text("request"), "--at",
                                          std::to_string(vector.integer("at_ms", {}))};
        for (auto [key, option] : {std::pair{"sample", "--account"},
                                   std::pair{"symbol", "--symbol"}, std::pair{"order", "--order"}})
            if (vector.has(key)) words.insert(words.end(), {option, vector.text(key)});
        if (vector.has("window"))
            words.insert(words.end(), {"--window", std::to_string(vector.integer("window", {}))});
        if (vector.has("nonce"))
            words.insert(words.end(), {"--nonce", std::to_string(vector.integer("nonce", {}))});
        const Ran ran = bench.ctl(words);
        EXPECT_EQ(ran.code, 0) << vector.where() << ran.errors;
        EXPECT_EQ(ran.out, as_sent(vector.text("expect"))) << vector.where();
        EXPECT_EQ(ran.errors, "") << vector.where();
    }
}

TEST_P(KnownAnswers, AreJudgedAsTheRecipeSays) {
    const Bench bench(GetParam());
    for (const Toml& answer : bench.recipe.root().tables("answer")) {
        const i64 status = answer.integer("status", {});
        const std::vector<std::string> ids = answer.texts("ids");
        std::string expected = answer.text("verdict") + "  HTTP " + std::to_string(status) + "  " +
                               std::to_string(ids.size()) + " ids";
        if (answer.text("verdict") == "open")
            expected += "  " + std::to_string(answer.integer("open", {}, 0)) + " open";
        expected += "\n";
        for (const std::string& id : ids) expected += id + "\n";
        const Ran ran = bench.ctl({"judge", bench.venue, answer.text("request")},
                                  as_response(status, answer.text("body", "")));
        EXPECT_EQ(ran.code, 0) << answer.where() << ran.errors;
        EXPECT_EQ(ran.out, expected) << answer.where();
    }
}

TEST(Request, UsesTheInstantAsNonceUnlessItIsGiven) {
    const Bench bench("bitopro");
    const std::vector<std::string> words = {"request", "bitopro", "cancel_all",   "--account",
                                            "support", "--at",    "1719905777483"};
    std::vector<std::string> with_nonce = words;
    with_nonce.insert(with_nonce.end(), {"--nonce", "1719905777483"});
    EXPECT_EQ(bench.ctl(words).out, bench.ctl(with_nonce).out);
    with_nonce.back() = "1719905777484";
    EXPECT_NE(bench.ctl(words).out, bench.ctl(with_nonce).out);
}

TEST(Request, TakesTheAccountsWholeNameToo) {
    const Bench bench("bitopro");
    EXPECT_EQ(
        bench.ctl({"request", "bitopro", "cancel_all", "--account", "bitopro/support", "--at", "1"})
            .code,
        0);
}

TEST(Request, GivesBytesAndTargetAsJson) {
    const Bench bench("treadfi");
    const Ran ran = bench.ctl({"request", "treadfi", "keep_alive", "--json"});
    EXPECT_EQ(ran.out, "{\"schema\":\"ksctl.request/1\",\"venue\":\"treadfi\",\"host\":"
                       "\"app.tread.fi\",\"request\":\"keep_alive\",\"method\":\"GET\",\"target\":"
                       "\"/robots.txt\",\"bytes\":\"GET /robots.txt HTTP/1.1\\r\\nHost: "
                       "app.tread.fi\\r\\nUser-Agent: killswitch/0.1\\r\\nAccept: "
                       "application/json\\r\\nAccept-Encoding: identity\\r\\n\\r\\n\"}\n");
}

TEST(Judge, CallsAnythingThatIsNotHttpUnknown) {
    const Bench bench("bitopro");
    for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n", "hello\r\n\r\n",
                              "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":{}}x"}) {
        const Ran ran = bench.ctl({"judge", "bitopro", "cancel_all"}, bytes);
        EXPECT_EQ(ran.code, 0) << bytes;
        EXPECT_TRUE(ran.out.starts_with("unknown  HTTP ")) << bytes << ran.out;
        EXPECT_NE(ran.out.find("not HTTP: "), std::string::npos) << bytes << ran.out;
    }
}

TEST(Judge, GivesIdsAsJsonWhateverTheyHold) {
    const Bench bench("bitopro");
    const Ran ran = bench.ctl({"judge", "bitopro", "cancel_all", "--json"},
                              as_response(200, "{\"data\":{\"A\":[\"a\\\"\\u0001\"]}}"));
    EXPECT_EQ(ran.out, "{\"schema\":\"ksctl.judge/1\",\"verdict\":\"accepted\",\"http_status\":200,"
                       "\"open_count\":0,\"why_broken\":\"\",\"ids\":[\"a\\\"\\u0001\"]}\n");
}

struct Refusal {
    std::vector<std::string> words;
    int code;
    std::string sentence; // after "ksctl: "
};

TEST(Usage, IsSaidWithItsRemedy) {
    const Bench bench("bitopro");
    const std::string file = recipe_dir + "/bitopro.toml";
    const Refusal refusals[] = {
        {{"sttus"}, 64, "usage: unknown command 'sttus'; did you mean 'status'?"},
        {{"check", "more"}, 64, "usage: ksctl check "},
        {{"judge", "bitopro"}, 64, "usage: ksctl judge VENUE REQUEST < response.http"},
        {{"check", "--jsno"}, 64, "check: unknown option '--jsno'; did you mean '--json'?"},
        {{"check", "--json=1"}, 64, "check: option --json takes no value; leave it away"},
        {{"check", "--json", "--json"}, 64, "check: option --json is given twice; keep one"},
        {{"rearm", "all", "--run-dir", "/x"}, 64, "rearm: say why, for the journal: --reason TEXT"},
        {{"rearm", "all", "--reason", std::string(201, 'r'), "--run-dir", "/x"},
         64,
         "rearm: --reason has 201 bytes; the journal takes 200"},
        {{"request", "bitpro", "cancel_all"},
         64,
         bench.config + ": unknown venue 'bitpro'; did you mean 'bitopro'?"},
        {{"request", "bitopro", "cancel_al"},
         64,
         file + ": unknown request 'cancel_al'; did you mean 'cancel_all'?"},
        {{"request", "bitopro", "cancel_all", "--at", "1"},
         64,
         "request: 'cancel_all' is signed; add --account ALIAS"},
        {{"request", "bitopro", "cancel_all", "--account", "support"},
         64,
         "request: 'cancel_all' is signed; add --at UNIX_MS"},
        {{"request", "bitopro", "cancel_all", "--account", "suport", "--at", "1"},
         64,
         bench.config + ": unknown account 'suport'; did you mean 'support'?"},
        {{"request", "bitopro", "cancel_all", "--account", "support", "--at", "1s"},
         64,
         "request: --at '1s' is not a whole number; --at is Unix time in milliseconds"},
        {{"request", "bitopro", "keep_alive", "--symbol", "BTC"},
         65,
         "bitopro: request keep_alive: has no form for one symbol; leave the symbol away"},
    };
    for (const Refusal& refusal : refusals) {
        const Ran ran = bench.ctl(refusal.words);
        EXPECT_EQ(ran.code, refusal.code) << refusal.sentence;
        EXPECT_TRUE(ran.errors.ends_with("ksctl: " + refusal.sentence + "\n")) << ran.errors;
        EXPECT_EQ(ran.out, "");
    }
}

TEST(Usage, IsTheTableWhenAlone) {
    const TempDir dir;
    const Ran alone = run(dir, {}), help = run(dir, {"--help"});
    EXPECT_EQ(alone.code, 64);
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(alone.errors, help.out);
    for (const char* command : {"status", "check", "rearm", "request", "judge"})
        EXPECT_NE(help.out.find(std::string("\n  ") + command + " "), std::string::npos) << command;
}

TEST(Usage, NamesAnOptionThatLacksItsValue) {
    const TempDir dir;
    EXPECT_EQ(run(dir, {"check", "--config"}).errors,
              "ksctl: check: option --config needs a value: --config VALUE\n");
}

TEST(Check, SaysTheSameAsJson) {
    const Bench bench("coinswitch");
    const Ran ran = bench.ctl({"check", "--json"});
    EXPECT_EQ(ran.code, 0) << ran.errors;
    for (const char* part :
         {"\"is_right\":true", "\"takes_along\":\"tp_sl\",\"strips_stops\":true",
          "\"last_first_shot_ns\":0,\"earliest_confirmed_ns\":4600000000",
          "{\"name\":\"coinswitch\",\"accounts\":1,\"refires_in_first_minute\":8}"})
        EXPECT_NE(ran.out.find(part), std::string::npos) << part << ran.out;
}

TEST(Check, FailsWithFileLineAndRemedy) {
    const Bench bench("coinswitch", "[scope.all]\n");
    const std::string sentence =
        bench.config + ":12: scope 'all' is always every account and is not defined by hand; "
                       "remove it";
    EXPECT_EQ(bench.ctl({"check"}).code, 78);
    EXPECT_EQ(bench.ctl({"check"}).errors, "ksctl: " + sentence + "\n");
    EXPECT_EQ(bench.ctl({"check", "--json"}).out,
              "{\"schema\":\"ksctl.check/1\",\"is_right\":false,\"mistake\":\"" + sentence +
                  "\"}\n");
}

TEST(Check, RefusesAKeyThatOthersCanRead) {
    const Bench bench("coinswitch");
    chmod((bench.dir / "rfc8032.secret").c_str(), 0644);
    const Ran ran = bench.ctl({"check"});
    EXPECT_EQ(ran.code, 78);
    EXPECT_NE(ran.errors.find("run: chmod 0400 "), std::string::npos) << ran.errors;
    EXPECT_EQ(ran.errors.find("9d61b19d"), std::string::npos); // never the secret itself
}

} // namespace
} // namespace ks
