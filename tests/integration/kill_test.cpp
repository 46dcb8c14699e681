// Kills from end to end: a risk process pulls, the engine fires over real TLS, and the venues' own
// books say what became of it. What may be CONFIRMED, and what never.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>

namespace ks {
namespace {

constexpr int confirm_seconds_max = 40; // honest reads take about 8 s; the rest is a loaded machine

const std::map<std::string, std::string> product_of{{"bitopro", "/products/margin"},
                                                    {"coinswitch", "/products/futures"},
                                                    {"treadfi", "/products/oms"}};

struct Account {
    std::string venue;
    std::string alias;
};
std::vector<Account> accounts_of(const std::vector<std::string>& venues) {
    std::vector<Account> accounts;
    for (const std::string& venue : venues)
        for (const char* alias : {"main", "hedge"}) accounts.push_back({venue, alias});
    return accounts;
}

void add_orders(const Mock& mock, const std::vector<std::string>& venues) {
    for (const auto& [venue, alias] : accounts_of(venues))
        mock.add_orders("venue=" + venue + "&account=" + alias + "&count=3");
}

std::uint64_t open_orders(const Mock& mock, const std::vector<std::string>& venues) {
    std::uint64_t count = 0;
    for (const auto& [venue, alias] : accounts_of(venues))
        count += mock.truth(venue, alias, product_of.at(venue) + "/open_count");
    return count;
}

void expect_lawful(const Mock& mock, const std::vector<std::string>& venues) {
    for (const auto& [venue, alias] : accounts_of(venues))
        for (const char* crime : {"answered_429", "limit_violations", "signature_failures",
                                  "nonce_failures", "clock_failures"})
            EXPECT_EQ(mock.truth(venue, alias, std::string("/") + crime), 0u)
                << venue << " " << alias << " " << crime;
}

std::size_t requests_count(const Mock& mock, const Account& account, std::string_view request) {
    std::size_t count = 0;
    for (const Mock::Line& line : mock.log())
        count +=
            line.venue == account.venue && line.account == account.alias && line.request == request;
    return count;
}

ks_outcome outcome_of(EngineUnderTest& engine, const Account& account) {
    const std::string name = account.venue + "/" + account.alias;
    ks_account_line line;
    for (std::uint32_t i = 0; i < engine.status().accounts_count; ++i)
        if (ks_read_account(&line, &engine.status().account[i]) && name == line.name)
            return static_cast<ks_outcome>(line.outcome);
    return KS_IDLE;
}

void expect_honest_kill(EngineUnderTest& engine, const Mock& mock,
                        const std::vector<std::string>& venues) {
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    const ks_report report = engine.wait(engine.pull(), confirm_seconds_max);
    EXPECT_EQ(report.outcome, KS_CLEAR) << engine.ksctl("status").text << engine.log();
    EXPECT_EQ(report.accounts_clear, accounts_of(venues).size());
    EXPECT_EQ(open_orders(mock, venues), 0u);
    expect_lawful(mock, venues);
}

// A port on which nobody listens, and nobody can begin to.
struct ClosedPort {
    ClosedPort() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t at_bytes = sizeof at;
        bind(fd, reinterpret_cast<sockaddr*>(&at), at_bytes);
        getsockname(fd, reinterpret_cast<sockaddr*>(&at), &at_bytes);
        address = "127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    }
    ~ClosedPort() { close(fd); }
    ClosedPort(const ClosedPort&) = delete;
    int fd;
    std::string address;
};

TEST(Kill, ConfirmsEveryAccountOnceTheVenuesBooksAreEmpty) {
    const std::vector<std::string> venues{"bitopro", "coinswitch", "treadfi"};
    const Mock mock;
    add_orders(mock, venues);
    EngineUnderTest engine(mock, {.venues = venues});
    engine.start();
    expect_honest_kill(engine, mock, venues);
    EXPECT_EQ(engine.stop(), 0) << engine.log();
}

TEST(Kill, ConfirmsOnlyAfterTheOrderThatArrivedBehindItIsGone) {
    const std::vector<std::string> venues{"coinswitch", "treadfi"};
    const Mock mock({.play = read_text(KS_SOURCE_DIR "/tests/plays/late_order.play")});
    add_orders(mock, venues);
    EngineUnderTest engine(mock);
    engine.start();
    expect_honest_kill(engine, mock, venues);
    for (const std::string& venue : venues)
        EXPECT_EQ(mock.truth(venue, "main", product_of.at(venue) + "/cancelled_count"), 4u)
            << venue << ": the order that arrived after the cancel-all is among them";
}

TEST(Kill, NeverConfirmsALiar) {
    const Mock mock({.play = read_text(KS_SOURCE_DIR "/tests/plays/liar.play")});
    add_orders(mock, {"coinswitch", "treadfi"});
    EngineUnderTest engine(mock);
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    const ks_ticket ticket = engine.pull();
    const Account liar{"coinswitch", "main"};
    constexpr std::size_t reads_believed = 4; // an honest venue is CONFIRMED by three
    bool was_clear = false;
    EXPECT_TRUE(eventually([&] {
        was_clear |= outcome_of(engine, liar) == KS_CLEAR;
        return requests_count(mock, liar, "open_orders") >= reads_believed;
    })) << engine.log();
    EXPECT_FALSE(was_clear);
    const ks_report report = engine.wait(ticket, 0);
    EXPECT_TRUE(report.outcome == KS_WORKING || report.outcome == KS_UNKNOWN) << report.outcome;
    EXPECT_EQ(open_orders(mock, {"coinswitch"}), 6u);
    EXPECT_TRUE(engine.is_halt_closed("coinswitch/main"));
}

TEST(Kill, IsUnknownWhereAVenueDoesNotTellAndKeepsAsking) {
    const std::vector<Account> accounts = accounts_of({"coinswitch", "treadfi"});
    const Mock mock({.play = "coinswitch main  cancel_all: silence\n"
                             "coinswitch hedge cancel_all: close\n"
                             "treadfi    main  cancel_all: status 503\n"
                             "treadfi    hedge cancel_all: garbage\n"});
    add_orders(mock, {"coinswitch", "treadfi"});
    EngineUnderTest engine(mock);
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    engine.pull();
    for (const Account& account : accounts) {
        SCOPED_TRACE(account.venue + "/" + account.alias);
        EXPECT_TRUE(eventually([&] { return outcome_of(engine, account) == KS_UNKNOWN; }))
            << engine.ksctl("status").text;
        EXPECT_TRUE(eventually([&] { return requests_count(mock, account, "cancel_all") >= 2; }))
            << "it must go on asking";
    }
    EXPECT_EQ(open_orders(mock, {"coinswitch", "treadfi"}), 12u);
}

TEST(Kill, IsRejectedWhereAVenueRefusesTheKey) {
    const Mock mock({.play = "treadfi * cancel_all: status 401\n"});
    add_orders(mock, {"treadfi"});
    EngineUnderTest engine(mock, {.venues = {"treadfi"}});
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    EXPECT_TRUE(engine.becomes(engine.pull(), KS_REJECTED)) << engine.ksctl("status").text;
    EXPECT_TRUE(engine.is_halt_closed("treadfi/main"));
}

TEST(Kill, IsNotSentWhenNothingListensAndClosesTheHaltAllTheSame) {
    const Mock mock;
    const ClosedPort nobody;
    EngineUnderTest engine(mock, {.venues = {"treadfi"}, .address = {{"treadfi", nobody.address}}});
    engine.start();
    EXPECT_TRUE(engine.becomes(engine.pull(), KS_NOT_SENT)) << engine.ksctl("status").text;
    EXPECT_TRUE(engine.is_halt_closed("treadfi/main"));
    EXPECT_EQ(engine.killed("treadfi/main"), KS_KILLED);
}

TEST(Kill, KeepsTheHaltClosedUntilAHumanReArmsWhatIsClear) {
    constexpr int exit_refused = 11;
    const Mock mock;
    add_orders(mock, {"coinswitch"});
    EngineUnderTest engine(mock, {.venues = {"coinswitch"}});
    engine.start();
    ASSERT_TRUE(engine.becomes_ready()) << engine.log();
    EXPECT_TRUE(eventually([&] { return engine.killed("coinswitch/main") == KS_OPEN; }));
    const ks_ticket ticket = engine.pull();
    EXPECT_EQ(engine.killed("coinswitch/main"), KS_KILLED) << "before the engine has looked, too";
    ASSERT_TRUE(engine.becomes(ticket, KS_WORKING));
    const Ran early = engine.ksctl("rearm all --reason test");
    EXPECT_EQ(early.exit_code, exit_refused) << early.text;
    EXPECT_EQ(engine.killed("coinswitch/main"), KS_KILLED);
    ASSERT_EQ(engine.wait(ticket, confirm_seconds_max).outcome, KS_CLEAR);
    EXPECT_EQ(engine.killed("coinswitch/main"), KS_KILLED);
    const Ran late = engine.ksctl("rearm all --reason test");
    EXPECT_EQ(late.exit_code, 0) << late.text;
    EXPECT_TRUE(eventually([&] { return engine.killed("coinswitch/main") == KS_OPEN; }));
}

TEST(Kill, WorksOverPlainSockets) {
    const Mock mock;
    add_orders(mock, {"coinswitch", "treadfi"});
    EngineUnderTest engine(mock, {.net = "socket"});
    engine.start();
    expect_honest_kill(engine, mock, {"coinswitch", "treadfi"});
    EXPECT_EQ(engine.status().backend, 2u);
}

// The calling thread and what it starts may not set up io_uring, as under many a container's rules.
void refuse_io_uring() {
    sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{std::size(steps), steps};
    ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ASSERT_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST(Kill, FallsBackToSocketsWhereIoUringIsForbiddenAndSaysSo) {
    const Mock mock;
    add_orders(mock, {"coinswitch", "treadfi"});
    EngineUnderTest engine(mock);
    std::thread([&] { // the filter ends with this thread; the engine inherits it
        refuse_io_uring();
        engine.start();
    })
        .join();
    expect_honest_kill(engine, mock, {"coinswitch", "treadfi"});
    EXPECT_EQ(engine.status().backend, 2u);
    EXPECT_NE(engine.log().find("net: sockets: "), std::string::npos);
    EXPECT_NE(engine.log().find("io_uring_setup"), std::string::npos) << engine.log();
}

}
}
