#include "venue.hpp"

#include <algorithm>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "tsc.hpp"

namespace ks::bench {
namespace {

constexpr u64 listener_mark = ~u64{0}; // no index of a connection

bool watch(const Fd& epoll, const Fd& fd, u64 mark) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = mark;
    return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

} // namespace

Result<std::unique_ptr<Venue>> Venue::open(VenueTerms terms) {
    std::unique_ptr<Venue> venue(new Venue);
    venue->ca_file_ = terms.folder + "/ca.pem";
    if (Result<void> done = venue->prepare_tls(terms); !done) return std::move(done).error();
    if (Result<void> done = venue->listen(); !done) return std::move(done).error();
    venue->answer_ = std::move(terms.answer);
    return venue;
}

Result<void> Venue::prepare_tls(const VenueTerms& terms) {
    Result<ServerIdentity> identity = make_server_identity({ca_file_, terms.names});
    if (!identity) return std::move(identity).error().within("venue");
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* const context = context_.get();
    if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, terms.suites.c_str()) != 1 ||
        SSL_CTX_use_certificate(context, identity->certificate.get()) != 1 ||
        SSL_CTX_use_PrivateKey(context, identity->key.get()) != 1)
        return Error{"venue: OpenSSL refuses the certificate or the suites " + terms.suites};
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    return {};
}

Result<void> Venue::listen() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t at_bytes = sizeof at;
    auto* const name = reinterpret_cast<sockaddr*>(&at);
    epoll_ = Fd(epoll_create1(EPOLL_CLOEXEC));
    listener_ = Fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!epoll_.is_open() || !listener_.is_open() || bind(listener_.get(), name, at_bytes) != 0 ||
        ::listen(listener_.get(), connections_max) != 0 ||
        getsockname(listener_.get(), name, &at_bytes) != 0 ||
        !watch(epoll_, listener_, listener_mark))
        return errno_error("venue: listen on 127.0.0.1");
    port_ = ntohs(at.sin_port);
    return {};
}

void Venue::poll() noexcept {
    const int count = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), 0);
    const u64 readable_tsc = stamp_tsc();
    for (int i = 0; i < count; ++i) {
        const u64 mark = events_[static_cast<size_t>(i)].data.u64;
        if (mark == listener_mark)
            accept_new();
        else
            serve(static_cast<u32>(mark), readable_tsc);
    }
    if (!pushed_.empty()) push();
}

std::vector<VenueRequest> Venue::take_requests() {
    return std::exchange(requests_, {});
}

bool Venue::is_idle() const {
    return std::ranges::all_of(connections_,
                               [](const auto& open) { return !open || open->is_idle(); });
}

bool Venue::flood(u32 connection_index, const Flood& flood) {
    if (connection_index >= connections_.size() || !connections_[connection_index]) return false;
    connections_[connection_index]->start_flood(flood);
    pushed_.push_back(connection_index);
    return true;
}

void Venue::accept_new() {
    Fd socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    const auto index = static_cast<u32>(connections_.size());
    if (!socket.is_open() || open_count_ == connections_max || !watch(epoll_, socket, index))
        return;
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.push_back(
        std::make_unique<VenueConnection>(std::move(socket), context_.get(), index));
    ++open_count_;
}

void Venue::serve(u32 connection_index, u64 readable_tsc) {
    VenueConnection* const open = connections_[connection_index].get();
    if (!open->read(readable_tsc, answer_, requests_)) return close(connection_index);
    if (open->has_unsent() && std::ranges::find(pushed_, connection_index) == pushed_.end())
        pushed_.push_back(connection_index);
}

// Tried again in every round: a venue that polls needs no word from the kernel.
void Venue::push() {
    std::erase_if(pushed_, [this](u32 index) {
        if (connections_[index] && !connections_[index]->push()) close(index);
        return !connections_[index] || !connections_[index]->has_unsent();
    });
}

void Venue::close(u32 connection_index) {
    // By hand: a child that has forked and not yet exec'd holds the socket open, and an epoll set
    // forgets a socket only when nobody holds it.
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connections_[connection_index]->fd(), nullptr);
    connections_[connection_index].reset();
    --open_count_;
}

} // namespace ks::bench
