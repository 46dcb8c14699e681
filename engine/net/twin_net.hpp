// TwinNet: UringNet, with a second CPU that sends part of a large salvo (net/sender.hpp). Models
// Net (hot/seams.hpp): the engine decides as before and sees one net.
// Why: a send costs the kernel microseconds, the decision a twentieth of that; the last of 64 shots
// waits for 63 sends unless somebody else makes half of them.
// Guarantees: a salvo of `own_first` shots or fewer is one system call of the hot thread; what the
// second CPU has not begun when the hot thread is through, the hot thread sends itself.
#pragma once

#include "net/sender.hpp"
#include "net/uring_net.hpp"

namespace ks {

class TwinNet {
public:
    static constexpr u32 own_first = 4;     // handing over costs about as much as sending one
    static constexpr u32 take_back_max = 4; // a call; the other goes on meanwhile

    // Both must belong to it alone; the sender's thread has ended before this does.
    TwinNet(std::unique_ptr<UringNet> own, Sender& second)
        : own_(std::move(own)), second_(second) {}

    bool adopt(LaneRef lane, int fd) noexcept { return own_->adopt(lane, fd); }
    // The first of a salvo, and every second one after them, is sent by this thread.
    bool queue(LaneRef lane, std::span<const std::byte> bytes) noexcept {
        const u32 number = queued_++;
        const bool is_shared = number >= own_first && number % 2 == 1;
        if (!is_shared) return own_->queue(lane, bytes);
        return offer(lane, bytes);
    }
    void submit() noexcept;
    bool poll(NetEvent& event) noexcept;
    void touch(LaneRef lane) noexcept { own_->touch(lane); }
    void drop(LaneRef lane) noexcept { own_->drop(lane); }

private:
    bool offer(LaneRef lane, std::span<const std::byte> bytes) noexcept;

    std::unique_ptr<UringNet> own_;
    Sender& second_;
    u32 queued_ = 0; // since the last submit
};
static_assert(Net<TwinNet>);

} // namespace ks
