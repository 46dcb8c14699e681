// A running killswitchd for a test: its own config and directories in memory, started against a
// ks-mock, pulled through killswitch.h as a risk process would.
#pragma once

#include "abi/killswitch.h"
#include "mock.hpp"

#include <memory>

namespace ks {

struct EngineOptions {
    std::vector<std::string> venues{"coinswitch", "treadfi"};
    bool needs_proven_eyes = false; // true: as shipped; first every read must have shown an order
    std::string net = "auto";
    std::string preload{};                        // a library that bends the engine's world
    std::map<std::string, std::string> more{};    // lines for the end of a venue's table
    std::map<std::string, std::string> account{}; // "coinswitch/main": lines of its table
    std::map<std::string, std::string> address{}; // instead of the mock's: "127.0.0.1:PORT"
    std::map<std::string, std::string> host{};    // "localhost:PORT", to be resolved, no address
    std::string keys_dir{};                       // empty: the mock's
    std::string engine_lines{};                   // more of [engine]
    std::string recipe_dir{};                     // empty: the shipped ones
};

struct Ran {
    int exit_code;
    std::string text; // stdout
};

class EngineUnderTest {
public:
    explicit EngineUnderTest(const Mock& mock, const EngineOptions& options = {});
    ~EngineUnderTest(); // SIGKILL, and nothing is left of its directory
    EngineUnderTest(const EngineUnderTest&) = delete;

    void start();           // until its beat is on the status page
    bool becomes_ready();   // false when it still is not after a generous while
    void reboot();          // SIGKILL, and memory forgets: only state_dir is left
    int stop();             // SIGTERM; its exit code
    int end_by(int signal); // 128 + signal, unless it ended otherwise

    ks_ticket pull(const char* scope = "all");
    ks_ticket pull_as(const ks_person& person);           // all
    ks_report wait(const ks_ticket& ticket, int seconds); // until CONFIRMED or the time is up
    ks_waited look(const ks_ticket& ticket, ks_report& report) const; // once
    // Asks until the kill of `ticket` has this outcome; false after a generous while.
    bool becomes(const ks_ticket& ticket, ks_outcome outcome);
    std::uint32_t armed_shots(std::string_view prefix); // signed, and sealed on both lanes
    void begin_to_hang() const;                         // for hang_preload.c
    ks_killed killed(const char* cell) const;
    bool is_halt_closed(const char* cell) const; // the bit alone, whether or not an engine lives

    Ran ksctl(const std::string& words) const; // "rearm all --reason test"
    std::string log() const;                   // what it said so far, over all its lives
    std::string dir() const { return dir_; }
    pid_t pid() const { return process_->pid(); }
    const ks_status_page& status();

private:
    std::string dir_;
    const Mock& mock_;
    EngineOptions options_;
    std::unique_ptr<Process> process_;
    ks_handle handle_{};
};

std::string read_text(const std::string& path);
void write_text(const std::string& path, const std::string& text);

// Looks again and again until it holds; false after a generous while. No pace: only an end to hope.
template<class Holds> bool eventually(Holds holds, std::uint64_t patience_ms = 20'000) {
    const std::uint64_t give_up_ms = unix_ms_now() + patience_ms;
    const timespec nap{0, 1'000'000};
    while (!holds()) {
        if (unix_ms_now() > give_up_ms) return false;
        nanosleep(&nap, nullptr);
    }
    return true;
}

}
