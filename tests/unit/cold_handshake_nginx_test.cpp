// The hand-over against nginx, a second server that nobody here wrote; what stands before most
// venues behaves like it. It inherits a listening socket, so that no port is ever guessed.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "support/dialled.hpp"

namespace ks {
namespace {

constexpr char nginx_path[] = "/usr/sbin/nginx";
constexpr int inherited_fd = 3;

class Nginx {
public:
    explicit Nginx(const testing::Authority& authority)
        : folder_(::testing::TempDir() + "ks_nginx_" + std::to_string(getpid())) {
        std::filesystem::create_directory(folder_);
        const testing::Identity identity = authority.issue();
        testing::write_pem(folder_ + "/server.pem", identity.certificate.get(), identity.key.get());
        testing::write_pem(ca_file(), authority.certificate());
        listen();
        std::ofstream(folder_ + "/nginx.conf")
            << "daemon off; worker_processes 1; pid nginx.pid; error_log error.log;\n"
               "events {}\n"
               "http { access_log off; client_body_temp_path t; proxy_temp_path t;\n"
               "fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;\n"
               "server { listen 127.0.0.1:"
            << port_
            << " ssl; ssl_protocols TLSv1.3;\n"
               "ssl_certificate server.pem; ssl_certificate_key server.pem;\n"
               "location / { return 200 '{}'; } } }\n";
        start();
    }
    ~Nginx() {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;
    u16 port() const { return port_; }
    std::string ca_file() const { return folder_ + "/ca.pem"; }

private:
    void listen() {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t bytes = sizeof at;
        auto* const name = reinterpret_cast<sockaddr*>(&at);
        listener_ = Fd(socket(AF_INET, SOCK_STREAM, 0));
        EXPECT_EQ(bind(listener_.get(), name, bytes), 0);
        EXPECT_EQ(::listen(listener_.get(), 16), 0);
        EXPECT_EQ(getsockname(listener_.get(), name, &bytes), 0);
        port_ = ntohs(at.sin_port);
    }
    void start() {
        const std::string configuration = folder_ + "/nginx.conf";
        pid_ = fork();
        if (pid_ != 0) {
            listener_ = Fd(); // so that a dead nginx refuses, and does not keep us waiting
            return;
        }
        // As nginx hands sockets to its own successor: NGINX names the descriptors it inherits.
        if (listener_.get() != inherited_fd) dup2(listener_.get(), inherited_fd);
        setenv("NGINX", (std::to_string(inherited_fd) + ";").c_str(), 1);
        execl(nginx_path, nginx_path, "-p", folder_.c_str(), "-c", configuration.c_str(), nullptr);
        _exit(127);
    }

    std::string folder_;
    Fd listener_;
    u16 port_ = 0;
    pid_t pid_ = -1;
};

TEST(HandshakeWithNginx, HandsAWarmConnectionOverThatGoesOnWorking) {
    if (!std::filesystem::exists(nginx_path))
        GTEST_SKIP() << "SKIPPED: no " << nginx_path << "; apt-get install nginx-light";
    const testing::Authority authority("throw-away CA");
    const Nginx nginx(authority);
    const Result<TlsPolicy> policy = TlsPolicy::open(nginx.ca_file());
    ASSERT_TRUE(policy) << policy.error().sentence;
    constexpr char request[] = "GET /ping HTTP/1.1\r\nHost: venue.test\r\n\r\n";
    Handshake handshake(*policy, {.host = "venue.test", .warm_up = request},
                        testing::connect_to(nginx.port()));
    ASSERT_EQ(testing::drive(handshake), Handshake::Step::ready) << handshake.refusal().sentence;
    EXPECT_GT(handshake.warm_up().head.date_unix_s, 0);

    Handover handover;
    const Fd fd = handshake.hand_over(handover);
    Session session;
    testing::adopt(session, handover);
    for (u32 i = 0; i < 3; ++i)
        EXPECT_TRUE(
            testing::ask_by_session(session, fd, request).starts_with("HTTP/1.1 200 OK\r\n"));
}

} // namespace
} // namespace ks
