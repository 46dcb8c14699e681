// HotArena: one mapping for all hot state: populated, and left out of any core file, because it
// holds session keys; wiped at the end.
#pragma once

#include <string.h>
#include <sys/mman.h>

#include <new>
#include <utility>

namespace ks {

template<class T> class HotArena {
public:
    HotArena() {
        place_ = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (place_ != MAP_FAILED) madvise(place_, sizeof(T), MADV_DONTDUMP);
    }
    ~HotArena() {
        if (made_) made_->~T();
        if (place_ == MAP_FAILED) return;
        explicit_bzero(place_, sizeof(T));
        munmap(place_, sizeof(T));
    }
    HotArena(const HotArena&) = delete;
    HotArena& operator=(const HotArena&) = delete;
    bool is_there() const { return place_ != MAP_FAILED; }
    template<class... Args> T& make(Args&&... args) {
        made_ = new (place_) T(std::forward<Args>(args)...);
        return *made_;
    }

private:
    void* place_ = MAP_FAILED;
    T* made_ = nullptr;
};

} // namespace ks
