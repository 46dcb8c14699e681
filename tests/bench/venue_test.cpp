// The benchmarks' venue: it answers, stamps, holds hundreds of connections, and floods to order.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tsc.hpp"
#include "venue.hpp"

namespace ks::bench {
namespace {

const std::string request_head = "DELETE /v3/orders/all HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr i64 wait_ns_max = 20'000'000'000; // a loaded machine with sanitizers, not a pace

// A client on the venue's own thread: every step of it is one that cannot wait.
class Client {
public:
    Client(u16 port, const std::string& ca_file) : context_(SSL_CTX_new(TLS_client_method())) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_port = htons(port);
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socket_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        connect(socket_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at);
        SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        tls_.reset(SSL_new(context_.get()));
        SSL_set_fd(tls_.get(), socket_.get());
        SSL_set1_host(tls_.get(), "localhost");
        SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    }

    bool try_connect() {
        ERR_clear_error();
        return SSL_connect(tls_.get()) == 1;
    }
    bool try_send(std::string_view text) {
        ERR_clear_error();
        return SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())) > 0;
    }
    // Adds what has come to `received`.
    void try_receive() {
        std::array<char, 16'384> part;
        ERR_clear_error();
        const int bytes = SSL_read(tls_.get(), part.data(), static_cast<int>(part.size()));
        if (bytes > 0) received.append(part.data(), static_cast<size_t>(bytes));
    }
    bool is_verified() const { return SSL_get_verify_result(tls_.get()) == X509_V_OK; }
    std::string suite() const { return SSL_get_cipher_name(tls_.get()); }

    std::string received;

private:
    TlsContext context_;
    Fd socket_;
    Tls tls_;
};

class VenueTest : public testing::Test {
protected:
    VenueTest() : folder_(testing::TempDir() + "ks-venue-" + std::to_string(getpid())) {
        std::filesystem::create_directories(folder_);
        const auto answer = [](std::string_view method, std::string_view path) {
            return "{\"asked\":\"" + std::string(method) + " " + std::string(path) + "\"}";
        };
        Result<std::unique_ptr<Venue>> venue = Venue::open({.folder = folder_, .answer = answer});
        if (venue) venue_ = std::move(*venue);
    }
    ~VenueTest() override { std::filesystem::remove_all(folder_); }
    void SetUp() override { ASSERT_TRUE(venue_); }

    template<class Ready> bool poll_until(Ready is_ready) {
        const i64 start_ns = monotonic_ns();
        while (monotonic_ns() - start_ns < wait_ns_max) {
            venue_->poll();
            if (is_ready()) return true;
        }
        return false;
    }
    std::unique_ptr<Client> connected() {
        auto client = std::make_unique<Client>(venue_->port(), venue_->ca_file());
        return poll_until([&] { return client->try_connect(); }) ? std::move(client) : nullptr;
    }
    // The next requests, as many as were asked for.
    std::vector<VenueRequest> take(size_t count) {
        std::vector<VenueRequest> taken;
        poll_until([&] {
            for (VenueRequest& request : venue_->take_requests()) taken.push_back(request);
            return taken.size() >= count;
        });
        return taken;
    }

    std::string folder_;
    std::unique_ptr<Venue> venue_;
};

TEST_F(VenueTest, AnswersByMethodAndPathOnAVerifiedConnection) {
    const auto client = connected();
    ASSERT_TRUE(client);
    EXPECT_TRUE(client->is_verified());
    EXPECT_EQ(client->suite(), "TLS_AES_128_GCM_SHA256"); // the same for every client
    ASSERT_TRUE(client->try_send(request_head));
    const std::string body = R"({"asked":"DELETE /v3/orders/all"})";
    ASSERT_TRUE(poll_until([&] {
        client->try_receive();
        return client->received.ends_with(body);
    })) << client->received;
    EXPECT_TRUE(client->received.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(client->received.find("Content-Length: " + std::to_string(body.size())),
              std::string::npos);
    EXPECT_TRUE(venue_->is_idle());
}

TEST_F(VenueTest, StampsTheFirstAndTheLastBytesOfARequestApart) {
    const auto client = connected();
    ASSERT_TRUE(client);
    const u64 before_tsc = stamp_tsc();
    ASSERT_TRUE(client->try_send(request_head.substr(0, 20)));
    ASSERT_TRUE(poll_until([&] { return !venue_->is_idle(); }));
    const u64 between_tsc = stamp_tsc();
    ASSERT_TRUE(client->try_send(request_head.substr(20)));
    const std::vector<VenueRequest> requests = take(1);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_GT(requests[0].first_readable_tsc, before_tsc);
    EXPECT_LT(requests[0].first_readable_tsc, between_tsc);
    EXPECT_GT(requests[0].readable_tsc, between_tsc);
}

TEST_F(VenueTest, StampsLateWhenItsOwnerWasQuiet) {
    const auto client = connected();
    ASSERT_TRUE(client);
    ASSERT_TRUE(client->try_send(request_head));
    const u64 sent_tsc = stamp_tsc();
    const std::vector<VenueRequest> requests = take(1);
    ASSERT_EQ(requests.size(), 1u);
    EXPECT_GT(requests[0].first_readable_tsc, sent_tsc);
    EXPECT_EQ(requests[0].first_readable_tsc, requests[0].readable_tsc);
}

TEST_F(VenueTest, FindsTheEndsOfBodiesAndOfRequestsThatCameTogether) {
    const auto client = connected();
    ASSERT_TRUE(client);
    const std::string with_body = "POST /a?b=c HTTP/1.1\r\ncontent-length:  5\r\n\r\nhello";
    ASSERT_TRUE(client->try_send(with_body + request_head));
    const std::vector<VenueRequest> requests = take(2);
    ASSERT_EQ(requests.size(), 2u);
    EXPECT_EQ(requests[0].method(), "POST");
    EXPECT_EQ(requests[0].path(), "/a?b=c");
    EXPECT_EQ(requests[0].header("Content-Length"), "5");
    EXPECT_EQ(requests[0].header("Host"), "");
    EXPECT_EQ(requests[0].body, "hello");
    EXPECT_EQ(requests[1].head, request_head);
}

TEST_F(VenueTest, ForgetsAConnectionThatSpeaksNoTls) {
    Fd plain(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(venue_->port());
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(connect(plain.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    ASSERT_EQ(send(plain.get(), "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    EXPECT_TRUE(poll_until(
        [&] { return venue_->accepted_count() == 1 && venue_->connections_count() == 0; }));
    EXPECT_TRUE(connected()); // and its error is not the next one's
}

TEST_F(VenueTest, ForgetsAConnectionThatAForkStillHolds) {
    auto client = connected();
    ASSERT_TRUE(client);
    const pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        client.reset(); // its copy of the client's end
        for (;;) pause();
    }
    client.reset();
    EXPECT_TRUE(poll_until([&] { return venue_->connections_count() == 0; }));
    venue_->poll(); // the socket is open in the child, and at its end
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

TEST_F(VenueTest, ServesTwoHundredConnectionsAtOnce) {
    constexpr u32 clients_count = 200;
    std::vector<std::unique_ptr<Client>> clients;
    for (u32 i = 0; i < clients_count; ++i) {
        clients.push_back(connected());
        ASSERT_TRUE(clients.back()) << i;
    }
    EXPECT_EQ(venue_->connections_count(), clients_count);
    for (const auto& client : clients) ASSERT_TRUE(client->try_send(request_head));
    std::vector<VenueRequest> requests = take(clients_count);
    ASSERT_EQ(requests.size(), clients_count);
    std::vector<bool> has_asked(clients_count);
    for (const VenueRequest& request : requests) has_asked[request.connection_index] = true;
    EXPECT_EQ(std::count(has_asked.begin(), has_asked.end(), true), clients_count);
    clients.clear();
    EXPECT_TRUE(poll_until([&] { return venue_->connections_count() == 0; }));
}

TEST_F(VenueTest, FloodsAConnectionAsFarAsItIsAllowed) {
    const auto client = connected();
    ASSERT_TRUE(client);
    ASSERT_TRUE(venue_->flood(0, {.record_bytes = 16'384, .records_count = 2'000}));
    EXPECT_FALSE(venue_->flood(1, {.record_bytes = 16'384, .records_count = 1}));
    ASSERT_TRUE(client->try_send(request_head));
    EXPECT_EQ(take(1).size(), 1u); // read, though the socket takes no more
    const size_t head_bytes_max = 200;
    EXPECT_TRUE(poll_until([&] {
        client->try_receive();
        return venue_->is_idle() && client->received.size() >= size_t{2'000} * 16'384;
    })) << client->received.size();
    EXPECT_LT(client->received.size(), size_t{2'000} * 16'384 + head_bytes_max);
    EXPECT_NE(client->received.find("Transfer-Encoding: chunked\r\n\r\n3ff8\r\nxxx"),
              std::string::npos);
    EXPECT_EQ(client->received.find("\r\n0\r\n"), std::string::npos);
}

} // namespace
} // namespace ks::bench
