// World: the shipped engine over a simulated kernel, clock and venues.
// The cold threads are played in the simplest honest way: the signer answers after a millisecond
// with rising nonces, the connector dials again after five. Everything follows from the seed.
#pragma once

#include "sim/sim_net.hpp"
#include "stage/stage.hpp"

namespace ks::sim {

class World : public Stage {
public:
    explicit World(const StageSetup& setup);
    World(const StageSetup& setup, std::unique_ptr<Plan> made);

    // Turns until `span` has passed, or until `done` says so. True: it said so.
    template<class Done> bool run(Nanos span, Done done) {
        const Instant end = clock.time + span;
        while (clock.time < end) {
            if (done()) return true;
            step();
        }
        return done();
    }
    void run(Nanos span) {
        run(span, [] { return false; });
    }
    void step();
    bool arm(); // runs until every shot is signed and sealed
    u32 pull(std::string_view scope) { return Stage::pull(scope, clock.time); }
    void kill_engine();  // kill -9: everything private to the engine is gone
    void start_engine(); // a successor over the same pages

    u32 dialled_count() const { return next_life_ + dialled_again_; }

    FakeClock clock;
    SimVenue venue;
    std::unique_ptr<SimNet> net;
    std::unique_ptr<Engine<FakeClock, SimNet>> engine;
    Nanos busy_step = microseconds(2);  // how far a turn takes the clock, and one without work
    Nanos idle_step = microseconds(20);
    bool is_signer_alive = true;
    bool is_connector_alive = true;
    bool is_scribe_alive = true;

private:
    void play_signer();
    void renew(RequestId wanted);
    void play_connector();

    u32 next_life_ = 1;
    u32 dialled_again_ = 0;
    struct Later {
        Instant at;
        RequestId request;
        LaneRef lane;
    };
    std::deque<Later> to_sign_, to_dial_;
    std::vector<Instant> signed_at_; // by request
    u32 due_cursor_ = 0;
};

} // namespace ks::sim
