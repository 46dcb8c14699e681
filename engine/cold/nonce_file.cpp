#include "cold/nonce_file.hpp"

#include <algorithm>
#include <atomic>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.hpp"

namespace ks {

namespace {

constexpr u64 nonce_magic = 0x3145434e4f4e534bull; // "KSNONCE1" in memory

Error not_ours(const std::filesystem::path& file, std::string_view what) {
    return {file.string() + ": " + std::string(what) +
            "; it is no nonce file of this engine: look at it, and move it away"};
}

Result<void> prepare(const Fd& fd, const std::filesystem::path& file) {
    struct stat facts {};
    if (fstat(fd.get(), &facts) != 0) return errno_error("examine " + file.string());
    if (!S_ISREG(facts.st_mode) || facts.st_nlink != 1) return not_ours(file, "is no plain file");
    if (facts.st_uid != geteuid()) return not_ours(file, "belongs to another user");
    if (facts.st_size == 0) {
        if (ftruncate(fd.get(), sizeof(NoncePage)) != 0)
            return errno_error("make room for " + file.string());
    } else if (facts.st_size != sizeof(NoncePage))
        return not_ours(file, "has the wrong size");
    return {};
}

} // namespace

Result<NonceFile> NonceFile::open(const std::filesystem::path& file) {
    const Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.is_open()) return errno_error("open " + file.string());
    if (auto done = prepare(fd, file); !done) return std::move(done).error();
    void* memory = mmap(nullptr, sizeof(NoncePage), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_POPULATE, fd.get(), 0);
    if (memory == MAP_FAILED) return errno_error("map " + file.string());
    NonceFile opened(static_cast<NoncePage*>(memory));
    // Zero: the file is new, or its maker died before this line.
    if (opened.page_->magic == 0) opened.page_->magic = nonce_magic;
    if (opened.page_->magic != nonce_magic) return not_ours(file, "begins with other bytes");
    return opened;
}

NonceFile::~NonceFile() {
    if (page_) munmap(page_, sizeof(NoncePage));
}

Result<NonceLine*> NonceFile::line(std::string_view key_name) {
    if (key_name.empty() || key_name.size() >= KS_NAME_BYTES)
        return Error{"key name '" + std::string(key_name) + "' must have 1 to 47 bytes"};
    for (NonceLine& line : page_->line) {
        const std::string_view name(line.name, strnlen(line.name, KS_NAME_BYTES));
        if (name == key_name) return &line;
        if (!name.empty()) continue;
        std::copy(key_name.begin(), key_name.end(), line.name);
        return &line;
    }
    return Error{"the nonce file is full of keys that are no longer used; stop the engine and "
                 "move the file away"};
}

u64 NonceFile::take(NonceLine& line, u64 floor) {
    // relaxed: one thread writes; what matters is that the store is made before the nonce is used.
    std::atomic_ref<u64> last(line.last);
    const u64 next = std::max(last.load(std::memory_order_relaxed) + 1, floor);
    last.store(next, std::memory_order_relaxed);
    return next;
}

u64 NonceFile::last(NonceLine& line) {
    return std::atomic_ref<u64>(line.last).load(std::memory_order_relaxed); // as in take()
}

} // namespace ks
