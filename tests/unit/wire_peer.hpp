// Peer: the other end of a session, written from RFC 8446 over OpenSSL alone, as the oracle.
// It shares no line of code and no library with engine/wire, so that both cannot be wrong alike.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>

#include "unit/wire_bytes.hpp"

namespace ks::testing {

// HKDF-Expand-Label of RFC 8446 7.1, with an empty context.
inline Bytes expand_label(const char* digest, const Bytes& secret, std::string_view label,
                          size_t count) {
    Bytes info{static_cast<std::byte>(count >> 8), static_cast<std::byte>(count)};
    info.push_back(static_cast<std::byte>(label.size() + 6));
    info = join({info, bytes_of("tls13 "), bytes_of(label), Bytes{std::byte{0}}});
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string("digest", const_cast<char*>(digest), 0),
        OSSL_PARAM_construct_int("mode", &mode),
        OSSL_PARAM_construct_octet_string("key", const_cast<std::byte*>(secret.data()),
                                          secret.size()),
        OSSL_PARAM_construct_octet_string("info", info.data(), info.size()), OSSL_PARAM_END};
    const std::unique_ptr<EVP_KDF, void (*)(EVP_KDF*)> kdf{EVP_KDF_fetch(nullptr, "HKDF", nullptr),
                                                           EVP_KDF_free};
    const std::unique_ptr<EVP_KDF_CTX, void (*)(EVP_KDF_CTX*)> context{EVP_KDF_CTX_new(kdf.get()),
                                                                       EVP_KDF_CTX_free};
    Bytes out(count);
    must(EVP_KDF_derive(context.get(), raw(out), count, params) == 1, "HKDF");
    return out;
}

// One direction of a connection.
class PeerKeys {
public:
    PeerKeys(Suite suite, Bytes secret) : suite_(suite), secret_(std::move(secret)) { derive(); }

    void update() {
        secret_ = expand_label(digest(), secret_, "traffic upd", secret_.size());
        derive();
    }
    Bytes seal(u64 number, u8 type, Bytes inner, size_t padding = 0) const {
        inner.push_back(static_cast<std::byte>(type));
        inner.resize(inner.size() + padding);
        return seal_inner(number, inner);
    }
    // For malformed inner plaintexts too.
    Bytes seal_inner(u64 number, const Bytes& inner) const {
        const size_t body = inner.size() + 16;
        Bytes out = hex("170303");
        out.push_back(static_cast<std::byte>(body >> 8));
        out.push_back(static_cast<std::byte>(body));
        Bytes sealed(inner.size()), tag(16);
        const auto context = start(number, out, 1);
        int count = 0;
        must(EVP_CipherUpdate(context.get(), raw(sealed), &count, raw(inner),
                              static_cast<int>(inner.size())) == 1,
             "seal");
        must(EVP_CipherFinal_ex(context.get(), raw(tag), &count) == 1, "seal end");
        must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, raw(tag)) == 1, "tag");
        return join({out, sealed, tag});
    }
    struct Plain {
        bool is_valid = false;
        u8 type = 0;
        Bytes content;
    };
    Plain open(u64 number, std::span<const std::byte> record) const {
        if (record.size() < 22) return {};
        Bytes head{record.begin(), record.begin() + 5}, tag{record.end() - 16, record.end()};
        const Bytes sealed{record.begin() + 5, record.end() - 16};
        Plain plain{.content = Bytes(sealed.size())};
        const auto context = start(number, head, 0);
        int count = 0;
        must(EVP_CipherUpdate(context.get(), raw(plain.content), &count, raw(sealed),
                              static_cast<int>(sealed.size())) == 1,
             "open");
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, 16, raw(tag));
        plain.is_valid = EVP_CipherFinal_ex(context.get(), raw(tag), &count) == 1;
        while (!plain.content.empty() && plain.content.back() == std::byte{0})
            plain.content.pop_back();
        if (plain.content.empty()) return {};
        plain.type = static_cast<u8>(plain.content.back());
        plain.content.pop_back();
        return plain;
    }

private:
    using Context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;
    const char* digest() const { return suite_ == Suite::aes_256_gcm_sha384 ? "SHA384" : "SHA256"; }
    void derive() {
        key_ =
            expand_label(digest(), secret_, "key", suite_ == Suite::aes_128_gcm_sha256 ? 16 : 32);
        iv_ = expand_label(digest(), secret_, "iv", 12);
    }
    Context start(u64 number, const Bytes& head, int is_sealing) const {
        const EVP_CIPHER* cipher = suite_ == Suite::aes_128_gcm_sha256   ? EVP_aes_128_gcm()
                                   : suite_ == Suite::aes_256_gcm_sha384 ? EVP_aes_256_gcm()
                                                                         : EVP_chacha20_poly1305();
        Bytes nonce = iv_;
        for (size_t i = 0; i < 8; ++i) nonce[11 - i] ^= static_cast<std::byte>(number >> (8 * i));
        Context context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
        int count = 0;
        must(EVP_CipherInit_ex(context.get(), cipher, nullptr, raw(key_), raw(nonce), is_sealing) ==
                     1 &&
                 EVP_CipherUpdate(context.get(), nullptr, &count, raw(head), 5) == 1,
             "cipher");
        return context;
    }

    Suite suite_;
    Bytes secret_, key_, iv_;
};

// Both directions, with numbers and generations, as a server has them.
class Peer {
public:
    explicit Peer(Suite suite)
        : suite_(suite), secret_up_(secret(suite, 1)), secret_down_(secret(suite, 2)),
          up(suite, secret_up_), down(suite, secret_down_) {}

    Handover handover() const {
        Handover out{.suite = suite_, .sequence_tx = sequence_up, .sequence_rx = sequence_down};
        std::copy_n(raw(secret_up_), secret_up_.size(), out.secret_tx.begin());
        std::copy_n(raw(secret_down_), secret_down_.size(), out.secret_rx.begin());
        return out;
    }
    Bytes send(u8 type, const Bytes& content, size_t padding = 0) {
        return down.seal(sequence_down++, type, content, padding);
    }
    Bytes send(std::string_view text) { return send(23, bytes_of(text)); }
    Bytes send_inner(const Bytes& inner) { return down.seal_inner(sequence_down++, inner); }
    Bytes send_key_update(bool is_answer_wanted) {
        Bytes record = send(22, hex(is_answer_wanted ? "1800000101" : "1800000100"));
        down.update();
        sequence_down = 0;
        return record;
    }
    // What a client's record says; a KeyUpdate moves our reading keys on, as it must.
    PeerKeys::Plain receive(std::span<const std::byte> record) {
        PeerKeys::Plain plain = up.open(sequence_up++, record);
        if (plain.is_valid && plain.type == 22 && plain.content == hex("1800000100")) {
            up.update();
            ++generation_up;
            sequence_up = 0;
        }
        return plain;
    }

private:
    static Bytes secret(Suite suite, u8 salt) {
        Bytes out(suite == Suite::aes_256_gcm_sha384 ? 48 : 32);
        for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i * 7 + salt);
        return out;
    }
    Suite suite_;
    Bytes secret_up_, secret_down_;

public:
    PeerKeys up, down;
    u64 sequence_up = 0, sequence_down = 0;
    u32 generation_up = 0;
};

} // namespace ks::testing
