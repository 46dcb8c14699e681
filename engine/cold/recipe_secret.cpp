// Secrets as recipes spell them: text, hex or base64. No error shows any part of one.
#include <array>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/coding.h>

#include "cold/recipe.hpp"

namespace ks {

namespace {

constexpr size_t secret_bytes_max = 512; // no key of an API comes near

} // namespace

Result<Secret> decode_secret(SecretEncoding encoding, const Secret& text) {
    const std::span<const u8> from = text.reveal();
    if (from.size() > secret_bytes_max) return Error{"the secret is longer than 512 bytes"};
    std::array<u8, secret_bytes_max> bytes{};
    auto count = static_cast<word32>(bytes.size());
    const auto size = static_cast<word32>(from.size());
    int failed = 0;
    std::string_view kind = "text";
    switch (encoding) {
    case SecretEncoding::utf8:
        std::copy(from.begin(), from.end(), bytes.begin());
        count = size;
        break;
    case SecretEncoding::hex:
        kind = "hexadecimal";
        if (size > 0) failed = Base16_Decode(from.data(), size, bytes.data(), &count);
        break;
    case SecretEncoding::base64:
        kind = "base64";
        if (size > 0) failed = Base64_Decode(from.data(), size, bytes.data(), &count);
        break;
    }
    if (size == 0) count = 0;
    Secret decoded({reinterpret_cast<const char*>(bytes.data()), failed == 0 ? count : 0});
    explicit_bzero(bytes.data(), bytes.size());
    if (failed != 0)
        return Error{"the secret is not " + std::string(kind) + "; copy it again from the venue"};
    return decoded;
}

} // namespace ks
