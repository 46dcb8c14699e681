#include "cold/toml.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

TomlFile parsed(std::string_view text) {
    auto file = TomlFile::parse("k.toml", text);
    EXPECT_TRUE(file) << (file ? "" : file.error().sentence);
    return std::move(*file);
}

std::string mistake(const TomlFile& file) {
    auto done = file.finish();
    return done ? "" : done.error().sentence;
}

TEST(Toml, ReadsEveryTypeOfValue) {
    const TomlFile file = parsed("name = 'x'\ncount = 7\nis_on = true\nwait = '250ms'\n"
                                 "names = ['a', 'b']\ncounts = [1, 2]\nwaits = ['1s', '1m']\n"
                                 "[table]\nkey = 'v'\n[[list]]\nn = 1\n[[list]]\nn = 2\n");
    const Toml root = file.root();
    EXPECT_EQ(root.text("name"), "x");
    EXPECT_EQ(root.integer("count", {0, 10}), 7);
    EXPECT_TRUE(root.boolean("is_on"));
    EXPECT_EQ(root.duration("wait"), milliseconds(250));
    EXPECT_EQ(root.texts("names"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(root.integers("counts", {0, 9}), (std::vector<i64>{1, 2}));
    EXPECT_EQ(root.durations("waits"), (std::vector<Nanos>{seconds(1), seconds(60)}));
    EXPECT_EQ(root.table("table").text("key"), "v");
    ASSERT_EQ(root.tables("list").size(), 2u);
    EXPECT_EQ(root.tables("list")[0].integer("n", {}), 1);
    EXPECT_EQ(root.tables("list")[1].integer("n", {}), 2);
    EXPECT_EQ(mistake(file), "");
}

TEST(Toml, GivesTheFallbackForAnAbsentKey) {
    const TomlFile file = parsed("");
    const Toml root = file.root();
    EXPECT_EQ(root.text("a", "x"), "x");
    EXPECT_EQ(root.integer("b", {0, 9}, 4), 4);
    EXPECT_TRUE(root.boolean("c", true));
    EXPECT_EQ(root.duration("d", seconds(3)), seconds(3));
    EXPECT_EQ(root.choice("e", {"auto", "uring"}), "auto");
    EXPECT_TRUE(root.texts("f").empty());
    EXPECT_FALSE(root.table_if("g").is_present());
    EXPECT_EQ(root.table_if("g").text("h", "y"), "y");
    EXPECT_EQ(mistake(file), "");
}

TEST(Toml, TellsTheKindOfAValue) {
    const TomlFile file = parsed("a = 'x'\nb = 7\nc = false\nd = []\ne = {}\nf = 1.5\n");
    const Toml root = file.root();
    EXPECT_EQ(root.kind("a"), TomlKind::text);
    EXPECT_EQ(root.kind("b"), TomlKind::integer);
    EXPECT_EQ(root.kind("c"), TomlKind::boolean);
    EXPECT_EQ(root.kind("d"), TomlKind::array);
    EXPECT_EQ(root.kind("e"), TomlKind::table);
    EXPECT_EQ(root.kind("f"), TomlKind::other);
    EXPECT_EQ(root.kind("g"), TomlKind::absent);
}

TEST(Toml, ListsKeysInTheOrderOfTheFile) {
    const TomlFile file = parsed("[scope]\nzulu = 1\nalpha = 2\nmike = 3\n");
    EXPECT_EQ(file.root().table("scope").keys(),
              (std::vector<std::string>{"zulu", "alpha", "mike"}));
}

TEST(Toml, ListsTablesInTheOrderOfTheFile) {
    const TomlFile file = parsed("[venue.z]\na = 1\n[venue.b]\na = 1\n[venue.\"b/c\"]\na = 1\n");
    EXPECT_EQ(file.root().table("venue").keys(), (std::vector<std::string>{"z", "b", "b/c"}));
}

TEST(Toml, SuggestsWhatAnUnknownKeyWasMeantToBe) {
    const TomlFile file = parsed("[venue]\nrecipe = 'x'\nadress = 'y'\n");
    const Toml venue = file.root().table("venue");
    venue.text("recipe");
    venue.text("address", "");
    EXPECT_EQ(mistake(file), "k.toml:3: unknown key 'adress'; did you mean 'address'?");
}

TEST(Toml, SuggestsNothingWhenNoKnownKeyIsNear) {
    const TomlFile file = parsed("quite_else = 1\n");
    file.root().text("name", "");
    EXPECT_EQ(mistake(file), "k.toml:1: unknown key 'quite_else'; remove it");
}

TEST(Toml, FindsUnknownKeysInsideArraysOfTables) {
    const TomlFile file = parsed("[[list]]\nn = 1\n[[list]]\nn = 2\nm = 3\n");
    for (const Toml& one : file.root().tables("list")) one.integer("n", {});
    EXPECT_EQ(mistake(file), "k.toml:5: unknown key 'm'; did you mean 'n'?");
}

TEST(Toml, NamesTheMissingKeyItsTableAndHowToAddIt) {
    const TomlFile file = parsed("\n[engine]\n");
    EXPECT_EQ(file.root().table("engine").text("name"), "");
    EXPECT_EQ(mistake(file), "k.toml:2: [engine] has no 'name'; add name = \"...\"");
}

TEST(Toml, NamesTheMissingTable) {
    const TomlFile file = parsed("");
    EXPECT_FALSE(file.root().table("engine").is_present());
    EXPECT_EQ(mistake(file), "k.toml: the file has no 'engine'; add [engine]");
}

TEST(Toml, RefusesTheWrongTypeAndSaysWhichIsRight) {
    const TomlFile file = parsed("name = 5\n");
    file.root().text("name");
    EXPECT_EQ(mistake(file), "k.toml:1: 'name' is an integer; make it a string");
}

TEST(Toml, RefusesANumberOutsideItsRange) {
    for (const char* text : {"count = 0\n", "count = 11\n"}) {
        const TomlFile file = parsed(text);
        file.root().integer("count", {1, 10});
        EXPECT_NE(mistake(file).find("it must be from 1 to 10"), std::string::npos) << text;
    }
    const TomlFile file = parsed("low = 1\nhigh = 10\n");
    EXPECT_EQ(file.root().integer("low", {1, 10}), 1);
    EXPECT_EQ(file.root().integer("high", {1, 10}), 10);
    EXPECT_EQ(mistake(file), "");
}

TEST(Toml, RefusesAWordThatIsNoChoice) {
    const TomlFile file = parsed("net = 'fast'\n");
    EXPECT_EQ(file.root().choice("net", {"auto", "uring", "socket"}), "auto");
    EXPECT_EQ(mistake(file),
              "k.toml:1: 'net' cannot be 'fast'; choose one of: auto, uring, socket");
}

TEST(Toml, RefusesADurationWithoutUnit) {
    const TomlFile file = parsed("wait = '250'\n");
    file.root().duration("wait");
    EXPECT_EQ(mistake(file), "k.toml:1: 'wait': '250' is not a duration; write a whole number "
                             "and a unit (ns us ms s m h d), like \"250ms\"");
}

TEST(Toml, KeepsTheFirstMistakeOnly) {
    const TomlFile file = parsed("a = 1\nb = 2\n");
    file.root().text("b");
    file.root().text("a");
    EXPECT_EQ(mistake(file), "k.toml:2: 'b' is an integer; make it a string");
}

TEST(Toml, LetsTheReaderFailWithTheLineOfAKey) {
    const TomlFile file = parsed("\n\na = 'x'\n");
    file.root().fail("a", "is odd; make it even");
    EXPECT_EQ(mistake(file), "k.toml:3: is odd; make it even");
    EXPECT_EQ(file.root().where("a"), "k.toml:3");
}

TEST(Toml, SaysWhereTheSyntaxBreaks) {
    auto file = TomlFile::parse("k.toml", "a = 1\nb = = 2\n");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().sentence.substr(0, 9), "k.toml:2:");
    EXPECT_NE(file.error().sentence.find("; mend the TOML syntax there"), std::string::npos);
}

TEST(Toml, RefusesAKeyGivenTwice) {
    EXPECT_FALSE(TomlFile::parse("k.toml", "a = 1\na = 2\n"));
}

TEST(Toml, NamesAFileThatCannotBeRead) {
    auto file = TomlFile::read("/nonexistent/k.toml");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().sentence, "/nonexistent/k.toml: cannot be read or is empty; check the "
                                     "path and the permissions");
}

TEST(Duration, KnowsEveryUnit) {
    for (auto [text, ns] :
         std::initializer_list<std::pair<const char*, i64>>{{"3ns", 3},
                                                            {"3us", 3'000},
                                                            {"3ms", 3'000'000},
                                                            {"3s", 3'000'000'000},
                                                            {"3m", 180'000'000'000},
                                                            {"3h", 10'800'000'000'000},
                                                            {"1d", 86'400'000'000'000}}) {
        auto span = parse_duration(text);
        ASSERT_TRUE(span) << text;
        EXPECT_EQ(span->ns, ns) << text;
    }
}

TEST(Duration, RefusesFractionsSignsBlanksAndOverflow) {
    for (const char* text : {"", "s", "1.5s", "-1s", "1 s", "1S", "1s ", "99999999999d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Nearest, TakesTheClosestCandidate) {
    const std::vector<std::string> names = {"address", "recipe", "lanes"};
    EXPECT_EQ(nearest("lane", names), "lanes");
    EXPECT_EQ(nearest("recpie", names), "recipe");
    EXPECT_EQ(nearest("addr", names), "address");
    EXPECT_EQ(nearest("producer", names), "");
}

} // namespace
} // namespace ks
