// Secret: key material that wipes itself, cannot be copied and cannot be printed.
// Guarantees: bytes are zeroed before their memory is released. The whole process is locked and
// non-dumpable besides (cold/host), so no secret reaches a core or swap.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/units.hpp"

namespace ks {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view bytes)
        : bytes_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {
        std::memcpy(bytes_.get(), bytes.data(), size_);
    }
    Secret(Secret&& other) noexcept
        : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
    Secret& operator=(Secret&& other) noexcept {
        wipe();
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(); }

    // The bytes, for the signer alone. Never keep the view longer than one signature.
    std::span<const u8> reveal() const {
        return {reinterpret_cast<const u8*>(bytes_.get()), size_};
    }
    // The same bytes, where a key or passphrase is text. It lives no longer than this object.
    std::string_view text() const { return {bytes_.get(), size_}; }
    size_t size_bytes() const { return size_; }
    bool empty() const { return size_ == 0; }

private:
    void wipe() {
        if (bytes_) explicit_bzero(bytes_.get(), size_);
    }
    std::unique_ptr<char[]> bytes_;
    size_t size_ = 0;
};

} // namespace ks
