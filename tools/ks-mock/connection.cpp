// Writes are never awaited: what the socket does not take stays in out_ until the loop comes back.
#include "connection.hpp"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ks {
namespace {

constexpr std::size_t read_bytes = 65'536;
constexpr std::string_view garbage =
    "\x13\x37 \xff\xfe this is no HTTP \x01\x02\r\n\r\n\x80\x7f{]\r\n";

}

Connection::Connection(int fd, const Door& door, std::string peer_ip)
    : fd_(fd), door_(door), peer_ip_(std::move(peer_ip)), received_(Moment::now()) {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!door_.venue) return;
    tls_.emplace(door_.context, door_.venue->traffic.records);
    ++door_.venue->traffic.connections;
}

Connection::~Connection() {
    close(fd_);
}

void Connection::receive() {
    char bytes[read_bytes];
    const ssize_t count = recv(fd_, bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    received_ = Moment::now();
    if (count <= 0) {
        is_broken_ = true;
        return;
    }
    const std::string_view got(bytes, static_cast<std::size_t>(count));
    if (!tls_) {
        in_ += got;
        return;
    }
    door_.venue->traffic.bytes_in += got.size();
    if (!tls_->feed(got, in_)) is_closing_ = true; // what it wants to say (an alert) still leaves
    take_tls_output();
}

std::optional<Request> Connection::next_request() {
    if (is_busy_ || is_closing_ || is_broken_ || in_.empty()) return {};
    Request request;
    const Parsed parsed = parse_request(in_, request);
    if (parsed.is_malformed) refuse_malformed();
    if (parsed.used_bytes == 0) return {};
    in_.erase(0, parsed.used_bytes);
    is_busy_ = true;
    return request;
}

void Connection::refuse_malformed() {
    if (door_.venue) ++door_.venue->traffic.malformed;
    write_plain(render({.status = 400}, {}, received_.unix_ms), {});
    is_closing_ = true;
}

void Connection::deliver(const Answer& answer) {
    const Twist& twist = answer.twist;
    is_byte_by_byte_ = twist.is_byte_by_byte;
    idle_close_at_ns_ =
        twist.idle_close_ns == never_ns ? never_ns : Moment::now().mono_ns + twist.idle_close_ns;
    if (tls_) {
        tls_->send_tickets(twist.tickets);
        tls_->update_keys(twist.key_updates, twist.key_update_asks_for_reply);
        take_tls_output();
    }
    if (twist.reply == Reply::silence) return; // stays busy: nothing is answered from now on
    is_busy_ = false;
    switch (twist.reply) {
    case Reply::garbage:
        write_plain(garbage, twist);
        if (twist.closes_after) say_goodbye();
        break;
    case Reply::close:
        say_goodbye();
        break;
    case Reply::half_close:
        shuts_write_ = true;
        break;
    case Reply::reset: {
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        is_broken_ = true;
        break;
    }
    default:
        send_response(answer);
    }
}

void Connection::send_response(const Answer& answer) {
    const Twist& twist = answer.twist;
    Response response = answer.response;
    if (twist.retry_after_s && (response.status == 429 || response.status == 503))
        response.headers.push_back({"Retry-After", std::to_string(*twist.retry_after_s)});
    if (twist.closes_after) response.headers.push_back({"Connection", "close"});
    std::string bytes = render(response, {twist.is_chunked, twist.is_gzip}, answer.unix_ms);
    if (twist.reply == Reply::truncated) bytes.resize(bytes.size() / 2);
    write_plain(bytes, twist);
    if (twist.closes_after) say_goodbye();
    if (twist.reply == Reply::truncated) is_closing_ = true; // cut: no close_notify
}

void Connection::say_goodbye() {
    if (tls_) tls_->say_goodbye();
    take_tls_output();
    is_closing_ = true;
}

void Connection::write_plain(std::string_view bytes, const Twist& twist) {
    if (!tls_) {
        out_ += bytes;
        return;
    }
    const std::size_t piece_bytes = twist.fragment_bytes ? twist.fragment_bytes : bytes.size();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_bytes, bytes.size())))
        tls_->write(bytes.substr(0, piece_bytes), twist.pad_bytes);
    take_tls_output();
}

void Connection::take_tls_output() {
    if (tls_) out_ += tls_->take_output();
}

void Connection::flush() {
    while (!out_.empty() && !is_broken_) {
        const std::size_t wanted = is_byte_by_byte_ ? 1 : out_.size();
        const ssize_t count = ::send(fd_, out_.data(), wanted, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno != EAGAIN) is_broken_ = true;
        if (count <= 0) return;
        if (door_.venue) door_.venue->traffic.bytes_out += static_cast<u64>(count);
        out_.erase(0, static_cast<std::size_t>(count));
        if (is_byte_by_byte_) return; // the next byte leaves with the next turn of the loop
    }
    if (shuts_write_) shutdown(fd_, SHUT_WR);
}

}
