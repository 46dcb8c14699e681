// peer_openssl: the careful hand-written client: a warm OpenSSL connection on a blocking socket and
// a request that was signed before the trigger. What is left for the trigger is SSL_write.
#include <charconv>
#include <memory>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "peer.hpp"

namespace ks::bench {
namespace {

int connect_to(const std::string& port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<u16>(std::stoi(port)));
    inet_pton(AF_INET, address, &at.sin_addr);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        give_up("cannot connect to port " + port);
    return fd;
}

class Connection {
public:
    explicit Connection(const Peer& peer)
        : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        if (SSL_CTX_load_verify_locations(context_.get(), peer.ca_file().c_str(), nullptr) != 1)
            give_up("cannot read " + peer.ca_file());
        tls_.reset(SSL_new(context_.get()));
        fd_ = connect_to(peer.port());
        SSL_set_fd(tls_.get(), fd_);
        SSL_set_tlsext_host_name(tls_.get(), host);
        SSL_set1_host(tls_.get(), host);
        if (SSL_connect(tls_.get()) != 1) give_up("the TLS handshake failed");
    }
    ~Connection() { close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void send(const std::string& request) {
        const int bytes = static_cast<int>(request.size());
        if (SSL_write(tls_.get(), request.data(), bytes) != bytes) give_up("cannot send");
    }

    // The whole answer, head and body; anything but 200 ends the peer.
    std::string receive() {
        std::string answer;
        while (!is_whole(answer)) {
            std::array<char, 4096> part;
            const int bytes = SSL_read(tls_.get(), part.data(), static_cast<int>(part.size()));
            if (bytes <= 0) give_up("the venue closed before its answer");
            answer.append(part.data(), static_cast<size_t>(bytes));
        }
        if (!answer.starts_with("HTTP/1.1 200 ")) give_up("answered: " + answer);
        return answer;
    }

private:
    static bool is_whole(std::string_view answer) {
        constexpr std::string_view length = "Content-Length: ";
        const size_t head_end = answer.find("\r\n\r\n");
        const size_t at = answer.find(length);
        if (head_end == answer.npos || at > head_end) return false;
        size_t body_bytes = 0;
        std::from_chars(answer.data() + at + length.size(), answer.data() + head_end, body_bytes);
        return answer.size() == head_end + 4 + body_bytes;
    }

    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, SSL_free};
    int fd_ = -1;
};

std::string signed_request(const Peer& peer) {
    const Proof proof = peer.sign();
    return std::string("DELETE ") + path + " HTTP/1.1\r\nHost: " + host +
           "\r\nAccept: application/json\r\nX-BITOPRO-APIKEY: " + proof.key +
           "\r\nX-BITOPRO-PAYLOAD: " + proof.payload +
           "\r\nX-BITOPRO-SIGNATURE: " + proof.signature + "\r\n\r\n";
}

} // namespace
} // namespace ks::bench

int main(int argument_count, char** arguments) {
    using namespace ks::bench;
    Peer peer(argument_count, arguments);
    Connection connection(peer);
    for (ks::u32 i = 0; i < warm_up_requests; ++i) {
        connection.send(signed_request(peer));
        connection.receive();
    }
    std::string request = signed_request(peer);
    peer.say_ready();
    while (peer.wait_for_trigger()) {
        connection.send(request);
        connection.receive();
        peer.say_done();
        request = signed_request(peer); // for the next trigger: the nonce has been used
    }
}
