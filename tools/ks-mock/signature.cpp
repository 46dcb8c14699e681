// Thin calls into OpenSSL's EVP; every failure there is "not signed", never an exception.
#include "signature.hpp"
#include "text.hpp"

#include <algorithm>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace ks {
namespace {

constexpr std::size_t key_bytes = 32; // Ed25519, RFC 8032: public key and seed alike

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free>;

const u8* bytes_of(std::string_view text) {
    return reinterpret_cast<const u8*>(text.data());
}

}

bool is_hmac_sha384(std::string_view secret, const Signed& claim) {
    u8 mac[EVP_MAX_MD_SIZE];
    unsigned mac_bytes = 0;
    if (!HMAC(EVP_sha384(), secret.data(), static_cast<int>(secret.size()), bytes_of(claim.message),
              claim.message.size(), mac, &mac_bytes))
        return false;
    const std::string expected = hex({reinterpret_cast<const char*>(mac), mac_bytes});
    return claim.signature_hex.size() == expected.size() &&
           CRYPTO_memcmp(claim.signature_hex.data(), expected.data(), expected.size()) == 0;
}

bool is_ed25519(std::string_view public_key_hex, const Signed& claim) {
    const auto raw = unhex(public_key_hex);
    const auto signature = unhex(claim.signature_hex);
    if (!raw || raw->size() != key_bytes || !signature) return false;
    const Key key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*raw), key_bytes));
    const Digest context(EVP_MD_CTX_new());
    return key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(),
                            bytes_of(claim.message), claim.message.size()) == 1;
}

KeyPair new_ed25519_keys() {
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    if (!key) throw Mistake("OpenSSL cannot make an Ed25519 key");
    char shown[key_bytes];
    char seed[key_bytes];
    std::size_t count = key_bytes;
    EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<u8*>(shown), &count);
    EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<u8*>(seed), &count);
    return {hex({shown, key_bytes}), hex({seed, key_bytes})};
}

std::string random_hex(std::size_t bytes_count) {
    std::string bytes(bytes_count, '\0');
    if (RAND_bytes(reinterpret_cast<u8*>(bytes.data()), static_cast<int>(bytes_count)) != 1)
        throw Mistake("OpenSSL has no random bytes");
    return hex(bytes);
}

std::optional<std::string> base64_decoded(std::string_view text) {
    std::string standard(text);
    std::replace(standard.begin(), standard.end(), '-', '+');
    std::replace(standard.begin(), standard.end(), '_', '/');
    std::string out(standard.size() / 4 * 3, '\0');
    if (standard.empty() || standard.size() % 4 != 0) return {};
    const int count = EVP_DecodeBlock(reinterpret_cast<u8*>(out.data()), bytes_of(standard),
                                      static_cast<int>(standard.size()));
    if (count < 0) return {};
    const auto padding = std::count(standard.end() - 2, standard.end(), '=');
    out.resize(static_cast<std::size_t>(count) - static_cast<std::size_t>(padding));
    return out;
}

}
