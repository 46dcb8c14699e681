// Random lives of a session: fires, keep-alives, refreshed plaintexts, KeyUpdates from both sides,
// reconnects, deliveries in splinters. A tap at the kernel's door asserts I3: no (life, generation,
// sequence) leaves twice, and each record that leaves is the one that the peer reads next.
// Replay a seed: test_wire --gtest_filter='SessionRandom*' --gtest_random_seed=SEED
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

#include "unit/wire_peer.hpp"
#include "wire/session.hpp"

namespace ks {
namespace {

using namespace testing;

constexpr u32 lives_count = 60;
constexpr u32 steps_per_life = 200;
constexpr u32 slots_count = 4; // sealed records that wait to be fired

class World {
public:
    explicit World(u32 seed) : random_(seed) { reconnect(); }

    void step() {
        switch (below(9)) {
        case 0:
            refresh();
            break;
        case 1:
            fire();
            break;
        case 2:
            complete();
            break;
        case 3:
            pay();
            break;
        case 4:
            peer_sends_data();
            break;
        case 5:
            peer_updates_keys();
            break;
        case 6:
            peer_sends_ticket();
            break;
        default:
            deliver();
            break;
        }
        check();
    }
    void reconnect() {
        const Suite suite = all_suites[below(std::size(all_suites))];
        peer_ = std::make_unique<Peer>(suite);
        // Half of the lives begin just below the limit where a session moves its own keys on.
        if (below(2) == 0) peer_->sequence_up = sequence_update_at - 1 - below(8);
        wire_down_.clear();
        expected_down_.clear();
        received_down_.clear();
        in_flight_ = nullptr;
        ASSERT_TRUE(session_.adopt(peer_->handover(), ++life_));
    }
    void settle() {
        complete();
        while (!wire_down_.empty()) deliver();
        EXPECT_EQ(received_down_, expected_down_);
    }

    u64 fired = 0, stale = 0, paid = 0;

private:
    // One record, two buffers, swapped and never edited in place.
    struct Slot {
        std::array<Record, 2> buffers;
        u32 current = 0;
        Bytes plain;
        Record& record() { return buffers[current]; }
    };

    u32 below(u64 limit) { return static_cast<u32>(random_() % limit); }
    Slot& any_slot() { return slots_[below(slots_count)]; }

    void refresh() {
        Slot& slot = any_slot();
        if (&slot.buffers[1 - slot.current] == in_flight_) return; // I4
        Bytes plain = pattern(1 + below(1400));
        plain[0] = static_cast<std::byte>(random_());
        slot.current = 1 - slot.current;
        slot.plain = std::move(plain);
        session_.seal(slot.plain, slot.record());
    }
    void fire() {
        Slot& slot = any_slot();
        const u64 fit = session_.fit();
        if (fit == 0 || slot.record().fit != fit) { // I2: one compare
            stale += slot.record().fit != 0;
            return;
        }
        session_.spend();
        in_flight_ = &slot.record();
        const auto [is_valid, type, content] = tap(slot.record().span(), fit);
        EXPECT_EQ(type, 23);
        EXPECT_EQ(content, slot.plain);
        ++fired;
    }
    void pay() {
        const std::span<const std::byte> owed = session_.owed();
        if (owed.empty()) return;
        EXPECT_EQ(session_.fit(), 0);
        const Bytes bytes{owed.begin(), owed.end()};
        session_.owed_spent();
        static const Record protocol{};
        in_flight_ = &protocol;
        EXPECT_EQ(tap(bytes, 0).type, 22);
        ++paid;
    }
    void complete() {
        if (in_flight_ != nullptr) session_.sent();
        in_flight_ = nullptr;
    }
    // The kernel's door: all that leaves passes here, once.
    PeerKeys::Plain tap(std::span<const std::byte> record, u64 fit) {
        const u64 number = u64{life_} << 40 | u64{peer_->generation_up} << 24 | peer_->sequence_up;
        EXPECT_TRUE(seen_.insert(number).second) << "left twice";
        EXPECT_TRUE(fit == 0 || fit == number) << "a record for another number left";
        PeerKeys::Plain plain = peer_->receive(record);
        EXPECT_TRUE(plain.is_valid) << "the peer cannot read it";
        return plain;
    }

    void peer_sends_data() {
        const Bytes content = pattern(1 + below(3000));
        expected_down_ = join({expected_down_, content});
        wire_down_ = join({wire_down_, peer_->send(23, content, below(300))});
        updates_ = tickets_ = 0;
    }
    void peer_updates_keys() {
        if (++updates_ > 32) return;
        wire_down_ = join({wire_down_, peer_->send_key_update(below(2) == 0)});
    }
    void peer_sends_ticket() {
        if (++tickets_ > 32) return;
        const Bytes message = join({hex("04000064"), pattern(100)});
        wire_down_ = join({wire_down_, peer_->send(22, message)});
    }
    void deliver() {
        const size_t count = 1 + below(wire_down_.size() + 1);
        const size_t some = std::min(count, wire_down_.size());
        Taken taken;
        take(session_, std::span{wire_down_}.first(some), 1 + below(700), taken);
        EXPECT_EQ(taken.broken, Broken::none);
        received_down_ = join({received_down_, taken.content});
        wire_down_.erase(wire_down_.begin(), wire_down_.begin() + static_cast<i64>(some));
    }
    void check() {
        const bool must_wait = in_flight_ != nullptr || !session_.owed().empty();
        EXPECT_EQ(session_.fit() == 0, must_wait);
        EXPECT_EQ(session_.sequence_tx(), peer_->sequence_up);
    }

    std::mt19937 random_;
    Session session_;
    std::unique_ptr<Peer> peer_;
    std::array<Slot, slots_count> slots_;
    const Record* in_flight_ = nullptr;
    std::set<u64> seen_;
    Bytes wire_down_, expected_down_, received_down_;
    u32 life_ = 0;
    u32 updates_ = 0;
    u32 tickets_ = 0;
};

TEST(SessionRandom, NeverLetsANumberLeaveTwice) {
    const u32 seed = static_cast<u32>(GTEST_FLAG_GET(random_seed)) + 1;
    SCOPED_TRACE("--gtest_random_seed=" + std::to_string(seed - 1));
    auto world = std::make_unique<World>(seed);
    for (u32 life = 0; life < lives_count && !HasFailure(); ++life) {
        for (u32 step = 0; step < steps_per_life && !HasFailure(); ++step) world->step();
        world->settle();
        world->reconnect();
    }
    EXPECT_GT(world->fired, 100) << "the test no longer fires";
    EXPECT_GT(world->stale, 100) << "the test no longer meets stale records";
    EXPECT_GT(world->paid, 100) << "the test no longer updates keys";
}

} // namespace
} // namespace ks
