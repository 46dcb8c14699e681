#include "certificate.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/units.hpp"

namespace ks::bench {
namespace {

constexpr i64 begins_in_s = -3'600;
constexpr i64 ends_in_s = 24 * 3'600; // longer than any benchmark

bool extend(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool name(X509* certificate, const char* common_name) {
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                                      reinterpret_cast<const u8*>(common_name), -1, -1, 0) == 1;
}

// A new key and a certificate with its name and times, neither extended nor signed.
bool draft(ServerIdentity& identity, const char* common_name) {
    identity.key.reset(EVP_EC_gen("P-256"));
    identity.certificate.reset(X509_new());
    X509* const certificate = identity.certificate.get();
    u64 serial = 0;
    return identity.key && certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
           RAND_bytes(reinterpret_cast<u8*>(&serial), sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), begins_in_s) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), ends_in_s) &&
           name(certificate, common_name) && X509_set_pubkey(certificate, identity.key.get()) == 1;
}

bool sign(X509* certificate, const ServerIdentity& issuer) {
    return X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get())) ==
               1 &&
           X509_sign(certificate, issuer.key.get(), EVP_sha256()) > 0;
}

bool make_authority(ServerIdentity& authority) {
    if (!draft(authority, "throw-away benchmark authority")) return false;
    X509* const certificate = authority.certificate.get();
    return extend(certificate, certificate, NID_subject_key_identifier, "hash") &&
           extend(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE") &&
           extend(certificate, certificate, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           sign(certificate, authority);
}

bool make_server(ServerIdentity& server, const ServerIdentity& authority, const char* names) {
    if (!draft(server, "localhost")) return false;
    X509* const certificate = server.certificate.get();
    X509* const issuer = authority.certificate.get();
    return extend(certificate, issuer, NID_subject_key_identifier, "hash") &&
           extend(certificate, issuer, NID_authority_key_identifier, "keyid") &&
           extend(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           extend(certificate, issuer, NID_key_usage, "critical,digitalSignature") &&
           extend(certificate, issuer, NID_ext_key_usage, "serverAuth") &&
           extend(certificate, issuer, NID_subject_alt_name, names) && sign(certificate, authority);
}

bool write_pem(const std::string& path, X509* certificate) {
    const std::unique_ptr<BIO, Freed<BIO_free>> file(BIO_new_file(path.c_str(), "w"));
    return file && PEM_write_bio_X509(file.get(), certificate) == 1 && BIO_flush(file.get()) == 1;
}

} // namespace

Result<ServerIdentity> make_server_identity(const IdentityTerms& terms) {
    ServerIdentity authority;
    ServerIdentity server;
    if (!make_authority(authority) || !make_server(server, authority, terms.names.c_str()))
        return Error{"OpenSSL cannot make a P-256 certificate"};
    if (!write_pem(terms.authority_file, authority.certificate.get()))
        return Error{"cannot write " + terms.authority_file};
    return server;
}

} // namespace ks::bench
