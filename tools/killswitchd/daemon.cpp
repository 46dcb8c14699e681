#include "daemon.hpp"

#include <signal.h>

#include <algorithm>
#include <thread>

#include "cold/host.hpp"
#include "hot_thread.hpp"
#include "house.hpp"

namespace ks {

namespace {

HotSetup hot_setup(House& house) {
    const EngineConfig& engine = house.config.engine;
    HotSetup setup{engine_parts(house), NetWish::automatic, true, -1, -1, say};
    setup.net = engine.net == NetChoice::uring    ? NetWish::uring
                : engine.net == NetChoice::socket ? NetWish::sockets
                                                  : NetWish::automatic;
    setup.is_polite = engine.spin == SpinChoice::polite;
    setup.cpu = engine.cpu;
    setup.sender_cpu = engine.sender_cpu;
    return setup;
}

// Until a signal asks for the end; meanwhile says what keeps the signer from signing, once.
void wait_for(const sigset_t& signals, House& house) {
    constexpr timespec look_every{1, 0};
    std::vector<std::string> said;
    while (sigtimedwait(&signals, nullptr, &look_every) < 0) {
        std::vector<std::string> troubles = house.signer->troubles();
        for (const std::string& trouble : troubles) {
            if (std::find(said.begin(), said.end(), trouble) != said.end()) continue;
            say(trouble);
            Lines lines;
            house.scribe->note(RecordType::note, lines.add("alarm", trouble));
        }
        said = std::move(troubles);
    }
}

// Threads: the signals wait for this one, the hot thread for no one.
Result<void> keep_house(House& house) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    const ColdThreads cold(house);
    std::atomic<bool> stop{false};
    Result<void> ran;
    std::thread hot([&] {
        ran = run_hot(hot_setup(house), stop);
        if (!ran) kill(getpid(), SIGTERM);
    });
    wait_for(signals, house);
    stop.store(true, std::memory_order_relaxed); // relaxed: seen a turn later
    hot.join();
    say("stopped; halts stay closed, pulls made now fire at the next start");
    return ran;
}

} // namespace

Result<void> run_daemon(const std::string& config_file) {
    if (Result<void> done = harden(); !done) return done;
    House house;
    if (Result<void> done = open_house(house, config_file); !done) return done;
    return keep_house(house);
}

} // namespace ks
