// Journal file: made complete under another name, so that a ring is whole or absent.
#include "cold/journal_file.hpp"

#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/fd.hpp"

namespace ks {
namespace {

constexpr const char* making_name = "journal.ring.new";
constexpr const char* remedy =
    "; move it out of the run directory to start with a new ring (its events stay in that file)";

Error refused(const std::string& why) {
    return {std::string(journal_ring_name) + ": " + why + remedy};
}

Result<std::array<u8, 16>> read_boot_id() {
    const Fd file(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    char text[37] = {};
    if (!file.is_open() || read(file.get(), text, 36) != 36) return errno_error("read the boot id");
    std::array<u8, 16> id{};
    size_t digit = 0;
    for (char c : std::string_view(text)) {
        if (c == '-') continue;
        const u32 value = c <= '9' ? c - '0' : c - 'a' + 10;
        id[digit / 2] = static_cast<u8>(id[digit / 2] << 4 | value);
        ++digit;
    }
    return id;
}

Result<JournalRing*> map(int file) {
    void* at = mmap(nullptr, sizeof(JournalRing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                    file, 0);
    if (at == MAP_FAILED) return errno_error("map journal.ring");
    return static_cast<JournalRing*>(at);
}

Result<void> create(int run_directory, const std::array<u8, 16>& boot_id) {
    unlinkat(run_directory, making_name, 0); // left by an engine that died here
    const Fd file(openat(run_directory, making_name,
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!file.is_open() || fallocate(file.get(), 0, 0, sizeof(JournalRing)) != 0)
        return errno_error("create journal.ring in the run directory");
    Result<JournalRing*> mapped = map(file.get());
    if (!mapped) return std::move(mapped).error();
    JournalRing* ring = new (*mapped) JournalRing;
    ring->boot_id = boot_id;
    const bool is_random = getrandom(&ring->nonce, sizeof ring->nonce, 0) == sizeof ring->nonce;
    munmap(ring, sizeof(JournalRing));
    if (!is_random) return errno_error("draw the nonce of journal.ring");
    if (renameat(run_directory, making_name, run_directory, journal_ring_name) != 0)
        return errno_error("name journal.ring");
    return {};
}

Result<void> check_file(int file) {
    struct stat status;
    if (fstat(file, &status) != 0) return errno_error("stat journal.ring");
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1) return refused("is not a plain file");
    if (status.st_uid != geteuid()) return refused("belongs to another user");
    if ((status.st_mode & 0022) != 0) return refused("is writable by others than its owner");
    if (status.st_size != sizeof(JournalRing))
        return refused("has another size than this engine's");
    return {};
}

Result<void> check_ring(const JournalRing& ring, const std::array<u8, 16>& boot_id) {
    if (ring.magic != journal_ring_magic || ring.version != journal_ring_version ||
        ring.places_count != journal_places_count)
        return refused("is not a ring of this version of killswitch");
    if (ring.boot_id != boot_id) return refused("was made before this machine last booted");
    // acquire: pairs with Journal::note and JournalDrain::release of the engine before us
    const u64 written = ring.written.load(std::memory_order_acquire);
    const u64 drained = ring.drained.load(std::memory_order_acquire);
    if (drained > written || written - drained > journal_places_count)
        return refused("holds counters that contradict each other");
    return {};
}

} // namespace

Result<JournalRingFile> JournalRingFile::open(int run_directory) {
    Result<std::array<u8, 16>> boot_id = read_boot_id();
    if (!boot_id) return std::move(boot_id).error();
    const auto open_ring = [&] {
        return Fd(openat(run_directory, journal_ring_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    };
    Fd file = open_ring();
    if (!file.is_open() && errno == ENOENT) {
        if (Result<void> made = create(run_directory, *boot_id); !made)
            return std::move(made).error();
        file = open_ring();
    }
    if (!file.is_open()) return errno_error("open journal.ring in the run directory");
    if (Result<void> fine = check_file(file.get()); !fine) return std::move(fine).error();
    Result<JournalRing*> mapped = map(file.get());
    if (!mapped) return std::move(mapped).error();
    const bool is_locked = mlock(*mapped, sizeof(JournalRing)) == 0;
    JournalRingFile ring_file(*mapped, is_locked);
    if (Result<void> fine = check_ring(**mapped, *boot_id); !fine) return std::move(fine).error();
    return ring_file;
}

JournalRingFile::~JournalRingFile() {
    if (ring_) munmap(ring_, sizeof(JournalRing));
}

} // namespace ks
