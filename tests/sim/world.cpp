#include "sim/world.hpp"

namespace ks::sim {

World::World(const StageSetup& wanted)
    : Stage(wanted), net(std::make_unique<SimNet>(clock, venue)) {
    net->random.seed(setup.seed);
    start_engine();
}

World::World(const StageSetup& wanted, std::unique_ptr<Plan> made)
    : Stage(wanted, std::move(made)), net(std::make_unique<SimNet>(clock, venue)) {
    net->random.seed(setup.seed);
    start_engine();
}

void World::kill_engine() {
    engine.reset();
    net = std::make_unique<SimNet>(clock, venue); // its sockets died with it
    net->random.seed(setup.seed + next_life_);
    mail = std::make_unique<Mail>();
    to_sign_.clear();
    to_dial_.clear();
}

void World::start_engine() {
    engine = std::make_unique<Engine<FakeClock, SimNet>>(parts(), clock, *net);
    signed_at_.assign(plan->requests.size(), clock.time);
    for (u16 i = 0; i < plan->requests.size(); ++i)
        to_sign_.push_back({clock.time, RequestId{i}, {}});
    for (u16 i = 0; i < plan->lanes_count; ++i)
        to_dial_.push_back({clock.time, {}, LaneRef{i, next_life_++}});
}

void World::step() {
    if (is_signer_alive) play_signer();
    if (is_connector_alive) play_connector();
    const u64 now_ns = static_cast<u64>(clock.time.ns);
    if (is_signer_alive) shared->status.signer_beat_ns = now_ns;
    if (is_connector_alive) shared->status.connector_beat_ns = now_ns;
    if (is_scribe_alive) shared->status.scribe_beat_ns = now_ns;
    engine->turn();
    const bool is_quiet = engine->is_quiet(microseconds(500));
    clock.time = clock.time + (is_quiet ? idle_step : busy_step);
    // The scribe: takes everything, so that the ring never fills.
    if (is_scribe_alive) shared->ring.drained.store(shared->ring.written.load());
}

// An ordered key renews every request of that key, reads below shots.
void World::renew(RequestId wanted) {
    const KeyId key = plan->requests[wanted.index].key;
    const bool is_ordered = !key.is_none() && plan->keys[key.index].is_ordered;
    for (RequestKind kind :
         {RequestKind::read, RequestKind::live_fire, RequestKind::fire, RequestKind::keep_alive})
        for (u16 i = 0; i < plan->requests.size(); ++i) {
            const RequestPlan& request = plan->requests[i];
            if (request.kind != kind) continue;
            if (is_ordered ? request.key != key : RequestId{i} != wanted) continue;
            to_sign_.push_back({clock.time + milliseconds(1), RequestId{i}, {}});
            signed_at_[i] = clock.time;
        }
}

void World::play_signer() {
    while (const SignOrder* order = mail->sign_orders.front()) {
        renew(order->request);
        mail->sign_orders.release();
    }
    const u16 due = static_cast<u16>(due_cursor_++ % plan->requests.size());
    const Nanos age_max = plan->requests[due].age_max;
    if (age_max.ns > 0 && clock.time - signed_at_[due] > age_max / 4) renew(RequestId{due});
    while (!to_sign_.empty() && to_sign_.front().at <= clock.time) {
        if (!mail->signed_requests.push(sign(to_sign_.front().request, clock.time))) return;
        to_sign_.pop_front();
    }
}

void World::play_connector() {
    while (const LaneDown* down = mail->lanes_down.front()) {
        ++dialled_again_;
        const u32 life = down->lane.life + 1; // parity alternates in each slot
        to_dial_.push_back({clock.time + milliseconds(5), {}, LaneRef{down->lane.slot, life}});
        mail->lanes_down.release();
    }
    while (!to_dial_.empty() && to_dial_.front().at <= clock.time) {
        LaneUp* up = mail->lanes_up.reserve();
        if (!up) return;
        net->connect(*up, to_dial_.front().lane);
        mail->lanes_up.publish();
        to_dial_.pop_front();
    }
}

bool World::arm() {
    return run(seconds(5), [this] { return shared->status.ready == 2; });
}

} // namespace ks::sim
