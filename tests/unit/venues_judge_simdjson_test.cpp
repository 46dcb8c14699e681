// The judge against simdjson: both must agree on what is JSON, for documents mutated at random.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include <simdjson.h>

#include "venues/judge.hpp"

using namespace ks;

namespace {

bool is_json(std::string_view body) {
    const JudgeProgram program;
    Judge judge;
    judge.start(program, 200, nullptr, nullptr);
    judge.feed(std::as_bytes(std::span(body)));
    judge.finish();
    return judge.body_is_json();
}

constexpr std::string_view sample_documents[] = {
    R"({"data":{"BTC_USDT":["9050564390","3927422785"],"ETH_USDT":[]}})",
    R"({"data":[{"id":"8777138788","price":"0.5","n":-12.5e-3,"ok":true,"none":null}],"cursor":0})",
    R"([1,2.0,[],{},"\u00e9\ud83d\ude00\n",[[[{"a":[false]}]]]])",
    R"("plain")",
    " { \"a\" : [ \"\xc3\xa9\", \"\xf0\x9f\x98\x80\" ] } ",
};

std::string mutate(std::mt19937_64& random) {
    constexpr std::string_view spices = "{}[]\",:\\u0eE+-.1tfn \x80\xc3\x00\x1f";
    std::string text(sample_documents[random() % std::size(sample_documents)]);
    for (size_t edits = random() % 4; edits > 0 && !text.empty(); --edits) {
        const size_t at = random() % text.size();
        const char spice = spices[random() % spices.size()];
        switch (random() % 4) {
        case 0:
            text[at] = spice;
            break;
        case 1:
            text.insert(at, 1, spice);
            break;
        case 2:
            text.erase(at, 1 + random() % 3);
            break;
        default:
            text.insert(at, text.substr(random() % text.size(), random() % 8));
            break;
        }
    }
    return text;
}

// Judgements that may differ: simdjson refuses numbers that a double cannot hold, and takes a lone
// low surrogate for a character.
bool may_differ(std::string_view text, bool ours, simdjson::error_code found) {
    return ours ? found == simdjson::NUMBER_ERROR : text.find("\\ud") != text.npos;
}

} // namespace

TEST(Judge, AgreesWithSimdjsonOnMutatedDocuments) {
    const u64 seed = std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    simdjson::dom::parser parser;
    size_t valid = 0;
    for (int round = 0; round < 50'000; ++round) {
        const std::string text = mutate(random);
        const auto found = parser.parse(simdjson::padded_string(text)).error();
        const bool ours = is_json(text);
        valid += ours;
        if (ours != (found == simdjson::SUCCESS)) {
            ASSERT_TRUE(may_differ(text, ours, found)) << text << ": simdjson says " << found;
        }
    }
    EXPECT_GT(valid, 5'000u);
}
