// What a venue does with a signature: compute its own and compare. OpenSSL only, so that a mistake
// in the engine's signer cannot repeat itself here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ks {

struct Signed {
    std::string_view message;
    std::string_view signature_hex;
};

bool is_hmac_sha384(std::string_view secret, const Signed& claim);
bool is_ed25519(std::string_view public_key_hex, const Signed& claim);

struct KeyPair {
    std::string public_hex;
    std::string seed_hex;
};
KeyPair new_ed25519_keys();

std::string random_hex(std::size_t bytes_count);

// Standard and URL-safe alphabets, padding required: BitoPro's own kits send both.
std::optional<std::string> base64_decoded(std::string_view text);

}
