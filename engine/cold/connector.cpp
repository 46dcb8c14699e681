#include "cold/connector.hpp"

#include <atomic>
#include <time.h>

#include "cold/connector_addresses.hpp"
#include "cold/connector_clock.hpp"
#include "cold/connector_lane.hpp"

namespace ks {

namespace {

constexpr u32 dials_max = 4; // of a venue at a time: kind to it, and 8 ms of crypto each to us

Instant monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return {now.tv_sec * 1'000'000'000 + now.tv_nsec};
}

// From just over half of the age to the whole of it, evenly over the lanes.
Nanos staggered(Nanos age_max, u16 index, u16 count) {
    return age_max / 2 + age_max * (index + 1) / (2 * count);
}

void store(VenueClock& clock, const ClockReading& reading, Instant now) {
    clock.offset_ms.store(reading.offset_ms, std::memory_order_relaxed);
    clock.error_ms.store(reading.error_ms, std::memory_order_relaxed);
    // release: pairs with the signer's acquire of measured_ns
    clock.measured_ns.store(now.ns, std::memory_order_release);
}

} // namespace

struct Connector::Venue {
    VenueDial terms;
    TlsPolicy policy;
    AddressBook addresses;
    std::vector<Lane> lanes;
    std::string failure; // under failures_lock_
};

Connector::Connector(Mail& mail, VenueClocks& clocks, u64* beat_ns)
    : mail_(mail), clocks_(clocks), beat_ns_(beat_ns) {}
Connector::~Connector() = default;

Result<std::unique_ptr<Connector>> Connector::open(std::vector<VenueDial> dials, Mail& mail,
                                                   VenueClocks& clocks, u64* beat_ns,
                                                   Resolve resolve) {
    std::unique_ptr<Connector> connector(new Connector(mail, clocks, beat_ns));
    for (VenueDial& dial : dials) {
        const std::string name = dial.name;
        if (Result<void> added = connector->add(std::move(dial), resolve); !added)
            return std::move(added).error().within(name);
    }
    return connector;
}

Result<void> Connector::add(VenueDial dial, const Resolve& resolve) {
    Result<TlsPolicy> policy = TlsPolicy::open(dial.ca_file);
    if (!policy) return std::move(policy).error();
    std::optional<Address> fixed;
    if (!dial.address.empty()) {
        Result<Address> parsed = parse_address(dial.address, dial.port);
        if (!parsed) return std::move(parsed).error();
        fixed = *parsed;
    }
    std::vector<Lane> lanes(dial.lanes_count);
    for (u16 i = 0; i < dial.lanes_count; ++i) {
        lanes[i].slot = static_cast<u16>(dial.lane_first + i);
        lanes[i].age_max = staggered(dial.lane_age_max, i, dial.lanes_count);
    }
    Resolver resolver(resolve, dial.host, dial.port);
    venues_.push_back(std::make_unique<Venue>(Venue{std::move(dial),
                                                    *std::move(policy),
                                                    AddressBook(std::move(resolver), fixed),
                                                    std::move(lanes),
                                                    {}}));
    return {};
}

void Connector::run(std::stop_token stop) {
    const WolfsslThread wolfssl;
    while (!stop.stop_requested()) {
        step(monotonic_now());
        std::vector<pollfd> sockets = waits();
        (void)::poll(sockets.data(), sockets.size(), 1);
    }
}

void Connector::step(Instant now) {
    // relaxed: a word of its own, which readers only compare with their clock
    if (beat_ns_)
        std::atomic_ref<u64>(*beat_ns_).store(static_cast<u64>(now.ns), std::memory_order_relaxed);
    take_downs(now);
    for (const std::unique_ptr<Venue>& venue : venues_) step_venue(*venue, now);
}

std::vector<pollfd> Connector::waits() const {
    std::vector<pollfd> sockets;
    for (const std::unique_ptr<Venue>& venue : venues_)
        for (const Lane& lane : venue->lanes)
            if (lane.dial) sockets.push_back(lane.dial->wait());
    return sockets;
}

// A lane that is nobody's here was a private pair of the hot thread: its fd still ends with us.
void Connector::take_downs(Instant now) {
    while (const LaneDown* const down = mail_.lanes_down.front()) {
        const Fd closed(down->fd);
        for (const std::unique_ptr<Venue>& venue : venues_)
            for (Lane& lane : venue->lanes)
                if (lane.slot == down->lane.slot)
                    lane.end_life(down->lane.life, venue->terms, now, jitter_);
        mail_.lanes_down.release();
    }
}

void Connector::step_venue(Venue& venue, Instant now) {
    if (const std::optional<Error> trouble = venue.addresses.refresh(now))
        fail(venue, trouble->sentence);
    u32 dials_count = 0;
    u32 rotations_count = 0;
    for (Lane& lane : venue.lanes) {
        if (lane.dial) advance(venue, lane, now);
        dials_count += lane.dial != nullptr;
        rotations_count += lane.dial && lane.is_up();
    }
    for (Lane& lane : venue.lanes) {
        if (!lane.is_dial_due(now) || dials_count == dials_max) continue;
        if (lane.is_up() && rotations_count++ > 0) continue; // one lane at a time
        start_dial(venue, lane, now);
        dials_count += lane.dial != nullptr;
    }
}

void Connector::start_dial(Venue& venue, Lane& lane, Instant now) {
    const std::optional<Address> to = venue.addresses.next();
    if (!to) return; // DNS is being asked
    lane.dial = std::make_unique<Dial>(
        venue.policy, Handshake::Terms{.host = venue.terms.host, .warm_up = venue.terms.warm_up},
        *to,
        Dial::Limits{.connect_max = venue.terms.connect_max,
                     .handshake_max = venue.terms.handshake_max},
        now);
    advance(venue, lane, now);
}

void Connector::advance(Venue& venue, Lane& lane, Instant now) {
    switch (lane.dial->step(now)) {
    case Dial::Step::waiting:
        return;
    case Dial::Step::ready:
        if (!hand_over(venue, lane, now)) return; // the hot thread is behind: again next step
        break;
    case Dial::Step::failed:
        fail(venue, lane.dial->failure().sentence);
        lane.back_off(venue.terms, now, jitter_);
        break;
    }
    lane.dial.reset();
}

bool Connector::hand_over(Venue& venue, Lane& lane, Instant now) {
    LaneUp* const up = lane.has_place() ? mail_.lanes_up.reserve() : nullptr;
    if (!up) return false;
    Handshake& handshake = lane.dial->handshake();
    if (const std::optional<ClockReading> reading = read_clock(handshake.warm_up()))
        store(clocks_[venue.terms.venue.index], *reading, now);
    // relaxed: this thread wrote it, now or before
    up->is_clock_known =
        clocks_[venue.terms.venue.index].measured_ns.load(std::memory_order_relaxed) != 0;
    venue.addresses.remember_good(lane.dial->address());
    up->lane = {.slot = lane.slot, .life = lane.begin_life(life_next_, now)};
    up->fd = handshake.hand_over(up->handover).release(); // straight into the ring: no copy to wipe
    mail_.lanes_up.publish();
    const std::lock_guard held(failures_lock_);
    venue.failure.clear();
    return true;
}

void Connector::fail(Venue& venue, const std::string& sentence) {
    const std::lock_guard held(failures_lock_);
    venue.failure = venue.terms.name + ": " + sentence;
}

std::string Connector::last_failure(VenueId venue) const {
    const std::lock_guard held(failures_lock_);
    for (const std::unique_ptr<Venue>& one : venues_)
        if (one->terms.venue == venue) return one->failure;
    return {};
}

} // namespace ks
