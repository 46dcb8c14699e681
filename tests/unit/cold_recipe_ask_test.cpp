#include "cold/recipe_ask.hpp"

#include <map>

#include <gtest/gtest.h>

using namespace ks;

namespace {

const Recipe& recipe(const std::string& name) {
    static std::map<std::string, Recipe> compiled;
    if (!compiled.contains(name)) {
        auto made = compile_recipe(KS_SOURCE_DIR "/engine/venues/" + name + ".toml", {});
        EXPECT_TRUE(made) << made.error().sentence;
        compiled.emplace(name, *std::move(made));
    }
    return compiled.at(name);
}

std::span<const u8> as_secret(std::string_view text) {
    return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

Credentials bitopro_account() {
    Credentials account;
    account.key = "sample";
    account.secret = as_secret("bitopro");
    account.identity = "support@bitoex.com";
    return account;
}

constexpr SignTime sample_time{UnixMs{1'719'905'777'483}, 1'719'905'777'483};

std::string rendered(const std::string& venue, std::string_view request,
                     const Credentials& account) {
    auto bytes = render_request(recipe(venue), request, account, sample_time);
    return bytes ? *bytes : "error: " + bytes.error().sentence;
}

Judgement judged(const std::string& venue, std::string_view request, std::string_view response) {
    auto judgement = judge_response(recipe(venue), request, response);
    EXPECT_TRUE(judgement) << judgement.error().sentence;
    return *judgement;
}

} // namespace

TEST(RenderRequest, WritesTheBytesThatWouldBeSent) {
    const std::string bytes = rendered("bitopro", "cancel_all", bitopro_account());
    EXPECT_TRUE(
        bytes.starts_with("DELETE /v3/margin/orders/all HTTP/1.1\r\nHost: api.bitopro.com\r\n"));
    EXPECT_TRUE(
        bytes.ends_with("X-BITOPRO-SIGNATURE: "
                        "730287e071cff954320f9197183ad373b0f6d4edab40189bc94b001c1bfcfd736e3a26"
                        "9da90e6e79095a9f9e6cc7f6f9\r\n\r\n"));
}

TEST(RenderRequest, EncodesASymbolSoThatItStaysOneSegment) {
    Credentials account = bitopro_account();
    account.symbol = "../orders/all?x";
    const std::string bytes = rendered("bitopro", "cancel_all", account);
    EXPECT_TRUE(bytes.starts_with("DELETE /v3/margin/orders/..%2Forders%2Fall%3Fx HTTP/1.1\r\n"))
        << bytes;
}

TEST(RenderRequest, SaysWhichFieldIsMissing) {
    Credentials account = bitopro_account();
    account.identity = {};
    EXPECT_NE(rendered("bitopro", "cancel_all", account).find("needs 'identity'"),
              std::string::npos);
    account = bitopro_account();
    account.secret = {};
    EXPECT_NE(rendered("bitopro", "cancel_all", account).find("needs 'secret'"), std::string::npos);
    EXPECT_NE(rendered("coinswitch", "order_status", {}).find("needs 'key'"), std::string::npos);
}

TEST(RenderRequest, SaysWhichRequestsThereAre) {
    const std::string said = rendered("treadfi", "cancel_everything", {});
    EXPECT_NE(said.find("there are: cancel_all, open_orders, keep_alive, cancel_order"), said.npos)
        << said;
    Credentials account;
    account.symbol = "BTC";
    EXPECT_NE(rendered("treadfi", "cancel_all", account).find("no form for one symbol"),
              std::string::npos);
}

TEST(RenderRequest, NeverPutsASecretIntoAnError) {
    Credentials account;
    account.key = "key";
    account.secret = as_secret("canary-canary"); // not a seed of 32 bytes
    const std::string said = rendered("coinswitch", "cancel_all", account);
    EXPECT_TRUE(said.starts_with("error: ")) << said;
    EXPECT_EQ(said.find("canary"), said.npos);
}

TEST(RenderRequest, RefusesAnAccountThatWouldMakeItTooLong) {
    Credentials account;
    account.secret = as_secret("token");
    const std::string name(request_bytes_max, 'a');
    account.account = name;
    EXPECT_NE(rendered("treadfi", "cancel_all", account).find("longer than 1426 bytes"),
              std::string::npos);
}

TEST(JudgeResponse, ReadsHeadAndBody) {
    const Judgement judgement =
        judged("coinswitch", "cancel_all",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               "b\r\n{\"data\":{\"o\r\n18\r\nrders_ids\":[\"a\",\"b\"]}}  \r\n0\r\n\r\n");
    EXPECT_EQ(judgement.verdict, Verdict::accepted) << judgement.why_broken;
    EXPECT_EQ(judgement.http_status, 200);
    EXPECT_EQ(judgement.ids, (std::vector<std::string>{"a", "b"}));
}

TEST(JudgeResponse, IsUnknownForWhatIsNoWholeResponse) {
    const std::string whole = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":{}}";
    ASSERT_EQ(judged("bitopro", "cancel_all", whole).verdict, Verdict::accepted);
    for (size_t cut = 0; cut < whole.size(); ++cut)
        EXPECT_EQ(judged("bitopro", "cancel_all", whole.substr(0, cut)).verdict, Verdict::unknown)
            << cut;
    const Judgement trailing = judged("bitopro", "cancel_all", whole + "x");
    EXPECT_EQ(trailing.verdict, Verdict::unknown);
    EXPECT_FALSE(trailing.why_broken.empty());
}

TEST(JudgeResponse, JudgesEveryStatusOfEveryShippedVenue) {
    for (const char* venue : {"bitopro", "coinswitch", "treadfi"})
        for (int status = 200; status < 600; ++status) {
            const std::string response =
                "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: 2\r\n\r\n{}";
            for (const char* request : {"cancel_all", "open_orders"}) {
                const Verdict verdict = judged(venue, request, response).verdict;
                const bool is_refusal = status == 401 || status == 403 ||
                                        (status == 409 && venue == std::string_view("bitopro"));
                const Verdict expected = status == 429 ? Verdict::throttled
                                         : is_refusal  ? Verdict::refused
                                                       : Verdict::unknown;
                if (status >= 300) {
                    EXPECT_EQ(verdict, expected) << venue << status;
                }
                EXPECT_NE(verdict, Verdict::clear) << venue << status;
            }
        }
}
