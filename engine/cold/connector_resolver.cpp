#include "cold/connector_resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <cstring>
#include <mutex>
#include <thread>

namespace ks {

namespace {

Result<Addresses> look_up(const std::string& host, u16 port, int flags) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
    if (error != 0) return Error{"resolve " + host + ": " + gai_strerror(error)};
    Addresses addresses;
    for (const addrinfo* one = found; one; one = one->ai_next) {
        Address address{.storage = {}, .bytes = one->ai_addrlen};
        std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
        addresses.push_back(address);
    }
    freeaddrinfo(found);
    return addresses;
}

} // namespace

std::string Address::text() const {
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    const auto* const name = reinterpret_cast<const sockaddr*>(&storage);
    if (getnameinfo(name, bytes, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return "unknown address";
    const bool is_ipv6 = storage.ss_family == AF_INET6;
    return (is_ipv6 ? "[" + std::string(host) + "]" : host) + ":" + port;
}

bool Address::operator==(const Address& other) const {
    return bytes == other.bytes && std::memcmp(&storage, &other.storage, bytes) == 0;
}

Result<Addresses> resolve_by_dns(const std::string& host, u16 port) {
    return look_up(host, port, AI_ADDRCONFIG);
}

Result<Address> parse_address(const std::string& numeric, u16 port) {
    const Result<Addresses> parsed = look_up(numeric, port, AI_NUMERICHOST);
    if (!parsed) return Error{"address '" + numeric + "' is not a numeric IPv4 or IPv6 address"};
    return parsed->front();
}

struct Resolver::Lookup {
    std::mutex lock;
    std::optional<Result<Addresses>> answer;
};

Resolver::Resolver(Resolve resolve, std::string host, u16 port)
    : resolve_(std::move(resolve)), host_(std::move(host)), port_(port) {}

void Resolver::ask() {
    if (is_asking()) return;
    lookup_ = std::make_shared<Lookup>();
    std::thread([lookup = lookup_, resolve = resolve_, host = host_, port = port_] {
        Result<Addresses> answer = resolve(host, port);
        const std::lock_guard held(lookup->lock);
        lookup->answer = std::move(answer);
    }).detach();
}

std::optional<Result<Addresses>> Resolver::take() {
    if (!lookup_) return {};
    std::optional<Result<Addresses>> answer;
    {
        const std::lock_guard held(lookup_->lock); // the other thread holds it for one move
        answer = std::move(lookup_->answer);
    }
    if (answer) lookup_.reset();
    return answer;
}

} // namespace ks
