// The sweep's state table: what every answer makes of every state of a shot. No holes.
// "Accepted" is a promise; only the venue's own empty list, read after it, is proof.
#pragma once

#include "venues/judge.hpp"

namespace ks {

enum class State : u8 {
    idle,     // not killed
    aimed,    // must leave; waits for a place, a lane or a signature
    fired,    // left; its answer is outstanding
    accepted, // the venue promised; reads must prove
    clear,    // proven: enough empty reads after the promise; guard reads go on
    refused,  // the venue will not: key, clock, nonce, right
    unknown,  // left, and nobody can say what became of it
};
constexpr size_t states_count = 7;

// What came of a cancel: the verdicts, and `lost` when no whole answer came.
enum class Outcome : u8 { accepted, clear, open, throttled, refused, unknown, lost };
constexpr size_t outcomes_count = 7;

// What one round of reads says. `proven`: empty, and enough such rounds after the promise.
enum class Reading : u8 { proven, empty, open, silent };
constexpr size_t readings_count = 4;

namespace sweep_table {
using enum State;
// clang-format off
constexpr State after_fire[states_count][outcomes_count] = {
    //             accepted   clear      open       throttled  refused    unknown    lost
    /* idle     */ {idle,      idle,      idle,      idle,      idle,      idle,      idle},
    /* aimed    */ {aimed,     aimed,     aimed,     aimed,     aimed,     aimed,     aimed},
    /* fired    */ {accepted,  accepted,  unknown,   aimed,     refused,   unknown,   unknown},
    /* accepted */ {accepted,  accepted,  accepted,  accepted,  accepted,  accepted,  accepted},
    /* clear    */ {clear,     clear,     clear,     clear,     clear,     clear,     clear},
    /* refused  */ {refused,   refused,   refused,   refused,   refused,   refused,   refused},
    /* unknown  */ {unknown,   unknown,   unknown,   unknown,   unknown,   unknown,   unknown},
};

constexpr State after_read[states_count][readings_count] = {
    //             proven     empty      open       silent
    /* idle     */ {idle,      idle,      idle,      idle},
    /* aimed    */ {aimed,     aimed,     aimed,     aimed},
    /* fired    */ {fired,     fired,     fired,     fired},
    /* accepted */ {clear,     accepted,  accepted,  accepted},
    /* clear    */ {clear,     clear,     accepted,  clear}, // REOPENED: fired at again
    /* refused  */ {refused,   refused,   refused,   refused},
    /* unknown  */ {unknown,   unknown,   unknown,   unknown},
};
// clang-format on
} // namespace sweep_table
using sweep_table::after_fire;
using sweep_table::after_read;

} // namespace ks
