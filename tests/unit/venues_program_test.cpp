#include "venues/program.hpp"

#include <gtest/gtest.h>

#include <string>

#include "venues/arena.hpp"
#include "venues/encode.hpp"
#include "venues/sign.hpp"

using namespace ks;

namespace {

// Builds a program step by step, as the recipe compiler does.
struct Draft {
    Program program;
    Draft& step(Op op, u8 arg = 0) {
        EXPECT_TRUE(program.steps.push({op, arg, 0, 0}));
        return *this;
    }
    Draft& field(Field field) { return step(Op::field, static_cast<u8>(field)); }
    Draft& literal(std::string_view text) {
        const auto offset = static_cast<u16>(program.literals.size());
        for (char byte : text) EXPECT_TRUE(program.literals.push(byte));
        EXPECT_TRUE(program.steps.push({Op::literal, 0, offset, static_cast<u16>(text.size())}));
        return *this;
    }
};

std::string built(const Draft& draft, const Credentials& credentials = {},
                  const SignTime& time = {}, size_t bytes_max = 1'426) {
    std::string out(bytes_max, '\0');
    out.resize(run(draft.program, credentials, time, std::as_writable_bytes(std::span(out))));
    return out;
}

std::string hex_of(std::string_view bytes) {
    Arena arena;
    append_hex(arena, bytes);
    return std::string(arena.from(0));
}

std::string unhex(std::string_view digits) {
    std::string bytes;
    for (size_t i = 0; i < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return bytes;
}

std::span<const u8> as_secret(std::string_view text) {
    return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

template<class Encode> std::string image(Encode encode, std::string_view value) {
    Arena arena;
    encode(arena, value);
    return std::string(arena.from(0));
}

} // namespace

TEST(Encode, WritesBase64AsInRfc4648) {
    const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                     {"f", "Zg=="},
                                                                     {"fo", "Zm8="},
                                                                     {"foo", "Zm9v"},
                                                                     {"foob", "Zm9vYg=="},
                                                                     {"fooba", "Zm9vYmE="},
                                                                     {"foobar", "Zm9vYmFy"}};
    for (const auto& [value, expected] : vectors) EXPECT_EQ(image(append_base64, value), expected);
    EXPECT_EQ(image(append_base64, "\xfb\xff"), "+/8=");
    EXPECT_EQ(image(append_base64url, "\xfb\xff"), "-_8");
}

TEST(Encode, EscapesAllThatAUrlDoesNotReserve) {
    EXPECT_EQ(image(append_urlencoded, "AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(image(append_urlencoded, "a b/c?d=e&f+g%\xc3\xa9"),
              "a%20b%2Fc%3Fd%3De%26f%2Bg%25%C3%A9");
}

TEST(Encode, QuotesJsonSoThatNothingEndsTheString) {
    EXPECT_EQ(image(append_json_string, "a\"b\\c\n\x01\xc3\xa9"),
              "\"a\\\"b\\\\c\\u000a\\u0001\xc3\xa9\"");
}

TEST(Encode, WritesTimesAsIso8601WithMilliseconds) {
    Arena arena;
    append_iso_time(arena, UnixMs{1'607'418'537'715});
    EXPECT_EQ(arena.from(0), "2020-12-08T09:08:57.715Z");
}

TEST(Sign, MatchesRfc4231TestCase2) {
    const std::string_view message = "what do ya want for nothing?";
    EXPECT_EQ(hex_of(hmac(Hash::sha256, as_secret("Jefe"), message).view()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex_of(hmac(Hash::sha384, as_secret("Jefe"), message).view()),
              "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
              "8e2240ca5e69e2c78b3239ecfab21649");
    EXPECT_EQ(hex_of(hmac(Hash::sha512, as_secret("Jefe"), message).view()),
              "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
              "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST(Sign, MatchesRfc8032Test1And2) {
    const std::string one =
        unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    EXPECT_EQ(hex_of(ed25519(as_secret(one), "").view()),
              "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
              "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    const std::string two =
        unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    EXPECT_EQ(hex_of(ed25519(as_secret(two), "\x72").view()),
              "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
              "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Sign, SignsNothingWithAMissingOrMisshapenKey) {
    EXPECT_FALSE(hmac(Hash::sha384, {}, "message"));
    EXPECT_FALSE(ed25519({}, "message"));
    EXPECT_FALSE(ed25519(as_secret(std::string(31, 'k')), "message"));
    EXPECT_FALSE(ed25519(as_secret(std::string(33, 'k')), "message"));
}

TEST(Program, AppendsTextFieldsAndTimes) {
    Draft draft;
    draft.step(Op::open)
        .literal("k=")
        .field(Field::key)
        .literal(";")
        .step(Op::time_ms)
        .literal(";");
    draft.step(Op::time_s).literal(";").step(Op::nonce);
    Credentials credentials;
    credentials.key = "abc";
    EXPECT_EQ(built(draft, credentials, {UnixMs{1'719'905'777'483}, 42}),
              "k=abc;1719905777483;1719905777;42");
}

TEST(Program, KeepsAValueAndLoadsItAndItsSize) {
    Draft draft;
    draft.step(Op::open).literal("hello").step(Op::keep, 3);
    draft.step(Op::open).step(Op::size_of, 3).literal(":").step(Op::load, 3).step(Op::load, 3);
    EXPECT_EQ(built(draft), "5:hellohello");
}

TEST(Program, NestsImagesOfImages) {
    Draft draft;
    draft.step(Op::open).literal("x=");
    draft.step(Op::open).literal("<").step(Op::open).field(Field::identity).step(Op::json_string);
    draft.literal(">").step(Op::base64);
    draft.literal(".");
    Credentials credentials;
    credentials.identity = "a\"b";
    EXPECT_EQ(built(draft, credentials), "x=" + image(append_base64, "<\"a\\\"b\">") + ".");
}

TEST(Program, WritesACommaListAsJsonStrings) {
    Draft draft;
    draft.step(Op::open).step(Op::field_list, static_cast<u8>(Field::account));
    Credentials credentials;
    credentials.account = "alpha,be\"ta";
    EXPECT_EQ(built(draft, credentials), R"("alpha","be\"ta")");
    for (std::string_view bad : {"", ",", "a,", ",a", "a,,b"}) {
        credentials.account = bad;
        EXPECT_EQ(built(draft, credentials), "") << bad;
    }
}

TEST(Program, RefusesAnEmptyField) {
    for (size_t i = 0; i < fields_count; ++i) {
        Draft draft;
        draft.step(Op::open).literal("GET /").field(static_cast<Field>(i));
        EXPECT_EQ(built(draft), "");
    }
}

TEST(Program, RefusesATargetOrHeaderOutsideTheGrammar) {
    Draft target;
    target.step(Op::open).literal("/").field(Field::symbol).step(Op::check_target);
    Draft value;
    value.step(Op::open).field(Field::symbol).step(Op::check_value);
    Credentials credentials;
    const std::string_view nul("a\0b", 3);
    for (std::string_view bad :
         std::initializer_list<std::string_view>{"a\rb", "a\nb", nul, "a\x7f", "a\xc3\xa9"}) {
        credentials.symbol = bad;
        EXPECT_EQ(built(target, credentials), "");
        EXPECT_EQ(built(value, credentials), "");
    }
    credentials.symbol = "a b";
    EXPECT_EQ(built(target, credentials), "");
    EXPECT_EQ(built(value, credentials), "a b");
    credentials.symbol = "a#b";
    EXPECT_EQ(built(target, credentials), "");
    for (std::string_view bad : {" a", "a "}) {
        credentials.symbol = bad;
        EXPECT_EQ(built(value, credentials), "");
    }
}

TEST(Program, FitsOrGivesNothing) {
    Draft draft;
    draft.step(Op::open).literal("0123456789");
    EXPECT_EQ(built(draft, {}, {}, 10), "0123456789");
    EXPECT_EQ(built(draft, {}, {}, 9), "");
}

TEST(Program, GivesNothingWhenAValueOutgrowsTheScratch) {
    const std::string large(5'000, 'x');
    Credentials credentials;
    credentials.key = large;
    Draft draft;
    draft.step(Op::open).field(Field::key).step(Op::keep, 0);
    draft.step(Op::open).field(Field::key).step(Op::keep, 1);
    draft.step(Op::open).literal("ok");
    EXPECT_EQ(built(draft, credentials), "");
}

TEST(Program, GivesNothingWhenItsStepsMakeNoSense) {
    EXPECT_EQ(built(Draft{}), "");
    EXPECT_EQ(built(Draft{}.literal("text outside a value")), "");
    EXPECT_EQ(built(Draft{}.step(Op::hex)), "");
    EXPECT_EQ(built(Draft{}.step(Op::keep, 0)), "");
    EXPECT_EQ(built(Draft{}.step(Op::open).step(Op::open).literal("unclosed")), "");
    EXPECT_EQ(built(Draft{}.step(Op::open).step(Op::keep, registers_max)), "");
    Draft deep;
    for (size_t i = 0; i <= nesting_max; ++i) deep.step(Op::open);
    EXPECT_EQ(built(deep), "");
}
