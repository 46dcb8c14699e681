// Hot thread: one CPU, one net, one engine, turning until told to stop.
// Guarantees: after the engine stands, this thread may not allocate (it would abort); under
// `polite` it sleeps a quarter of a millisecond at a time when nothing has happened for a while.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "hot/engine.hpp"
#include "net/choose.hpp"

namespace ks {

struct HotSetup {
    EngineParts parts;
    NetWish net = NetWish::automatic;
    bool is_polite = true;
    int cpu = -1;                              // -1: not pinned
    int sender_cpu = -1;                       // -1: the hot thread sends everything
    std::function<void(std::string_view)> say; // before the first turn only
};

// Runs until `stop`. The error says why the engine could not start; nothing was sent then.
Result<void> run_hot(const HotSetup& setup, const std::atomic<bool>& stop);

} // namespace ks
