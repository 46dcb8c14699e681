// A throw-away certificate authority, made anew at each start, and what it signs: the good server
// certificates of the venues, and the bad ones that a client must refuse.
#pragma once

#include <memory>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string>

namespace ks {

struct OpensslFree {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};

struct Identity {
    std::unique_ptr<EVP_PKEY, OpensslFree> key;
    std::unique_ptr<X509, OpensslFree> certificate;

    std::string pem() const;
};

// One certificate to make; without a signer it signs itself.
struct Wish {
    std::string common_name;
    bool is_authority = false;
    bool is_expired = false;
    const Identity* signer = nullptr;
};

Identity make_identity(const Wish& wish);

}
