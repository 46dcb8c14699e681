// TrafficKeys against the printed records of RFC 8448 section 3 and against OpenSSL.
#include "wire/record.hpp"

#include <gtest/gtest.h>

#include "unit/wire_peer.hpp"

namespace ks {
namespace {

using namespace testing;

// RFC 8448 section 3, "Simple 1-RTT Handshake": the application traffic secrets and all records
// that both sides send under them.
const Bytes client_secret = hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
const Bytes server_secret = hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643");
const Bytes fifty_bytes = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                              "202122232425262728292a2b2c2d2e2f3031");
const Bytes client_data = hex("1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b"
                              "9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aee"
                              "bb21694915e4");
const Bytes server_data = hex("17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e3"
                              "0efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd0"
                              "32e167c2955d");
const Bytes client_close = hex("1703030013c9872760655666b74d7ff1153efd6db6d0b0e3");
const Bytes server_close = hex("1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9");
const Bytes server_ticket =
    hex("17030300de3a6b8f90414a97d6959c3487680de5134a2b240e6cffac116e95d41d6af8f6b580dcf3d11d63c758"
        "db289a015940252f55713e061dc13e078891a38efbcf5753ad8ef170ad3c7353d16d9da773b9ca7f2b9fa1b6c0"
        "d4a3d03f75e09c30ba1e62972ac46f75f7b981be63439b2999ce13064615139891d5e4c5b406f16e3fc181a77c"
        "a475840025db2f0a77f81b5ab05b94c01346755f69232c86519d86cbeeac87aac347d143f9605d64f650db4d02"
        "3e70e952ca49fe5137121c74bc2697687e248746d6df353005f3bce18696129c8153556b3b6c6779b37bf15985"
        "684f");

std::array<u8, 48> padded(const Bytes& secret) {
    std::array<u8, 48> out{};
    std::copy_n(raw(secret), secret.size(), out.begin());
    return out;
}

Bytes sealed(TrafficKeys& keys, u64 number, ContentType type, const Bytes& plain) {
    Bytes out(plain.size() + record_overhead_bytes);
    EXPECT_TRUE(keys.seal(number, type, plain, out));
    return out;
}

// Opens a record in slices; empty when it does not verify. The type byte is left in.
Bytes opened(TrafficKeys& keys, u64 number, const Bytes& record, size_t slice_bytes) {
    RecordHeader header;
    RecordTag tag;
    std::copy_n(record.begin(), header.size(), header.begin());
    std::copy_n(record.end() - record_tag_bytes, tag.size(), tag.begin());
    const Bytes body{record.begin() + record_header_bytes, record.end() - record_tag_bytes};
    Bytes inner(body.size());
    EXPECT_TRUE(keys.open_start(number, header));
    for (size_t at = 0; at < body.size(); at += slice_bytes) {
        const size_t count = std::min(slice_bytes, body.size() - at);
        EXPECT_TRUE(keys.open_slice(std::span{body}.subspan(at, count), inner.data() + at));
    }
    return keys.open_end(tag) ? inner : Bytes{};
}

TEST(Record, SealsTheRecordsThatRfc8448Prints) {
    TrafficKeys keys;
    ASSERT_TRUE(keys.derive(Suite::aes_128_gcm_sha256, padded(client_secret)));
    EXPECT_EQ(sealed(keys, 0, ContentType::application_data, fifty_bytes), client_data);
    EXPECT_EQ(sealed(keys, 1, ContentType::alert, hex("0100")), client_close);
    ASSERT_TRUE(keys.derive(Suite::aes_128_gcm_sha256, padded(server_secret)));
    EXPECT_EQ(sealed(keys, 1, ContentType::application_data, fifty_bytes), server_data);
    EXPECT_EQ(sealed(keys, 2, ContentType::alert, hex("0100")), server_close);
}

TEST(Record, ASessionReadsTheServerOfRfc8448) {
    Handover handover{.suite = Suite::aes_128_gcm_sha256,
                      .secret_tx = padded(client_secret),
                      .secret_rx = padded(server_secret)};
    Session session;
    ASSERT_TRUE(session.adopt(handover, 1));
    const Taken taken = take_all(session, join({server_ticket, server_data, server_close}));
    EXPECT_EQ(taken.content, fifty_bytes);
    EXPECT_EQ(taken.broken, Broken::close_notify);
}

class RecordOfSuite : public ::testing::TestWithParam<Suite> {};
INSTANTIATE_TEST_SUITE_P(All, RecordOfSuite, ::testing::ValuesIn(all_suites));

TEST_P(RecordOfSuite, IsByteForByteWhatOpenSslSealsThroughThreeGenerations) {
    Peer peer{GetParam()};
    TrafficKeys keys;
    ASSERT_TRUE(keys.derive(GetParam(), peer.handover().secret_tx));
    for (u32 generation = 0; generation < 3; ++generation) {
        for (const u64 number : {u64{0}, u64{1}, u64{255}, u64{1} << 23, u64{1} << 40, ~u64{0}}) {
            for (const size_t size : {0, 1, 15, 16, 17, 400, 1426, 16384}) {
                EXPECT_EQ(sealed(keys, number, ContentType::application_data, pattern(size)),
                          peer.up.seal(number, 23, pattern(size)))
                    << "number " << number << ", " << size << " bytes";
            }
        }
        ASSERT_TRUE(keys.update());
        peer.up.update();
    }
}

TEST_P(RecordOfSuite, OpensInSlicesOfAnySize) {
    Peer peer{GetParam()};
    TrafficKeys keys;
    ASSERT_TRUE(keys.derive(GetParam(), peer.handover().secret_rx));
    for (const size_t size : {1, 31, 600, 16384}) {
        const Bytes record = peer.down.seal(9, 23, pattern(size));
        const Bytes inner = join({pattern(size), Bytes{std::byte{23}}});
        for (const size_t slice : {1, 7, 16, 17, 512, 20000})
            EXPECT_EQ(opened(keys, 9, record, slice), inner) << size << " in slices of " << slice;
    }
}

TEST_P(RecordOfSuite, DoesNotOpenWithAnyByteChangedOrAnotherNumber) {
    Peer peer{GetParam()};
    TrafficKeys keys;
    ASSERT_TRUE(keys.derive(GetParam(), peer.handover().secret_rx));
    const Bytes record = peer.down.seal(3, 23, pattern(40));
    ASSERT_FALSE(opened(keys, 3, record, 512).empty());
    EXPECT_TRUE(opened(keys, 4, record, 512).empty());
    for (size_t at = 0; at < record.size(); ++at) {
        Bytes changed = record;
        changed[at] ^= std::byte{1};
        EXPECT_TRUE(opened(keys, 3, changed, 512).empty()) << "byte " << at;
    }
}

TEST_P(RecordOfSuite, LeavesNoByteOfItsKeysAfterAWipe) {
    alignas(TrafficKeys) std::array<std::byte, sizeof(TrafficKeys)> memory{};
    TrafficKeys* keys = new (memory.data()) TrafficKeys;
    ASSERT_TRUE(keys->derive(GetParam(), Peer{GetParam()}.handover().secret_tx));
    ASSERT_TRUE(keys->update());
    sealed(*keys, 0, ContentType::application_data, pattern(9));
    keys->wipe();
    EXPECT_TRUE(std::ranges::all_of(memory, [](std::byte b) { return b == std::byte{0}; }));
    keys->~TrafficKeys();
}

TEST(Record, RefusesAnUnknownSuiteAndAnythingWithoutKeys) {
    TrafficKeys keys;
    Bytes out(10 + record_overhead_bytes);
    EXPECT_FALSE(keys.derive(Suite::none, {}));
    EXPECT_FALSE(keys.update());
    EXPECT_FALSE(keys.seal(0, ContentType::application_data, pattern(10), out));
    EXPECT_FALSE(keys.open_start(0, {}));
}

TEST(Record, RefusesAnOutputOfAnotherSizeAndAPlaintextAboveTheLimit) {
    TrafficKeys keys;
    ASSERT_TRUE(keys.derive(Suite::aes_128_gcm_sha256, {}));
    Bytes small(10 + record_overhead_bytes - 1);
    Bytes large(16'385 + record_overhead_bytes);
    EXPECT_FALSE(keys.seal(0, ContentType::application_data, pattern(10), small));
    EXPECT_FALSE(keys.seal(0, ContentType::application_data, pattern(16'385), large));
}

} // namespace
} // namespace ks
