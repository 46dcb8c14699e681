// Herald: the thread that tells the world: alarms to the firm's command and to the system log,
// status.txt, and the cold records of what it sees.
// Why apart: neither a disk nor a slow command may keep a human from hearing of a kill.
// Guarantees: waits for nothing; every alarm has a number and is told again each minute until a
// human acknowledges it; the journal's head leaves the machine at each kill and each day.
#pragma once

#include <stop_token>

#include "cold/alarm.hpp"
#include "cold/notifier.hpp"
#include "cold/scribe.hpp"
#include "cold/system_log.hpp"
#include "cold/watch_clocks.hpp"
#include "cold/watch_operators.hpp"

namespace ks {

struct HeraldSetup {
    std::string engine;              // name, in front of every alarm
    int run_directory = -1;          // open descriptor
    std::vector<std::string> notify; // command and arguments; empty: none
    std::vector<std::string> files;  // of the pages, in the run directory
    std::vector<std::string> venues; // names, by index of their clocks
    std::string log_socket = "/run/systemd/journal/socket";
    int log_otherwise = 2; // descriptor, where there is no such socket
};

// All of it outlives the herald.
struct HeraldSees {
    ks_status_page& status;
    const ks_operator_page& operators;
    TriggerPages triggers;
    const std::atomic<u32>& lost_pages;
    const VenueClocks& clocks;
    Scribe& scribe;
};

class Herald {
public:
    Herald(HeraldSetup setup, const HeraldSees& sees);

    // Before the first step: what the start has found.
    void raise(Finding finding) { at_start_.push_back(std::move(finding)); }
    void step(Moment now);
    // Steps each millisecond until told to stop, then once more.
    void run(std::stop_token stop);

private:
    Findings look(Moment now);
    void publish_lacks(Moment now);
    void watch_journal(Moment now, Findings& found);
    void announce(const Alarm& alarm, bool is_new);
    void log_head(Moment now, bool is_kill);

    HeraldSetup setup_;
    HeraldSees sees_;
    KillWatch kills_;
    AccountWatch accounts_;
    ReadyWatch ready_;
    ProducerWatch producers_;
    PageWatch pages_;
    OperatorWatch operators_;
    ClockWatch clocks_;
    AlarmBook book_;
    Notifier notifier_;
    SystemLog log_;
    std::vector<Finding> at_start_;
    std::string journal_fails_; // why; empty: it does not
    u64 head_wanted_ = 0;       // a later record than this is to be logged; 0: none is wanted
    Instant head_at_;           // of the day's head
    Instant ready_at_;
    Instant text_at_;
};

} // namespace ks
