// PeerRun: one peer, a program that users have today in place of the engine, started, pinned and
// fired at one Venue. Guarantees: every wait is bounded and polls the venue; the peer is ended by
// its own pid and reaped; its credentials are throw-away and pass through the page only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.hpp"
#include "base/units.hpp"
#include "peers/page.hpp"
#include "venue.hpp"

namespace ks::bench {

// A peer that this tree has, built or not.
struct PeerKind {
    std::string name;                 // "beast"
    std::vector<std::string> command; // to which page, port and CA file are appended
    std::string package;              // Debian's, to get what it misses
    bool is_cold = false;             // connects anew for every request
    bool is_here = false;             // built, and its interpreter found
};
std::vector<PeerKind> peer_kinds();

// Spans after the store of the trigger.
struct FireTimes {
    i64 seen_ns = 0;           // by the peer's clock; Node reads late, see peer_fetch.mjs
    i64 first_readable_ns = 0; // the venue could read the request's first bytes
    i64 readable_ns = 0;       // ... its last: the request has arrived
    i64 parsed_ns = 0;         // the peer has read the answer
};

class PeerRun {
public:
    static constexpr Nanos start_max = seconds(60); // an interpreter on a loaded machine
    static constexpr Nanos fire_max = seconds(5);
    static constexpr Nanos stop_max = seconds(5);

    // Returns when the peer is warm and spins. Without a CPU it runs wherever the caller may.
    static Result<std::unique_ptr<PeerRun>> start(Venue& venue, const PeerKind& kind,
                                                  std::optional<u32> cpu = {});
    ~PeerRun();
    PeerRun(const PeerRun&) = delete;
    PeerRun& operator=(const PeerRun&) = delete;

    // Once the peer and the venue are at rest: polls for `idle`, fires, and waits for the answer.
    // What the venue has seen before is dropped.
    Result<FireTimes> fire(Nanos idle);
    // The request of the last fire.
    const VenueRequest& request() const { return request_; }
    // The peer's own end: an error when it had to be killed or did not exit with 0.
    Result<void> stop();

    std::string key() const { return page_->key.data(); }
    std::string secret() const { return page_->secret.data(); }
    std::string identity() const { return page_->identity.data(); }
    pid_t pid() const { return pid_; }

private:
    PeerRun(Venue& venue, std::string name) : venue_(venue), name_(std::move(name)) {}
    Result<void> make_page();
    void unlink_page();
    Result<void> launch(const PeerKind& kind, std::optional<u32> cpu);
    template<class Ready> Result<void> poll_until(Ready is_ready, Nanos wait_max, const char* what);
    bool has_ended();
    bool take_own_request();
    FireTimes times_since(i64 stored_ns, u64 stored_tsc) const;

    Venue& venue_;
    std::string name_;
    std::string page_file_; // empty: unlinked
    PeerPage* page_ = nullptr;
    pid_t pid_ = -1; // -1: not running
    int status_ = 0; // as of waitpid, when it has ended
    u64 fired_count_ = 0;
    VenueRequest request_;
};

} // namespace ks::bench
