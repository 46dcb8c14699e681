// OpenSSL keeps its errors in a queue of the thread: each call clears it first, or one client's
// failure would look like the next one's.
#include "tls.hpp"
#include "text.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace ks {
namespace {

struct TrickName {
    std::string_view name;
    Trick trick;
};

constexpr TrickName trick_names[] = {
    {"none", Trick::none},
    {"unknown_ca", Trick::unknown_ca},
    {"self_signed", Trick::self_signed},
    {"wrong_host", Trick::wrong_host},
    {"expired", Trick::expired},
    {"tls12", Trick::tls12},
    {"null_suite", Trick::null_suite},
};

constexpr std::string_view default_suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr std::string_view null_suite = "TLS_SHA256_SHA256";

int choose_http1(SSL*, const u8** chosen, u8* chosen_bytes, const u8* offered,
                 unsigned offered_bytes, void*) {
    static constexpr u8 http1[] = "\x08http/1.1";
    u8* match = nullptr;
    const int found = SSL_select_next_proto(&match, chosen_bytes, http1, sizeof http1 - 1, offered,
                                            offered_bytes);
    *chosen = match;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void count_record(int is_write, int, int content_type, const void*, std::size_t, SSL*,
                  void* records) {
    if (content_type != SSL3_RT_HEADER) return;
    auto& count = *static_cast<RecordCount*>(records);
    ++(is_write ? count.out : count.in);
}

Identity certificate_for(const Identity& authority, const ContextWish& wish) {
    if (wish.trick == Trick::self_signed) return make_identity({.common_name = wish.host});
    if (wish.trick == Trick::unknown_ca) {
        const Identity stranger = make_identity({.common_name = "stranger", .is_authority = true});
        return make_identity({.common_name = wish.host, .signer = &stranger});
    }
    return make_identity({
        .common_name = wish.trick == Trick::wrong_host ? "wrong-host.invalid" : wish.host,
        .is_expired = wish.trick == Trick::expired,
        .signer = &authority,
    });
}

void set_suites(SSL_CTX* context, const ContextWish& wish) {
    std::string suites = wish.suites.empty() ? std::string(default_suites) : wish.suites;
    if (wish.trick == Trick::null_suite) suites = null_suite;
    ERR_clear_error();
    const int set = SSL_CTX_set_ciphersuites(context, suites.c_str());
    const STACK_OF(SSL_CIPHER)* offered = SSL_CTX_get_ciphers(context);
    for (int i = 0; set == 1 && i < sk_SSL_CIPHER_num(offered); ++i)
        if (suites.find(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(offered, i))) != std::string::npos)
            return;
    throw Mistake(std::string(OPENSSL_VERSION_TEXT) + " offers no suite of '" + suites +
                  "'; integrity-only suites need OpenSSL 3.4 or newer");
}

}

Trick trick_named(std::string_view name) {
    std::string known;
    for (const TrickName& entry : trick_names) {
        if (entry.name == name) return entry.trick;
        known += ' ' + std::string(entry.name);
    }
    throw Mistake("--tls " + std::string(name) + " is unknown; one of:" + known);
}

Served make_context(const Identity& authority, const ContextWish& wish) {
    TlsContext context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* raw = context.get();
    const int version = wish.trick == Trick::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(raw, version);
    SSL_CTX_set_max_proto_version(raw, version);
    SSL_CTX_set_mode(raw, SSL_MODE_AUTO_RETRY);
    if (version == TLS1_3_VERSION) set_suites(raw, wish);
    SSL_CTX_set_alpn_select_cb(raw, choose_http1, nullptr);
    const Identity identity = certificate_for(authority, wish);
    if (SSL_CTX_use_certificate(raw, identity.certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(raw, identity.key.get()) != 1)
        throw Mistake("OpenSSL refuses the certificate made for " + wish.host);
    return {std::move(context), identity.pem()};
}

TlsStream::TlsStream(SSL_CTX* context, RecordCount& records)
    : ssl_(SSL_new(context)), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
    SSL_set_bio(ssl_.get(), in_, out_); // the stream owns both from here
    SSL_set_accept_state(ssl_.get());
    SSL_set_msg_callback(ssl_.get(), count_record);
    SSL_set_msg_callback_arg(ssl_.get(), &records);
}

bool TlsStream::feed(std::string_view bytes, std::string& plain) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    char piece[16'384];
    for (;;) {
        ERR_clear_error();
        const int count = SSL_read(ssl_.get(), piece, sizeof piece); // shakes hands first
        if (count <= 0) return SSL_get_error(ssl_.get(), count) == SSL_ERROR_WANT_READ;
        plain.append(piece, static_cast<std::size_t>(count));
    }
}

void TlsStream::write(std::string_view plain, std::size_t pad_bytes) {
    ERR_clear_error();
    SSL_set_block_padding(ssl_.get(), pad_bytes);
    SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
}

void TlsStream::update_keys(u64 count, bool asks_for_reply) {
    const int kind = asks_for_reply ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED;
    for (u64 i = 0; i < count; ++i) {
        ERR_clear_error();
        if (SSL_key_update(ssl_.get(), kind) == 1) SSL_do_handshake(ssl_.get());
    }
}

void TlsStream::send_tickets(u64 count) {
    for (u64 i = 0; i < count; ++i) {
        ERR_clear_error();
        if (SSL_new_session_ticket(ssl_.get()) == 1) SSL_do_handshake(ssl_.get());
    }
}

void TlsStream::say_goodbye() {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
}

std::string TlsStream::take_output() {
    std::string bytes(BIO_ctrl_pending(out_), '\0');
    if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

}
