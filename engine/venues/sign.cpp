#include "venues/sign.hpp"

#include <cstring>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/hmac.h>

namespace ks {

namespace {

struct HashFacts {
    wc_HashType digest;
    int hmac;
    size_t bytes_count;
};

constexpr HashFacts facts(Hash hash) {
    switch (hash) {
    case Hash::sha256:
        return {WC_HASH_TYPE_SHA256, WC_SHA256, WC_SHA256_DIGEST_SIZE};
    case Hash::sha384:
        return {WC_HASH_TYPE_SHA384, WC_SHA384, WC_SHA384_DIGEST_SIZE};
    case Hash::sha512:
        return {WC_HASH_TYPE_SHA512, WC_SHA512, WC_SHA512_DIGEST_SIZE};
    }
    return {};
}

const byte* bytes_of(std::string_view text) {
    return reinterpret_cast<const byte*>(text.data());
}

} // namespace

Signature digest(Hash hash, std::string_view message) {
    Signature result;
    const HashFacts fact = facts(hash);
    const int failed = wc_Hash(fact.digest, bytes_of(message), static_cast<word32>(message.size()),
                               result.bytes_.data(), static_cast<word32>(fact.bytes_count));
    result.bytes_count_ = failed == 0 ? fact.bytes_count : 0;
    return result;
}

Signature hmac(Hash hash, std::span<const u8> secret, std::string_view message) {
    Signature result;
    if (secret.empty()) return result;
    const HashFacts fact = facts(hash);
    Hmac state;
    if (wc_HmacInit(&state, nullptr, INVALID_DEVID) != 0) return result;
    const bool is_done =
        wc_HmacSetKey(&state, fact.hmac, secret.data(), static_cast<word32>(secret.size())) == 0 &&
        wc_HmacUpdate(&state, bytes_of(message), static_cast<word32>(message.size())) == 0 &&
        wc_HmacFinal(&state, result.bytes_.data()) == 0;
    wc_HmacFree(&state);
    explicit_bzero(&state, sizeof state);
    result.bytes_count_ = is_done ? fact.bytes_count : 0;
    return result;
}

Signature ed25519(std::span<const u8> seed, std::string_view message) {
    Signature result;
    if (seed.size() != ED25519_KEY_SIZE) return result;
    ed25519_key key;
    if (wc_ed25519_init(&key) != 0) return result;
    byte public_key[ED25519_PUB_KEY_SIZE];
    word32 bytes_count = ED25519_SIG_SIZE;
    const bool is_done = wc_ed25519_import_private_only(seed.data(), ED25519_KEY_SIZE, &key) == 0 &&
                         wc_ed25519_make_public(&key, public_key, sizeof public_key) == 0 &&
                         wc_ed25519_import_private_key(seed.data(), ED25519_KEY_SIZE, public_key,
                                                       sizeof public_key, &key) == 0 &&
                         wc_ed25519_sign_msg(bytes_of(message), static_cast<word32>(message.size()),
                                             result.bytes_.data(), &bytes_count, &key) == 0;
    wc_ed25519_free(&key);
    explicit_bzero(&key, sizeof key);
    result.bytes_count_ = is_done ? bytes_count : 0;
    return result;
}

} // namespace ks
