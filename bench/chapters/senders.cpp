// Asks:    does a second CPU that sends half of a large salvo bring its last shot forward?
// Expects: 1.2 times and more, where the second CPU has nothing else to do: two bare clients show
//          the most that can be gained, the engine over TwinNet (sender_cpu) what it makes of it.
// Omits:   a third CPU: here the second sender has its turns on the producer's own, right after the
//          pull, as two cores are all there are.
#include "chapters/chapters.hpp"
#include "net/sender.hpp"
#include "tsc.hpp"

namespace ks::bench {

namespace {

constexpr u32 shots = 64;
constexpr const char* alone_name = "killswitch, the hot thread sends";
constexpr const char* twin_name = "killswitch, a second CPU sends too";

// Both halves are sealed and answered; the venue serves until then.
template<class Done> bool serve_until(Lab& lab, Done done) {
    const u64 end = stamp_tsc() + tsc_of(seconds(5));
    while (!done()) {
        lab.venue.poll();
        if (stamp_tsc() > end) return false;
    }
    return true;
}

bool has_rings(const Lab& lab) {
    return lab.bare->has_ring() && lab.second->has_ring();
}

// The span from the word to the return of the later half.
Result<u32> fire_halves(Lab& lab, Core& core, u32 sent_here) {
    const bool is_ready = serve_until(
        lab, [&] { return core.is_armed() && (sent_here == 0 || lab.second->collect()); });
    if (!is_ready) return Error{"senders: no answer in time"};
    if (sent_here > 0) lab.second->prepare(sent_here);
    const u64 before = core.volleys();
    const u64 store = stamp_tsc();
    core.pull_word();
    if (sent_here > 0)
        lab.second->fire(sent_here,
                         has_rings(lab) ? BareClient::How::uring : BareClient::How::send);
    const u64 returned_here = stamp_tsc();
    if (sent_here > 0) lab.second->departed(sent_here);
    const u64 end = returned_here + tsc_of(seconds(5));
    while (core.volleys() == before && stamp_tsc() < end) {
    }
    return static_cast<u32>(ns_between(store, std::max(core.volley().returned, returned_here)));
}

Result<void> fly(Lab& lab, Core& core, Figure& figure, u32 sent_here, u32 repetition) {
    core.order({has_rings(lab) ? Task::bare_uring : Task::bare_send, 0, shots - sent_here});
    for (u32 i = 0; i < lab.effort.hot / 8 + 4; ++i) {
        Result<u32> span = fire_halves(lab, core, sent_here);
        if (!span) return std::move(span).error();
        if (i >= 4) figure.repetitions_ns[repetition].push_back(*span);
    }
    core.rest();
    return {};
}

// The engine alone, and the engine with a second sender, in turns.
Result<void> fly_engines(Lab& lab) {
    Result<std::unique_ptr<Sender>> second = Sender::open({});
    if (!second) return std::move(second).error();
    Result<std::unique_ptr<Subject>> alone = Subject::open(lab.venue, {.cpu = lab.cpu}, nullptr);
    if (!alone) return std::move(alone).error();
    Result<std::unique_ptr<Subject>> twin =
        Subject::open(lab.venue, {.cpu = lab.cpu, .second = second->get()}, nullptr);
    if (!twin) return std::move(twin).error();
    Chapter chapter;
    for (const u32 count : {8u, shots})
        for (const auto& [subject, name] : {std::pair{&*alone, alone_name}, {&*twin, twin_name}})
            chapter.add({&(*subject)->range(),
                         {Task::turn, count, microseconds(50)},
                         "a second sender",
                         "io_uring",
                         lab.effort.hot / 8 + 4,
                         {{"senders", name, until_returned}}});
    if (Result<void> flown = chapter.fly(lab.effort, lab.figures()); !flown) return flown;
    lab.check("a second sending CPU: the engine alone over the engine with it, last of 64",
              lab.find(alone_name, "a second sender", shots),
              lab.find(twin_name, "a second sender", shots), ">=", 1.2);
    return {};
}

} // namespace

Result<void> measure_senders(Lab& lab) {
    Result<std::unique_ptr<Subject>> subject = Subject::open(
        lab.venue, {.venues_count = 1, .accounts_count = 1, .cpu = lab.cpu}, lab.bare);
    if (!subject) return std::move(subject).error();
    static_cast<void>(lab.second->open_ring()); // on this thread, which sends the second half
    const std::string net = has_rings(lab) ? "io_uring" : "sockets";
    Figure one{"senders", "one CPU sends", "64 ready records", shots, 0, net, "", {}};
    Figure two{"senders", "two CPUs send half each", "64 ready records", shots, 0, net, "", {}};
    one.repetitions_ns.resize(lab.effort.repetitions);
    two.repetitions_ns.resize(lab.effort.repetitions);
    for (u32 repetition = 0; repetition < lab.effort.repetitions; ++repetition) {
        for (const auto& [figure, here] : {std::pair{&one, 0u}, {&two, shots / 2}})
            if (Result<void> flown = fly(lab, (*subject)->core(), *figure, here, repetition);
                !flown)
                return flown;
    }
    lab.check("a second sending CPU: one bare client over two, last of 64", one, two, ">=", 1.2);
    lab.figures().push_back(std::move(one));
    lab.figures().push_back(std::move(two));
    subject->reset();
    return fly_engines(lab);
}

} // namespace ks::bench
