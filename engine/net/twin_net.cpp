#include "net/twin_net.hpp"

namespace ks {

bool TwinNet::offer(LaneRef lane, std::span<const std::byte> bytes) noexcept {
    const int fd = own_->lend(lane);
    if (fd < 0) return false;
    if (second_.offer({lane, fd, bytes, 0})) return true;
    own_->take_back(lane);
    return own_->queue(lane, bytes);
}

// Our own share in one call; then, a few at a time, what the other has not begun yet.
void TwinNet::submit() noexcept {
    own_->submit();
    const bool may_be_shared = queued_ > own_first;
    queued_ = 0;
    while (may_be_shared) {
        u32 count = 0;
        Sender::Offer back;
        while (count < take_back_max && second_.take_back(back)) {
            own_->take_back(back.lane);
            // It was queued before and nothing has been polled since, so it can be queued again.
            static_cast<void>(own_->queue(back.lane, back.bytes));
            ++count;
        }
        if (count == 0) return;
        own_->submit();
    }
}

bool TwinNet::poll(NetEvent& event) noexcept {
    Sender::Offer done;
    if (!second_.is_idle() && second_.collect(done))
        return own_->give_back(done.lane, done.result, event);
    return own_->poll(event);
}

} // namespace ks
