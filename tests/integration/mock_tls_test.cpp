// ks-mock's TLS side: what an honest venue offers, the storms that TLS 1.3 allows, and the servers
// that a client must refuse, each for its own reason.
#include "mock.hpp"

#include <gtest/gtest.h>

namespace ks {
namespace {

constexpr std::string_view public_call = "GET /v3/provisioning/trading-pairs";

std::string reason_to_refuse(const std::string& trick) {
    const Mock mock({.more = {"--tls", trick}});
    const Client client(mock.target("bitopro"));
    EXPECT_FALSE(client.is_connected()) << trick;
    return client.why_not();
}

TEST(MockTls, ServesEachAeadSuite) {
    const Mock mock;
    for (const char* suite :
         {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}) {
        Target target = mock.target("bitopro");
        target.suites = suite;
        Client client(target);
        ASSERT_TRUE(client.is_connected()) << suite << ": " << client.why_not();
        EXPECT_EQ(client.ask(public_call).status, 200) << suite;
    }
    EXPECT_EQ(mock.traffic("bitopro", "connections"), 3u);
}

TEST(MockTls, GivesEveryVenueACertificateOfItsOwnName) {
    const Mock mock({.more = {"--host", "treadfi=oms.example"}});
    for (const char* venue : {"bitopro", "coinswitch"})
        EXPECT_TRUE(Client(mock.target(venue)).is_connected()) << venue;
    Target other_name = mock.target("bitopro");
    other_name.host = "coinswitch.co";
    EXPECT_EQ(Client(other_name).why_not(), "hostname mismatch");
    Target renamed = mock.target("treadfi");
    renamed.host = "oms.example";
    EXPECT_TRUE(Client(renamed).is_connected());
}

TEST(MockTls, MisbehavesSoThatAClientRefusesWithTheRightReason) {
    EXPECT_EQ(reason_to_refuse("unknown_ca"), "unable to get local issuer certificate");
    EXPECT_EQ(reason_to_refuse("self_signed"), "self-signed certificate");
    EXPECT_EQ(reason_to_refuse("wrong_host"), "hostname mismatch");
    EXPECT_EQ(reason_to_refuse("expired"), "certificate has expired");
    EXPECT_NE(reason_to_refuse("tls12").find("alert protocol version"), std::string::npos);
}

TEST(MockTls, OffersIntegrityOnlySuitesOrSaysThatItCannot) {
    const std::string dir = make_dir();
    Process process({KS_TOOLS_DIR "/ks-mock/ks-mock", "--dir", dir, "--demo-accounts",
                     "--until-eof", "--tls", "null_suite"});
    if (process.read_line().empty()) {
        EXPECT_EQ(process.wait(), 2);
        EXPECT_NE(process.read_errors().find("offers no suite of 'TLS_SHA256_SHA256'"),
                  std::string::npos);
    }
    remove_dir(dir);
}

TEST(MockTls, UpdatesItsKeysAndAsksForOurs) {
    const Mock mock({.play = "bitopro * public: key_update times 2\n"});
    Client client(mock.target("bitopro"));
    EXPECT_EQ(client.ask(public_call).status, 200);
    EXPECT_EQ(client.ask(public_call).status, 200) << "our new keys are understood";
    EXPECT_EQ(client.key_updates_count(), 2u);
    EXPECT_TRUE(client.update_keys());
    EXPECT_EQ(client.ask(public_call).status, 200);
    EXPECT_EQ(client.key_updates_count(), 3u) << "asked, it answers with its own";
}

TEST(MockTls, FloodsWithTicketsAndKeyUpdates) {
    const Mock mock({.play = "bitopro * public: tickets 100 times 1\n"
                             "bitopro * public: key_update_flood times 1\n"});
    Client client(mock.target("bitopro"));
    EXPECT_EQ(client.ask(public_call).status, 200);
    EXPECT_EQ(client.tickets_count(), 102u) << "two come with the handshake";
    EXPECT_EQ(client.ask(public_call).status, 200);
    EXPECT_EQ(client.key_updates_count(), 1'000u);
}

TEST(MockTls, CutsAnswersIntoPaddedRecords) {
    const Mock mock({.play = "bitopro * public: fragments 1 pad 256 times 1\n"});
    Client client(mock.target("bitopro"));
    const std::uint64_t before_bytes = mock.traffic("bitopro", "bytes_out");
    const Reply cut = client.ask(public_call);
    const std::uint64_t padded_bytes = mock.traffic("bitopro", "bytes_out") - before_bytes;
    EXPECT_EQ(cut.status, 200);
    EXPECT_EQ(client.data_records_count(), cut.raw.size()) << "one byte a record";
    EXPECT_GE(padded_bytes, cut.raw.size() * 256);
    EXPECT_EQ(client.ask(public_call).body, cut.body);
    EXPECT_EQ(client.data_records_count(), cut.raw.size() + 1);
}

TEST(MockTls, SpinsInsteadOfSleepingWhenTold) {
    const Mock mock({.more = {"--poll"}});
    Client client(mock.target("bitopro"));
    EXPECT_EQ(client.ask(public_call).status, 200);
    EXPECT_GT(mock.traffic("bitopro", "records_in"), 0u);
}

}
}
