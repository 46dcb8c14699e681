// Every peer fires as it should: in time, with 200, and with a signature that BitoPro would take.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certificate.hpp"
#include "peer_run.hpp"

namespace ks::bench {

// What gtest prints of a failed parameter; it looks beside the type.
static void PrintTo(const PeerKind& kind, std::ostream* out) {
    *out << kind.name;
}

namespace {

constexpr u32 fires_count = 20;

std::string hex_hmac_sha384(const std::string& secret, std::string_view text) {
    std::array<u8, EVP_MAX_MD_SIZE> digest{};
    unsigned digest_bytes = 0;
    HMAC(EVP_sha384(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const u8*>(text.data()), text.size(), digest.data(), &digest_bytes);
    std::array<char, 3> pair{};
    std::string hex;
    for (unsigned i = 0; i < digest_bytes; ++i) {
        std::snprintf(pair.data(), pair.size(), "%02x", digest[i]);
        hex += pair.data();
    }
    return hex;
}

std::string from_base64(std::string_view coded) {
    std::string text(coded.size(), '\0');
    const int bytes =
        EVP_DecodeBlock(reinterpret_cast<u8*>(text.data()),
                        reinterpret_cast<const u8*>(coded.data()), static_cast<int>(coded.size()));
    text.resize(static_cast<size_t>(std::max(bytes, 0)) -
                static_cast<size_t>(std::ranges::count(coded, '=')));
    return text;
}

// The last CPU this process may use: a venue that is pinned as well takes the first.
u32 last_cpu() {
    cpu_set_t set;
    CPU_ZERO(&set);
    sched_getaffinity(0, sizeof set, &set);
    u32 last = 0;
    for (u32 cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &set)) last = cpu;
    return last;
}

void expect_signed(const PeerRun& run) {
    const VenueRequest& request = run.request();
    EXPECT_EQ(request.method(), "DELETE");
    EXPECT_EQ(request.path(), "/v3/orders/all");
    EXPECT_EQ(request.body, "");
    EXPECT_EQ(request.header("X-BITOPRO-APIKEY"), run.key());
    const std::string_view payload = request.header("X-BITOPRO-PAYLOAD");
    const std::string before_nonce = R"({"identity":")" + run.identity() + R"(","nonce":)";
    const std::string json = from_base64(payload);
    ASSERT_TRUE(json.starts_with(before_nonce)) << json;
    const std::string nonce = json.substr(before_nonce.size());
    EXPECT_EQ(nonce.find_first_not_of("0123456789"), 13u) << json; // milliseconds since 1970
    EXPECT_EQ(nonce.substr(13), "}");
    EXPECT_EQ(request.header("X-BITOPRO-SIGNATURE"), hex_hmac_sha384(run.secret(), payload));
}

void expect_in_order(const FireTimes& times) {
    EXPECT_GT(times.seen_ns, 0);
    EXPECT_GT(times.first_readable_ns, 0);
    EXPECT_GE(times.readable_ns, times.first_readable_ns);
    EXPECT_GT(times.parsed_ns, times.readable_ns);
    EXPECT_LT(times.parsed_ns, PeerRun::fire_max.ns);
}

class Peers : public testing::TestWithParam<PeerKind> {
protected:
    Peers() : folder_(testing::TempDir() + "ks-peers-" + std::to_string(getpid())) {
        std::filesystem::create_directories(folder_);
        open_venue({.folder = folder_, .answer = {}});
    }
    ~Peers() override { std::filesystem::remove_all(folder_); }
    void SetUp() override {
        if (!GetParam().is_here) GTEST_SKIP() << "SKIPPED: apt-get install " << GetParam().package;
        ASSERT_TRUE(venue_);
    }

    void open_venue(VenueTerms terms) {
        terms.answer = [](std::string_view, std::string_view) { return R"({"data":{}})"; };
        Result<std::unique_ptr<Venue>> venue = Venue::open(std::move(terms));
        if (venue) venue_ = std::move(*venue);
    }
    void expect_refused() {
        EXPECT_FALSE(PeerRun::start(*venue_, GetParam(), last_cpu()));
        EXPECT_TRUE(venue_->take_requests().empty());
    }

    std::string folder_;
    std::unique_ptr<Venue> venue_;
};

TEST_P(Peers, FiresTwentyTimesWithARightSignature) {
    Result<std::unique_ptr<PeerRun>> run = PeerRun::start(*venue_, GetParam(), last_cpu());
    ASSERT_TRUE(run) << run.error().sentence;
    const u32 warm_connections = venue_->accepted_count();
    for (u32 i = 0; i < fires_count; ++i) {
        Result<FireTimes> times = (*run)->fire(microseconds(40));
        ASSERT_TRUE(times) << times.error().sentence;
        expect_in_order(*times);
        expect_signed(**run);
    }
    EXPECT_EQ(venue_->accepted_count() - warm_connections, GetParam().is_cold ? fires_count : 0);
    Result<void> stopped = (*run)->stop();
    EXPECT_TRUE(stopped) << stopped.error().sentence;
}

TEST_P(Peers, RefusesAVenueThatItsAuthorityDoesNotVouchFor) {
    ASSERT_TRUE(make_server_identity({.authority_file = venue_->ca_file()})); // over the venue's
    expect_refused();
}

TEST_P(Peers, RefusesAVenueOfAnotherName) {
    open_venue({.folder = folder_, .answer = {}, .names = "DNS:elsewhere.test"});
    expect_refused();
}

// Starts a peer and dies without a word to it; the peer's pid goes into `pid_out`.
[[noreturn]] void start_and_die(Venue& venue, const PeerKind& kind, int pid_out) {
    Result<std::unique_ptr<PeerRun>> run = PeerRun::start(venue, kind, last_cpu());
    const pid_t pid = run ? (*run)->pid() : 0;
    _exit(write(pid_out, &pid, sizeof pid) == sizeof pid ? 0 : 1);
}

TEST_P(Peers, EndsWhenItsVenueDies) {
    prctl(PR_SET_CHILD_SUBREAPER, 1); // the orphan becomes this process's, to be waited for
    std::array<int, 2> pipe_fds{};
    ASSERT_EQ(pipe(pipe_fds.data()), 0);
    const Fd pid_in(pipe_fds[0]);
    const Fd pid_out(pipe_fds[1]);
    const pid_t venue_pid = fork();
    if (venue_pid == 0) start_and_die(*venue_, GetParam(), pid_out.get());
    EXPECT_EQ(waitpid(venue_pid, nullptr, 0), venue_pid);
    pid_t peer_pid = 0;
    ASSERT_EQ(read(pid_in.get(), &peer_pid, sizeof peer_pid), ssize_t{sizeof peer_pid});
    ASSERT_GT(peer_pid, 0);
    int status = 0;
    EXPECT_EQ(waitpid(peer_pid, &status, 0), peer_pid); // at the latest after its 120 s
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
}

INSTANTIATE_TEST_SUITE_P(All, Peers, testing::ValuesIn(peer_kinds()),
                         [](const auto& peer) { return peer.param.name; });

} // namespace
} // namespace ks::bench
