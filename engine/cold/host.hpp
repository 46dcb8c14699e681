// Host: what the process asks of the machine before anything can fire, and what the machine lacks.
// Guarantees: nothing here stops a start; each thing missing is one sentence with its remedy.
#pragma once

#include <string>
#include <vector>

#include "base/units.hpp"

namespace ks {

// First act of a process: 0, 1 and 2 are open (a closed one would become a socket or a journal),
// SIGPIPE is ignored, no core is written, nobody may attach.
void prepare_descriptors();

// The whole process: memory locked, cold threads kept off the hot CPU (hot_cpu < 0: none is hot).
// Call it before threads start. Returns what could not be had.
std::vector<std::string> prepare_process(i32 hot_cpu);

// The calling thread: pinned to its CPU, first in line (nice -20).
std::vector<std::string> prepare_hot_thread(i32 cpu);

// What an operator should know of this machine: clock, governor, CPU quota, io_uring.
std::vector<std::string> examine_host(i32 hot_cpu);

} // namespace ks
