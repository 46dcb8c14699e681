// Evictor: throws what a core has cached out of its caches, code and data, the way an hour of other
// work would. Guarantees: no system call and no allocation in evict().
#pragma once

#include "base/result.hpp"
#include "base/units.hpp"

namespace ks::bench {

class Evictor {
public:
    Evictor();
    ~Evictor();
    Evictor(const Evictor&) = delete;
    Evictor& operator=(const Evictor&) = delete;
    void evict() noexcept; // about 3 ms

private:
    static constexpr size_t data_bytes = 16 << 20; // eight times this kind's second-level cache
    static constexpr size_t code_bytes = 8 << 20;
    u64* data_ = nullptr;
    void (*code_)() = nullptr;
};

} // namespace ks::bench
