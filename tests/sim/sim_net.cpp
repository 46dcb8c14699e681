#include "sim/sim_net.hpp"

#include <cerrno>
#include <cstring>

namespace ks::sim {

void SimNet::connect(LaneUp& up, LaneRef lane) {
    up.is_clock_known = true;
    auto peer = std::make_unique<Peer>();
    peer->lane = lane;
    peer->fd = next_fd_++;
    Handover theirs;
    theirs.suite = Suite::chacha20_poly1305_sha256;
    for (u8& byte : theirs.secret_tx) byte = static_cast<u8>(random());
    for (u8& byte : theirs.secret_rx) byte = static_cast<u8>(random());
    if (!peer->session.adopt(theirs, lane.life)) broken = "the peer cannot adopt";
    up.lane = lane;
    up.fd = peer->fd;
    up.handover = Handover{};
    up.handover.suite = theirs.suite;
    up.handover.secret_tx = theirs.secret_rx;
    up.handover.secret_rx = theirs.secret_tx;
    peers_[peer->fd] = std::move(peer);
}

SimNet::Peer* SimNet::find(LaneRef lane) {
    for (auto& [fd, peer] : peers_)
        if (peer->lane == lane) return peer.get();
    return nullptr;
}

std::vector<LaneRef> SimNet::open_lanes() const {
    std::vector<LaneRef> lanes;
    for (const auto& [fd, peer] : peers_)
        if (peer->is_adopted && !peer->is_closed && !peer->is_dropped) lanes.push_back(peer->lane);
    return lanes;
}

void SimNet::close_notify_from_peer(LaneRef lane) {
    if (Peer* peer = find(lane)) {
        peer->session.close();
        pay_owed(*peer, clock_.time + latency);
    }
}

void SimNet::close_from_peer(LaneRef lane) {
    Peer* peer = find(lane);
    if (!peer || peer->is_closed) return;
    peer->is_closed = true;
    peer->closes_at = clock_.time + latency;
}

bool SimNet::adopt(LaneRef lane, int fd) noexcept {
    const auto found = peers_.find(fd);
    if (found == peers_.end() || found->second->lane != lane) return false;
    found->second->is_adopted = true;
    return true;
}

bool SimNet::queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
    Peer* peer = find(lane);
    if (!peer || !peer->is_adopted || peer->is_dropped) return false;
    queued_.push_back({lane, bytes, {bytes.begin(), bytes.end()}});
    return true;
}

void SimNet::submit() noexcept {
    ++submits_count;
    for (Queued& queued : queued_) {
        Peer* peer = find(queued.lane);
        NetEvent event{queued.lane, What::sent, static_cast<i32>(queued.bytes.size()), -1, {}};
        const bool is_short = std::uniform_real_distribution<>(0, 1)(random) < short_send;
        if (peer->is_closed && clock_.time >= peer->closes_at)
            event.result = -EPIPE;
        else if (is_short)
            event.result /= 2;
        else
            deliver(*peer, queued.copy);
        done_.emplace_back(event, std::move(queued));
    }
    queued_.clear();
}

void SimNet::deliver(Peer& peer, const std::vector<std::byte>& bytes) {
    ++records_count;
    if (!tap_.insert(bytes).second) broken = "one ciphertext left twice";
    const Instant arrives_at = clock_.time + latency;
    std::vector<std::byte> rest = bytes;
    std::span<std::byte> in = rest;
    for (Opened opened; !in.empty() || opened.worked;) {
        opened = peer.session.open(in, 1 << 20);
        in = in.subspan(opened.used);
        for (std::byte byte : opened.content) peer.request += static_cast<char>(byte);
        if (opened.broken == Broken::close_notify) return close_from_peer(peer.lane);
        if (opened.broken != Broken::none) {
            broken = "a record that its peer could not open left on a lane";
            return;
        }
        if (opened.used == 0 && !opened.worked) break;
    }
    pay_owed(peer, arrives_at + latency);
    if (peer.request.empty()) return;
    bool closes = false;
    const std::string text = venue_.answer(peer.request, arrives_at, closes);
    peer.request.clear();
    if (!text.empty()) send(peer, text, arrives_at + latency);
    if (closes) {
        peer.is_closed = true;
        peer.closes_at = arrives_at + latency;
    }
}

void SimNet::send(Peer& peer, std::string_view text, Instant at) {
    while (!text.empty()) {
        const std::string_view part = text.substr(0, 1 + random() % 700);
        text.remove_prefix(part.size());
        Record record;
        peer.session.seal(std::as_bytes(std::span{part}), record);
        peer.session.spend();
        peer.session.sent();
        peer.to_engine.push_back({at, {record.span().begin(), record.span().end()}});
    }
}

void SimNet::pay_owed(Peer& peer, Instant at) {
    const std::span<const std::byte> owed = peer.session.owed();
    if (owed.empty()) return;
    peer.to_engine.push_back({at, {owed.begin(), owed.end()}});
    peer.session.owed_spent();
    peer.session.sent();
}

bool SimNet::poll(NetEvent& event) noexcept {
    if (!done_.empty()) {
        const Queued& queued = done_.front().second;
        if (std::memcmp(queued.copy.data(), queued.bytes.data(), queued.copy.size()) != 0)
            broken = "queued bytes changed before they were sent";
        event = done_.front().first;
        done_.pop_front();
        return true;
    }
    for (auto& [fd, peer] : peers_) {
        if (!peer->is_adopted) continue;
        if (!peer->is_dropped && !peer->to_engine.empty() &&
            peer->to_engine.front().at <= clock_.time) {
            lent_ = std::move(peer->to_engine.front().bytes);
            peer->to_engine.pop_front();
            event = {peer->lane, What::got, static_cast<i32>(lent_.size()), -1, lent_};
            return true;
        }
        const bool has_ended = peer->is_closed && peer->closes_at <= clock_.time;
        if (peer->is_dropped || has_ended) {
            event = {peer->lane, What::closed, 0, fd, {}};
            peers_.erase(fd);
            return true;
        }
    }
    return false;
}

void SimNet::drop(LaneRef lane) noexcept {
    if (Peer* peer = find(lane)) peer->is_dropped = true;
}

} // namespace ks::sim
