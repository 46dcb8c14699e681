// The handshake against an independent TLS library: what is accepted and can be taken over, and
// what a man in the middle, or a venue gone wrong, is told.
#include <gtest/gtest.h>

#include <filesystem>

#include "cold/handshake_refusal.hpp"
#include "support/dialled.hpp"

namespace ks {
namespace {

using testing::Authority;
using testing::CertificateTerms;
using testing::Identity;
using testing::ServerTerms;
using testing::TlsServer;

constexpr char ping[] = "GET /ping HTTP/1.1\r\nHost: venue.test\r\n\r\n";

class HandshakeTest : public ::testing::Test {
protected:
    HandshakeTest()
        : ca_file_(::testing::TempDir() + "ks_ca_" + std::to_string(getpid()) + ".pem") {
        testing::write_pem(ca_file_, authority_.certificate());
    }
    ~HandshakeTest() override { std::filesystem::remove(ca_file_); }

    Handshake& dial(const TlsServer& server, std::string warm_up = ping) {
        if (!policy_) {
            Result<TlsPolicy> opened = TlsPolicy::open(ca_file_);
            EXPECT_TRUE(opened) << opened.error().sentence;
            policy_ = std::make_unique<TlsPolicy>(*std::move(opened));
        }
        handshake_ = std::make_unique<Handshake>(
            *policy_, Handshake::Terms{.host = "venue.test", .warm_up = std::move(warm_up)},
            testing::connect_to(server.port()));
        return *handshake_;
    }
    // The sentence with which this server is refused; fails the test if it is accepted.
    std::string refusal_of(const Identity& identity, ServerTerms terms = {}) {
        const TlsServer server(identity, std::move(terms));
        Handshake& handshake = dial(server);
        EXPECT_EQ(testing::drive(handshake), Handshake::Step::refused);
        std::string sentence = handshake.refusal().sentence;
        handshake_.reset(); // closes the connection before the server waits for its end
        return sentence;
    }
    // The same for a server that answers the warm-up request with these bytes.
    std::string refusal_of_answer(std::string answer) {
        return refusal_of(authority_.issue(), {.serve = [answer = std::move(answer)](SSL* ssl) {
                              testing::read_request(ssl);
                              SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
                          }});
    }

    const Authority authority_{"throw-away CA"};
    const std::string ca_file_;
    std::unique_ptr<TlsPolicy> policy_;
    std::unique_ptr<Handshake> handshake_;
};

struct NamedSuite {
    const char* name;
    Suite suite;
};
class HandshakeOfSuite : public HandshakeTest, public ::testing::WithParamInterface<NamedSuite> {};

TEST_P(HandshakeOfSuite, HandsAWarmConnectionOverToOurOwnRecordLayer) {
    const TlsServer server(authority_.issue(), {.suites = GetParam().name});
    Handshake& handshake = dial(server);
    ASSERT_EQ(testing::drive(handshake), Handshake::Step::ready) << handshake.refusal().sentence;
    EXPECT_EQ(handshake.warm_up().head.status, 200);

    Handover handover;
    const Fd fd = handshake.hand_over(handover);
    EXPECT_EQ(handover.suite, GetParam().suite);
    EXPECT_EQ(handover.sequence_tx, 1u) << "the warm-up request took number 0";
    Session session;
    testing::adopt(session, handover);
    for (u32 i = 0; i < 3; ++i)
        EXPECT_TRUE(testing::ask_by_session(session, fd, ping).starts_with("HTTP/1.1 200 OK\r\n"));
}

INSTANTIATE_TEST_SUITE_P(
    Suites, HandshakeOfSuite,
    ::testing::Values(NamedSuite{"TLS_AES_128_GCM_SHA256", Suite::aes_128_gcm_sha256},
                      NamedSuite{"TLS_AES_256_GCM_SHA384", Suite::aes_256_gcm_sha384},
                      NamedSuite{"TLS_CHACHA20_POLY1305_SHA256", Suite::chacha20_poly1305_sha256}),
    [](const auto& suite) { return std::string(suite.param.name); });

TEST_F(HandshakeTest, BracketsTheDateOfTheVenueBetweenTwoReadingsOfOurClock) {
    const TlsServer server(authority_.issue());
    Handshake& handshake = dial(server);
    ASSERT_EQ(testing::drive(handshake), Handshake::Step::ready) << handshake.refusal().sentence;
    const WarmUp& warm_up = handshake.warm_up();
    EXPECT_GT(warm_up.asked.ms, 0);
    EXPECT_GE(warm_up.answered, warm_up.asked);
    EXPECT_GE(warm_up.head.date_unix_s, warm_up.asked.ms / 1'000);
    EXPECT_LE(warm_up.head.date_unix_s, warm_up.answered.ms / 1'000);
}

TEST_F(HandshakeTest, IsReadyAfterTlsAloneWhenThereIsNoWarmUpRequest) {
    const TlsServer server(authority_.issue());
    Handshake& handshake = dial(server, "");
    ASSERT_EQ(testing::drive(handshake), Handshake::Step::ready) << handshake.refusal().sentence;
    Handover handover;
    const Fd fd = handshake.hand_over(handover);
    EXPECT_EQ(handover.sequence_tx, 0u);
}

TEST_F(HandshakeTest, AcceptsAServerThatChoosesHttp11ByAlpn) {
    const TlsServer server(authority_.issue(), {.protocol = "http/1.1"});
    EXPECT_EQ(testing::drive(dial(server)), Handshake::Step::ready);
}

TEST_F(HandshakeTest, FollowsAKeyUpdateThatComesBeforeTheHandOver) {
    const TlsServer server(authority_.issue(), {.serve = [](SSL* ssl) {
                               testing::read_request(ssl);
                               SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
                               constexpr char answer[] =
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                               SSL_write(ssl, answer, sizeof answer - 1);
                               testing::serve_ok(ssl);
                           }});
    Handshake& handshake = dial(server);
    ASSERT_EQ(testing::drive(handshake), Handshake::Step::ready) << handshake.refusal().sentence;
    Handover handover;
    const Fd fd = handshake.hand_over(handover);
    Session session;
    testing::adopt(session, handover);
    EXPECT_TRUE(testing::ask_by_session(session, fd, ping).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HandshakeTest, RefusesAnUnknownCa) {
    const Authority stranger("stranger");
    EXPECT_EQ(
        refusal_of(stranger.issue()),
        "venue.test: certificate refused: unknown CA; its signer is not in ca_file. Add it if "
        "the venue changed its CA; else someone stands in between");
}

TEST_F(HandshakeTest, RefusesASelfSignedCertificate) {
    EXPECT_EQ(refusal_of(testing::self_signed()),
              "venue.test: certificate refused: self-signed; no CA vouches for it");
}

TEST_F(HandshakeTest, RefusesTheCertificateOfAnotherHost) {
    EXPECT_EQ(refusal_of(authority_.issue({.host = "other.test"})),
              "venue.test: certificate refused: wrong host; it is not for this name");
}

TEST_F(HandshakeTest, RefusesAWildcardAboveItsLevel) {
    EXPECT_EQ(refusal_of(authority_.issue({.host = "*.venue.test"})),
              "venue.test: certificate refused: wrong host; it is not for this name");
}

TEST_F(HandshakeTest, RefusesANameGivenOnlyAsCommonName) {
    EXPECT_EQ(refusal_of(authority_.issue({.is_named_properly = false})),
              "venue.test: has a certificate that names its host only as common name; it needs a "
              "subjectAltName");
}

TEST_F(HandshakeTest, RefusesAnExpiredCertificate) {
    EXPECT_EQ(refusal_of(authority_.issue({.ends_in_s = -60})),
              "venue.test: certificate refused: expired; the venue must renew it. Check this "
              "machine's clock too");
}

TEST_F(HandshakeTest, RefusesACertificateThatIsNotYetValid) {
    // A day ahead: wolfSSL allows for clocks that differ.
    EXPECT_EQ(refusal_of(authority_.issue({.begins_in_s = 86'400, .ends_in_s = 172'800})),
              "venue.test: certificate refused: not yet valid; check this machine's clock");
}

TEST_F(HandshakeTest, RefusesACertificateForClients) {
    EXPECT_EQ(refusal_of(authority_.issue({.usage = "clientAuth"})),
              "venue.test: certificate refused: not made for servers (extended key usage)");
}

TEST_F(HandshakeTest, RefusesTls12AndBelow) {
    for (const int version : {TLS1_2_VERSION, TLS1_1_VERSION})
        EXPECT_EQ(refusal_of(authority_.issue(), {.version_max = version}),
                  "venue.test: offers only TLS 1.2 or below; only TLS 1.3 will do");
}

TEST_F(HandshakeTest, RefusesASuiteThatIsNoneOfOurThree) {
    EXPECT_EQ(refusal_of(authority_.issue(), {.suites = "TLS_AES_128_CCM_SHA256"}),
              "venue.test: refused the handshake: no suite or group in common; only AES-GCM and "
              "ChaCha20-Poly1305 of TLS 1.3 will do");
}

TEST_F(HandshakeTest, RefusesAProtocolThatWasNotOffered) {
    EXPECT_EQ(refusal_of(authority_.issue(), {.protocol = "h2"}),
              "venue.test: chose a protocol by ALPN that was not offered; only http/1.1 will do");
}

TEST_F(HandshakeTest, RefusesBrokenHttp) {
    EXPECT_TRUE(refusal_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n"
                                  "\r\nx")
                    .starts_with("venue.test: answers the warm-up request with broken HTTP: "));
}

TEST_F(HandshakeTest, RefusesBytesBeyondTheAnswer) {
    EXPECT_EQ(refusal_of_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK"),
              "venue.test: sends more than the answer to the warm-up request");
}

TEST_F(HandshakeTest, RefusesAConnectionThatWillNotBeKeptAlive) {
    EXPECT_EQ(refusal_of_answer("HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                "Content-Length: 2\r\n\r\n{}"),
              "venue.test: closes after the warm-up request; keep-alive is needed. Try another "
              "path");
}

TEST_F(HandshakeTest, RefusesAnAnswerWithoutEnd) {
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x');
    EXPECT_EQ(refusal_of_answer(answer),
              "venue.test: answers the warm-up request with more than 256 KiB; ask for less");
}

TEST_F(HandshakeTest, RefusesAPeerThatLeavesBeforeItsAnswer) {
    EXPECT_EQ(
        refusal_of(authority_.issue(), {.serve = [](SSL* ssl) { testing::read_request(ssl); }}),
        "venue.test: closed the connection in order, before all was said");
}

TEST(TlsPolicy, NamesACaFileThatCannotBeRead) {
    const Result<TlsPolicy> policy = TlsPolicy::open("/nonexistent/ca.pem");
    ASSERT_FALSE(policy);
    EXPECT_EQ(
        policy.error().sentence,
        "ca_file /nonexistent/ca.pem: no readable CA certificate in it; give a PEM file, such "
        "as /etc/ssl/certs/ca-certificates.crt");
}

TEST(TlsPolicy, KnowsThreeSuitesAndNoneThatDoesNotEncrypt) {
    EXPECT_EQ(suite_of_number(0x1301), Suite::aes_128_gcm_sha256);
    EXPECT_EQ(suite_of_number(0x1302), Suite::aes_256_gcm_sha384);
    EXPECT_EQ(suite_of_number(0x1303), Suite::chacha20_poly1305_sha256);
    constexpr u32 sha256_sha256 = 0xC0B4; // RFC 9150: integrity only
    constexpr u32 sha384_sha384 = 0xC0B5;
    constexpr u32 rsa_null_sha256 = 0x003B;
    for (const u32 number : {sha256_sha256, sha384_sha384, rsa_null_sha256, 0x1304u, 0x1305u, 0u})
        EXPECT_EQ(suite_of_number(number), Suite::none);
}

} // namespace
} // namespace ks
