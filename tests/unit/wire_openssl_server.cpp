#include "unit/wire_openssl_server.hpp"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace ks::testing {
namespace {

template<auto release> struct Release {
    template<class T> void operator()(T* object) const { release(object); }
};
template<class T, auto release> using Owned = std::unique_ptr<T, Release<release>>;

// A certificate signed by itself; whether to trust it is the connector's question, not ours.
void use_new_certificate(SSL_CTX* context) {
    const Owned<EVP_PKEY, EVP_PKEY_free> key{EVP_EC_gen("P-256")};
    const Owned<X509, X509_free> certificate{X509_new()};
    X509* const x = certificate.get();
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               reinterpret_cast<const u8*>("venue"), -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key.get());
    must(X509_sign(x, key.get(), EVP_sha256()) > 0, "certificate");
    must(SSL_CTX_use_certificate(context, x) == 1, "use certificate");
    must(SSL_CTX_use_PrivateKey(context, key.get()) == 1, "use key");
}

const char* name_of(Suite suite) {
    return suite == Suite::aes_128_gcm_sha256   ? "TLS_AES_128_GCM_SHA256"
           : suite == Suite::aes_256_gcm_sha384 ? "TLS_AES_256_GCM_SHA384"
                                                : "TLS_CHACHA20_POLY1305_SHA256";
}

} // namespace

struct OpenSslServer::State {
    Owned<SSL_CTX, SSL_CTX_free> context{SSL_CTX_new(TLS_server_method())};
    Owned<SSL, SSL_free> ssl;
    BIO* in = nullptr; // both owned by ssl
    BIO* out = nullptr;
    std::string fault;
};

OpenSslServer::OpenSslServer(Suite suite, ServerOptions options)
    : state_(std::make_unique<State>()) {
    SSL_CTX* const context = state_->context.get();
    use_new_certificate(context);
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    must(SSL_CTX_set_ciphersuites(context, name_of(suite)) == 1, "suite");
    SSL_CTX_set_num_tickets(context, options.tickets_count);
    state_->ssl.reset(SSL_new(context));
    SSL* const ssl = state_->ssl.get();
    if (options.fragment_bytes != 0)
        SSL_set_max_send_fragment(ssl, static_cast<i64>(options.fragment_bytes));
    if (options.padding_block_bytes != 0) SSL_set_block_padding(ssl, options.padding_block_bytes);
    state_->in = BIO_new(BIO_s_mem());
    state_->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(state_->in, -1);
    SSL_set_bio(ssl, state_->in, state_->out);
    SSL_set_accept_state(ssl);
}

OpenSslServer::~OpenSslServer() = default;

void OpenSslServer::receive(std::span<const std::byte> bytes) {
    const int count = static_cast<int>(bytes.size());
    must(BIO_write(state_->in, bytes.data(), count) == count, "to the server");
}

Bytes OpenSslServer::to_client() {
    Bytes out(BIO_ctrl_pending(state_->out));
    if (!out.empty()) BIO_read(state_->out, out.data(), static_cast<int>(out.size()));
    return out;
}

bool OpenSslServer::accept() {
    return SSL_do_handshake(state_->ssl.get()) == 1;
}

std::string OpenSslServer::read() {
    std::string all;
    std::array<char, 4096> piece;
    int count = 0;
    ERR_clear_error();
    while ((count = SSL_read(state_->ssl.get(), piece.data(), piece.size())) > 0)
        all.append(piece.data(), static_cast<size_t>(count));
    const int error = SSL_get_error(state_->ssl.get(), count);
    const bool is_fine = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN;
    if (!is_fine) state_->fault = ERR_error_string(ERR_get_error(), nullptr);
    return all;
}

void OpenSslServer::write(const std::string& text) {
    const int count = static_cast<int>(text.size());
    must(SSL_write(state_->ssl.get(), text.data(), count) == count, "write");
}

void OpenSslServer::update_keys(bool is_answer_wanted) {
    SSL* const ssl = state_->ssl.get();
    must(SSL_key_update(ssl, is_answer_wanted ? SSL_KEY_UPDATE_REQUESTED
                                              : SSL_KEY_UPDATE_NOT_REQUESTED) == 1,
         "key update");
    must(SSL_do_handshake(ssl) == 1, "send key update");
}

void OpenSslServer::send_ticket() {
    must(SSL_new_session_ticket(state_->ssl.get()) == 1, "ticket");
    must(SSL_do_handshake(state_->ssl.get()) == 1, "send ticket");
}

void OpenSslServer::close() {
    must(SSL_shutdown(state_->ssl.get()) >= 0, "close");
}

bool OpenSslServer::is_closed_by_client() const {
    return (SSL_get_shutdown(state_->ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string OpenSslServer::fault() const {
    return state_->fault;
}

} // namespace ks::testing
