// Rules that hold in every file: lengths, words, form. Each is also shown to bite.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "functions.hpp"

namespace ks {
namespace {

constexpr size_t line_columns_max = 100;
constexpr size_t file_lines_max = 350;
constexpr size_t test_lines_max = 600; // one behaviour after the other is easy to read
constexpr size_t function_lines_max = 70;

size_t columns(const std::string& line) {
    const auto is_first_byte = [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    };
    return static_cast<size_t>(std::ranges::count_if(line, is_first_byte));
}

// A word of code that has something better to stand in its place, in files below `where`.
struct BannedWord {
    const char* where;
    const char* word;
    const char* instead;
};
constexpr const char* state = "a state: hot code has no errors";
constexpr const char* bounded = "Bounded or Text, with a named limit";
constexpr const char* sized = "a function that knows the size";
constexpr BannedWord banned_words[] = {
    {"engine/", "volatile", "std::atomic with a written memory order"},
    {"", "strcpy", sized},
    {"", "strcat", sized},
    {"", "sprintf", sized},
    {"", "atoi", "std::from_chars"},
    {"", "rand()", "a generator with a printed seed"},
    {"tests/unit/", "sleep_for", "a fake clock"},
    {"tests/unit/", "usleep", "a fake clock"},
    {"engine/hot/", "virtual", "a concrete type"},
    {"engine/hot/", "std::function", "a concrete type"},
    {"engine/hot/", "std::string", bounded},
    {"engine/hot/", "std::vector", bounded},
    {"engine/hot/", "std::map", bounded},
    {"engine/hot/", "std::mutex", "a ring or a page"},
    {"engine/hot/", "throw", state},
    {"engine/hot/", "try", state},
    {"engine/wire/", "virtual", "a concrete type"},
    {"engine/wire/", "std::string", bounded},
    {"engine/wire/", "std::vector", bounded},
    {"engine/wire/", "throw", state},
    {"engine/venues/", "virtual", "a concrete type"},
    {"engine/venues/", "std::string", bounded},
    {"engine/venues/", "std::vector", bounded},
    {"engine/venues/", "throw", state},
};

bool is_word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Whole words only: `std::string` is not in `std::string_view`.
bool has_word(std::string_view line, std::string_view word) {
    for (size_t at = line.find(word); at != line.npos; at = line.find(word, at + 1)) {
        const size_t end = at + word.size();
        if ((at == 0 || !is_word_char(line[at - 1])) &&
            (end == line.size() || !is_word_char(line[end])))
            return true;
    }
    return false;
}

std::vector<std::string> find_banned_words(const Source& source) {
    std::vector<std::string> found;
    for (const BannedWord& banned : banned_words) {
        if (!source.is_below(banned.where) || !source.is_cpp()) continue;
        for (size_t i = 0; i < source.code.size(); ++i)
            if (!source.code[i].starts_with("#include") && has_word(source.code[i], banned.word))
                found.push_back(at_line(source, i) + ": `" + banned.word + "`: use " +
                                banned.instead);
    }
    return found;
}

// Split, so that this file does not hold what it looks for.
const std::string unfinished_words[] = {std::string("TO") + "DO", std::string("FIX") + "ME",
                                        std::string("XX") + "X", std::string("DISAB") + "LED_"};
const std::string machine_paths[] = {std::string("/wo") + "rk/", std::string("/fa") + "rm/",
                                     std::string("/ho") + "me/", std::string("/tmp/w") + "t/"};

// Behind a word or a dot it is a path of this tree or a part of an address.
bool has_machine_path(std::string_view line) {
    for (const std::string& path : machine_paths)
        for (size_t at = line.find(path); at != line.npos; at = line.find(path, at + 1))
            if (at == 0 || (!is_word_char(line[at - 1]) && line[at - 1] != '.')) return true;
    return false;
}

// A comment; or, for x.cpp and its test, the x.hpp that says it for all.
bool opens_well(const Source& source) {
    const std::string& first = source.lines[0];
    if (first.starts_with("// ") || first.starts_with("/* ")) return first.size() > 12;
    if (source.path.ends_with("_test.cpp")) return first.starts_with("#include \"");
    const std::string stem = source.path.substr(0, source.path.rfind('.'));
    return source.path.ends_with(".cpp") &&
           std::ranges::any_of(all_sources(),
                               [&](const Source& other) { return other.path == stem + ".hpp"; });
}

TEST(Tidy, LinesHaveAtMost100Columns) {
    for (const Source& source : all_sources()) {
        if (!source.is_cpp()) continue;
        for (size_t i = 0; i < source.lines.size(); ++i)
            EXPECT_LE(columns(source.lines[i]), line_columns_max) << at_line(source, i);
    }
    EXPECT_EQ(columns("µs"), 2u);
}

TEST(Tidy, FilesAreShort) {
    for (const Source& source : all_sources()) {
        if (!source.is_cpp()) continue;
        EXPECT_LE(source.lines.size(), source.is_below("tests/") ? test_lines_max : file_lines_max)
            << source.path << ": does it hold two nouns?";
    }
}

TEST(Tidy, FunctionsFitOnAScreen) {
    for (const Source& source : all_sources()) {
        if (!source.is_cpp()) continue;
        for (const FunctionSpan& function : functions_of(source))
            EXPECT_LE(function.lines_count, function_lines_max)
                << at_line(source, function.first_line) << ": split by what it decides";
    }
}

TEST(Tidy, WordsWithABetterReplacementAreNotUsed) {
    for (const Source& source : all_sources())
        for (const std::string& found : find_banned_words(source)) ADD_FAILURE() << found;
}

TEST(Tidy, NothingIsLeftUnfinished) {
    for (const Source& source : all_sources())
        for (size_t i = 0; i < source.lines.size(); ++i)
            for (const std::string& word : unfinished_words)
                EXPECT_FALSE(has_word(source.lines[i], word))
                    << at_line(source, i) << ": do it now, or open an issue";
}

TEST(Tidy, NoPathOfOneMachineIsWrittenDown) {
    for (const Source& source : all_sources())
        for (size_t i = 0; i < source.lines.size(); ++i)
            EXPECT_FALSE(has_machine_path(source.lines[i]))
                << at_line(source, i) << ": " << source.lines[i];
}

TEST(Tidy, LinesHaveNoTabsAndNoBlanksAtTheirEnd) {
    for (const Source& source : all_sources()) {
        if (source.path == "LICENSE" || source.is_below("tests/vectors/")) continue;
        EXPECT_TRUE(source.ends_in_newline) << source.path << ": the last line has no end";
        const bool may_have_tabs = source.path.ends_with(".go"); // gofmt indents with them
        for (size_t i = 0; i < source.lines.size(); ++i) {
            EXPECT_TRUE(may_have_tabs || source.lines[i].find('\t') == std::string::npos)
                << at_line(source, i);
            EXPECT_FALSE(source.lines[i].ends_with(' ')) << at_line(source, i);
        }
    }
}

TEST(Tidy, EveryFileOpensWithWhatItIsOrWithItsHeaderThatDoes) {
    for (const Source& source : all_sources()) {
        if (!source.is_cpp()) continue;
        ASSERT_FALSE(source.lines.empty()) << source.path;
        EXPECT_TRUE(opens_well(source))
            << source.path << ": begins with `" << source.lines[0] << "`";
    }
}

TEST(TidyRules, SeeCodeAndNotCommentsOrQuotes) {
    const Source source = make_source("engine/hot/x.cpp", "a; // virtual\nb(\"virtual\");\n"
                                                          "/* virtual\n virtual */ c('\"'); d;\n");
    EXPECT_TRUE(find_banned_words(source).empty());
    EXPECT_EQ(source.code[3], "            c(' '); d;");
}

TEST(TidyRules, FindBannedWordsOnlyWhereTheyAreBanned) {
    const std::string text =
        "virtual void f();\nstd::string_view s; std::string t;\nx = 1'000'000; throw 1;\n";
    EXPECT_EQ(find_banned_words(make_source("engine/hot/x.cpp", text)).size(), 3u);
    EXPECT_EQ(find_banned_words(make_source("engine/cold/x.cpp", text)).size(), 0u);
}

TEST(TidyRules, MeasureFunctionsAndNotTypesOrTables) {
    const Source source = make_source("x.cpp", "namespace ks {\n"
                                               "struct A {\n"
                                               "    void short_one() { go(); }\n"
                                               "    int table[2] = {1, 2};\n"
                                               "};\n"
                                               "void long_one(int a,\n"
                                               "              int b) {\n"
                                               "    if (a) {\n"
                                               "        go();\n"
                                               "    }\n"
                                               "}\n"
                                               "}\n");
    const std::vector<FunctionSpan> found = functions_of(source);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].lines_count, 1u);
    EXPECT_EQ(found[1].first_line, 5u);
    EXPECT_EQ(found[1].lines_count, 6u);
}

} // namespace
} // namespace ks
