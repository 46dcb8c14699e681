// Nonce file: the last nonce of each ordered key, in the run directory, under the key's name.
// Why: a nonce at or below one that the venue has seen is refused, also after a restart.
// Guarantees: a nonce is on the page before it is used, and the page outlives a kill -9; after a
// reboot (the directory is tmpfs) nonces begin at the clock again, which is higher.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/bounded.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "hot/plan.hpp"

namespace ks {

// A nonce is Unix milliseconds: further before the venue's clock than this, venues refuse it.
constexpr Nanos nonce_ahead_max = seconds(60);

struct NonceLine {
    char name[KS_NAME_BYTES]; // NUL-padded; empty: free
    u64 last;
    u64 reserve;
};
static_assert(sizeof(NonceLine) == 64);

struct NoncePage {
    u64 magic;
    u64 reserve[7];
    NonceLine line[keys_max];
};
static_assert(sizeof(NoncePage) == 64 + 64 * keys_max);

class NonceFile {
public:
    NonceFile() = default;
    NonceFile(NonceFile&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}
    NonceFile& operator=(NonceFile&& other) noexcept {
        std::swap(page_, other.page_);
        return *this;
    }
    ~NonceFile();

    // Adopts the file, or makes it. Refuses what is not ours, or is no nonce file.
    static Result<NonceFile> open(const std::filesystem::path& file);
    // The line of this key, made when it is new.
    Result<NonceLine*> line(std::string_view key_name);
    // The next nonce of the key: above all before, and not below `floor`.
    static u64 take(NonceLine& line, u64 floor);
    static u64 last(NonceLine& line);

private:
    explicit NonceFile(NoncePage* page) : page_(page) {}
    NoncePage* page_ = nullptr;
};

} // namespace ks
