#include <wolfssl/options.h> // first: it decides what the others declare

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/ecc.h>

#include "cold/handshake_policy.hpp"
#include "cold/handshake_secrets.hpp"
#include "cold/handshake_socket.hpp"

namespace ks {

namespace {

constexpr char suites[] =
    "TLS13-AES128-GCM-SHA256:TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES256-GCM-SHA384";
constexpr int version_tls13 = 0x0304;

Error unusable(const char* what) {
    return {std::string("wolfSSL cannot ") + what +
            "; install Debian's libwolfssl, or a build with "
            "TLS 1.3, SNI, ALPN and public-key callbacks"};
}

Result<void> demand(WOLFSSL_CTX* context) {
    if (wolfSSL_CTX_SetMinVersion(context, WOLFSSL_TLSV1_3) != WOLFSSL_SUCCESS)
        return unusable("insist on TLS 1.3");
    if (wolfSSL_CTX_set_cipher_list(context, suites) != WOLFSSL_SUCCESS)
        return unusable("restrict the suites to AEAD");
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           nullptr);
    wolfSSL_CTX_set_session_cache_mode(context, WOLFSSL_SESS_CACHE_OFF);
    wolfSSL_CTX_set_quiet_shutdown(context, 1); // after the hand-over the numbers are not its own
    return {};
}

// A name only in the common name is no name (RFC 6125 6.4.4); wolfSSL still falls back to it.
bool has_alternative_name(WOLFSSL* ssl) {
    WOLFSSL_X509* const certificate = wolfSSL_get_peer_certificate(ssl);
    if (!certificate) return false;
    const bool has_name = wolfSSL_X509_get_next_altname(certificate) != nullptr;
    wolfSSL_X509_free(certificate);
    return has_name;
}

} // namespace

void WolfsslDelete::operator()(WOLFSSL* ssl) const {
    wolfSSL_free(ssl);
}
void WolfsslDelete::operator()(WOLFSSL_CTX* context) const {
    wolfSSL_CTX_free(context);
}

WolfsslThread::~WolfsslThread() {
#ifdef FP_ECC // only then has this build such a cache
    wc_ecc_fp_free();
#endif
}

Result<TlsPolicy> TlsPolicy::open(const std::string& ca_file) {
    static const bool is_ready = wolfSSL_Init() == WOLFSSL_SUCCESS;
    if (!is_ready) return unusable("start");
    WOLFSSL_CTX* const context = wolfSSL_CTX_new(wolfTLSv1_3_client_method());
    if (!context) return unusable("make a TLS 1.3 client");
    TlsPolicy policy(context);
    if (Result<void> demanded = demand(context); !demanded) return std::move(demanded).error();
    if (wolfSSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != WOLFSSL_SUCCESS)
        return Error{"ca_file " + ca_file +
                     ": no readable CA certificate in it; give a PEM file, "
                     "such as /etc/ssl/certs/ca-certificates.crt"};
    TrafficSecrets::listen_on(context);
    RecordSocket::install_on(context);
    return policy;
}

Result<std::unique_ptr<WOLFSSL, WolfsslDelete>> TlsPolicy::client(const std::string& host) const {
    std::unique_ptr<WOLFSSL, WolfsslDelete> ssl(wolfSSL_new(context_.get()));
    if (!ssl) return unusable("make a connection");
    if (wolfSSL_UseSNI(ssl.get(), WOLFSSL_SNI_HOST_NAME, host.data(),
                       static_cast<u16>(host.size())) != WOLFSSL_SUCCESS)
        return unusable("send the host name");
    if (wolfSSL_check_domain_name(ssl.get(), host.c_str()) != WOLFSSL_SUCCESS)
        return unusable("check the host name");
    std::string protocol = "http/1.1";
    if (wolfSSL_UseALPN(ssl.get(), protocol.data(), static_cast<u32>(protocol.size()),
                        WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS)
        return unusable("offer http/1.1");
    return ssl;
}

Result<Suite> TlsPolicy::check_suite(WOLFSSL* ssl) {
    const u32 number = static_cast<u32>(wolfSSL_get_current_cipher_suite(ssl));
    const Suite suite = suite_of_number(number);
    if (suite == Suite::none && number != 0)
        return Error{std::string("chose the suite ") + wolfSSL_get_cipher_name(ssl) +
                     ", which was not offered; only three AEAD suites will do"};
    return suite;
}

Result<Suite> TlsPolicy::check(WOLFSSL* ssl) {
    if (wolfSSL_version(ssl) != version_tls13)
        return Error{std::string("speaks ") + wolfSSL_get_version(ssl) + "; only TLS 1.3 will do"};
    char* protocol = nullptr;
    u16 protocol_bytes = 0;
    const int alpn = wolfSSL_ALPN_GetProtocol(ssl, &protocol, &protocol_bytes);
    if (alpn == WOLFSSL_SUCCESS && std::string(protocol, protocol_bytes) != "http/1.1")
        return Error{"chose the protocol " + std::string(protocol, protocol_bytes) +
                     " by ALPN; only http/1.1 was offered"};
    if (!has_alternative_name(ssl))
        return Error{"has a certificate that names its host only as common name; it needs a "
                     "subjectAltName"};
    return check_suite(ssl);
}

Suite suite_of_number(u32 number) {
    switch (number) {
    case 0x1301:
        return Suite::aes_128_gcm_sha256;
    case 0x1302:
        return Suite::aes_256_gcm_sha384;
    case 0x1303:
        return Suite::chacha20_poly1305_sha256;
    default:
        return Suite::none;
    }
}

} // namespace ks
