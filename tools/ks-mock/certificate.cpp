// EC P-256, SHA-256, version 3, subjectAltName: what a modern client asks of a venue.
#include "certificate.hpp"
#include "clock.hpp"
#include "text.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace ks {
namespace {

constexpr long hour_s = 3'600;
constexpr long day_s = 24 * hour_s;

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    if (!extension || X509_add_ext(certificate, extension, -1) != 1)
        throw Mistake("OpenSSL cannot write the certificate extension " + value);
    X509_EXTENSION_free(extension);
}

void set_serial(X509* certificate) {
    u64 serial = 0;
    RAND_bytes(reinterpret_cast<u8*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
}

void set_validity(X509* certificate, bool is_expired) {
    X509_gmtime_adj(X509_getm_notBefore(certificate), is_expired ? -2 * day_s : -hour_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), is_expired ? -day_s : day_s);
}

}

std::string Identity::pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(memory.get(), certificate.get());
    char* text = nullptr;
    const long text_bytes = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(text_bytes)};
}

Identity make_identity(const Wish& wish) {
    Identity made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    X509* certificate = made.certificate.get();
    if (!made.key || !certificate) throw Mistake("OpenSSL cannot make a P-256 certificate");
    X509* issuer = wish.signer ? wish.signer->certificate.get() : certificate;
    X509_set_version(certificate, X509_VERSION_3);
    set_serial(certificate);
    set_validity(certificate, wish.is_expired);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const u8*>(wish.common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, made.key.get());
    extend(certificate, issuer, NID_subject_key_identifier, "hash");
    // A root names no authority above it: OpenSSL would write an empty one, which wolfSSL refuses.
    if (wish.signer) extend(certificate, issuer, NID_authority_key_identifier, "keyid");
    extend(certificate, issuer, NID_basic_constraints,
           wish.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (wish.is_authority) {
        extend(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(certificate, issuer, NID_key_usage, "critical,digitalSignature");
        extend(certificate, issuer, NID_ext_key_usage, "serverAuth");
        extend(certificate, issuer, NID_subject_alt_name, "DNS:" + wish.common_name);
    }
    EVP_PKEY* signer = wish.signer ? wish.signer->key.get() : made.key.get();
    if (X509_sign(certificate, signer, EVP_sha256()) == 0)
        throw Mistake("OpenSSL cannot sign the certificate of " + wish.common_name);
    return made;
}

}
