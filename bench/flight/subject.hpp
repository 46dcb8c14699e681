// Subject: one engine under test with everything around it: its site, its cold threads, its core
// and the range that fires it. While it rests, its hot thread sleeps and another may have the CPU.
#pragma once

#include <memory>

#include "flight/range.hpp"
#include "flight/site.hpp"

namespace ks::bench {

struct SubjectSetup {
    bool with_uring = true;
    bool resigns = false;   // every request signed anew each second
    bool keeps_warm = true; // else no beat: what idling does to an engine that only spins
    u16 venues_count = 8;
    u16 accounts_count = 8; // of each
    int cpu = 1;
    Sender* second = nullptr; // sends part of a large salvo, from the range's own thread
    TurnBook* book = nullptr; // of the core
};

class Subject {
public:
    // Returns when every shot is armed; `bare` (may be null) fires from the same core.
    static Result<std::unique_ptr<Subject>> open(Venue& venue, const SubjectSetup& setup,
                                                 BareClient* bare);
    ~Subject();

    Range& range() { return *range_; }
    Core& core() { return *core_; }
    const ks_handle& handle() const { return handle_; }
    const Plan& plan() { return *site_->house().compiled.plan; }
    // The longest turn so far and what it did, as the status page says.
    Nanos turn_max() const { return {static_cast<i64>(handle_.status->turn_ns_max)}; }

private:
    Subject() = default;
    ks_handle handle_{};
    std::unique_ptr<Site> site_;
    std::unique_ptr<Core> core_;
    std::unique_ptr<Range> range_;
};

} // namespace ks::bench
