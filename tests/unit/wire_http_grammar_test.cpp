// The small words of HTTP: fields, lists, numbers and dates.
#include "wire/http_grammar.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ks {
namespace {

std::vector<std::string> elements_of(std::string_view list) {
    std::vector<std::string> out;
    std::string_view element;
    while (next_element(list, element)) out.emplace_back(element);
    return out;
}

TEST(HttpGrammar, CutsAFieldAndTheBlanksAroundItsValue) {
    HttpField field;
    ASSERT_TRUE(split_field("X-Name: \t a: b \t", field));
    EXPECT_EQ(field.name, "X-Name");
    EXPECT_EQ(field.value, "a: b");
    EXPECT_FALSE(split_field("", field));
    EXPECT_FALSE(split_field(":", field));
}

TEST(HttpGrammar, ATokenIsTcharsAndNothingElse) {
    const std::string_view marks = "!#$%&'*+-.^_`|~";
    for (u32 code = 0; code < 256; ++code) {
        const char byte = static_cast<char>(code);
        const bool is_alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                                     (byte >= 'A' && byte <= 'Z');
        const bool is_tchar = is_alphanumeric || marks.find(byte) != std::string_view::npos;
        EXPECT_EQ(is_token({&byte, 1}), is_tchar) << code;
        const bool is_control = code == 0x7f || (code < 0x20 && byte != '\t');
        EXPECT_EQ(is_field_value({&byte, 1}), !is_control) << code;
    }
    EXPECT_FALSE(is_token(""));
    EXPECT_TRUE(is_field_value(""));
}

TEST(HttpGrammar, ComparesWordsWithoutCaseAndOnlyLettersHaveCase) {
    EXPECT_TRUE(is_same_word("Keep-Alive", "kEEP-aLIVE"));
    EXPECT_FALSE(is_same_word("a", "ab"));
    EXPECT_FALSE(is_same_word("@", "`"));
    EXPECT_FALSE(is_same_word("[", "{"));
    EXPECT_TRUE(ends_in_word("a+JSON", "+json"));
    EXPECT_FALSE(ends_in_word("json", "+json"));
}

TEST(HttpGrammar, CutsListsAtCommas) {
    EXPECT_EQ(elements_of("a, b ,\tc"), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(elements_of(",a,"), (std::vector<std::string>{"", "a"}));
    EXPECT_TRUE(elements_of("").empty());
}

TEST(HttpGrammar, ReadsDecimalsOfUpToEighteenDigits) {
    EXPECT_EQ(decimal("0"), 0);
    EXPECT_EQ(decimal("999999999999999999"), 999'999'999'999'999'999);
    for (const char* bad : {"", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x1", "1000000000000000000"})
        EXPECT_EQ(decimal(bad), -1) << bad;
}

TEST(HttpGrammar, ReadsHexDigits) {
    EXPECT_EQ(hex_digit('0'), 0);
    EXPECT_EQ(hex_digit('9'), 9);
    EXPECT_EQ(hex_digit('a'), 10);
    EXPECT_EQ(hex_digit('F'), 15);
    for (const char bad : {'/', ':', '@', 'G', '`', 'g', '\0', '\xff'})
        EXPECT_EQ(hex_digit(bad), -1);
}

TEST(HttpGrammar, ReadsTheOneDateFormatThatServersMaySend) {
    EXPECT_EQ(imf_fixdate_unix_s("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777);
    EXPECT_EQ(imf_fixdate_unix_s("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    EXPECT_EQ(imf_fixdate_unix_s("Thu, 29 Feb 2024 23:59:59 GMT"), 1'709'251'199);
    EXPECT_EQ(imf_fixdate_unix_s("Sat, 31 Dec 2016 23:59:60 GMT"), 1'483'228'800);
    EXPECT_EQ(imf_fixdate_unix_s("Fri, 31 Dec 9999 23:59:59 GMT"), 253'402'300'799);
}

TEST(HttpGrammar, RefusesEveryOtherDate) {
    for (const char* bad : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                            "Sun, 6 Nov 1994 08:49:37 GMT", "Mon, 06 Nov 1994 08:49:37 GMT",
                            "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                            "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT",
                            "Sun, 06 Nov 1994 08:49:61 GMT", "Wed, 30 Feb 1994 08:49:37 GMT",
                            "Wed, 29 Feb 2023 00:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT ",
                            "Sun, 06 Nov 1994 -8:49:37 GMT", "Sun,\t06 Nov 1994 08:49:37 GMT"})
        EXPECT_EQ(imf_fixdate_unix_s(bad), -1) << bad;
}

TEST(HttpGrammar, ChecksChunkExtensions) {
    for (const char* good :
         {"", ";a", " ; a", ";a=b", ";a = b", ";a=\"\"", ";a=\"b\\\"c\";d", ";a=\"b c;d=e\""})
        EXPECT_TRUE(is_chunk_extensions(good)) << good;
    for (const char* bad : {" ", "a", ";", ";;a", ";a=", ";a=\"", ";a=\"\\", ";a=\"\\\"", ";a;",
                            ";a b", ";a=b c", ";a=\"b\"c", ";a ", ";a=\"\x01\"", ";a=\"\\\x01\""})
        EXPECT_FALSE(is_chunk_extensions(bad)) << bad;
}

} // namespace
} // namespace ks
