// Certificate: a throw-away authority and the P-256 certificate it signs for localhost, made anew
// for every venue of a benchmark. Guarantees: no private key is ever written to a disk.
#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/result.hpp"

namespace ks::bench {

template<auto free_function> struct Freed {
    void operator()(auto* object) const { free_function(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

struct ServerIdentity {
    Key key;
    Certificate certificate;
};

struct IdentityTerms {
    std::string authority_file;                       // where the authority's PEM goes
    std::string names = "DNS:localhost,IP:127.0.0.1"; // of the server, as OpenSSL writes them
};
Result<ServerIdentity> make_server_identity(const IdentityTerms& terms);

} // namespace ks::bench
