// A server that chooses a suite nobody offered it: no honest library does that, so its ServerHello
// is written here by hand (RFC 8446 4.1.3). The suites are the two of RFC 9150 that sign and do not
// encrypt, which Debian's wolfSSL knows and accepts unless told otherwise.
#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "support/dialled.hpp"

namespace ks {
namespace {

using Bytes = std::vector<u8>;

void append_u16(Bytes& to, size_t value) {
    to.push_back(static_cast<u8>(value >> 8));
    to.push_back(static_cast<u8>(value));
}

// The base point of P-256: a valid public key, whatever its owner can do with it.
Bytes base_point() {
    const std::unique_ptr<EC_GROUP, testing::Freed<EC_GROUP_free>> group(
        EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    Bytes point(65);
    EC_POINT_point2oct(group.get(), EC_GROUP_get0_generator(group.get()),
                       POINT_CONVERSION_UNCOMPRESSED, point.data(), point.size(), nullptr);
    return point;
}

Bytes server_hello(const Bytes& session_id, u16 suite) {
    Bytes extensions = {0x00, 0x2b, 0x00, 0x02, 0x03, 0x04, // supported_versions: TLS 1.3
                        0x00, 0x33, 0x00, 0x45, 0x00, 0x17, 0x00, 0x41}; // key_share: P-256
    for (const u8 byte : base_point()) extensions.push_back(byte);
    Bytes body = {0x03, 0x03};
    body.resize(34, 0x5a); // random
    body.push_back(static_cast<u8>(session_id.size()));
    body.insert(body.end(), session_id.begin(), session_id.end());
    append_u16(body, suite);
    body.push_back(0); // compression
    append_u16(body, extensions.size());
    body.insert(body.end(), extensions.begin(), extensions.end());
    Bytes record = {0x16, 0x03, 0x03};
    append_u16(record, body.size() + 4);
    record.insert(record.end(), {0x02, 0x00});
    append_u16(record, body.size());
    record.insert(record.end(), body.begin(), body.end());
    return record;
}

// Reads a ClientHello, answers it with this suite, and waits until the client has gone.
void answer_with_suite(int fd, u16 suite) {
    Bytes hello(16 * 1024);
    const ssize_t count = recv(fd, hello.data(), hello.size(), 0);
    constexpr ssize_t session_id_at = 5 + 4 + 2 + 32; // record, message, version, random
    ASSERT_GT(count, session_id_at);
    const auto begin = hello.begin() + session_id_at + 1;
    const Bytes answer = server_hello(Bytes(begin, begin + hello[session_id_at]), suite);
    send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
    while (recv(fd, hello.data(), hello.size(), 0) > 0) {
    }
}

struct ChosenSuite {
    u16 number;
    const char* name;
};
class UnofferedSuite : public ::testing::TestWithParam<ChosenSuite> {};

TEST_P(UnofferedSuite, IsRefusedAtTheServerHello) {
    const testing::Authority authority("throw-away CA");
    const std::string ca_file =
        ::testing::TempDir() + "ks_suite_ca_" + std::to_string(getpid()) + ".pem";
    testing::write_pem(ca_file, authority.certificate());
    const Result<TlsPolicy> policy = TlsPolicy::open(ca_file);
    std::filesystem::remove(ca_file);
    ASSERT_TRUE(policy) << policy.error().sentence;

    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const Fd server_end(ends[1]);
    std::thread server([&] { answer_with_suite(server_end.get(), GetParam().number); });
    {
        Handshake handshake(*policy, {.host = "venue.test", .warm_up = ""}, Fd(ends[0]));
        EXPECT_EQ(testing::drive(handshake), Handshake::Step::refused);
        EXPECT_EQ(handshake.refusal().sentence,
                  std::string("venue.test: chose the suite ") + GetParam().name +
                      ", which was not offered; only three AEAD suites will do");
    }
    server.join();
}

INSTANTIATE_TEST_SUITE_P(Suites, UnofferedSuite,
                         ::testing::Values(ChosenSuite{0xC0B4, "TLS13-SHA256-SHA256"},
                                           ChosenSuite{0xC0B5, "TLS13-SHA384-SHA384"},
                                           ChosenSuite{0x1304, "TLS13-AES128-CCM-SHA256"}));

} // namespace
} // namespace ks
