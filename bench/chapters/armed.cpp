// Asks:    does a pull of one shot cost more when more are armed beside it?
// Expects: no: a pull is found by its bell, and only the scope's own shots are looked at.
// Omits:   more than 64 accounts, which one engine does not take.
#include "chapters/chapters.hpp"

namespace ks::bench {

Result<void> measure_armed(Lab& lab) {
    Result<std::unique_ptr<Subject>> one =
        Subject::open(lab.venue, {.venues_count = 1, .accounts_count = 1, .cpu = lab.cpu}, nullptr);
    if (!one) return std::move(one).error();
    Result<std::unique_ptr<Subject>> many = Subject::open(lab.venue, {.cpu = lab.cpu}, nullptr);
    if (!many) return std::move(many).error();
    Chapter chapter;
    const auto add = [&](Subject& subject, const char* scenario) {
        chapter.add({&subject.range(),
                     {Task::turn, 1, microseconds(50)},
                     scenario,
                     "io_uring",
                     lab.effort.hot / 2,
                     {{"armed", "killswitch", until_returned}}});
    };
    add(**one, "1 shot armed");
    add(**many, "64 shots armed");
    if (Result<void> flown = chapter.fly(lab.effort, lab.figures()); !flown) return flown;
    lab.check("one shot of 64 armed over one of one", lab.find("killswitch", "64 shots armed", 1),
              lab.find("killswitch", "1 shot armed", 1), "<=", 1.10);
    return {};
}

} // namespace ks::bench
