// Answers: HTTP and verdict of what each venue of the order says.
#include <string_view>

#include "cold/recipe.hpp"
#include "station.hpp"
#include "venues/judge.hpp"
#include "wire/http.hpp"

namespace ks::bench {
namespace {

struct Case {
    const char* recipe;
    std::string_view body;
};
constexpr Case cases[] = {
    {"bitopro", R"({"data":{"BTC_USDT":["11223344","55667788"],"ETH_USDT":["99001122"]}})"},
    {"coinswitch", R"({"data":{"orders_ids":["1c9b6a3e-0f53","7d10ab52-9a41"]}})"},
    {"treadfi", R"({"message":"2 orders cancelled"})"},
};

std::string response_of(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

constexpr Station judge_answer_station{
    "reading a venue's answer to a cancel: HTTP, JSON, verdict",
    "0.4 to 0.8 us for some 150 bytes: a byte at a time, 4 ns each, in any cut",
    "opening the record; the answer is judged in slices of 512 bytes a turn"};

const RequestRecipe* find(const Recipe& recipe, std::string_view name) {
    for (const RequestRecipe& request : recipe.requests)
        if (request.name == name) return &request;
    return nullptr;
}

Verdict judge(const JudgeProgram& program, std::string_view text) {
    HttpResponse response;
    Judge judge;
    response.start();
    std::span<const std::byte> in = std::as_bytes(std::span(text));
    for (;;) {
        const HttpResponse::Step step = response.next(in);
        in = in.subspan(step.used);
        if (step.step == HttpStep::head)
            judge.start(program, response.head().status, nullptr, nullptr);
        if (step.step == HttpStep::body) judge.feed(step.body);
        if (step.step == HttpStep::done) return judge.finish();
        if (step.step == HttpStep::broken || step.step == HttpStep::need) return Verdict::unknown;
    }
}

void judge_answer(benchmark::State& state) {
    const Case& its = cases[state.range(0)];
    const Result<Recipe> recipe =
        compile_recipe(std::string(KS_SOURCE_DIR "/engine/venues/") + its.recipe + ".toml", {});
    if (!recipe) return state.SkipWithError(recipe.error().sentence.c_str());
    const RequestRecipe* const cancel = find(*recipe, "cancel_all");
    if (!cancel) return state.SkipWithError("the recipe has no cancel_all");
    const std::string response = response_of(its.body);
    if (judge(cancel->judge, response) != Verdict::accepted)
        return state.SkipWithError("the answer is not understood");
    time_all(state, judge_answer_station,
             [&] { benchmark::DoNotOptimize(judge(cancel->judge, response)); });
    state.SetBytesProcessed(state.iterations() * static_cast<i64>(response.size()));
}
BENCHMARK(judge_answer)->ArgName("venue")->DenseRange(0, std::size(cases) - 1);

} // namespace
} // namespace ks::bench
