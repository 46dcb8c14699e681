// Range: where the shots are fired: one thread is the producer that pulls and the venue that is
// hit, the other is the Core. Every time is in ticks and counts from the reading just before the
// pull. Guarantees: loops are bounded; a fire that is not whole is an error, never a figure.
#pragma once

#include <array>

#include "abi/killswitch.h"
#include "base/result.hpp"
#include "flight/core.hpp"
#include "venue.hpp"

namespace ks::bench {

// Quiet: the venue makes no system call until the sends have returned, so that what is measured is
// the sender's own cost. Polling: it looks all the time, sees the bytes arrive, and slows the
// sender through the socket's lock.
enum class Peer : u8 { quiet, polling };

struct Shooting {
    Task task = Task::turn;
    u32 shots = 1;
    Nanos idle; // the engine turns, the venue polls, nobody fires
    Peer peer = Peer::quiet;
    bool waits_clear = false; // the kill before is CONFIRMED first, so that no read is under way
    bool evicts = false;
};

// Stations of one fire, in nanoseconds after the store; negative: not measured.
struct Stations {
    bool is_whole =
        true; // false: a lane was busy with a read or a keep-alive, some shot left later
    float seen = -1, submit = -1, returned = -1;
    float first_readable = -1, last_readable = -1; // Peer::polling
    float accepted = -1;                           // the engine's: the last shot's promise
    float sealed = -1;                             // ready to fire again
    float confirmed = -1;                          // waits_clear
};

class Range {
public:
    // `second`, if any, has its turns on this thread while a fire is under way.
    Range(Venue& venue, Core& core, const ks_handle& handle, Sender* second = nullptr);

    // Until every shot is signed and sealed; handshakes take their time. Then the engine rests.
    Result<void> arm();
    // Kills a scope beside those that are fired at: its sweep goes on meanwhile.
    void kill(const char* scope) { ks_pull(&handle_, scope, 0, nullptr); }
    // One task for all fires until the next call: a batch.
    void begin(const Shooting& shooting);
    Result<Stations> fire();
    void end() { core_.rest(); }
    // The venue serves for so long; nobody fires.
    void serve(Nanos span);
    Venue& venue() { return venue_; }
    Core& core() { return core_; }

private:
    template<class Done> bool serve_until(Done done);
    void pull();
    u64 wait_quietly(u64 volleys_before);
    void note_arrivals(u64 store, Stations& stations);

    Venue& venue_;
    Core& core_;
    const ks_handle& handle_;
    Sender* const second_;
    Shooting shooting_;
    u32 scope_ = 0;
    u32 arrived_ = 0; // cancels of this fire that the venue has read whole
};

} // namespace ks::bench
