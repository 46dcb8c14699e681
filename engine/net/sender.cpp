#include "net/sender.hpp"

#include <cerrno>
#include <sys/socket.h>

namespace ks {

namespace {

constexpr std::array<std::byte, 448> warm_bytes{}; // as long as a request

i32 send_now(int fd, std::span<const std::byte> bytes) noexcept {
    // DONTWAIT: a full socket answers EAGAIN at once, and the shot takes its other lane.
    const ssize_t taken = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return taken < 0 ? -errno : static_cast<i32>(taken);
}

} // namespace

Result<std::unique_ptr<Sender>> Sender::open(Nanos warm_every) {
    Result<LoopbackPair> pair = LoopbackPair::open();
    if (!pair) return std::move(pair).error().within("second sender");
    return std::unique_ptr<Sender>(new Sender(*std::move(pair), warm_every));
}

bool Sender::turn() noexcept {
    Place& at = place(begun_);
    State state = at.state.load(std::memory_order_relaxed); // an idle look takes no line away
    if (state != State::offered) return false;
    // acquire: pairs with offer()
    if (!at.state.compare_exchange_strong(state, State::begun, std::memory_order_acquire,
                                          std::memory_order_relaxed))
        return false; // taken back
    ++begun_;
    at.offer.result = send_now(at.offer.fd, at.offer.bytes);
    at.state.store(State::done, std::memory_order_release); // release: pairs with collect()
    return true;
}

void Sender::beat(Instant now) noexcept {
    if (warm_every_.ns == 0 || now - beat_at_ < warm_every_) return;
    beat_at_ = now;
    static_cast<void>(send_now(near_.get(), warm_bytes));
    pair_.drain();
}

bool Sender::offer(const Offer& offer) noexcept {
    if (offered_ - collected_ == offers_max) return false;
    Place& at = place(offered_);
    at.offer = offer;
    at.state.store(State::offered, std::memory_order_release); // release: pairs with turn()
    ++offered_;
    return true;
}

bool Sender::take_back(Offer& offer) noexcept {
    if (is_idle()) return false;
    Place& at = place(offered_ - 1);
    State state = State::offered;
    // relaxed: what is in the place we wrote ourselves
    if (!at.state.compare_exchange_strong(state, State::free, std::memory_order_relaxed))
        return false;
    --offered_;
    offer = at.offer;
    return true;
}

bool Sender::collect(Offer& offer) noexcept {
    if (is_idle()) return false;
    Place& at = place(collected_);
    // acquire: pairs with turn()
    if (at.state.load(std::memory_order_acquire) != State::done) return false;
    offer = at.offer;
    at.state.store(State::free, std::memory_order_relaxed); // the next offer() releases it anew
    ++collected_;
    return true;
}

} // namespace ks
