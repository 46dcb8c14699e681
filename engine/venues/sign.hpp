// Sign: digests and signatures over wolfCrypt, for the step program.
// Guarantees: key material on the stack is wiped; an empty or misshapen key fails, it signs
// nothing.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/units.hpp"

namespace ks {

enum class Hash : u8 { sha256, sha384, sha512 };
constexpr size_t signature_bytes_max = 64; // SHA-512, Ed25519

// Raw bytes of a digest or signature; empty when it failed.
class Signature {
public:
    explicit operator bool() const { return bytes_count_ > 0; }
    std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_count_};
    }

private:
    friend Signature digest(Hash, std::string_view);
    friend Signature hmac(Hash, std::span<const u8>, std::string_view);
    friend Signature ed25519(std::span<const u8>, std::string_view);
    std::array<u8, signature_bytes_max> bytes_{};
    size_t bytes_count_ = 0;
};

Signature digest(Hash hash, std::string_view message);
Signature hmac(Hash hash, std::span<const u8> secret, std::string_view message); // RFC 2104
// RFC 8032; `seed` is the 32-byte private key.
Signature ed25519(std::span<const u8> seed, std::string_view message);

} // namespace ks
