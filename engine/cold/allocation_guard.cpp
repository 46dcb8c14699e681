#include "cold/allocation_guard.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KS_MALLOC_IS_TAKEN 1
#endif

namespace ks {
namespace {

thread_local bool is_forbidden = false;
std::atomic<u64> count{0};

#if !defined(KS_MALLOC_IS_TAKEN)
void allocating() noexcept {
    count.fetch_add(1, std::memory_order_relaxed);
    if (!is_forbidden) return;
    is_forbidden = false; // abort() may allocate
    constexpr char sentence[] = "killswitch: the hot thread allocated memory; this is a bug\n";
    static_cast<void>(!write(2, sentence, sizeof sentence - 1));
    std::abort();
}
#endif

} // namespace

void forbid_allocation() noexcept {
    is_forbidden = true;
}
void allow_allocation() noexcept {
    is_forbidden = false;
}
u64 allocations_count() noexcept {
    return count.load(std::memory_order_relaxed);
}
bool allocation_guard_works() noexcept {
#if defined(KS_MALLOC_IS_TAKEN)
    return false;
#else
    return true;
#endif
}

} // namespace ks

#if !defined(KS_MALLOC_IS_TAKEN)
// glibc's own names for its allocator; everything, operator new included, passes here.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t bytes) {
    ks::allocating();
    return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
    ks::allocating();
    return __libc_calloc(count, bytes);
}
void* realloc(void* place, size_t bytes) {
    ks::allocating();
    return __libc_realloc(place, bytes);
}
void* memalign(size_t alignment, size_t bytes) {
    ks::allocating();
    return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
    ks::allocating();
    return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** place, size_t alignment, size_t bytes) {
    ks::allocating();
    *place = __libc_memalign(alignment, bytes);
    return *place ? 0 : ENOMEM;
}
}
#endif
