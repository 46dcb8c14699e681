// Asks:    how long does a turn last, by what it does, and how much of the longest is the
// machine's? Expects: under 5 us but for those that send: the beat's send is the kernel's call, 2.5
// to 5 us by
//          itself, and one sealing takes 3 to 4 us with Debian's library. Beyond that only what a
//          loop that does nothing loses too, as often a second.
// Omits:   turns under 0.2 us, which found nothing to do: they are most, and idle turns are a
//          station of their own.
#include "chapters/chapters.hpp"
#include "flight/turn_book.hpp"

namespace ks::bench {

namespace {

constexpr u32 long_ns = 25'000; // five times what a turn may take: interruptions last longer
constexpr std::array<const char*, TurnBook::kinds_count> kinds = {"nothing",
                                                                  "take a signed request",
                                                                  "take a connection",
                                                                  "seal",
                                                                  "find a lost pull",
                                                                  "heartbeats",
                                                                  "protocol bytes",
                                                                  "overdue answers",
                                                                  "sweep",
                                                                  "look at orders",
                                                                  "live fire",
                                                                  "judge a kill",
                                                                  "re-arm",
                                                                  "publish",
                                                                  "keep alive",
                                                                  "repair gates",
                                                                  "end a lane",
                                                                  "beat",
                                                                  "keep warm",
                                                                  "fire",
                                                                  "receive"};

Figure figure_of(std::string name, const char* scenario, const std::vector<u32>& samples) {
    return {"turns", std::move(name), scenario, 64, 0, "io_uring", "", {samples}};
}

// A second of the engine, a second of nothing, in turns.
void watch(Lab& lab, Subject& subject) {
    for (u32 repetition = 0; repetition < lab.effort.repetitions; ++repetition)
        for (const Task task : {Task::turn, Task::spin}) {
            subject.core().order({task, 0, 1});
            subject.range().serve(seconds(1));
            subject.core().rest();
        }
}

void tell(Lab& lab, const TurnBook& book, const char* scenario) {
    for (size_t kind = 0; kind < kinds.size(); ++kind)
        if (const auto& samples = book.samples(static_cast<Chore>(kind)); !samples.empty())
            lab.figures().push_back(figure_of(kinds[kind], scenario, samples));
    lab.figures().push_back(figure_of("the machine's own gaps over 1 us", scenario, book.gaps()));
    const double own = book.longer_a_second(long_ns), machine = book.gaps_longer_a_second(long_ns);
    lab.results.checks.push_back(
        {std::string("turns over 25 us a second, over the machine's own gaps, ") + scenario,
         std::to_string(own) + " turns", std::to_string(machine) + " gaps of a bare spin",
         machine > 0 ? own / machine : 0, 1.25, "<=", 1.0,
         "what the engine adds to the machine's own interruptions would show here"});
}

Result<void> measure(Lab& lab, const char* scenario, bool is_flooded) {
    TurnBook book;
    Result<std::unique_ptr<Subject>> subject =
        Subject::open(lab.venue, {.resigns = true, .cpu = lab.cpu, .book = &book}, nullptr);
    if (!subject) return std::move(subject).error();
    book.forget();
    lab.floods = is_flooded;
    if (is_flooded) (*subject)->range().kill("account:v7/a7");
    watch(lab, **subject);
    lab.floods = false;
    tell(lab, book, scenario);
    return {};
}

} // namespace

Result<void> measure_turns(Lab& lab) {
    if (Result<void> done = measure(lab, "every shot signed anew each second", false); !done)
        return done;
    return measure(lab, "beside a venue that floods a lane in records of 16 KB", true);
}

} // namespace ks::bench
