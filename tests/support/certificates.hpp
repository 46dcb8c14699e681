// Certificates: throw-away authorities and the certificates they sign, made fresh in every run with
// OpenSSL, so that no key is ever stored and any flaw a test needs can be made to order.
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/units.hpp"

namespace ks::testing {

template<auto free_function> struct Freed {
    void operator()(auto* object) const { free_function(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

struct Identity {
    Key key;
    Certificate certificate;
};

// What a certificate says; the defaults make a good one.
struct CertificateTerms {
    std::string host = "venue.test";
    bool is_named_properly = true; // as subjectAltName; else only as common name
    i64 begins_in_s = -3600;
    i64 ends_in_s = 3600;
    const char* usage = "serverAuth";
};

namespace detail {

inline void must(bool is_done, const char* what) {
    if (!is_done) throw std::runtime_error(std::string("certificates: ") + what);
}

inline void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    must(extension && X509_add_ext(certificate, extension, -1) == 1, "extension");
    X509_EXTENSION_free(extension);
}

// A certificate with names, times and a new P-256 key, not yet signed.
inline Identity draft(const std::string& name, i64 begins_in_s, i64 ends_in_s) {
    Identity identity{Key(EVP_EC_gen("P-256")), Certificate(X509_new())};
    X509* const certificate = identity.certificate.get();
    must(identity.key && certificate, "key");
    must(X509_set_version(certificate, X509_VERSION_3) == 1, "version");
    u64 serial = 0;
    must(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "serial");
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), begins_in_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), ends_in_s);
    must(X509_set_pubkey(certificate, identity.key.get()) == 1, "public key");
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                    0) == 1,
         "name");
    return identity;
}

inline void sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
    must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
    must(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "signature");
}

inline void describe_server(const Identity& identity, X509* issuer, const CertificateTerms& terms) {
    X509* const certificate = identity.certificate.get();
    extend(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate, issuer, NID_ext_key_usage, terms.usage);
    if (terms.is_named_properly)
        extend(certificate, issuer, NID_subject_alt_name, "DNS:" + terms.host);
}

} // namespace detail

// Signed by its own key: no authority vouches for it.
inline Identity self_signed(const CertificateTerms& terms = {}) {
    Identity identity = detail::draft(terms.host, terms.begins_in_s, terms.ends_in_s);
    X509* const certificate = identity.certificate.get();
    detail::describe_server(identity, certificate, terms);
    detail::sign(certificate, certificate, identity.key.get());
    return identity;
}

class Authority {
public:
    explicit Authority(const std::string& name) : identity_(detail::draft(name, -7200, 7200)) {
        X509* const certificate = identity_.certificate.get();
        detail::extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
        detail::extend(certificate, certificate, NID_key_usage, "critical,keyCertSign");
        detail::sign(certificate, certificate, identity_.key.get());
    }
    Identity issue(const CertificateTerms& terms = {}) const {
        Identity identity = detail::draft(terms.host, terms.begins_in_s, terms.ends_in_s);
        X509* const issuer = identity_.certificate.get();
        detail::describe_server(identity, issuer, terms);
        detail::sign(identity.certificate.get(), issuer, identity_.key.get());
        return identity;
    }
    X509* certificate() const { return identity_.certificate.get(); }

private:
    Identity identity_;
};

inline void write_pem(const std::string& path, X509* certificate, EVP_PKEY* key = nullptr) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    detail::must(file && PEM_write_X509(file, certificate) == 1, "write PEM");
    if (key)
        detail::must(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
                     "write key");
    std::fclose(file);
}

} // namespace ks::testing
