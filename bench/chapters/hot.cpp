// Asks:    what does the engine add to a bare client with ready records, and to the kernel's call?
// Expects: 0.3 us for the first shot (page, halt, places, books), 0.06 us for each more; the rest
//          is the hand-over between two CPUs and the kernel's TCP.
// Omits:   a network card; re-arming by a human: each pull but the first is a pull again.
#include "chapters/chapters.hpp"

namespace ks::bench {

namespace {

constexpr Nanos between = microseconds(50); // the last answer and the next pull
constexpr const char* engine_name = "killswitch";
constexpr const char* bare_name = "bare client, io_uring";
constexpr const char* bare_send_name = "bare client, send()";
constexpr const char* loop_name = "the same send() loop alone";
constexpr const char* ear_name = "hand-over between the CPUs alone";
constexpr const char* floor_name = "hand-over and send() loop";

u32 fires_of(const Lab& lab, u32 shots) {
    return shots == 64 ? lab.effort.hot / 4 : lab.effort.hot;
}

void add_series(Chapter& chapter, Range& range, const Lab& lab, u32 shots) {
    const auto row = [&](Task task, Peer peer, std::vector<Wanted> wanted) {
        chapter.add({&range,
                     {task, shots, between, peer},
                     peer == Peer::quiet ? "hot" : "hot, watched",
                     task == Task::turn || task == Task::bare_uring ? "io_uring" : "sockets",
                     fires_of(lab, shots),
                     std::move(wanted)});
    };
    row(Task::turn, Peer::quiet,
        {{group::shots, engine_name, until_returned},
         {group::stations, "store to seen", until_seen}, // counted from the store, as the bars are
         {group::stations, "store to submit", until_submit},
         {group::stations, "store to returned", until_returned},
         {"stations by themselves", "seen to submit", seen_to_submit},
         {"stations by themselves", "submit to returned", submit_to_returned}});
    if (lab.bare->has_ring())
        row(Task::bare_uring, Peer::quiet, {{group::shots, bare_name, until_returned}});
    row(Task::bare_send, Peer::quiet, {{group::shots, bare_send_name, until_returned}});
    row(Task::loop_send, Peer::quiet, {{"floor", loop_name, submit_to_returned}});
    row(Task::turn, Peer::polling,
        {{"wire", "store to first readable", until_first_readable},
         {"wire", "store to last readable", until_last_readable},
         {"wire", "store to accepted", until_accepted},
         {"wire", "store to sealed again", until_sealed}});
}

// The floor is a sum of two measured parts, pair by pair in the order in which they came.
void add_floor(Lab& lab, u32 shots) {
    Figure floor = lab.find(loop_name, "hot", shots);
    const Figure& ear = lab.find(ear_name, "hot", 1);
    for (size_t r = 0; r < floor.repetitions_ns.size(); ++r)
        for (size_t i = 0; i < floor.repetitions_ns[r].size(); ++i)
            if (const auto& heard = ear.repetitions_ns[r]; !heard.empty())
                floor.repetitions_ns[r][i] += heard[i % heard.size()];
    floor.group = group::shots;
    floor.name = floor_name;
    lab.figures().push_back(std::move(floor));
}

void add_checks(Lab& lab, u32 shots) {
    const Figure& engine = lab.find(engine_name, "hot", shots);
    const std::string of = " x" + std::to_string(shots);
    const double bound = shots == 1 ? 1.10 : 1.05;
    lab.check("hot" + of + ": engine over bare client", engine,
              lab.find(lab.bare->has_ring() ? bare_name : bare_send_name, "hot", shots),
              "<=", bound);
    lab.check("hot" + of + ": engine over hand-over and send() loop", engine,
              lab.find(floor_name, "hot", shots), "<=", 1.25, 1.10);
    const Percentiles own = percentiles(engine.repetitions_ns);
    lab.results.checks.push_back({"hot" + of + ": p99 over p50", "p99 of the engine", "its p50",
                                  own.p50_ns > 0 ? own.p99_ns / own.p50_ns : 0, 3.0, "<=", 0, ""});
}

// What one more shot costs in the engine's own code: the slope of "seen to submit".
void add_slope(Lab& lab) {
    const double one = percentiles(lab.find("seen to submit", "hot", 1).repetitions_ns).p50_ns;
    const double all = percentiles(lab.find("seen to submit", "hot", 64).repetitions_ns).p50_ns;
    if (one <= 0 || all <= 0) return;
    lab.results.checks.push_back({"the engine's own nanoseconds for each additional shot",
                                  "(seen to submit of 64 shots - of 1) / 63", "1 ns",
                                  (all - one) / 63, 60, "<=", 0, ""});
}

} // namespace

Result<void> measure_hot(Lab& lab) {
    Result<std::unique_ptr<Subject>> subject = Subject::open(lab.venue, {.cpu = lab.cpu}, lab.bare);
    if (!subject) return std::move(subject).error();
    Chapter chapter;
    for (u32 shots : {1u, 8u, 64u}) add_series(chapter, (*subject)->range(), lab, shots);
    chapter.add({&(*subject)->range(),
                 {Task::ear, 1, between},
                 "hot",
                 "",
                 lab.effort.hot,
                 {{"floor", ear_name, until_seen}}});
    chapter.add({&(*subject)->range(),
                 {.task = Task::turn, .shots = 8, .idle = milliseconds(1), .waits_clear = true},
                 "hot",
                 "io_uring",
                 lab.effort.cold,
                 {{"wire", "store to CONFIRMED", until_confirmed}}});
    if (Result<void> flown = chapter.fly(lab.effort, lab.figures()); !flown) return flown;
    for (u32 shots : {1u, 8u, 64u}) {
        add_floor(lab, shots);
        add_checks(lab, shots);
    }
    add_slope(lab);
    return {};
}

} // namespace ks::bench
