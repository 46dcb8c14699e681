#include "flight/evictor.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace ks::bench {

namespace {
void* map(size_t bytes) {
    void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED) throw std::bad_alloc();
    return at;
}
} // namespace

// The code is no-operations with a return at its end.
Evictor::Evictor() : data_(static_cast<u64*>(map(data_bytes))) {
    auto* const code = static_cast<u8*>(map(code_bytes));
    std::memset(code, 0x90, code_bytes);
    code[code_bytes - 1] = 0xc3;
    mprotect(code, code_bytes, PROT_READ | PROT_EXEC);
    code_ = reinterpret_cast<void (*)()>(code);
}

Evictor::~Evictor() {
    munmap(data_, data_bytes);
    munmap(reinterpret_cast<void*>(code_), code_bytes);
}

void Evictor::evict() noexcept {
    constexpr size_t words_a_line = 8;
    for (size_t i = 0; i < data_bytes / sizeof(u64); i += words_a_line)
        __atomic_store_n(&data_[i], data_[i] + 1, __ATOMIC_RELAXED);
    code_();
}

} // namespace ks::bench
