#include "venues/judge.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace ks;

namespace {

Probe probe(ProbeKind kind, std::initializer_list<std::string_view> path,
            std::string_view literal = {}) {
    Probe made;
    made.kind = kind;
    for (std::string_view segment : path) EXPECT_TRUE(made.path.push(Text<32>(segment)));
    made.literal.assign(literal);
    return made;
}

struct Judged {
    Verdict verdict;
    std::vector<std::string> ids;
    u32 open_count;
    bool is_json;
    friend bool operator==(const Judged&, const Judged&) = default;
};

void collect(void* ids, std::string_view id) {
    static_cast<std::vector<std::string>*>(ids)->emplace_back(id);
}

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Judged judge(const JudgeProgram& program, std::string_view body, size_t cut = 0, u16 status = 200) {
    Judged judged{};
    Judge judge;
    judge.start(program, status, collect, &judged.ids);
    judge.feed(bytes(body.substr(0, cut)));
    judge.feed(bytes(body.substr(cut)));
    judged.verdict = judge.finish();
    judged.open_count = judge.open_count();
    judged.is_json = judge.body_is_json();
    EXPECT_EQ(judge.ids_count(), judged.ids.size());
    return judged;
}

bool is_json(std::string_view body) {
    return judge(JudgeProgram{}, body).is_json;
}

// The list of open orders at /data, its ids, and a cursor that must be blank.
JudgeProgram open_orders() {
    JudgeProgram program;
    EXPECT_TRUE(program.probes.push(probe(ProbeKind::is_array, {"data"})));
    EXPECT_TRUE(program.probes.push(probe(ProbeKind::is_empty, {"data"})));
    EXPECT_TRUE(program.probes.push(probe(ProbeKind::not_null, {"cursor"})));
    EXPECT_TRUE(program.probes.push(probe(ProbeKind::count, {"data", "*"})));
    EXPECT_TRUE(program.probes.push(probe(ProbeKind::id, {"data", "*", "id"})));
    Rule clear{Verdict::clear, 200, 200, 0b011, 0b100};
    Rule open{Verdict::open, 200, 200, 0b001, 0};
    open.count_min = 1;
    Rule throttled{Verdict::throttled, 429, 429};
    throttled.needs_json = false;
    for (const Rule& rule : {clear, open, throttled}) EXPECT_TRUE(program.rules.push(rule));
    return program;
}

// One rule that holds when `held` does, for tests of a single probe.
JudgeProgram only(const Probe& held) {
    JudgeProgram program;
    EXPECT_TRUE(program.probes.push(held));
    EXPECT_TRUE(program.rules.push({Verdict::accepted, 200, 200, 0b1, 0}));
    return program;
}

bool holds(const Probe& held, std::string_view body) {
    return judge(only(held), body).verdict == Verdict::accepted;
}

} // namespace

TEST(Judge, ReadsAnEmptyListAsClear) {
    EXPECT_EQ(judge(open_orders(), R"({"data":[]})").verdict, Verdict::clear);
    EXPECT_EQ(judge(open_orders(), R"( {"cursor":null , "data" : [ ] } )").verdict, Verdict::clear);
    EXPECT_EQ(judge(open_orders(), R"({"data":[],"cursor":""})").verdict, Verdict::clear);
}

TEST(Judge, ReadsOrdersAndTheirIds) {
    const Judged judged =
        judge(open_orders(), R"({"data":[{"id":"a1"},{"id":17},{"x":[{"id":"no"}]}]})");
    EXPECT_EQ(judged.verdict, Verdict::open);
    EXPECT_EQ(judged.open_count, 3u);
    EXPECT_EQ(judged.ids, (std::vector<std::string>{"a1", "17"}));
}

TEST(Judge, NeverReadsAListThatIsNotThereAsEmpty) {
    for (std::string_view body :
         {R"({})", R"({"data":null})", R"({"data":""})", R"({"data":{}})", R"([])",
          R"([{"data":[]}])", R"({"x":{"data":[]}})", R"("data")", R"({"DATA":[]})",
          R"({"data ":[]})", R"({"data":[],"cursor":7})", R"({"data":[[]]x)", ""})
        EXPECT_NE(judge(open_orders(), body).verdict, Verdict::clear) << body;
}

TEST(Judge, GivesTheSameVerdictAtEverySplit) {
    for (std::string_view body :
         {R"({"data":[]})", R"({"data":[{"id":"\u00e9\ud83d\ude00","n":-1.5e+7}],"cursor":null})",
          R"({"data":[{"id":"x"},true,false,0,"s\n"]} )", R"({"d\u0061ta":[]})", R"({"data":[]}})",
          "{\"data\":[\"\xf0\x9f\x98\x80\"]}"}) {
        const Judged whole = judge(open_orders(), body);
        for (size_t cut = 0; cut <= body.size(); ++cut)
            EXPECT_EQ(judge(open_orders(), body, cut), whole) << body << " cut at " << cut;
    }
}

TEST(Judge, NeverSucceedsOnACutBody) {
    const std::string_view body = R"({"data":[],"cursor":null})";
    for (size_t cut = 0; cut < body.size(); ++cut)
        EXPECT_EQ(judge(open_orders(), body.substr(0, cut)).verdict, Verdict::unknown) << cut;
}

TEST(Judge, ReadsEscapedNamesAsTheNamesTheyAre) {
    EXPECT_EQ(judge(open_orders(), R"({"\u0064ata":[]})").verdict, Verdict::clear);
    EXPECT_EQ(judge(open_orders(), R"({"data":[{"id":"a\/\"\\\b\f\n\r\tA"}]})").ids,
              std::vector<std::string>{"a/\"\\\b\f\n\r\tA"});
    EXPECT_EQ(judge(open_orders(), R"({"data":[{"id":"\u00e9\u20ac\ud83d\ude00"}]})").ids,
              std::vector<std::string>{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"});
}

TEST(Judge, DoesNotDecideBetweenTwoEqualNamesThatItLooksAt) {
    EXPECT_EQ(judge(open_orders(), R"({"data":[],"data":[{"id":"a"}]})").verdict, Verdict::unknown);
    EXPECT_EQ(judge(open_orders(), R"({"data":[{"id":"a"}],"d\u0061ta":[]})").verdict,
              Verdict::unknown);
    EXPECT_EQ(judge(open_orders(), R"({"data":[{"id":"a","id":"b"}]})").verdict, Verdict::unknown);
    EXPECT_EQ(judge(open_orders(), R"({"note":1,"note":2,"data":[]})").verdict, Verdict::clear);
    EXPECT_EQ(judge(open_orders(), R"({"data":[{"id":"a"},{"id":"b"}]})").verdict, Verdict::open);
}

TEST(Judge, DecidesAStatusRuleWithoutABody) {
    EXPECT_EQ(judge(open_orders(), "<html>slow down</html>", 0, 429).verdict, Verdict::throttled);
    EXPECT_EQ(judge(open_orders(), R"({"data":[]})", 0, 500).verdict, Verdict::unknown);
    EXPECT_EQ(judge(open_orders(), "<html>ok</html>").verdict, Verdict::unknown);
}

TEST(Judge, HoldsEachKindOfProbeOnlyForWhatItNames) {
    using enum ProbeKind;
    struct Case {
        ProbeKind kind;
        std::string_view yes;
        std::vector<std::string_view> no;
    };
    const Case cases[] = {
        {exists, R"({"a":null})", {R"({})", R"({"b":1})", R"([1])"}},
        {is_array, R"({"a":[1]})", {R"({"a":{}})", R"({"a":"[]"})", R"({})"}},
        {is_object, R"({"a":{"b":1}})", {R"({"a":[]})", R"({"a":null})"}},
        {is_empty, R"({"a":[]})", {R"({"a":[0]})", R"({"a":0})", R"({"a":null})", R"({"a":"x"})"}},
        {is_empty, R"({"a":{}})", {R"({"a":{"b":[]}})", R"({"a":[[]]})"}},
        {is_empty, R"({"a":""})", {R"({"a":" "})"}},
        {not_null, R"({"a":0})", {R"({"a":null})", R"({"a":""})", R"({})"}},
        {equals, R"({"a":"ok"})", {R"({"a":"okk"})", R"({"a":"o"})", R"({"a":["ok"]})"}},
        {count, R"({"a":1})", {R"({})"}},
        {id, R"({"a":1})", {R"({"a":null})", R"({"a":true})", R"({"a":""})", R"({"a":[1]})"}},
        {number,
         R"({"a":12})",
         {R"({"a":"12"})", R"({"a":1.0})", R"({"a":-1})", R"({"a":1e3})", R"({"a":1234567890})"}},
    };
    for (const Case& one : cases) {
        const Probe looked = probe(one.kind, {"a"}, "ok");
        EXPECT_TRUE(holds(looked, one.yes)) << one.yes;
        for (std::string_view body : one.no)
            EXPECT_FALSE(holds(looked, body)) << static_cast<int>(one.kind) << " " << body;
    }
}

TEST(Judge, ComparesNumbersAndWordsAsTheyAreWritten) {
    EXPECT_TRUE(holds(probe(ProbeKind::equals, {"code"}, "0"), R"({"code":0})"));
    EXPECT_FALSE(holds(probe(ProbeKind::equals, {"code"}, "0"), R"({"code":0.0})"));
    EXPECT_TRUE(holds(probe(ProbeKind::equals, {"ok"}, "true"), R"({"ok":true})"));
}

TEST(Judge, TakesTheEmptyPathAsTheWholeBody) {
    EXPECT_TRUE(holds(probe(ProbeKind::is_empty, {}), "[]"));
    EXPECT_TRUE(holds(probe(ProbeKind::equals, {}, "17"), "17"));
    EXPECT_EQ(judge(only(probe(ProbeKind::count, {"*"})), R"([1,[2],{"a":3}])").open_count, 3u);
}

TEST(Judge, ReportsANumberAsTheCount) {
    EXPECT_EQ(judge(only(probe(ProbeKind::number, {"count"})), R"({"count":12})").open_count, 12u);
}

TEST(Judge, MatchesAStarAtEveryMemberAndElement) {
    const JudgeProgram program = only(probe(ProbeKind::id, {"data", "*", "*"}));
    EXPECT_EQ(judge(program, R"({"data":{"BTC_USDT":["1","2"],"ETH_USDT":["3"],"X":4}})").ids,
              (std::vector<std::string>{"1", "2", "3"}));
}

TEST(Judge, CutsALongIdAndComparesNoCutText) {
    const std::string longer(100, 'x');
    const auto ids = judge(only(probe(ProbeKind::id, {"a"})), R"({"a":")" + longer + R"("})").ids;
    EXPECT_EQ(ids, std::vector<std::string>{longer.substr(0, json_token_bytes_max)});
    const Probe named = probe(ProbeKind::exists, {std::string(31, 'n')});
    EXPECT_TRUE(holds(named, R"({")" + std::string(31, 'n') + R"(":1})"));
    EXPECT_FALSE(holds(named, R"({")" + std::string(32, 'n') + R"(":1})"));
}

TEST(Judge, ReadsToTheDepthLimitAndNoDeeper) {
    const auto nest = [](size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(is_json(nest(json_depth_max)));
    EXPECT_FALSE(is_json(nest(json_depth_max + 1)));
    EXPECT_FALSE(is_json(std::string(1'000'000, '[')));
}

TEST(Judge, RefusesWhatIsNotStrictlyJson) {
    for (std::string_view body : {"",
                                  " ",
                                  "nul",
                                  "nulll",
                                  "True",
                                  "NaN",
                                  "Infinity",
                                  "-",
                                  "-a",
                                  "01",
                                  "1.",
                                  ".5",
                                  "1e",
                                  "1e+",
                                  "+1",
                                  "0x10",
                                  "1 2",
                                  "[1,]",
                                  "[,1]",
                                  "[1 2]",
                                  "{,}",
                                  R"({"a"})",
                                  R"({"a":})",
                                  R"({a:1})",
                                  R"({"a":1,})",
                                  R"({"a" 1})",
                                  R"({"a":1 "b":2})",
                                  "[1}",
                                  R"({"a":1])",
                                  "]",
                                  "}",
                                  "[]]",
                                  "{}x",
                                  R"("a)",
                                  R"("\x")",
                                  R"("\u12g4")",
                                  R"("\ud800")",
                                  R"("\udc00")",
                                  R"("\ud800\u0041")",
                                  R"("\ud800x")",
                                  "\"\n\"",
                                  "\"\x01\"",
                                  "'a'",
                                  "// c\n1",
                                  "\xef\xbb\xbf{}"})
        EXPECT_FALSE(is_json(body)) << body;
    EXPECT_FALSE(is_json(std::string_view("1\0", 2)));
}

TEST(Judge, RefusesEveryMalformedUtf8Sequence) {
    const auto quoted = [](std::string_view inner) { return '"' + std::string(inner) + '"'; };
    for (std::string_view good : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                  "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_json(quoted(good)));
    for (std::string_view bad :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe2\x82",
          "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
        EXPECT_FALSE(is_json(quoted(bad)));
}
