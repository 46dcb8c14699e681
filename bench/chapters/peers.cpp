// Asks:    how long until the venue can read the request, by the engine and by what users have?
// Expects: 3 to 700 times the engine's hot figure, more after an idle time: they sign, encrypt and
//          run code that has gone cold.
// Omits:   the way to the venue, which is the same for all; a resolver; the cold sample connects
//          anew, without any round trip but loopback's.
#include "chapters/chapters.hpp"
#include "peer_run.hpp"

namespace ks::bench {

namespace {

struct Moment {
    Nanos idle;
    const char* scenario;
    u32 divisor;
};
constexpr Moment moments[] = {
    {microseconds(50), "hot", 1},
    {milliseconds(10), "10 ms idle", 2},
    {milliseconds(100), "100 ms idle", 8},
};

struct Bar { // how many times faster the engine must be
    const char* peer;
    double hot, after_10ms, after_100ms;
};
constexpr Bar bars[] = {
    {"beast", 3.3, 10, 13}, {"curl", 6, 14, 17},      {"go", 4.3, 8, 0},
    {"fetch", 14, 59, 0},   {"session", 140, 140, 0}, {"sample", 600, 0, 0},
};

u32 fires_of(const Lab& lab, const PeerKind& kind, const Moment& moment) {
    const u32 hot = moment.idle < milliseconds(1);
    const u32 fires = (hot ? lab.effort.hot / 4 : lab.effort.cold / moment.divisor);
    return std::max(kind.is_cold ? fires / 10 : fires, 8u);
}

std::string shown(const PeerKind& kind) {
    return kind.name;
}

Figure& figure_of(Lab& lab, const std::string& name, const Moment& moment) {
    for (Figure& figure : lab.figures())
        if (figure.group == group::peers && figure.name == name &&
            figure.scenario == moment.scenario)
            return figure;
    Figure figure{group::peers, name, moment.scenario, 1, moment.idle.ns, "", "", {}};
    figure.repetitions_ns.resize(lab.effort.repetitions);
    lab.figures().push_back(std::move(figure));
    return lab.figures().back();
}

Result<void> fly_peer(Lab& lab, const PeerKind& kind, u32 repetition) {
    Result<std::unique_ptr<PeerRun>> run =
        PeerRun::start(lab.venue, kind, static_cast<u32>(lab.cpu));
    if (!run) return std::move(run).error();
    constexpr u32 dropped = 4;
    for (const Moment& moment : moments) {
        std::vector<u32>& into = figure_of(lab, shown(kind), moment).repetitions_ns[repetition];
        const u32 fires = fires_of(lab, kind, moment);
        for (u32 i = 0; i < fires + dropped; ++i) {
            const Result<FireTimes> times = (*run)->fire(moment.idle);
            if (!times) return times.error();
            if (i >= dropped) into.push_back(static_cast<u32>(times->readable_ns));
        }
    }
    return (*run)->stop();
}

Result<void> fly_engine(Lab& lab, Range& range, u32 repetition) {
    for (const Moment& moment : moments) {
        Chapter chapter;
        Shooting shooting{Task::turn, 1, moment.idle, Peer::polling};
        shooting.waits_clear = moment.idle >= milliseconds(1);
        const u32 fires =
            moment.idle < milliseconds(1) ? lab.effort.hot / 4 : lab.effort.cold / moment.divisor;
        chapter.add({&range,
                     shooting,
                     moment.scenario,
                     "io_uring",
                     std::max(fires, 8u),
                     {{group::peers, "killswitch", until_last_readable}}});
        std::vector<Figure> flown;
        if (Result<void> done = chapter.fly({.repetitions = 1}, flown); !done) return done;
        figure_of(lab, "killswitch", moment).repetitions_ns[repetition] =
            flown[0].repetitions_ns[0];
    }
    return {};
}

void add_checks(Lab& lab) {
    for (const Bar& bar : bars)
        for (const auto& [moment, bound] : {std::pair{moments[0], bar.hot},
                                            {moments[1], bar.after_10ms},
                                            {moments[2], bar.after_100ms}})
            if (bound > 0)
                lab.check(std::string(bar.peer) + " over the engine, " + moment.scenario,
                          figure_of(lab, bar.peer, moment), figure_of(lab, "killswitch", moment),
                          ">=", bound);
}

} // namespace

Result<void> measure_peers(Lab& lab) {
    Result<std::unique_ptr<Subject>> subject = Subject::open(lab.venue, {.cpu = lab.cpu}, nullptr);
    if (!subject) return std::move(subject).error();
    for (const Moment& moment : moments) figure_of(lab, "killswitch", moment); // the first is 1x
    for (u32 repetition = 0; repetition < lab.effort.repetitions; ++repetition) {
        if (Result<void> flown = fly_engine(lab, (*subject)->range(), repetition); !flown)
            return flown;
        for (const PeerKind& kind : peer_kinds()) {
            if (!kind.is_here) {
                if (repetition == 0)
                    lab.results.skipped.push_back(
                        kind.name + ": SKIPPED, not installed; apt-get install " + kind.package);
                continue;
            }
            if (Result<void> flown = fly_peer(lab, kind, repetition); !flown)
                return std::move(flown).error().within(kind.name);
        }
    }
    add_checks(lab);
    return {};
}

} // namespace ks::bench
