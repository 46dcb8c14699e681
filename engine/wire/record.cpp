#include "wire/record.hpp"

#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/kdf.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace ks {
namespace {

// What RFC 8446 B.4 says of a suite.
struct SuiteFacts {
    u32 secret_bytes;
    u32 key_bytes;
    i32 digest;
};

constexpr SuiteFacts facts_of(Suite suite) {
    switch (suite) {
    case Suite::aes_128_gcm_sha256:
        return {32, 16, WC_SHA256};
    case Suite::aes_256_gcm_sha384:
        return {48, 32, WC_SHA384};
    case Suite::chacha20_poly1305_sha256:
        return {32, 32, WC_SHA256};
    case Suite::none:
        break;
    }
    return {0, 0, WC_SHA256};
}

// wolfCrypt speaks in bytes of its own and 32-bit lengths.
const byte* raw(const std::byte* bytes) {
    return reinterpret_cast<const byte*>(bytes);
}
byte* raw(std::byte* bytes) {
    return reinterpret_cast<byte*>(bytes);
}
const byte* raw(std::string_view text) {
    return reinterpret_cast<const byte*>(text.data());
}
constexpr word32 narrow(size_t count) {
    return static_cast<word32>(count);
}

// HKDF-Expand-Label with an empty context: RFC 8446 7.1.
bool expand(std::span<u8> out, std::span<const u8> secret, std::string_view label, i32 digest) {
    constexpr std::string_view protocol = "tls13 ";
    return wc_Tls13_HKDF_Expand_Label(out.data(), narrow(out.size()), secret.data(),
                                      narrow(secret.size()), raw(protocol), narrow(protocol.size()),
                                      raw(label), narrow(label.size()), nullptr, 0, digest) == 0;
}

} // namespace

bool TrafficKeys::derive(Suite suite, const std::array<u8, 48>& secret) {
    wipe();
    if (facts_of(suite).key_bytes == 0) return false;
    suite_ = suite;
    std::copy_n(secret.begin(), facts_of(suite).secret_bytes, secret_.begin());
    return derive_keys();
}

bool TrafficKeys::update() {
    const SuiteFacts facts = facts_of(suite_);
    std::array<u8, 48> next{};
    const std::span<u8> fresh{next.data(), facts.secret_bytes};
    const bool is_expanded = facts.key_bytes != 0 && expand(fresh, {secret_.data(), fresh.size()},
                                                            "traffic upd", facts.digest);
    secret_ = next;
    explicit_bzero(next.data(), next.size());
    return is_expanded && derive_keys();
}

bool TrafficKeys::derive_keys() {
    const SuiteFacts facts = facts_of(suite_);
    const std::span<const u8> secret{secret_.data(), facts.secret_bytes};
    if (!expand({key_.data(), facts.key_bytes}, secret, "key", facts.digest)) return false;
    if (!expand(iv_, secret, "iv", facts.digest)) return false;
    if (suite_ == Suite::chacha20_poly1305_sha256) return true;
    return wc_AesInit(&aes_, nullptr, INVALID_DEVID) == 0 &&
           wc_AesGcmSetKey(&aes_, key_.data(), facts.key_bytes) == 0;
}

void TrafficKeys::wipe() {
    const bool has_aes = suite_ != Suite::none && suite_ != Suite::chacha20_poly1305_sha256;
    if (has_aes) wc_AesFree(&aes_);
    suite_ = Suite::none;
    explicit_bzero(secret_.data(), secret_.size());
    explicit_bzero(key_.data(), key_.size());
    explicit_bzero(iv_.data(), iv_.size());
    explicit_bzero(&aes_, sizeof aes_);
    explicit_bzero(&chacha_, sizeof chacha_);
}

// iv XOR the number, big-endian at its end: RFC 8446 5.3.
std::array<u8, 12> TrafficKeys::nonce(u64 number) const {
    std::array<u8, 12> out = iv_;
    for (size_t i = 0; i < 8; ++i) out[11 - i] ^= static_cast<u8>(number >> (8 * i));
    return out;
}

bool TrafficKeys::seal(u64 number, ContentType type, std::span<const std::byte> plain,
                       std::span<std::byte> out) {
    const size_t inner_bytes = plain.size() + 1;
    const size_t body_bytes = inner_bytes + record_tag_bytes;
    if (inner_bytes > inner_bytes_max || out.size() != record_header_bytes + body_bytes)
        return false;
    std::byte* const inner = out.data() + record_header_bytes;
    std::byte* const tag = inner + inner_bytes;
    const RecordHeader header{std::byte{23}, std::byte{3}, std::byte{3},
                              static_cast<std::byte>(body_bytes >> 8),
                              static_cast<std::byte>(body_bytes)};
    std::ranges::copy(header, out.begin());
    std::ranges::copy(plain, inner);
    inner[plain.size()] = static_cast<std::byte>(type);
    const std::array<u8, 12> iv = nonce(number);
    if (suite_ == Suite::chacha20_poly1305_sha256)
        return wc_ChaCha20Poly1305_Init(&chacha_, key_.data(), iv.data(), 1) == 0 &&
               wc_ChaCha20Poly1305_UpdateAad(&chacha_, raw(out.data()), record_header_bytes) == 0 &&
               wc_ChaCha20Poly1305_UpdateData(&chacha_, raw(inner), raw(inner),
                                              narrow(inner_bytes)) == 0 &&
               wc_ChaCha20Poly1305_Final(&chacha_, raw(tag)) == 0;
    return suite_ != Suite::none &&
           wc_AesGcmEncrypt(&aes_, raw(inner), raw(inner), narrow(inner_bytes), iv.data(),
                            narrow(iv.size()), raw(tag), record_tag_bytes, raw(out.data()),
                            record_header_bytes) == 0;
}

bool TrafficKeys::open_start(u64 number, const RecordHeader& header) {
    const std::array<u8, 12> iv = nonce(number);
    if (suite_ == Suite::chacha20_poly1305_sha256)
        return wc_ChaCha20Poly1305_Init(&chacha_, key_.data(), iv.data(), 0) == 0 &&
               wc_ChaCha20Poly1305_UpdateAad(&chacha_, raw(header.data()), record_header_bytes) ==
                   0;
    return suite_ != Suite::none &&
           wc_AesGcmDecryptInit(&aes_, nullptr, 0, iv.data(), narrow(iv.size())) == 0 &&
           wc_AesGcmDecryptUpdate(&aes_, nullptr, nullptr, 0, raw(header.data()),
                                  record_header_bytes) == 0;
}

bool TrafficKeys::open_slice(std::span<const std::byte> sealed, std::byte* plain) {
    if (suite_ == Suite::chacha20_poly1305_sha256)
        return wc_ChaCha20Poly1305_UpdateData(&chacha_, raw(sealed.data()), raw(plain),
                                              narrow(sealed.size())) == 0;
    return wc_AesGcmDecryptUpdate(&aes_, raw(plain), raw(sealed.data()), narrow(sealed.size()),
                                  nullptr, 0) == 0;
}

bool TrafficKeys::open_end(const RecordTag& tag) {
    if (suite_ == Suite::chacha20_poly1305_sha256) {
        RecordTag expected{};
        return wc_ChaCha20Poly1305_Final(&chacha_, raw(expected.data())) == 0 &&
               wc_ChaCha20Poly1305_CheckTag(raw(tag.data()), raw(expected.data())) == 0;
    }
    return wc_AesGcmDecryptFinal(&aes_, raw(tag.data()), record_tag_bytes) == 0;
}

} // namespace ks
