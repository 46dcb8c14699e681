#include "venue_connection.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

#include <openssl/err.h>
#include <strings.h>
#include <sys/socket.h>

namespace ks::bench {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr u32 record_bytes_max = 16'384; // RFC 8446, section 5.1

// A request this long is not one of ours: a client that sends more is cut off.
constexpr size_t request_bytes_max = 1 << 20;

// Records of a flood in one round of poll(), so that one victim does not stop the venue's clock.
constexpr u32 flood_burst_records = 4;
constexpr std::string_view flood_head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n";

std::string_view request_line(std::string_view head) {
    return head.substr(0, head.find(line_end));
}

// As venues print it; formatted once a second, for it is on the path of every answer.
const std::string& http_date() {
    static std::time_t printed_at = 0;
    static std::string text;
    const std::time_t now = std::time(nullptr);
    if (now != printed_at) {
        std::array<char, 64> buffer{};
        std::tm parts{};
        std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT",
                      gmtime_r(&now, &parts));
        text = buffer.data();
        printed_at = now;
    }
    return text;
}

std::string http_answer(const std::string& json) {
    return "HTTP/1.1 200 OK\r\nDate: " + http_date() +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
           "\r\nConnection: keep-alive\r\n\r\n" + json;
}

// The next whole request, taken off the front of `plain`; false: there is none yet.
bool take_request(std::string& plain, VenueRequest& request) {
    const size_t end = plain.find(head_end);
    if (end == plain.npos) return false;
    const size_t head_bytes = end + head_end.size();
    request.head.assign(plain, 0, head_bytes);
    const std::string_view length = request.header("Content-Length");
    size_t body_bytes = 0;
    std::from_chars(length.data(), length.data() + length.size(), body_bytes);
    if (plain.size() - head_bytes < body_bytes) return false;
    request.body.assign(plain, head_bytes, body_bytes);
    plain.erase(0, head_bytes + body_bytes);
    return true;
}

std::string make_flood_record(u32 record_bytes) {
    constexpr size_t frame_bytes = 8; // "3ff8" and two line ends
    std::array<char, 8> size{};
    const size_t data_bytes = std::max<size_t>(record_bytes, frame_bytes + 0x1000) - frame_bytes;
    const auto end = std::to_chars(size.data(), size.data() + size.size(), data_bytes, 16).ptr;
    return std::string(size.data(), end) + "\r\n" + std::string(data_bytes, 'x') + "\r\n";
}

} // namespace

std::string_view VenueRequest::method() const {
    const std::string_view line = request_line(head);
    return line.substr(0, line.find(' '));
}

std::string_view VenueRequest::path() const {
    std::string_view line = request_line(head);
    line.remove_prefix(std::min(line.size(), method().size() + 1));
    return line.substr(0, line.find(' '));
}

std::string_view VenueRequest::header(std::string_view name) const {
    std::string_view rest = head;
    while (rest.find(line_end) != rest.npos) {
        rest.remove_prefix(rest.find(line_end) + line_end.size());
        const std::string_view line = request_line(rest);
        if (line.size() <= name.size() || line[name.size()] != ':' ||
            strncasecmp(line.data(), name.data(), name.size()) != 0)
            continue;
        const std::string_view value = line.substr(name.size() + 1);
        return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
    return {};
}

VenueConnection::VenueConnection(Fd socket, SSL_CTX* context, u32 index)
    : socket_(std::move(socket)), tls_(SSL_new(context)), index_(index) {
    SSL_set_bio(tls_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(tls_.get());
}

bool VenueConnection::read(u64 readable_tsc, const Answer& answer,
                           std::vector<VenueRequest>& completed) {
    if (first_readable_tsc_ == 0) first_readable_tsc_ = readable_tsc;
    if (!receive() || !decrypt()) return false;
    complete(readable_tsc, answer, completed);
    // A part of a record waits inside OpenSSL: the next request's first bytes are already here.
    const bool is_between_requests = plain_.empty() && SSL_has_pending(tls_.get()) == 0;
    if (is_between_requests) first_readable_tsc_ = 0;
    return plain_.size() <= request_bytes_max && push();
}

bool VenueConnection::receive() {
    std::array<u8, 32'768> raw; // not zeroed: this is between a stamp and an answer
    const ssize_t got_bytes = recv(socket_.get(), raw.data(), raw.size(), MSG_DONTWAIT);
    if (got_bytes < 0) return errno == EAGAIN || errno == EINTR;
    if (got_bytes == 0) return false;
    const int bytes = static_cast<int>(got_bytes);
    return BIO_write(SSL_get_rbio(tls_.get()), raw.data(), bytes) == bytes;
}

// The handshake is done by the first of these reads. The error queue is the thread's, not the
// connection's: what one connection left there would look like an error of the next.
bool VenueConnection::decrypt() {
    std::array<char, record_bytes_max> text;
    for (;;) {
        ERR_clear_error();
        const int got_bytes = SSL_read(tls_.get(), text.data(), static_cast<int>(text.size()));
        if (got_bytes <= 0) return SSL_get_error(tls_.get(), got_bytes) == SSL_ERROR_WANT_READ;
        plain_.append(text.data(), static_cast<size_t>(got_bytes));
    }
}

void VenueConnection::complete(u64 readable_tsc, const Answer& answer,
                               std::vector<VenueRequest>& completed) {
    VenueRequest request;
    while (take_request(plain_, request)) {
        request.connection_index = index_;
        request.first_readable_tsc = first_readable_tsc_;
        request.readable_tsc = readable_tsc;
        first_readable_tsc_ = readable_tsc;
        if (flood_record_.empty()) write(http_answer(answer(request.method(), request.path())));
        completed.push_back(std::move(request));
        request = {};
    }
}

bool VenueConnection::write(std::string_view plain) {
    ERR_clear_error();
    return SSL_write(tls_.get(), plain.data(), static_cast<int>(plain.size())) > 0;
}

// Not before the handshake's end: until then OpenSSL takes nothing to send.
bool VenueConnection::push() {
    if (!send_unsent()) return false;
    if (flood_.records_count == 0 || !SSL_is_init_finished(tls_.get())) return true;
    if (!std::exchange(is_flood_begun_, true) && !(write(flood_head) && send_unsent()))
        return false;
    for (u32 i = 0; i < flood_burst_records && unsent_bytes() == 0 && flood_.records_count > 0;
         ++i) {
        --flood_.records_count;
        if (!write(flood_record_) || !send_unsent()) return false;
    }
    return true;
}

bool VenueConnection::send_unsent() {
    BIO* const out = SSL_get_wbio(tls_.get());
    char* bytes = nullptr;
    const long count = BIO_get_mem_data(out, &bytes);
    if (count <= 0) return true;
    const ssize_t sent =
        send(socket_.get(), bytes, static_cast<size_t>(count), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    if (sent == count) return BIO_reset(out) == 1;
    std::string taken(static_cast<size_t>(sent), '\0'); // a memory BIO forgets only what is read
    return BIO_read(out, taken.data(), static_cast<int>(sent)) == sent;
}

void VenueConnection::start_flood(const Flood& flood) {
    flood_ = flood;
    flood_record_ = make_flood_record(std::min(flood.record_bytes, record_bytes_max));
}

} // namespace ks::bench
