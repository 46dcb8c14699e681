// Reads with a generous time limit instead of waiting for a while: a hang is a failure, never a
// pace.
#include "client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace ks {
namespace {

int connect_to(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("nothing listens on port " + std::to_string(port));
    const timeval patience{20, 0}; // a hang becomes a failure, never a pace
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

void count(int is_write, int, int type, const void* bytes, std::size_t size, SSL*, void* where) {
    if (is_write || size == 0) return;
    auto& counts = *static_cast<Client::Counts*>(where);
    const int first = *static_cast<const unsigned char*>(bytes);
    if (type == SSL3_RT_INNER_CONTENT_TYPE)
        counts.data_records += first == SSL3_RT_APPLICATION_DATA;
    if (type != SSL3_RT_HANDSHAKE) return;
    counts.key_updates += first == SSL3_MT_KEY_UPDATE;
    counts.tickets += first == SSL3_MT_NEWSESSION_TICKET;
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// True when `chunks` is a whole chunked body; the plain body comes back in `body`.
bool unchunk(std::string_view chunks, std::string& body) {
    body.clear();
    for (;;) {
        const auto line_end = chunks.find("\r\n");
        if (line_end == std::string_view::npos) return false;
        const auto size = std::stoul(std::string(chunks.substr(0, line_end)), nullptr, 16);
        if (chunks.size() < line_end + 2 + size + 2) return false;
        if (size == 0) return true;
        body += chunks.substr(line_end + 2, size);
        chunks.remove_prefix(line_end + 2 + size + 2);
    }
}

// True once `bytes` hold one whole answer.
bool read_reply(const std::string& bytes, Reply& reply) {
    reply = {.raw = bytes};
    const auto head_end = bytes.find("\r\n\r\n");
    if (head_end == std::string::npos || !bytes.starts_with("HTTP/1.1 ")) return false;
    reply.status = std::stoi(bytes.substr(9, 3));
    for (auto at = bytes.find("\r\n") + 2; at < head_end + 2;) {
        const auto line_end = bytes.find("\r\n", at);
        const auto colon = bytes.find(": ", at);
        reply.headers[lower(bytes.substr(at, colon - at))] =
            bytes.substr(colon + 2, line_end - colon - 2);
        at = line_end + 2;
    }
    const std::string_view rest = std::string_view(bytes).substr(head_end + 4);
    if (reply.headers.contains("transfer-encoding")) return unchunk(rest, reply.body);
    const auto length = reply.headers.find("content-length");
    const std::size_t body_bytes = length == reply.headers.end() ? 0 : std::stoul(length->second);
    reply.body = rest.substr(0, body_bytes);
    return rest.size() >= body_bytes;
}

std::string request_bytes(std::string_view call, std::string_view head, std::string_view body) {
    std::string bytes = std::string(call) + " HTTP/1.1\r\n" + std::string(head);
    if (!body.empty()) bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return bytes + "\r\n" + std::string(body);
}

}

Client::Client(const Target& target)
    : host_(target.host), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr),
      fd_(connect_to(target.port)) {
    SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
    SSL_CTX_load_verify_locations(context_, target.ca_path.c_str(), nullptr);
    if (!target.suites.empty()) SSL_CTX_set_ciphersuites(context_, target.suites.c_str());
    ssl_ = SSL_new(context_);
    SSL_set_verify(ssl_, SSL_VERIFY_PEER, nullptr);
    SSL_set1_host(ssl_, host_.c_str());
    SSL_set_tlsext_host_name(ssl_, host_.c_str());
    static constexpr unsigned char http1[] = "\x08http/1.1";
    SSL_set_alpn_protos(ssl_, http1, sizeof http1 - 1);
    SSL_set_msg_callback(ssl_, count);
    SSL_set_msg_callback_arg(ssl_, &counts_);
    SSL_set_fd(ssl_, fd_);
    ERR_clear_error();
    is_connected_ = SSL_connect(ssl_) == 1;
    if (is_connected_) return;
    const long verdict = SSL_get_verify_result(ssl_);
    char words[256];
    ERR_error_string_n(ERR_get_error(), words, sizeof words);
    why_not_ = verdict == X509_V_OK ? words : X509_verify_cert_error_string(verdict);
}

Client::~Client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    close(fd_);
}

Reply Client::ask(std::string_view call, std::string_view headers, std::string_view body) {
    send(request_bytes(call, "Host: " + host_ + "\r\n" + std::string(headers), body));
    return receive();
}

void Client::send(std::string_view bytes) {
    ERR_clear_error();
    SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
}

bool Client::read_more(std::string& bytes) {
    char piece[16'384];
    ERR_clear_error();
    errno = 0;
    const int got = SSL_read(ssl_, piece, sizeof piece);
    if (got > 0) {
        bytes.append(piece, static_cast<std::size_t>(got));
        return true;
    }
    const int error = SSL_get_error(ssl_, got);
    if (error == SSL_ERROR_ZERO_RETURN)
        end_ = End::close_notify;
    else if (error == SSL_ERROR_SYSCALL && errno == ECONNRESET)
        end_ = End::reset;
    else if (error != SSL_ERROR_WANT_READ)
        end_ = End::cut;
    return false;
}

Reply Client::receive() {
    std::string bytes;
    Reply reply;
    while (read_more(bytes))
        if (read_reply(bytes, reply)) return reply;
    return {.raw = bytes};
}

bool Client::has_bytes_waiting() const {
    pollfd ready{fd_, POLLIN, 0};
    return poll(&ready, 1, 0) > 0;
}

bool Client::update_keys() {
    ERR_clear_error();
    return SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_) == 1;
}

std::string ask_admin(std::uint16_t port, std::string_view call, std::string_view body) {
    const int fd = connect_to(port);
    const std::string request = request_bytes(call, "Host: admin\r\n", body);
    std::string bytes;
    Reply reply;
    char piece[65'536];
    ssize_t got = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    while (got > 0 && !read_reply(bytes, reply)) {
        got = recv(fd, piece, sizeof piece, 0);
        bytes.append(piece, got > 0 ? static_cast<std::size_t>(got) : 0);
    }
    close(fd);
    return reply.status == 200 ? reply.body : std::to_string(reply.status) + " " + reply.body;
}

}
