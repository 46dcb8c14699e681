// TrafficSecrets: the two application traffic secrets, heard while wolfSSL derives them, so that
// the record layer can be ours after the hand-over (RFC 8446 7.1). Guarantees: wiped when
// destroyed; checked against wolfSSL's own keys before anyone trusts them.
#pragma once

#include <array>
#include <string_view>

#include "wire/session.hpp"

struct WOLFSSL;
struct WOLFSSL_CTX;

namespace ks {

class TrafficSecrets {
public:
    TrafficSecrets() = default;
    TrafficSecrets(const TrafficSecrets&) = delete;
    TrafficSecrets& operator=(const TrafficSecrets&) = delete;
    ~TrafficSecrets();

    // Makes every key derivation of this context's connections pass through the listener.
    static void listen_on(WOLFSSL_CTX* context);
    // True when the keys made from these secrets are the ones wolfSSL uses, both ways.
    bool are_of(WOLFSSL* ssl, Suite suite) const;
    void copy_to(Handover& handover) const;
    // One derived secret. `is_client`: whose direction, where the label does not say.
    void hear(std::string_view label, bool is_client, std::span<const u8> secret);

private:
    std::array<u8, 48> tx_{};
    std::array<u8, 48> rx_{};
    size_t secret_bytes_ = 0; // 32 or 48, as the suite's hash
};

// While it lives, this thread's derivations go to these secrets. wolfSSL's callback has no argument
// for that, so each of its calls that may derive a key stands inside the life of a Listening.
class Listening {
public:
    explicit Listening(TrafficSecrets& to);
    ~Listening();
    Listening(const Listening&) = delete;
    Listening& operator=(const Listening&) = delete;
};

} // namespace ks
