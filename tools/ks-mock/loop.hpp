// The one thread of ks-mock: an epoll loop over doors and connections, with answers that a play
// holds back. Polling (timeout 0) keeps a benchmark free of the wake-up's cost.
#pragma once

#include "connection.hpp"

#include <map>
#include <optional>

namespace ks {

struct LoopOptions {
    bool polls = false;     // never sleeps in the kernel
    bool until_eof = false; // ends when standard input does
    u64 ends_at_ns = never_ns;
};

class Loop {
public:
    Loop(Stage& stage, LoopOptions options);
    ~Loop();
    Loop(const Loop&) = delete;

    // A free port of 127.0.0.1, chosen by the kernel; `venue` and `context` null for the admin.
    u16 open_door(Venue* venue, SSL_CTX* context);
    void run(); // until SIGTERM, SIGINT, end of input or the end of its time

private:
    // What a connection waits for: an answer that a play holds back, or else the end of its
    // idleness.
    struct Due {
        u64 connection;
        std::optional<Answer> answer;
    };

    bool ends(u64 id) const;
    void accept_from(const Door& door);
    void serve(u64 id);
    void answer(u64 id, Connection& connection, const Request& request);
    void deliver(u64 id, Connection& connection, const Answer& answer);
    void release_due(u64 now_ns);
    void settle(u64 id, Connection& connection); // flush, then close or watch again
    int timeout_ms() const;

    Stage& stage_;
    LoopOptions options_;
    int epoll_fd_;
    int signal_fd_;
    std::map<u64, Door> doors_; // doors and connections share one numbering: epoll hands it back
    std::map<u64, Connection> connections_;
    std::multimap<u64, Due> due_; // by monotonic time
    u64 id_next_;
};

}
