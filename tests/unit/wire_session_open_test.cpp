// Session, the receiving side: what it hands out, what breaks it, and that slices change nothing.
#include <gtest/gtest.h>

#include "unit/wire_peer.hpp"
#include "wire/post_handshake.hpp"
#include "wire/session.hpp"

namespace ks {
namespace {

using namespace testing;

constexpr u8 alert = 21, handshake = 22, data = 23;
const Bytes close_notify = hex("0100");

// A NewSessionTicket message with a body of `count` bytes.
Bytes ticket(size_t count) {
    Bytes message{std::byte{4}, static_cast<std::byte>(count >> 16),
                  static_cast<std::byte>(count >> 8), static_cast<std::byte>(count)};
    return join({message, pattern(count)});
}

Taken opened_by_new_session(const Handover& handover, const Bytes& stream, Pace pace = {}) {
    Session session;
    EXPECT_TRUE(session.adopt(handover, 1));
    return take_all(session, stream, pace);
}

Broken broken_by(const Handover& handover, const Bytes& stream) {
    return opened_by_new_session(handover, stream).broken;
}

// All an honest server does, in one stream: tickets whole, in pieces and two in a record, padding,
// empty records, both kinds of KeyUpdate, a user_canceled, and close_notify.
Bytes busy_stream(Peer& peer) {
    const Bytes two = join({ticket(200), ticket(30)});
    Bytes stream = join({peer.send(handshake, ticket(180)), peer.send(handshake, two),
                         peer.send("HTTP/1.1 200 OK\r\n"), peer.send(data, pattern(600), 256)});
    const std::span<const std::byte> message{two};
    for (size_t at = 0; at < two.size(); at += 50) {
        const auto piece = message.subspan(at, std::min<size_t>(50, two.size() - at));
        stream = join({stream, peer.send(handshake, {piece.begin(), piece.end()}, at)});
    }
    return join({stream, peer.send(""), peer.send_key_update(false), peer.send("after one"),
                 peer.send_key_update(true), peer.send_key_update(true), peer.send("after two"),
                 peer.send(alert, hex("015a")), peer.send(alert, close_notify)});
}

const Bytes busy_content =
    join({bytes_of("HTTP/1.1 200 OK\r\n"), pattern(600), bytes_of("after oneafter two")});

struct OpenOfSuite : ::testing::TestWithParam<Suite> {
    Peer peer{GetParam()};
    const Handover handover = peer.handover();
};
INSTANTIATE_TEST_SUITE_P(All, OpenOfSuite, ::testing::ValuesIn(all_suites));

TEST_P(OpenOfSuite, HandsOutTheContentOfABusyStream) {
    const Taken taken = opened_by_new_session(handover, busy_stream(peer));
    EXPECT_EQ(taken.content, busy_content);
    EXPECT_EQ(taken.broken, Broken::close_notify);
}

TEST_P(OpenOfSuite, IsTheSameCutAtEveryByte) {
    const Bytes stream = busy_stream(peer);
    const std::span<const std::byte> bytes{stream};
    for (size_t cut = 0; cut <= stream.size(); ++cut) {
        Session session;
        ASSERT_TRUE(session.adopt(handover, 1));
        Taken taken;
        take(session, bytes.first(cut), 512, taken);
        take(session, bytes.subspan(cut), 512, taken);
        ASSERT_EQ(taken.content, busy_content) << "cut at " << cut;
        ASSERT_EQ(taken.broken, Broken::close_notify) << "cut at " << cut;
    }
}

TEST_P(OpenOfSuite, IsTheSameForEveryBudgetAndPiece) {
    const Bytes stream = busy_stream(peer);
    for (const size_t budget : {1, 2, 15, 16, 17, 100, 512, 20'000}) {
        for (const size_t piece : {1, 5, 22, 1448, 100'000}) {
            const Taken taken = opened_by_new_session(handover, stream, {piece, budget});
            ASSERT_EQ(taken.content, busy_content) << budget << " " << piece;
            ASSERT_EQ(taken.broken, Broken::close_notify) << budget << " " << piece;
        }
    }
}

TEST_P(OpenOfSuite, OpensTheLargestRecordInSlicesAndRefusesOneLarger) {
    const Bytes largest = peer.send(data, pattern(16'384));
    EXPECT_EQ(opened_by_new_session(handover, largest).content, pattern(16'384));
    EXPECT_EQ(
        opened_by_new_session(handover, Peer{GetParam()}.send(data, pattern(10), 16'374)).content,
        pattern(10));
    EXPECT_EQ(broken_by(handover, Peer{GetParam()}.send(data, pattern(16'385))),
              Broken::bad_record);
    EXPECT_EQ(broken_by(handover, Peer{GetParam()}.send(data, pattern(10), 16'375)),
              Broken::bad_record);
}

TEST_P(OpenOfSuite, HandsOutNothingBeforeTheLastByteOfTheTagNorWithAWrongOne) {
    Bytes record = peer.send(data, pattern(1000));
    Session session;
    ASSERT_TRUE(session.adopt(handover, 1));
    Taken taken;
    take(session, std::span{record}.first(record.size() - 1), 512, taken);
    EXPECT_TRUE(taken.content.empty());
    record.back() ^= std::byte{1};
    take(session, std::span{record}.last(1), 512, taken);
    EXPECT_TRUE(taken.content.empty());
    EXPECT_EQ(taken.broken, Broken::bad_tag);
}

TEST(Open, DoesNoMoreWorkACallThanItsBudget) {
    Peer peer{Suite::aes_128_gcm_sha256};
    Session session;
    ASSERT_TRUE(session.adopt(peer.handover(), 1));
    const Bytes record = peer.send(data, pattern(5000));
    std::span<const std::byte> rest{record};
    Opened step = session.open(rest, 512);
    EXPECT_EQ(step.used, 5 + 512);
    while (step.content.empty()) {
        rest = rest.subspan(step.used);
        step = session.open(rest, 512);
        EXPECT_LE(step.used, 512 + 16);
    }
    EXPECT_EQ(step.content.size(), 512);
    EXPECT_TRUE(step.worked);
    step = session.open(rest, 512);
    EXPECT_EQ(step.used, 0) << "the next record waits until this one is handed out";
}

TEST(Open, ABudgetOfZeroStillMovesOn) {
    Peer peer{Suite::aes_128_gcm_sha256};
    Session session;
    ASSERT_TRUE(session.adopt(peer.handover(), 1));
    const Bytes record = peer.send("x");
    size_t used = 0;
    Opened step;
    for (u32 i = 0; i < 10 && step.content.empty(); ++i) {
        step = session.open(std::span{record}.subspan(used), 0);
        used += step.used;
    }
    EXPECT_EQ(text_of(step.content), "x");
}

TEST(Open, OnceBrokenItSwallowsAllAndRepeatsWhy) {
    Peer peer{Suite::aes_128_gcm_sha256};
    Session session;
    ASSERT_TRUE(session.adopt(peer.handover(), 1));
    EXPECT_EQ(take_all(session, join({peer.send(alert, hex("0228")), peer.send("late")})).alert,
              40);
    const Bytes more = peer.send("later");
    const Opened step = session.open(more, 512);
    EXPECT_EQ(step.used, more.size());
    EXPECT_EQ(step.broken, Broken::fatal_alert);
    EXPECT_EQ(step.alert, 40);
    EXPECT_TRUE(step.content.empty());
}

TEST(Open, IsExhaustedAfterTheLastNumber) {
    Peer peer{Suite::aes_128_gcm_sha256};
    peer.sequence_down = ~u64{0} - 1;
    const Handover handover = peer.handover();
    EXPECT_EQ(broken_by(handover, peer.send("a")), Broken::none);
    EXPECT_EQ(broken_by(handover, join({peer.down.seal(~u64{0} - 1, data, pattern(1)),
                                        peer.down.seal(~u64{0}, data, pattern(1))})),
              Broken::exhausted);
}

struct Malformed {
    const char* name;
    Broken broken;
    Bytes (*stream)(Peer&);
};

const Malformed malformed[] = {
    {"PlaintextAlert", Broken::bad_record, [](Peer&) { return hex("15030300020100"); }},
    {"ChangeCipherSpec", Broken::bad_record, [](Peer&) { return hex("140303000101"); }},
    {"PlaintextHandshake", Broken::bad_record, [](Peer&) { return hex("160303000418000001"); }},
    {"NothingButATag", Broken::bad_record,
     [](Peer&) {
         return join({hex("1703030010"), pattern(16)});
     }},
    {"LongerThanARecordMayBe", Broken::bad_record, [](Peer&) { return hex("1703034012"); }},
    {"TheLongestLength", Broken::bad_record, [](Peer&) { return hex("170303ffff"); }},
    {"WrongTag", Broken::bad_tag,
     [](Peer&) {
         return join({hex("1703030011"), pattern(17)});
     }},
    {"WrongNumber", Broken::bad_tag,
     [](Peer& p) {
         p.send("lost");
         return p.send("next");
     }},
    {"OnlyPadding", Broken::bad_record, [](Peer& p) { return p.send_inner(Bytes(40)); }},
    {"UnknownType", Broken::bad_record, [](Peer& p) { return p.send(24, pattern(4)); }},
    {"InnerChangeCipherSpec", Broken::bad_record, [](Peer& p) { return p.send(20, hex("01")); }},
    {"EmptyHandshake", Broken::bad_record, [](Peer& p) { return p.send(handshake, {}); }},
    {"AlertOfNoBytes", Broken::bad_record, [](Peer& p) { return p.send(alert, {}); }},
    {"AlertOfOneByte", Broken::bad_record, [](Peer& p) { return p.send(alert, hex("01")); }},
    {"AlertOfThreeBytes", Broken::bad_record, [](Peer& p) { return p.send(alert, hex("010000")); }},
    {"FatalAlert", Broken::fatal_alert, [](Peer& p) { return p.send(alert, hex("0214")); }},
    {"FatalAlertAtWarningLevel", Broken::fatal_alert,
     [](Peer& p) { return p.send(alert, hex("0114")); }},
    {"CloseNotifyAtFatalLevel", Broken::close_notify,
     [](Peer& p) { return p.send(alert, hex("0200")); }},
    {"HelloRequest", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, hex("00000000")); }},
    {"ServerHello", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, hex("02000002aabb")); }},
    {"CertificateRequest", Broken::bad_handshake,
     [](Peer& p) {
         return p.send(handshake, join({hex("0d00000300"), pattern(2)}));
     }},
    {"KeyUpdateOfNoBytes", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, hex("18000000")); }},
    {"KeyUpdateOfTwoBytes", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, hex("180000020000")); }},
    {"KeyUpdateOfValueTwo", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, hex("1800000102")); }},
    {"KeyUpdateNotAtTheEndOfItsRecord", Broken::bad_handshake,
     [](Peer& p) {
         return p.send(handshake, join({hex("1800000100"), ticket(20)}));
     }},
    {"TwoKeyUpdatesInOneRecord", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, hex("18000001001800000100")); }},
    {"TicketTooShortToBeOne", Broken::bad_handshake,
     [](Peer& p) { return p.send(handshake, ticket(13)); }},
    {"DataInsideAHandshakeMessage", Broken::bad_handshake,
     [](Peer& p) {
         return join({p.send(handshake, hex("040000")), p.send("x")});
     }},
    {"AlertInsideAHandshakeMessage", Broken::bad_handshake,
     [](Peer& p) {
         return join({p.send(handshake, hex("0400001000")), p.send(alert, close_notify)});
     }},
};

struct OpenMalformed : ::testing::TestWithParam<Malformed> {};
INSTANTIATE_TEST_SUITE_P(Table, OpenMalformed, ::testing::ValuesIn(malformed),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(OpenMalformed, BreaksForItsReasonHoweverItArrives) {
    Peer peer{Suite::aes_128_gcm_sha256};
    const Handover handover = peer.handover();
    const Bytes stream = GetParam().stream(peer);
    for (const size_t piece : {size_t{1}, stream.size()})
        EXPECT_EQ(opened_by_new_session(handover, stream, {piece, 512}).broken, GetParam().broken);
}

TEST(Open, AKeyUpdateMayComeInPieces) {
    Peer peer{Suite::aes_128_gcm_sha256};
    const Handover handover = peer.handover();
    Bytes stream = join({peer.send(handshake, hex("1800")), peer.send(handshake, hex("0001")),
                         peer.send(handshake, hex("00"))});
    peer.down.update();
    peer.sequence_down = 0;
    EXPECT_EQ(opened_by_new_session(handover, join({stream, peer.send("new")})).content,
              bytes_of("new"));
}

TEST(Open, TheVersionBytesMeanNothingButAreAuthenticated) {
    Peer peer{Suite::aes_128_gcm_sha256};
    const Handover handover = peer.handover();
    Bytes record = peer.send("x");
    record[2] = std::byte{1};
    EXPECT_EQ(broken_by(handover, record), Broken::bad_tag);
}

// What an honest peer does a few times, and how often we bear it.
struct Flood {
    const char* name;
    u32 count_max;
    Bytes (*one)(Peer&);
};

const Flood floods[] = {
    {"EmptyRecords", 32, [](Peer& p) { return p.send(""); }},
    {"PaddedEmptyRecords", 32, [](Peer& p) { return p.send(data, {}, 100); }},
    {"UserCanceled", 32, [](Peer& p) { return p.send(alert, hex("015a")); }},
    {"KeyUpdates", key_updates_max, [](Peer& p) { return p.send_key_update(false); }},
    {"KeyUpdatesThatWantAnAnswer", key_updates_max,
     [](Peer& p) { return p.send_key_update(true); }},
    {"Tickets", tickets_max, [](Peer& p) { return p.send(handshake, ticket(14)); }},
    {"TicketBytes", 4, [](Peer& p) { return p.send(handshake, ticket(ticket_bytes_max / 4 - 4)); }},
};

struct OpenFlood : ::testing::TestWithParam<Flood> {
    Peer peer{Suite::chacha20_poly1305_sha256};
    const Handover handover = peer.handover();
    Bytes many(u32 count) {
        Bytes stream;
        for (u32 i = 0; i < count; ++i) stream = join({stream, GetParam().one(peer)});
        return stream;
    }
};
INSTANTIATE_TEST_SUITE_P(Table, OpenFlood, ::testing::ValuesIn(floods),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(OpenFlood, IsBorneUpToItsLimitAndNotBeyond) {
    Session session;
    ASSERT_TRUE(session.adopt(handover, 1));
    EXPECT_EQ(take_all(session, many(GetParam().count_max)).broken, Broken::none);
    EXPECT_EQ(take_all(session, many(1)).broken, Broken::flood);
}

TEST_P(OpenFlood, IsForgivenByApplicationData) {
    Session session;
    ASSERT_TRUE(session.adopt(handover, 1));
    for (u32 round = 0; round < 3; ++round) {
        EXPECT_EQ(take_all(session, many(GetParam().count_max)).broken, Broken::none);
        EXPECT_EQ(take_all(session, peer.send("data")).content, bytes_of("data"));
    }
}

TEST(Open, ATicketThatClaimsSixteenMegabytesIsAFlood) {
    Peer peer{Suite::aes_128_gcm_sha256};
    const Handover handover = peer.handover();
    EXPECT_EQ(broken_by(handover, peer.send(handshake, hex("04ffffff"))), Broken::flood);
}

} // namespace
} // namespace ks
