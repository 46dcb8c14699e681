// Session, the sending side: which record fits when, what is owed, how keys and numbers move on.
#include "wire/session.hpp"

#include <gtest/gtest.h>

#include "unit/wire_peer.hpp"
#include "wire/record.hpp"

namespace ks {
namespace {

using namespace testing;

const Bytes request = bytes_of("DELETE /orders HTTP/1.1\r\nHost: venue\r\n\r\n");
const Bytes key_update = hex("1800000100");
const Bytes close_alert = hex("0100");

// A peer and the session adopted from it.
struct Pair {
    explicit Pair(Suite suite = Suite::aes_128_gcm_sha256, u64 sequence_up = 0) : peer(suite) {
        peer.sequence_up = sequence_up;
        EXPECT_TRUE(session.adopt(peer.handover(), 7));
    }
    // Sends the request as the lane does, and returns what the peer reads.
    PeerKeys::Plain fire() {
        Record record;
        EXPECT_NE(session.seal(request, record), 0);
        EXPECT_EQ(record.fit, session.fit());
        session.spend();
        PeerKeys::Plain plain = peer.receive(record.span());
        session.sent();
        return plain;
    }
    PeerKeys::Plain send_owed() {
        const std::span<const std::byte> owed = session.owed();
        const Bytes bytes{owed.begin(), owed.end()};
        session.owed_spent();
        session.sent();
        return peer.receive(bytes);
    }
    Broken feed(const Bytes& bytes) { return take_all(session, bytes).broken; }

    Peer peer;
    Session session;
};

struct SessionOfSuite : ::testing::TestWithParam<Suite> {
    Pair pair{GetParam()};
    Session& session = pair.session;
    Peer& peer = pair.peer;
};
INSTANTIATE_TEST_SUITE_P(All, SessionOfSuite, ::testing::ValuesIn(all_suites));

TEST(Session, RefusesWhatItsFitCannotHold) {
    Session session;
    Handover good = Peer{Suite::aes_128_gcm_sha256}.handover();
    EXPECT_TRUE(session.adopt(good, 1));
    EXPECT_TRUE(session.adopt(good, life_max));
    EXPECT_FALSE(session.adopt(good, 0));
    EXPECT_FALSE(session.adopt(good, life_max + 1));
    good.sequence_tx = sequence_max - 1;
    EXPECT_TRUE(session.adopt(good, 1));
    good.sequence_tx = sequence_max;
    EXPECT_FALSE(session.adopt(good, 1));
    EXPECT_EQ(session.suite(), Suite::none);
    EXPECT_FALSE(session.adopt(Handover{}, 1));
}

TEST(Session, FitsNothingBeforeItIsAdoptedAndAfterItIsWiped) {
    Session session;
    Record record;
    EXPECT_EQ(session.fit(), 0);
    EXPECT_EQ(session.seal(request, record), 0);
    EXPECT_TRUE(session.owed().empty());
    ASSERT_TRUE(session.adopt(Peer{Suite::aes_128_gcm_sha256}.handover(), 1));
    EXPECT_NE(session.fit(), 0);
    session.wipe();
    EXPECT_EQ(session.fit(), 0);
    EXPECT_EQ(session.seal(request, record), 0);
    EXPECT_TRUE(record.span().empty());
}

TEST(Session, SwallowsLateBytesAfterItIsWiped) {
    Session session;
    const Opened opened = session.open(request, 512);
    EXPECT_EQ(opened.used, request.size());
    EXPECT_TRUE(opened.content.empty());
    EXPECT_EQ(opened.broken, Broken::none);
}

TEST(Session, FitsDifferByLifeGenerationAndSequence) {
    Pair pair;
    const u64 first = pair.session.fit();
    pair.fire();
    const u64 second = pair.session.fit();
    pair.feed(pair.peer.send_key_update(true));
    pair.send_owed();
    const u64 third = pair.session.fit();
    Session other;
    ASSERT_TRUE(other.adopt(Peer{Suite::aes_128_gcm_sha256}.handover(), 8));
    EXPECT_EQ(first, u64{7} << 40);
    EXPECT_EQ(second, first + 1);
    EXPECT_EQ(third, first + (u64{1} << 24));
    EXPECT_EQ(other.fit(), u64{8} << 40);
}

TEST_P(SessionOfSuite, SealsWhatThePeerReadsInOrder) {
    for (u32 i = 0; i < 3; ++i) {
        const PeerKeys::Plain plain = pair.fire();
        EXPECT_TRUE(plain.is_valid);
        EXPECT_EQ(plain.type, 23);
        EXPECT_EQ(plain.content, request);
    }
    EXPECT_EQ(session.sequence_tx(), 3);
    EXPECT_EQ(session.suite(), GetParam());
}

TEST(Session, SealingSpendsNothing) {
    Pair pair;
    Record one, two;
    EXPECT_EQ(pair.session.seal(request, one), pair.session.seal(pattern(9), two));
    EXPECT_EQ(pair.session.sequence_tx(), 0);
    EXPECT_EQ(one.fit, pair.session.fit());
}

TEST(Session, FitsNothingWhileASendIsInFlightAndThenTheRecordSealedMeanwhile) {
    Pair pair;
    Record record, next;
    pair.session.seal(request, record);
    pair.session.spend();
    EXPECT_EQ(pair.session.fit(), 0);
    EXPECT_NE(pair.session.seal(pattern(50), next), 0);
    EXPECT_EQ(pair.session.fit(), 0);
    pair.session.sent();
    EXPECT_EQ(pair.session.fit(), next.fit);
    EXPECT_NE(record.fit, next.fit);
    EXPECT_TRUE(pair.peer.receive(record.span()).is_valid);
    EXPECT_TRUE(pair.peer.receive(next.span()).is_valid);
}

TEST(Session, SealsOneSegmentAndNotAByteMore) {
    Pair pair;
    Record record;
    EXPECT_NE(pair.session.seal(pattern(sealed_bytes_max - record_overhead_bytes), record), 0);
    EXPECT_EQ(record.span().size(), sealed_bytes_max);
    EXPECT_EQ(pair.session.seal(pattern(sealed_bytes_max - record_overhead_bytes + 1), record), 0);
    EXPECT_EQ(record.fit, 0);
    EXPECT_TRUE(record.span().empty());
}

TEST_P(SessionOfSuite, AnswersAKeyUpdateUnderTheOldKeyAndFiresUnderTheNew) {
    pair.fire();
    Record stale, refused;
    session.seal(request, stale);
    EXPECT_EQ(pair.feed(peer.send_key_update(true)), Broken::none);
    EXPECT_EQ(session.fit(), 0);
    EXPECT_EQ(session.seal(request, refused), 0);
    const PeerKeys::Plain answer = pair.send_owed();
    EXPECT_TRUE(answer.is_valid);
    EXPECT_EQ(answer.type, 22);
    EXPECT_EQ(answer.content, key_update);
    EXPECT_TRUE(session.owed().empty());
    EXPECT_NE(session.fit(), stale.fit);
    EXPECT_EQ(session.sequence_tx(), 0);
    EXPECT_EQ(pair.fire().content, request);
    EXPECT_EQ(take_all(session, peer.send("down")).content, bytes_of("down"));
}

TEST(Session, OneAnswerCoversSeveralKeyUpdates) {
    Pair pair;
    for (u32 i = 0; i < 3; ++i) pair.feed(pair.peer.send_key_update(true));
    EXPECT_EQ(pair.send_owed().content, key_update);
    EXPECT_TRUE(pair.session.owed().empty());
    EXPECT_TRUE(pair.fire().is_valid);
}

TEST(Session, OwesNothingForAKeyUpdateThatAsksForNothing) {
    Pair pair;
    const u64 fit = pair.session.fit();
    EXPECT_EQ(pair.feed(pair.peer.send_key_update(false)), Broken::none);
    EXPECT_EQ(pair.session.fit(), fit);
    EXPECT_TRUE(pair.session.owed().empty());
    EXPECT_EQ(take_all(pair.session, pair.peer.send("x")).content, bytes_of("x"));
}

TEST(Session, OwesNothingNewWhileASendIsInFlight) {
    Pair pair;
    Record record;
    pair.session.seal(request, record);
    pair.session.spend();
    pair.feed(pair.peer.send_key_update(true));
    EXPECT_TRUE(pair.session.owed().empty());
    pair.peer.receive(record.span());
    pair.session.sent();
    EXPECT_EQ(pair.send_owed().content, key_update);
}

TEST(Session, KeepsOwedBytesUntilTheirCompletion) {
    Pair pair;
    pair.feed(pair.peer.send_key_update(true));
    const std::span<const std::byte> owed = pair.session.owed();
    const Bytes before{owed.begin(), owed.end()};
    pair.session.owed_spent();
    pair.feed(pair.peer.send_key_update(true));
    pair.session.close();
    EXPECT_TRUE(pair.session.owed().empty());
    EXPECT_TRUE(std::ranges::equal(before, owed));
}

TEST(Session, RepeatsTheSameOwedBytesUntilTheyAreSpent) {
    Pair pair;
    pair.feed(pair.peer.send_key_update(true));
    const std::span<const std::byte> first = pair.session.owed();
    const Bytes before{first.begin(), first.end()};
    EXPECT_TRUE(std::ranges::equal(before, pair.session.owed()));
    EXPECT_EQ(pair.session.sequence_tx(), 0);
}

TEST_P(SessionOfSuite, MovesItsKeysOnBeforeNumbersRunOut) {
    Pair late{GetParam(), sequence_update_at - 2};
    EXPECT_TRUE(late.fire().is_valid);
    EXPECT_TRUE(late.session.owed().empty());
    EXPECT_TRUE(late.fire().is_valid);
    EXPECT_EQ(late.session.fit(), 0);
    EXPECT_EQ(late.send_owed().content, key_update);
    EXPECT_EQ(late.session.sequence_tx(), 0);
    EXPECT_TRUE(late.fire().is_valid);
}

TEST(Session, OwesAKeyUpdateAtOnceWhenAdoptedBeyondTheLimit) {
    Pair late{Suite::aes_128_gcm_sha256, sequence_update_at};
    EXPECT_EQ(late.session.fit(), 0);
    EXPECT_EQ(late.send_owed().content, key_update);
    EXPECT_NE(late.session.fit(), 0);
}

// The peer is wolfCrypt here: 65,536 generations should not take long.
TEST(Session, IsExhaustedWhenGenerationsNoLongerFit) {
    const Handover handover = Peer{Suite::chacha20_poly1305_sha256}.handover();
    Session session;
    TrafficKeys peer;
    ASSERT_TRUE(session.adopt(handover, 1));
    ASSERT_TRUE(peer.derive(handover.suite, handover.secret_rx));
    const Bytes ask = hex("1800000101"), data = pattern(1);
    Bytes data_record(data.size() + record_overhead_bytes),
        ask_record(ask.size() + record_overhead_bytes);
    for (u32 generation = 0; generation <= generation_max; ++generation) {
        ASSERT_NE(session.fit(), 0) << generation;
        ASSERT_TRUE(peer.seal(0, ContentType::application_data, data, data_record));
        ASSERT_TRUE(peer.seal(1, ContentType::handshake, ask, ask_record));
        ASSERT_TRUE(peer.update());
        ASSERT_EQ(take_all(session, join({data_record, ask_record})).broken, Broken::none);
        ASSERT_FALSE(session.owed().empty());
        session.owed_spent();
        session.sent();
    }
    EXPECT_EQ(session.fit(), 0);
    EXPECT_EQ(session.open({}, 512).broken, Broken::exhausted);
}

TEST_P(SessionOfSuite, ClosesWithOneCloseNotify) {
    pair.fire();
    session.close();
    EXPECT_EQ(session.fit(), 0);
    const PeerKeys::Plain alert = pair.send_owed();
    EXPECT_TRUE(alert.is_valid);
    EXPECT_EQ(alert.type, 21);
    EXPECT_EQ(alert.content, close_alert);
    session.close();
    EXPECT_TRUE(session.owed().empty());
    EXPECT_EQ(session.fit(), 0);
}

TEST(Session, StillReadsAfterItHasClosed) {
    Pair pair;
    pair.session.close();
    pair.send_owed();
    EXPECT_EQ(take_all(pair.session, pair.peer.send("late")).content, bytes_of("late"));
    EXPECT_EQ(pair.feed(pair.peer.send(21, close_alert)), Broken::close_notify);
}

TEST(Session, ClosingOverrulesAnOwedKeyUpdateEvenOneAlreadySealed) {
    Pair pair;
    pair.feed(pair.peer.send_key_update(true));
    EXPECT_FALSE(pair.session.owed().empty());
    pair.session.close();
    EXPECT_EQ(pair.send_owed().content, close_alert);
    EXPECT_TRUE(pair.session.owed().empty());
}

TEST(Session, AnswersThePeersCloseOnlyWithItsOwn) {
    Pair pair;
    pair.feed(pair.peer.send_key_update(true));
    EXPECT_EQ(pair.feed(pair.peer.send(21, close_alert)), Broken::close_notify);
    EXPECT_EQ(pair.session.fit(), 0);
    EXPECT_TRUE(pair.session.owed().empty());
    pair.session.close();
    EXPECT_EQ(pair.send_owed().content, close_alert);
}

TEST(Session, OwesNothingOnceBroken) {
    Pair pair;
    pair.feed(pair.peer.send_key_update(true));
    EXPECT_EQ(pair.feed(pair.peer.send(21, hex("0228"))), Broken::fatal_alert);
    pair.session.close();
    EXPECT_TRUE(pair.session.owed().empty());
    EXPECT_EQ(pair.session.fit(), 0);
}

TEST(Session, LeavesNoSecretBehind) {
    const Handover handover = Peer{Suite::aes_128_gcm_sha256}.handover();
    alignas(Session) std::array<std::byte, sizeof(Session)> memory{};
    const auto holds = [&memory](std::span<const u8> secret) {
        const std::string_view all{reinterpret_cast<const char*>(memory.data()), memory.size()};
        const char* bytes = reinterpret_cast<const char*>(secret.data());
        return all.find({bytes, 16}) != std::string_view::npos;
    };
    Session* session = new (memory.data()) Session;
    ASSERT_TRUE(session->adopt(handover, 1));
    EXPECT_TRUE(holds(handover.secret_tx));
    EXPECT_TRUE(holds(handover.secret_rx));
    session->wipe();
    EXPECT_FALSE(holds(handover.secret_tx));
    ASSERT_TRUE(session->adopt(handover, 1));
    session->~Session();
    EXPECT_TRUE(std::ranges::all_of(memory, [](std::byte b) { return b == std::byte{0}; }));
}

} // namespace
} // namespace ks
