// Chapters: what trigger_to_wire measures, one question a file. Each opens the engines it needs,
// flies its rows in turns, and adds its figures and the ratios that must hold.
#pragma once

#include "chapters/lab.hpp"

namespace ks::bench {

Result<void> measure_hot(Lab& lab);     // shots 1, 8, 64 beside bare client and floor
Result<void> measure_idle(Lab& lab);    // after 1 ms, 10 ms, 100 ms, 1 s; caches evicted
Result<void> measure_chores(Lab& lab);  // all shots signed anew each second; a venue that floods
Result<void> measure_turns(Lab& lab);   // how long turns take, by what they do
Result<void> measure_sockets(Lab& lab); // without io_uring
Result<void> measure_armed(Lab& lab);   // one shot armed, and as many as there may be
Result<void> measure_senders(Lab& lab); // a second CPU that sends
Result<void> measure_peers(Lab& lab);   // what users have today

struct ChapterEntry {
    const char* name;
    Result<void> (*measure)(Lab&);
    const char* asks;
};
inline constexpr ChapterEntry chapters[] = {
    {"hot", measure_hot, "what does the engine add to a bare client, and to the kernel's call?"},
    {"idle", measure_idle, "what does a pull cost after nothing has happened for a while?"},
    {"chores", measure_chores, "do signing, keeping alive or a hostile venue get in the way?"},
    {"turns", measure_turns, "how long is a turn, and how much of it is the machine's own pause?"},
    {"sockets", measure_sockets, "what does it cost where io_uring is forbidden?"},
    {"armed", measure_armed, "does a pull cost more when more shots are armed?"},
    {"senders", measure_senders, "would a second sending core bring the last shot forward?"},
    {"peers", measure_peers, "and against what users would write today?"},
};

} // namespace ks::bench
