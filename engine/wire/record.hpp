// Traffic keys: one direction of a TLS 1.3 connection, and the sealing and opening of its records.
// Guarantees: pure (no number is kept here, no I/O), no allocation, secrets wiped when replaced and
// at the end. Whoever calls owns the numbers: Session. Source: RFC 8446
// sections 5.2, 5.3, 7.2, 7.3.
#pragma once

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>

#include <array>
#include <span>

#include "wire/session.hpp"

#if !defined(WOLFSSL_AESGCM_STREAM) || !defined(HAVE_HKDF) || !defined(HAVE_CHACHA)
#error "this wolfSSL lacks streaming AES-GCM, HKDF or ChaCha20: use Debian's libwolfssl-dev"
#endif
#if defined(WOLFSSL_SMALL_STACK) || defined(WOLFSSL_ASYNC_CRYPT)
#error "this wolfSSL would allocate or wait while sealing: build it without those options"
#endif

namespace ks {

enum class ContentType : u8 { alert = 21, handshake = 22, application_data = 23 };

constexpr size_t record_header_bytes = 5;
constexpr size_t record_tag_bytes = 16;
constexpr size_t inner_bytes_max = 16'384 + 1; // content, its type and padding: RFC 8446 5.4
static_assert(record_overhead_bytes == record_header_bytes + 1 + record_tag_bytes);

using RecordHeader = std::array<std::byte, record_header_bytes>;
using RecordTag = std::array<std::byte, record_tag_bytes>;

class TrafficKeys {
public:
    TrafficKeys() = default;
    ~TrafficKeys() { wipe(); }
    TrafficKeys(const TrafficKeys&) = delete;
    TrafficKeys& operator=(const TrafficKeys&) = delete;

    // Key and iv from an application traffic secret; 32 or 48 bytes of it count, as the suite says.
    // False: unknown suite, or wolfCrypt refused.
    [[nodiscard]] bool derive(Suite suite, const std::array<u8, 48>& secret);
    // The next generation, after a KeyUpdate (RFC 8446 7.2).
    [[nodiscard]] bool update();
    void wipe();
    Suite suite() const { return suite_; }

    // Writes one whole record of plain.size() + record_overhead_bytes to `out`.
    [[nodiscard]] bool seal(u64 number, ContentType type, std::span<const std::byte> plain,
                            std::span<std::byte> out);

    // Opens one record: start, slices in order, end. Plaintext is nobody's before open_end() is
    // true: until then it is what an attacker wants it to be.
    [[nodiscard]] bool open_start(u64 number, const RecordHeader& header);
    [[nodiscard]] bool open_slice(std::span<const std::byte> sealed, std::byte* plain);
    [[nodiscard]] bool open_end(const RecordTag& tag);

private:
    [[nodiscard]] bool derive_keys();
    std::array<u8, 12> nonce(u64 number) const;

    Suite suite_ = Suite::none;
    std::array<u8, 48> secret_{};
    std::array<u8, 32> key_{};
    std::array<u8, 12> iv_{};
    Aes aes_{};                // the AES suites: key schedule and GHASH table
    ChaChaPoly_Aead chacha_{}; // the ChaCha20 suite: set anew for each record
};

} // namespace ks
