// Asks:    what does a pull cost after nothing has happened for a while, as on the night?
// Expects: 1.3 times the hot figure: the keep-warm beat sends through the same code each 100 us and
//          walks over the lanes and records in turn. Without it 4 to 10 times.
// Omits:   what other guests of the host do to the last level of the cache.
#include "chapters/chapters.hpp"

namespace ks::bench {

namespace {

struct Idle {
    Nanos span;
    const char* scenario;
    u32 divisor; // of the effort: a second takes a second
};
constexpr Idle idles[] = {
    {microseconds(50), "50 us idle", 1}, {milliseconds(1), "1 ms idle", 1},
    {milliseconds(10), "10 ms idle", 1}, {milliseconds(100), "100 ms idle", 4},
    {seconds(1), "1 s idle", 50},
};

void add_series(Chapter& chapter, Range& range, const Lab& lab, const char* name, Task task) {
    const std::string of = name;
    for (const Idle& idle : idles) {
        Shooting shooting{task, 1, idle.span};
        shooting.waits_clear = task == Task::turn; // a kill's reads would keep it warm
        Series series{&range,
                      shooting,
                      idle.scenario,
                      task == Task::turn ? "io_uring" : "sockets",
                      std::max(lab.effort.cold / idle.divisor, 8u),
                      {}};
        series.wanted = {{group::idle, of, until_returned}};
        if (task == Task::turn) {
            series.wanted.push_back({"idle stations", of + ": store to seen", until_seen});
            series.wanted.push_back({"idle stations", of + ": seen to submit", seen_to_submit});
            series.wanted.push_back(
                {"idle stations", of + ": submit to returned", submit_to_returned});
        }
        chapter.add(std::move(series));
    }
}

void add_evicted(Chapter& chapter, Range& range, const Lab& lab, const char* name) {
    Shooting shooting{Task::turn, 1, microseconds(50)};
    shooting.waits_clear = shooting.evicts = true;
    chapter.add({&range,
                 shooting,
                 "caches evicted",
                 "io_uring",
                 lab.effort.cold / 4,
                 {{"evicted", name, until_returned}}});
}

} // namespace

Result<void> measure_idle(Lab& lab) {
    Result<std::unique_ptr<Subject>> warm = Subject::open(lab.venue, {.cpu = lab.cpu}, lab.bare);
    if (!warm) return std::move(warm).error();
    Result<std::unique_ptr<Subject>> left =
        Subject::open(lab.venue, {.keeps_warm = false, .cpu = lab.cpu}, nullptr);
    if (!left) return std::move(left).error();
    Chapter chapter;
    add_series(chapter, (*warm)->range(), lab, "kept warm", Task::turn);
    add_series(chapter, (*left)->range(), lab, "left alone", Task::turn);
    add_series(chapter, (*warm)->range(), lab, "bare client, left alone", Task::bare_send);
    add_evicted(chapter, (*warm)->range(), lab, "kept warm");
    if (Result<void> flown = chapter.fly(lab.effort, lab.figures()); !flown) return flown;
    // Its own hot: pulled again and again, as in the chapter of that name.
    Chapter hot;
    hot.add({&(*warm)->range(),
             {Task::turn, 1, microseconds(50)},
             "hot again",
             "io_uring",
             lab.effort.hot,
             {{"hot again", "kept warm", until_returned}}});
    if (Result<void> flown = hot.fly(lab.effort, lab.figures()); !flown) return flown;
    const auto against_hot = [&](const char* scenario, double bound) {
        lab.check(std::string("cold: after ") + scenario + " over its own hot",
                  lab.find("kept warm", scenario, 1), lab.find("kept warm", "hot again", 1),
                  "<=", bound, 1.3);
    };
    against_hot("10 ms idle", 1.35);
    against_hot("100 ms idle", 2.2);
    return {};
}

} // namespace ks::bench
