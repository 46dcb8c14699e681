#include <wolfssl/options.h> // first: it decides what the others declare

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/kdf.h>

#include <algorithm>
#include <cstring>

#include "cold/handshake_secrets.hpp"

namespace ks {

namespace {

constexpr std::string_view protocol = "tls13 ";
constexpr size_t key_bytes_max = 32;
constexpr u32 iv_bytes = 12;

thread_local TrafficSecrets* listener = nullptr;

const u8* raw(std::string_view text) {
    return reinterpret_cast<const u8*>(text.data());
}

int expand_and_tell(byte* okm, word32 okm_bytes, const byte* prk, word32 prk_bytes,
                    const byte* protocol_text, word32 protocol_bytes, const byte* label,
                    word32 label_bytes, const byte* info, word32 info_bytes, int digest, int side) {
    const int result =
        wc_Tls13_HKDF_Expand_Label(okm, okm_bytes, prk, prk_bytes, protocol_text, protocol_bytes,
                                   label, label_bytes, info, info_bytes, digest);
    if (result == 0 && listener)
        listener->hear({reinterpret_cast<const char*>(label), label_bytes},
                       side == WOLFSSL_CLIENT_END, {okm, okm_bytes});
    return result;
}

struct Direction {
    std::span<const u8> secret;
    const u8* key; // wolfSSL's own
    const u8* iv;
};

// A later wolfSSL zeroes its key when hardware has taken it; then only the iv can be compared.
bool matches(const Direction& direction, u32 key_bytes, int digest) {
    std::array<u8, key_bytes_max> key{};
    std::array<u8, iv_bytes> iv{};
    const auto derive = [&](std::string_view label, u8* out, u32 out_bytes) {
        return wc_Tls13_HKDF_Expand_Label(out, out_bytes, direction.secret.data(),
                                          static_cast<u32>(direction.secret.size()), raw(protocol),
                                          static_cast<u32>(protocol.size()), raw(label),
                                          static_cast<u32>(label.size()), nullptr, 0, digest) == 0;
    };
    const bool is_key_hidden =
        std::all_of(direction.key, direction.key + key_bytes, [](u8 b) { return b == 0; });
    const bool is_equal = derive("key", key.data(), key_bytes) &&
                          derive("iv", iv.data(), iv_bytes) &&
                          std::memcmp(iv.data(), direction.iv, iv_bytes) == 0 &&
                          (is_key_hidden || std::memcmp(key.data(), direction.key, key_bytes) == 0);
    explicit_bzero(key.data(), key.size());
    return is_equal;
}

} // namespace

TrafficSecrets::~TrafficSecrets() {
    explicit_bzero(tx_.data(), tx_.size());
    explicit_bzero(rx_.data(), rx_.size());
}

void TrafficSecrets::listen_on(WOLFSSL_CTX* context) {
    wolfSSL_CTX_SetHKDFExpandLabelCb(context, expand_and_tell);
}

void TrafficSecrets::hear(std::string_view label, bool is_client, std::span<const u8> secret) {
    const bool is_tx = label == "c ap traffic" || (label == "traffic upd" && is_client);
    const bool is_rx = label == "s ap traffic" || (label == "traffic upd" && !is_client);
    if ((!is_tx && !is_rx) || secret.size() > tx_.size()) return;
    std::copy(secret.begin(), secret.end(), is_tx ? tx_.begin() : rx_.begin());
    secret_bytes_ = secret.size();
}

bool TrafficSecrets::are_of(WOLFSSL* ssl, Suite suite) const {
    const bool is_sha384 = suite == Suite::aes_256_gcm_sha384;
    if (secret_bytes_ != (is_sha384 ? 48u : 32u)) return false;
    const u32 key_bytes = suite == Suite::aes_128_gcm_sha256 ? 16 : 32;
    if (wolfSSL_GetKeySize(ssl) != static_cast<int>(key_bytes)) return false;
    const int digest = is_sha384 ? int{WC_SHA384} : int{WC_SHA256};
    const Direction tx{.secret = {tx_.data(), secret_bytes_},
                       .key = wolfSSL_GetClientWriteKey(ssl),
                       .iv = wolfSSL_GetClientWriteIV(ssl)};
    const Direction rx{.secret = {rx_.data(), secret_bytes_},
                       .key = wolfSSL_GetServerWriteKey(ssl),
                       .iv = wolfSSL_GetServerWriteIV(ssl)};
    return tx.key && tx.iv && rx.key && rx.iv && matches(tx, key_bytes, digest) &&
           matches(rx, key_bytes, digest);
}

void TrafficSecrets::copy_to(Handover& handover) const {
    handover.secret_tx = tx_;
    handover.secret_rx = rx_;
}

Listening::Listening(TrafficSecrets& to) {
    listener = &to;
}
Listening::~Listening() {
    listener = nullptr;
}

} // namespace ks
