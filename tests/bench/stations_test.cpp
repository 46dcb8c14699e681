// The station benchmarks: every station is there, none fails, and the allocation guard around their
// loops really trips.
#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/wait.h>

#include <cstdio>
#include <set>
#include <string>

#include "cold/allocation_guard.hpp"

namespace {

struct Ran {
    std::string text;
    int status = -1;
};

Ran run(const std::string& arguments) {
    Ran ran;
    FILE* const pipe =
        popen((std::string(KS_STATIONS) + " " + arguments + " 2>/dev/null").c_str(), "r");
    if (!pipe) return ran;
    char buffer[4096];
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        ran.text.append(buffer, count);
    ran.status = pclose(pipe);
    return ran;
}

TEST(Stations, RunTinyAndNoneIsMissing) {
    const Ran ran = run("--benchmark_format=json --benchmark_min_time=0.001");
    ASSERT_EQ(ran.status, 0);
    std::set<std::string> seen;
    simdjson::dom::parser parser;
    const simdjson::dom::element report = parser.parse(ran.text);
    for (const simdjson::dom::element one : report["benchmarks"].get_array()) {
        const std::string name(one["name"].get_string().value());
        std::string_view error;
        EXPECT_NE(one["error_message"].get(error), simdjson::SUCCESS) << name << ": " << error;
        std::string_view label;
        if (one["label"].get(label) == simdjson::SUCCESS) {
            EXPECT_NE(label.find("; omits: "), label.npos) << name;
        }
        seen.insert(name.substr(0, name.find('/')));
    }
    const std::set<std::string> expected = {
        "turn_idle", "trigger_poll", "salvo",        "salvo_uring",  "gate_admit",
        "seal",      "open",         "arm_again",    "judge_answer", "journal_event",
        "pull_slot", "may_send",     "publish_beat", "publish_kill"};
    EXPECT_EQ(seen, expected);
}

TEST(Stations, DieOfAnAllocationInATimedLoop) {
    if (!ks::allocation_guard_works()) GTEST_SKIP() << "a sanitizer owns malloc";
    const Ran ran = run("--trip-guard");
    // popen's shell reports a child that died of a signal as 128 + its number.
    EXPECT_EQ(WEXITSTATUS(ran.status), 128 + SIGABRT) << ran.text;
}

} // namespace
