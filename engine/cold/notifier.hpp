// Notifier: runs the firm's own command for each alarm, its text as the last argument: a pager, a
// chat, a mail.
// Guarantees: no shell, no descriptor of ours, an environment of its own; never waits for the
// command; one that takes longer than time_max is killed with its children; a text that finds no
// place is counted, newer ones before older.
#pragma once

#include <sys/types.h>

#include <deque>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace ks {

class Notifier {
public:
    static constexpr Nanos time_max = seconds(10);
    static constexpr size_t running_max = 4;
    static constexpr size_t waiting_max = 64;

    // Command and first arguments; empty: nothing is run.
    explicit Notifier(std::vector<std::string> command) : command_(std::move(command)) {}
    ~Notifier(); // kills what still runs
    Notifier(const Notifier&) = delete;

    void tell(std::string text);
    // Reaps, kills what is too slow, starts what waits. Gives a sentence for each failure.
    std::vector<std::string> step(Instant now);
    bool is_idle() const { return waiting_.empty() && running_.empty(); }

private:
    struct Running {
        pid_t pid;
        Instant since;
        bool is_killed = false;
    };
    bool reap(Running& running, Instant now, std::vector<std::string>& failures);
    std::string start(const std::string& text, Instant now);

    std::vector<std::string> command_;
    std::deque<std::string> waiting_;
    std::vector<Running> running_;
    size_t lost_count_ = 0;
};

} // namespace ks
