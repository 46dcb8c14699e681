// TlsPolicy: what the TLS of a venue must look like, every point said aloud, because Debian's
// wolfSSL verifies nothing by default and accepts suites that do not encrypt. Guarantees: TLS 1.3
// alone, peer verified against one CA file, three AEAD suites, no resumption and no early data (RFC
// 8446; early data could be replayed).
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "wire/session.hpp"

struct WOLFSSL;
struct WOLFSSL_CTX;

namespace ks {

struct WolfsslDelete {
    void operator()(WOLFSSL* ssl) const;
    void operator()(WOLFSSL_CTX* context) const;
};

// Stands in a thread that shakes hands: frees at its end what wolfSSL caches per thread (3 MB).
struct WolfsslThread {
    WolfsslThread() = default;
    WolfsslThread(const WolfsslThread&) = delete;
    WolfsslThread& operator=(const WolfsslThread&) = delete;
    ~WolfsslThread();
};

class TlsPolicy {
public:
    // `ca_file`: PEM, one or more CA certificates; nothing else is trusted.
    static Result<TlsPolicy> open(const std::string& ca_file);

    // A client that will accept only `host`: SNI, certificate name, ALPN http/1.1.
    Result<std::unique_ptr<WOLFSSL, WolfsslDelete>> client(const std::string& host) const;
    // Also in mid-handshake: refuses a suite that was never offered as soon as it is chosen, which
    // wolfSSL does not. `none` while nothing is chosen.
    static Result<Suite> check_suite(WOLFSSL* ssl);
    // What of the policy shows only after the handshake: version, suite, ALPN, names in the
    // certificate. The suite, or which demand was not met.
    static Result<Suite> check(WOLFSSL* ssl);

private:
    explicit TlsPolicy(WOLFSSL_CTX* context) : context_(context) {}
    std::unique_ptr<WOLFSSL_CTX, WolfsslDelete> context_;
};

// The suite of a TLS number, or none for any but our three: also for TLS_SHA256_SHA256, which only
// signs (RFC 9150).
Suite suite_of_number(u32 number);

} // namespace ks
