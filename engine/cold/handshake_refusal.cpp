#include <wolfssl/options.h> // first: it decides what the others declare

#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include <array>
#include <cstring>

#include "cold/handshake_refusal.hpp"

namespace ks {

namespace {

struct Cause {
    int code;
    const char* sentence;
};

constexpr Cause by_error[] = {
    {ASN_NO_SIGNER_E,
     "certificate refused: unknown CA; its signer is not in ca_file. Add it if the "
     "venue changed its CA; else someone stands in between"},
    {ASN_SELF_SIGNED_E, "certificate refused: self-signed; no CA vouches for it"},
    {DOMAIN_NAME_MISMATCH, "certificate refused: wrong host; it is not for this name"},
    {ASN_AFTER_DATE_E,
     "certificate refused: expired; the venue must renew it. Check this machine's "
     "clock too"},
    {ASN_BEFORE_DATE_E, "certificate refused: not yet valid; check this machine's clock"},
    {EXTKEYUSE_AUTH_E, "certificate refused: not made for servers (extended key usage)"},
    {ASN_NAME_INVALID_E, "certificate refused: its CA may not sign this name (name constraint)"},
    {NO_PEER_CERT, "certificate refused: there is none"},
    {VERSION_ERROR, "offers only TLS 1.2 or below; only TLS 1.3 will do"},
    {MATCH_SUITE_ERROR, "chose a suite that was not offered; only three AEAD suites will do"},
    {UNKNOWN_ALPN_PROTOCOL_NAME_E, "chose a protocol by ALPN that was not offered; only http/1.1 "
                                   "will do"},
    {VERIFY_FINISHED_ERROR, "handshake tampered with: the Finished message does not verify"},
    {SOCKET_PEER_CLOSED_E, "closed the connection"},
    {WOLFSSL_ERROR_ZERO_RETURN, "closed the connection in order, before all was said"},
};

constexpr Cause by_alert[] = {
    {40,
     "refused the handshake: no suite or group in common; only AES-GCM and ChaCha20-Poly1305 of "
     "TLS 1.3 will do"},
    {70, "offers only TLS 1.2 or below; only TLS 1.3 will do"},
    {112, "does not know this host name"},
    {120, "refused the protocol http/1.1 (ALPN)"},
};

template<size_t count> const char* find(const Cause (&causes)[count], int code) {
    for (const Cause& cause : causes)
        if (cause.code == code) return cause.sentence;
    return nullptr;
}

} // namespace

std::string sentence_of(const HandshakeFailure& failure, const std::string& host) {
    const std::string who = host + ": ";
    if (failure.is_foreign) return who + "does not speak TLS on this port";
    if (const char* const known = find(by_error, failure.error)) return who + known;
    if (failure.alert >= 0) {
        if (const char* const known = find(by_alert, failure.alert)) return who + known;
        return who + "sent TLS alert " + std::to_string(failure.alert);
    }
    if (failure.error_number != 0) return who + std::strerror(failure.error_number);
    std::array<char, WOLFSSL_MAX_ERROR_SZ> text{};
    wolfSSL_ERR_error_string_n(static_cast<unsigned long>(failure.error), text.data(),
                               text.size() - 1);
    return who + "TLS failed: " + text.data() + " (wolfSSL " + std::to_string(failure.error) + ")";
}

} // namespace ks
