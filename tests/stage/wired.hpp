// Wired: the shipped engine on a real net, its lanes real TCP connections on loopback whose far
// ends this process holds; for counting system calls and for benchmarks. The venues never answer
// unless told to.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include "net/loopback_pair.hpp"
#include "net/tsc_clock.hpp"
#include "stage/stage.hpp"

namespace ks::sim {

// Two secrets made of one seed; the peer of a lane has them the other way round.
inline Handover handover_of(u32 seed, Suite suite) {
    Handover handover;
    handover.suite = suite;
    for (size_t i = 0; i < handover.secret_tx.size(); ++i) {
        handover.secret_tx[i] = static_cast<u8>(seed * 7 + i);
        handover.secret_rx[i] = static_cast<u8>(seed * 13 + i + 101);
    }
    return handover;
}

template<Net NetT> class Wired : public Stage {
public:
    Wired(const StageSetup& wanted, NetT& net, Suite suite = Suite::aes_128_gcm_sha256)
        : Stage(wanted), net_(net), suite_(suite),
          engine_(std::make_unique<Engine<TscClock, NetT>>(parts(), clock, net)) {}
    ~Wired() {
        for (const auto& peer : peers_) close(peer->fd);
    }

    // Signs every request and brings every lane up. False: some shot did not become ready.
    bool arm() {
        for (u16 slot = 0; slot < plan->lanes_count; ++slot) dial(slot, 1);
        for (u16 i = 0; i < plan->requests.size(); ++i) deliver(RequestId{i});
        return turn_until([&] { return shared->status.ready == 2; });
    }
    // Every venue accepts what it was sent, and all shots are sealed again. False: some is not.
    bool rearm() {
        constexpr std::string_view accepted =
            "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"ok\":true,\"ids\":[]}";
        for (const auto& peer : peers_) answer(*peer, accepted);
        if (!turn_until([&] { return count_fired() == 0; })) return false;
        const auto accepted_ns = static_cast<u64>(clock.now().ns);
        return turn_until([&] { // a readiness published since then
            return shared->status.engine_beat_ns > accepted_ns && shared->status.ready == 2;
        });
    }
    bool all_fired() const { return count_fired() == plan->shots.size(); }
    bool are_all_sealed() const {
        for (u16 i = 0; i < plan->shots.size(); ++i)
            if (engine_->armed({i}) != 7) return false;
        return true;
    }
    void deliver(RequestId request) {
        while (!mail->signed_requests.push(sign(request, clock.now()))) engine_->turn();
    }
    template<class Done> bool turn_until(Done done) {
        const Instant end = clock.now() + seconds(5);
        while (!done() && clock.now() < end) {
            engine_->turn();
            shared->ring.drained.store(shared->ring.written.load());
        }
        return done();
    }
    Engine<TscClock, NetT>& engine() { return *engine_; }

    TscClock clock;

private:
    struct Peer {
        LaneRef lane;
        int fd = -1;
        Session session; // the engine's half with its secrets swapped
    };

    void dial(u16 slot, u32 life) {
        Result<LoopbackPair> pair = LoopbackPair::open();
        if (!pair) return;
        LaneUp* up = nullptr;
        while (!(up = mail->lanes_up.reserve())) engine_->turn();
        up->lane = {slot, life};
        up->fd = pair->take_near();
        up->is_clock_known = true;
        up->handover = handover_of(slot, suite_);
        Handover swapped = up->handover;
        std::swap(swapped.secret_tx, swapped.secret_rx);
        auto peer = std::make_unique<Peer>();
        peer->lane = up->lane;
        peer->fd = pair->take_far();
        static_cast<void>(peer->session.adopt(swapped, life));
        peers_.push_back(std::move(peer));
        mail->lanes_up.publish();
    }

    size_t count_fired() const {
        size_t count = 0;
        for (u16 i = 0; i < plan->shots.size(); ++i)
            count += engine_->sweep().flight({i}).state == State::fired;
        return count;
    }

    void answer(Peer& peer, std::string_view text) {
        if (engine_->lanes().current(peer.lane.slot)->is_idle()) return;
        std::array<std::byte, 4096> request;
        while (recv(peer.fd, request.data(), request.size(), MSG_DONTWAIT) > 0) {
        }
        Record record;
        peer.session.seal(std::as_bytes(std::span{text}), record);
        peer.session.spend();
        peer.session.sent();
        if constexpr (requires { net_.inject(peer.lane, record.span()); })
            net_.inject(peer.lane, record.span());
        else
            static_cast<void>(!send(peer.fd, record.bytes.data(), record.bytes_count, 0));
    }

    NetT& net_;
    Suite suite_;
    std::unique_ptr<Engine<TscClock, NetT>> engine_;
    std::vector<std::unique_ptr<Peer>> peers_;
};

} // namespace ks::sim
