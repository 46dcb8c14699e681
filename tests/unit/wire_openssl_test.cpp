// The whole way: wolfSSL shakes hands with a real OpenSSL server, a Session takes over, and the two
// talk: data, tickets, fragments with padding, KeyUpdates, and the end from either side.
#include <wolfssl/options.h>

#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/kdf.h>

#include <gtest/gtest.h>

#include <cstring>

#include "unit/wire_openssl_server.hpp"
#include "wire/session.hpp"

namespace ks {
namespace {

using namespace testing;

// wolfSSL's side of the handshake, between the same two buffers.
struct Client {
    Bytes in, out;
    size_t read_count = 0;
    Handover handover;
};

thread_local Client* current = nullptr; // wolfSSL's HKDF callback has no context argument

int keep_secrets(byte* okm, word32 okm_bytes, const byte* prk, word32 prk_bytes,
                 const byte* protocol, word32 protocol_bytes, const byte* label, word32 label_bytes,
                 const byte* info, word32 info_bytes, int digest, int) {
    const int result =
        wc_Tls13_HKDF_Expand_Label(okm, okm_bytes, prk, prk_bytes, protocol, protocol_bytes, label,
                                   label_bytes, info, info_bytes, digest);
    const std::string_view name{reinterpret_cast<const char*>(label), label_bytes};
    if (name == "c ap traffic") std::copy_n(okm, okm_bytes, current->handover.secret_tx.begin());
    if (name == "s ap traffic") std::copy_n(okm, okm_bytes, current->handover.secret_rx.begin());
    return result;
}

// Serves whole records only: wolfSSL would keep a partial one, and the hand-over would lose it.
int give(WOLFSSL*, char* buffer, int count, void* context) {
    Client& client = *static_cast<Client*>(context);
    const std::span<const std::byte> rest = std::span{client.in}.subspan(client.read_count);
    static thread_local size_t left_in_record = 0;
    if (left_in_record == 0) {
        if (rest.size() < 5) return WOLFSSL_CBIO_ERR_WANT_READ;
        const size_t whole = 5 + (static_cast<size_t>(rest[3]) << 8 | static_cast<size_t>(rest[4]));
        if (rest.size() < whole) return WOLFSSL_CBIO_ERR_WANT_READ;
        left_in_record = whole;
    }
    const size_t take = std::min(static_cast<size_t>(count), left_in_record);
    std::memcpy(buffer, rest.data(), take);
    client.read_count += take;
    left_in_record -= take;
    return static_cast<int>(take);
}

int accept_bytes(WOLFSSL*, char* buffer, int count, void* context) {
    Bytes& out = static_cast<Client*>(context)->out;
    const auto* bytes = reinterpret_cast<const std::byte*>(buffer);
    out.insert(out.end(), bytes, bytes + count);
    return count;
}

// Both ends after the hand-over.
class Talk {
public:
    explicit Talk(Suite suite, ServerOptions options = {}) : server(suite, options) {
        const std::unique_ptr<WOLFSSL_CTX, void (*)(WOLFSSL_CTX*)> context{
            wolfSSL_CTX_new(wolfTLSv1_3_client_method()), wolfSSL_CTX_free};
        wolfSSL_CTX_set_verify(context.get(), WOLFSSL_VERIFY_NONE, nullptr);
        wolfSSL_CTX_SetHKDFExpandLabelCb(context.get(), keep_secrets);
        wolfSSL_CTX_SetIORecv(context.get(), give);
        wolfSSL_CTX_SetIOSend(context.get(), accept_bytes);
        const std::unique_ptr<WOLFSSL, void (*)(WOLFSSL*)> ssl{wolfSSL_new(context.get()),
                                                               wolfSSL_free};
        wolfSSL_SetIOReadCtx(ssl.get(), &client_);
        wolfSSL_SetIOWriteCtx(ssl.get(), &client_);
        current = &client_;
        shake_hands(ssl.get());
        current = nullptr;
        client_.handover.suite = suite;
        wolfSSL_GetSequenceNumber(ssl.get(), &client_.handover.sequence_tx);
        wolfSSL_GetPeerSequenceNumber(ssl.get(), &client_.handover.sequence_rx);
        must(session.adopt(client_.handover, 1), "adopt");
        taken = take_all(
            session, {client_.in.begin() + static_cast<i64>(client_.read_count), client_.in.end()});
    }
    // The server's bytes to the session; its application data.
    std::string down(Pace pace = {}) {
        taken = take_all(session, server.to_client(), pace);
        return text_of(taken.content);
    }
    // The session's request to the server; what the server reads.
    std::string up(const std::string& text) {
        Record record;
        EXPECT_NE(session.seal(bytes_of(text), record), 0);
        EXPECT_EQ(record.fit, session.fit());
        session.spend();
        server.receive(record.span());
        session.sent();
        return server.read();
    }
    void pay() {
        const std::span<const std::byte> owed = session.owed();
        ASSERT_FALSE(owed.empty());
        server.receive(owed);
        session.owed_spent();
        session.sent();
    }

    OpenSslServer server;
    Session session;
    Taken taken;

private:
    void shake_hands(WOLFSSL* ssl) {
        bool is_client_ready = false;
        bool is_server_ready = false;
        for (u32 round = 0; round < 10 && !(is_client_ready && is_server_ready); ++round) {
            is_client_ready = is_client_ready || wolfSSL_connect(ssl) == WOLFSSL_SUCCESS;
            server.receive(client_.out);
            client_.out.clear();
            is_server_ready = is_server_ready || server.accept();
            client_.in = join({client_.in, server.to_client()});
        }
        must(is_client_ready && is_server_ready, "handshake");
    }
    Client client_;
};

struct OpenSsl : ::testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(All, OpenSsl, ::testing::ValuesIn(all_suites));

TEST_P(OpenSsl, TalksBothWaysAfterTheHandOver) {
    Talk talk{GetParam()};
    for (u32 round = 0; round < 3; ++round) {
        EXPECT_EQ(talk.up("DELETE /orders"), "DELETE /orders");
        talk.server.write("HTTP/1.1 200 OK");
        EXPECT_EQ(talk.down(), "HTTP/1.1 200 OK");
    }
    EXPECT_EQ(talk.taken.broken, Broken::none);
    EXPECT_EQ(talk.server.fault(), "");
}

TEST_P(OpenSsl, SkipsTicketsBeforeAndAfterTheHandOver) {
    Talk talk{GetParam(), {.tickets_count = 4}};
    EXPECT_EQ(talk.taken.broken, Broken::none);
    talk.server.send_ticket();
    talk.server.send_ticket();
    talk.server.write("data");
    EXPECT_EQ(talk.down(), "data");
}

TEST_P(OpenSsl, ReadsALargeAnswerInPaddedFragmentsHoweverItArrives) {
    const std::string answer = text_of(pattern(40'000));
    for (const size_t piece : {1, 100, 1448, 100'000}) {
        Talk talk{GetParam(), {.fragment_bytes = 512, .padding_block_bytes = 256}};
        talk.server.write(answer);
        EXPECT_EQ(talk.down({piece, 512}), answer) << "in pieces of " << piece;
    }
}

TEST_P(OpenSsl, FollowsTheServersKeyUpdates) {
    Talk talk{GetParam()};
    for (u32 round = 0; round < 3; ++round) {
        talk.server.update_keys(false);
        talk.server.write("after");
        EXPECT_EQ(talk.down(), "after");
        EXPECT_TRUE(talk.session.owed().empty());
    }
    EXPECT_EQ(talk.up("request"), "request");
}

TEST_P(OpenSsl, AnswersTheServersKeyUpdatesBeforeItsNextRequest) {
    Talk talk{GetParam()};
    for (u32 round = 0; round < 3; ++round) {
        talk.server.update_keys(true);
        talk.server.write("after");
        EXPECT_EQ(talk.down(), "after");
        EXPECT_EQ(talk.session.fit(), 0);
        talk.pay();
        EXPECT_EQ(talk.up("request"), "request");
    }
    EXPECT_EQ(talk.server.fault(), "");
}

TEST_P(OpenSsl, ClosesInOrderFromOurSide) {
    Talk talk{GetParam()};
    talk.session.close();
    talk.pay();
    EXPECT_EQ(talk.server.read(), "");
    EXPECT_TRUE(talk.server.is_closed_by_client());
    EXPECT_EQ(talk.server.fault(), "");
}

TEST_P(OpenSsl, ClosesInOrderFromTheServersSide) {
    Talk talk{GetParam()};
    talk.server.write("last words");
    talk.server.close();
    EXPECT_EQ(talk.down(), "last words");
    EXPECT_EQ(talk.taken.broken, Broken::close_notify);
    talk.session.close();
    talk.pay();
    EXPECT_EQ(talk.server.read(), "");
    EXPECT_TRUE(talk.server.is_closed_by_client());
}

TEST_P(OpenSsl, RefusesARecordSealedForAnotherNumber) {
    Talk talk{GetParam()};
    Record stale;
    talk.session.seal(bytes_of("stale"), stale);
    EXPECT_EQ(talk.up("fresh"), "fresh");
    ASSERT_NE(stale.fit, talk.session.fit());
    talk.server.receive(stale.span());
    EXPECT_EQ(talk.server.read(), "");
    EXPECT_NE(talk.server.fault(), "");
    talk.down();
    EXPECT_EQ(talk.taken.broken, Broken::fatal_alert);
    EXPECT_EQ(talk.taken.alert, 20); // bad_record_mac
}

} // namespace
} // namespace ks
