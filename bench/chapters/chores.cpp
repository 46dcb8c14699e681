// Asks:    do signatures each second, keep-alives and warming, or a venue that floods its lane,
//          stand in a trigger's way?
// Expects: p99 within 1.5 of the p99 without them: the longest step of a chore is one sealing, 3 to
//          4 us with Debian's library, and 64 shots on two lanes make 128 of them a second.
// Omits:   a signer that hangs; see the simulated kernel's tests for that.
#include "chapters/chapters.hpp"

namespace ks::bench {

namespace {

constexpr const char* plain = "nothing signed anew";
constexpr const char* signing = "every shot signed anew each second";
constexpr const char* flooded = "a venue floods one of the lanes";
constexpr const char* name = "store to submit returned";

double p99_over_p99(const Figure& left, const Figure& right) {
    const double under = percentiles(right.repetitions_ns).p99_ns;
    return under > 0 ? percentiles(left.repetitions_ns).p99_ns / under : 0;
}

Series row_of(Range& range, const Lab& lab, const char* scenario) {
    return {&range,
            {Task::turn, 8, milliseconds(1)},
            scenario,
            "io_uring",
            lab.effort.hot / 4,
            {{"chores", name, until_returned}}};
}

void note_longest_turn(Lab& lab, Subject& subject, const char* scenario) {
    lab.results.checks.push_back(
        {std::string("longest turn, ") + scenario, "its microseconds", "1 us",
         static_cast<double>(subject.turn_max().ns) / 1'000, 5, "<=", 0,
         "with the machine's own interruptions, which a turn cannot tell from its own work"});
}

// One account stays killed; its reads are answered with four megabytes in records of 16 KB.
Result<void> measure_flood(Lab& lab, Subject& subject) {
    lab.floods = true;
    subject.range().kill("account:v7/a7");
    Chapter chapter;
    chapter.add(row_of(subject.range(), lab, flooded));
    Result<void> flown = chapter.fly(lab.effort, lab.figures());
    lab.floods = false;
    if (!flown) return flown;
    lab.results.checks.push_back(
        {"chores: p99 beside a flood over p99 without", flooded, plain,
         p99_over_p99(lab.find(name, flooded, 8), lab.find(name, plain, 8)), 1.5, "<=", 0, ""});
    note_longest_turn(lab, subject, flooded);
    return {};
}

} // namespace

Result<void> measure_chores(Lab& lab) {
    Result<std::unique_ptr<Subject>> quiet = Subject::open(lab.venue, {.cpu = lab.cpu}, nullptr);
    if (!quiet) return std::move(quiet).error();
    Result<std::unique_ptr<Subject>> busy =
        Subject::open(lab.venue, {.resigns = true, .cpu = lab.cpu}, nullptr);
    if (!busy) return std::move(busy).error();
    Chapter chapter;
    chapter.add(row_of((*quiet)->range(), lab, plain));
    chapter.add(row_of((*busy)->range(), lab, signing));
    if (Result<void> flown = chapter.fly(lab.effort, lab.figures()); !flown) return flown;
    lab.results.checks.push_back(
        {"chores: p99 with signatures over p99 without", signing, plain,
         p99_over_p99(lab.find(name, signing, 8), lab.find(name, plain, 8)), 1.5, "<=", 0, ""});
    note_longest_turn(lab, **busy, signing);
    busy->reset();
    return measure_flood(lab, **quiet);
}

} // namespace ks::bench
