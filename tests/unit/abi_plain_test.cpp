// Plain text against what humans write in any language, and against what is no text at all.
#include "abi/killswitch_plain.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/units.hpp"

namespace ks {
namespace {

std::string plain(const std::string& text, size_t room_bytes = 256) {
    std::string to(room_bytes, 'x');
    const size_t count = ks_plain_text(to.data(), room_bytes, text.data(), text.size());
    EXPECT_LT(count, room_bytes);
    EXPECT_EQ(to[count], '\0');
    return to.substr(0, count);
}

// By the definition (Unicode, table 3-6), not by the code under test.
std::string encoded(u32 point) {
    const auto byte = [](u32 value) { return static_cast<char>(value); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xc0 | point >> 6), byte(0x80 | (point & 63))};
    if (point < 0x10000)
        return {byte(0xe0 | point >> 12), byte(0x80 | (point >> 6 & 63)),
                byte(0x80 | (point & 63))};
    return {byte(0xf0 | point >> 18), byte(0x80 | (point >> 12 & 63)),
            byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
}

const std::vector<std::string> languages = {
    "fat finger",
    "ऑर्डर बहुत ज़्यादा हैं, रोक दिया",           // Hindi
    "下單失控，立即停止",                   // Chinese
    "損失超過上限 — Verlust über Grenze €", // and more
    "🛑 stop 💸",
};

TEST(PlainText, R16_what_humans_write_in_any_language_stays_as_it_is) {
    for (const std::string& text : languages) EXPECT_EQ(plain(text), text);
}

TEST(PlainText, R16_is_cut_between_two_characters_at_every_length) {
    for (const std::string& text : languages)
        for (size_t room_bytes = 1; room_bytes <= text.size() + 1; ++room_bytes) {
            const std::string cut = plain(text, room_bytes);
            EXPECT_TRUE(text.starts_with(cut));
            EXPECT_EQ(plain(cut), cut) << "whole characters";
            EXPECT_GT(cut.size() + 4, room_bytes - 1) << "and as many as fit";
        }
}

TEST(PlainText, R16_each_byte_of_no_character_becomes_a_question_mark) {
    const std::pair<std::string, std::string> cases[] = {
        {"a\xc0\x80"
         "b",
         "a??b"},                        // overlong NUL
        {"\xc1\xbf", "??"},              // overlong
        {"\xe0\x9f\xbf", "???"},         // overlong
        {"\xf0\x8f\xbf\xbf", "????"},    // overlong
        {"\xed\xa0\x80", "???"},         // surrogate
        {"\xed\xbf\xbf", "???"},         // surrogate
        {"\xf4\x90\x80\x80", "????"},    // above U+10FFFF
        {"\xf5\x80\x80\x80", "????"},    // no lead
        {"\xff\xfe", "??"},              // no lead
        {"\x80x\xbf", "?x?"},            // stray
        {"\xe2\x82", "??"},              // cut at the end
        {"\xe2\x82z", "??z"},            // cut by another
        {"\xe2\xe2\x82\xac", "?\u20ac"}, // begun anew
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(plain(text), expected);
}

TEST(PlainText, R16_a_text_truncated_at_any_byte_keeps_its_whole_characters) {
    for (const std::string& text : languages)
        for (size_t bytes = 0; bytes <= text.size(); ++bytes) {
            std::string cut = plain(text.substr(0, bytes));
            EXPECT_EQ(cut.size(), bytes);
            cut.resize(cut.find('?') == cut.npos ? bytes : cut.find('?'));
            EXPECT_TRUE(text.starts_with(cut));
            EXPECT_GT(cut.size() + 4, bytes);
        }
}

TEST(PlainText, R16_nothing_turns_the_direction_or_hides_or_moves_a_cursor) {
    EXPECT_EQ(plain("clear \u202e!tnes ton"), "clear ?!tnes ton");
    EXPECT_EQ(plain("\x1b[2J\x7f\u009b2J"), "?[2J??2J");
    EXPECT_EQ(plain("a\nb\tc\\"), "a?b?c\\");
    EXPECT_EQ(plain("no\u200bt\u2066 \ufeffsent"), "no?t? ?sent");
}

TEST(PlainText, R16_every_code_point_is_itself_or_one_question_mark) {
    const auto is_hidden = [](u32 point) {
        return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x61c ||
               (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
               (point >= 0x2060 && point <= 0x2069) || point == 0xfeff;
    };
    u32 wrong_count = 0;
    for (u32 point = 1; point <= 0x10ffff; ++point) {
        const std::string text = encoded(point);
        const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
        const std::string expected = is_surrogate ? "???" : is_hidden(point) ? "?" : text;
        wrong_count += plain(text, 8) != expected;
    }
    EXPECT_EQ(wrong_count, 0u);
}

TEST(PlainText, R16_ends_at_a_nul_and_may_lie_where_it_came_from) {
    EXPECT_EQ(plain(std::string("a\0b", 3)), "a");
    EXPECT_EQ(plain("", 1), "");
    std::string text = "\u202e下\xff單";
    text.resize(ks_plain_text(text.data(), text.size() + 1, text.data(), text.size()));
    EXPECT_EQ(text, "?下?單");
}

} // namespace
} // namespace ks
