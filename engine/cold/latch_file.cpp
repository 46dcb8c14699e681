#include "cold/latch_file.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <fcntl.h>

#include "base/fd.hpp"
#include "cold/journal_reader.hpp"

namespace ks {
namespace {

constexpr const char* making_name = "latch.new";
constexpr const char* damaged_name = "latch.unreadable";
constexpr size_t latch_bytes_max = 8u << 20; // 258 scopes of 256 cells are 6.5 MB

u64 word(const u64& place) {
    return std::atomic_ref(const_cast<u64&>(place)).load(std::memory_order_relaxed);
}

// All that a latch tells of, in the order of the scopes.
std::vector<u64> words_of(const ks_status_page& page) {
    std::vector<u64> all;
    const u32 count = std::min<u32>(
        std::atomic_ref(const_cast<u32&>(page.scopes_count)).load(std::memory_order_acquire),
        KS_SCOPES_MAX); // acquire: pairs with the append of a name
    for (u32 i = 0; i < count; ++i) {
        all.push_back(word(page.scope[i].kill_outcome));
        all.push_back(word(page.scope[i].pulled_ns)); // follows the kill's number by a chore
        for (const u64& held : page.scope[i].held_cells) all.push_back(word(held));
    }
    return all;
}

Result<std::optional<std::string>> read_text(int directory) {
    const Fd file(openat(directory, latch_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT) return std::optional<std::string>{};
    if (!file.is_open()) return errno_error("open latch");
    std::string text;
    char bytes[4096];
    for (ssize_t got; (got = read(file.get(), bytes, sizeof bytes)) != 0;) {
        if (got < 0) return errno_error("read latch");
        text.append(bytes, static_cast<size_t>(got));
        if (text.size() > latch_bytes_max) return Error{"latch: is too long to be one"};
    }
    return std::optional(std::move(text));
}

} // namespace

Result<std::optional<Latch>> read_latch(const std::string& state_directory) {
    const Fd directory(open(state_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() && errno == ENOENT) return std::optional<Latch>{};
    if (!directory.is_open()) return errno_error("open state_dir " + state_directory);
    Result<std::optional<std::string>> text = read_text(directory.get());
    if (!text) return std::move(text).error();
    if (*text) {
        Result<Latch> latch = parse_latch(**text);
        if (!latch) return std::move(latch).error();
        return std::optional(std::move(*latch));
    }
    Result<std::vector<u64>> segments = list_segments(directory.get());
    if (!segments) return std::move(segments).error();
    if (segments->empty()) return std::optional<Latch>{};
    return Error{"latch: is gone from " + state_directory +
                 ", where a journal says that engines ran"};
}

namespace {

Result<void> write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = write(file, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return errno_error("write latch");
        text.remove_prefix(static_cast<size_t>(wrote));
    }
    return {};
}

Result<void> replace(int directory, std::string_view text) {
    const Fd file(openat(directory, making_name,
                         O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!file.is_open()) return errno_error("create latch");
    if (Result<void> wrote = write_all(file.get(), text); !wrote) return wrote;
    if (fsync(file.get()) != 0) return errno_error("put latch on disk");
    if (renameat(directory, making_name, directory, latch_name) != 0)
        return errno_error("name latch");
    if (fsync(directory) != 0) return errno_error("put latch on disk");
    return {};
}

// The file keeps a second name, so that replacing the first destroys no evidence.
void keep_damaged(int directory) {
    const Result<std::optional<std::string>> text = read_text(directory);
    if (!text || !*text || parse_latch(**text)) return;
    unlinkat(directory, damaged_name, 0);
    if (linkat(directory, latch_name, directory, damaged_name, 0) != 0) return; // no evidence then
}

} // namespace

Result<std::optional<Latch>> find_latch(const std::string& state_directory, Nanos patience,
                                        const LatchReader& read) {
    // The reader is left behind when the disk hangs; it holds nothing but this path.
    std::packaged_task<Result<std::optional<Latch>>()> reading(
        [state_directory, read] { return read(state_directory); });
    std::future<Result<std::optional<Latch>>> found = reading.get_future();
    std::thread(std::move(reading)).detach();
    if (found.wait_for(std::chrono::nanoseconds(patience.ns)) == std::future_status::ready)
        return found.get();
    return Error{"latch: the disk of " + state_directory + " does not answer"};
}

Result<void> LatchKeeper::keep(int directory, const ks_status_page& page, Moment now) {
    std::vector<u64> words = words_of(page);
    if (!is_first_ && words == written_) return {};
    if (is_first_) keep_damaged(directory);
    if (Result<void> done = replace(directory, latch_text(latch_of(page, now))); !done) return done;
    written_ = std::move(words);
    is_first_ = false;
    return {};
}

} // namespace ks
