// Connector: the cold thread that keeps every lane of the plan up: resolves, dials, shakes hands,
// warms up, hands over; again when one falls, and before the venue would close it for its age.
// Guarantees: step() never waits, so that no venue delays another. All connections are state
// machines of this one thread (one wolfSSL call takes up to 7 ms, nothing else takes any time), so
// that there is no lock to hold; only a name look-up can hang, so each has a thread of its own, and
// dials meanwhile go to the last good address.
#pragma once

#include <poll.h>

#include <memory>
#include <mutex>
#include <random>
#include <stop_token>

#include "cold/clocks.hpp"
#include "cold/connector_resolver.hpp"
#include "hot/mail.hpp"

namespace ks {

// One venue to stay connected to. Times have safe defaults; names and texts come from the config.
struct VenueDial {
    VenueId venue;
    std::string name; // for sentences: "bitopro"
    std::string host; // SNI and the name that its certificate must carry
    u16 port = 443;
    std::string address; // numeric, instead of asking DNS; empty: ask
    std::string ca_file; // PEM
    std::string warm_up; // a whole HTTP/1.1 GET; its answer is read before the hand-over
    u16 lane_first = 0;
    u16 lanes_count = 2;
    Nanos lane_age_max = seconds(50);
    Nanos connect_max = seconds(3);
    Nanos handshake_max = seconds(5); // TLS and the warm-up together
    Nanos retry_min = milliseconds(50);
    Nanos retry_max = seconds(5);
};

class Connector {
public:
    // `mail`, `clocks` and `beat_ns` outlive the connector; `beat_ns` is where to store
    // CLOCK_MONOTONIC at each step, or nullptr. The error names the venue and what is wrong with
    // its CA file or its address.
    static Result<std::unique_ptr<Connector>> open(std::vector<VenueDial> dials, Mail& mail,
                                                   VenueClocks& clocks, u64* beat_ns,
                                                   Resolve resolve = resolve_by_dns);
    ~Connector();
    Connector(const Connector&) = delete;
    Connector& operator=(const Connector&) = delete;

    // The thread's body: step, then wait at most a millisecond for a socket.
    void run(std::stop_token stop);
    // One round over mail and lanes at this time. Never waits. For run() and for tests.
    void step(Instant now);
    // The sockets that could let the next step() move on.
    std::vector<pollfd> waits() const;

    // Why the last attempt of this venue failed; empty after a success. From any thread.
    std::string last_failure(VenueId venue) const;

private:
    struct Lane;
    struct Venue;
    Connector(Mail& mail, VenueClocks& clocks, u64* beat_ns);
    Result<void> add(VenueDial dial, const Resolve& resolve);
    void take_downs(Instant now);
    void step_venue(Venue& venue, Instant now);
    void start_dial(Venue& venue, Lane& lane, Instant now);
    void advance(Venue& venue, Lane& lane, Instant now);
    bool hand_over(Venue& venue, Lane& lane, Instant now);
    void fail(Venue& venue, const std::string& sentence);

    Mail& mail_;
    VenueClocks& clocks_;
    u64* beat_ns_;
    u32 life_next_ = 1;
    std::minstd_rand jitter_{std::random_device{}()};
    std::vector<std::unique_ptr<Venue>> venues_;
    mutable std::mutex failures_lock_; // of the sentences in venues_
};

} // namespace ks
