// Ring: a bounded queue between exactly one writing and one reading thread.
// Guarantees: no lock, no allocation, no wake-up; a full ring refuses, it never overwrites.
#pragma once

#include <array>
#include <atomic>

#include "base/units.hpp"

namespace ks {

template<class T, u32 limit> class Ring {
    static_assert((limit & (limit - 1)) == 0, "a power of two, so that indices wrap by a mask");

public:
    // Writer only. Returns the free place to fill, or nullptr when full; publish() hands it over.
    T* reserve() noexcept {
        const u32 tail = tail_.load(std::memory_order_relaxed);
        if (tail - head_seen_ == limit) {
            head_seen_ = head_.load(std::memory_order_acquire); // acquire: pairs with release()
            if (tail - head_seen_ == limit) return nullptr;
        }
        return &items_[tail & (limit - 1)];
    }
    void publish() noexcept {
        // release: pairs with the acquire in front()
        tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    [[nodiscard]] bool push(const T& value) noexcept {
        T* place = reserve();
        if (!place) return false;
        *place = value;
        publish();
        return true;
    }

    // Reader only. Returns the oldest item or nullptr; release() gives its place back.
    T* front() noexcept {
        const u32 head = head_.load(std::memory_order_relaxed);
        if (head == tail_seen_) {
            tail_seen_ = tail_.load(std::memory_order_acquire); // acquire: pairs with publish()
            if (head == tail_seen_) return nullptr;
        }
        return &items_[head & (limit - 1)];
    }
    void release() noexcept {
        // release: pairs with the acquire in reserve(); the item is no longer read
        head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    alignas(64) std::atomic<u32> tail_{0};
    u32 head_seen_ = 0;
    alignas(64) std::atomic<u32> head_{0};
    u32 tail_seen_ = 0;
    alignas(64) std::array<T, limit> items_{};
};

} // namespace ks
