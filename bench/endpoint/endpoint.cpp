#include "endpoint/endpoint.hpp"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "cold/handshake.hpp"
#include "cold/load.hpp"
#include "cold/recipe_ask.hpp"
#include "net/choose.hpp"
#include "tsc.hpp"

namespace ks::bench {

namespace {

constexpr const char* system_ca_file = "/etc/ssl/certs/ca-certificates.crt";
constexpr Nanos answer_max = seconds(5);

// What is asked, where, and how often it may be.
struct Target {
    Recipe recipe;
    std::string request; // its bytes
    std::string request_name;
    std::string node, service, certificate_name;
    Nanos every;
};

Result<Target> target_of(const EndpointSetup& setup) {
    Target target;
    const size_t colon = setup.host.rfind(':');
    target.node = setup.host.substr(0, colon);
    target.service = colon == std::string::npos ? "443" : setup.host.substr(colon + 1);
    Config config;
    config.engine.recipe_dirs = {KS_SOURCE_DIR "/engine/venues", KS_SOURCE_DIR "/bench/recipes"};
    VenueConfig venue;
    venue.name = venue.recipe = setup.recipe;
    venue.where = "--venue " + setup.recipe;
    Result<Recipe> recipe = load_recipe(config, venue);
    if (!recipe) return std::move(recipe).error();
    target.recipe = std::move(*recipe);
    const RequestRecipe* const harmless = target.recipe.keep_alive();
    if (!harmless)
        return Error{"endpoint: recipe '" + setup.recipe + "' has no keep_alive request"};
    target.request_name = harmless->name;
    Result<std::string> request = render_request(target.recipe, harmless->name, {}, {});
    if (!request) return std::move(request).error();
    target.request = std::move(*request);
    target.certificate_name = setup.name.empty() ? target.recipe.hosts.front() : setup.name;
    target.every = milliseconds(200);
    for (const LimitUse& use : harmless->limits)
        if (const Limit& limit = target.recipe.limits[use.limit]; limit.count > 0)
            // twice as slow as allowed: others live there too
            target.every = std::max(target.every, limit.window * 2 / limit.count);
    return target;
}

Result<Fd> dial(const Target& target) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int why = getaddrinfo(target.node.c_str(), target.service.c_str(), &hints, &found))
        return Error{"endpoint: " + target.node + ": " + gai_strerror(why)};
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found, freeaddrinfo);
    for (const addrinfo* at = found; at; at = at->ai_next) {
        Fd fd(socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int on = 1;
        if (!fd.is_open() || connect(fd.get(), at->ai_addr, at->ai_addrlen) != 0) continue;
        setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fcntl(fd.get(), F_SETFL, O_NONBLOCK);
        return fd;
    }
    return errno_error("endpoint: connect to " + target.node + ":" + target.service);
}

// Shakes hands as the connector does, the warm-up request included.
Result<Fd> shake_hands(const Target& target, const std::string& ca_file, Handover& handover) {
    const WolfsslThread wolfssl;
    Result<TlsPolicy> policy = TlsPolicy::open(ca_file.empty() ? system_ca_file : ca_file);
    if (!policy) return std::move(policy).error();
    Result<Fd> fd = dial(target);
    if (!fd) return fd;
    Handshake handshake(*policy, {target.certificate_name, target.request}, std::move(*fd));
    for (;;) {
        const Handshake::Step step = handshake.step();
        if (step == Handshake::Step::ready) return handshake.hand_over(handover);
        if (step == Handshake::Step::refused) return handshake.refusal();
        const bool reads = step == Handshake::Step::wants_read;
        pollfd wait{handshake.fd(), static_cast<short>(reads ? POLLIN : POLLOUT), 0};
        if (poll(&wait, 1, static_cast<int>(answer_max.ns / 1'000'000)) <= 0)
            return Error{"endpoint: nothing came during " + std::string(handshake.waits_for())};
    }
}

u64 acked_bytes(int fd) {
    tcp_info info{};
    socklen_t bytes = sizeof info;
    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes);
    return info.tcpi_bytes_acked;
}

struct Spans {
    std::vector<u32> seal, submit, acked, first_byte, answered;
};

// One lane, driven the way the hot thread drives it.
template<class NetT> class Lane {
public:
    Lane(NetT& net, int fd, const Handover& handover) : net_(net), fd_(fd) {
        is_up_ = session_.adopt(handover, 1) && net_.adopt(lane_, fd);
        std::span<const std::byte> left(handover.leftover.data(), handover.leftover_bytes);
        while (!left.empty()) left = left.subspan(session_.open(left, left.size()).used);
    }

    Result<void> fire(const Target& target, Spans& spans) {
        if (!is_up_) return Error{"endpoint: the connection is gone"};
        const u64 began = stamp_tsc();
        if (session_.seal(std::as_bytes(std::span(target.request)), record_) == 0)
            return Error{"endpoint: the session does not seal any more"};
        const u64 sealed = stamp_tsc();
        const u64 acked_before = acked_bytes(fd_);
        const u64 store = stamp_tsc();
        net_.queue(lane_, record_.span());
        session_.spend();
        net_.submit();
        const u64 returned = stamp_tsc();
        response_.start();
        spans.seal.push_back(static_cast<u32>(ns_between(began, sealed)));
        spans.submit.push_back(static_cast<u32>(ns_between(store, returned)));
        return wait(store, acked_before + record_.bytes_count, spans);
    }

private:
    Result<void> wait(u64 store, u64 acked_wanted, Spans& spans) {
        const u64 end = store + tsc_of(answer_max);
        const auto since = [&] { return static_cast<u32>(ns_between(store, stamp_tsc())); };
        bool is_acked = false, has_begun = false;
        while (stamp_tsc() < end) {
            if (!is_acked && acked_bytes(fd_) >= acked_wanted) {
                is_acked = true;
                spans.acked.push_back(since());
            }
            NetEvent event;
            if (!net_.poll(event)) continue;
            if (event.what == What::sent) session_.sent();
            if (event.what == What::closed) return Error{"endpoint: the venue closed"};
            if (event.what != What::got) continue;
            if (!has_begun) spans.first_byte.push_back(since());
            has_begun = true;
            const HttpStep step = read(event.bytes);
            if (step == HttpStep::broken) return Error{"endpoint: no HTTP answer"};
            if (step != HttpStep::done) continue;
            if (!is_acked) spans.acked.push_back(since()); // it came with the answer
            spans.answered.push_back(since());
            return {};
        }
        return Error{"endpoint: no answer within five seconds"};
    }

    HttpStep read(std::span<std::byte> in) {
        HttpStep step = HttpStep::need;
        for (bool goes_on = true; goes_on;) {
            const Opened opened = session_.open(in, in.size());
            if (opened.broken != Broken::none) return HttpStep::broken;
            in = in.subspan(opened.used);
            std::span<const std::byte> content = opened.content;
            for (bool more = !content.empty(); more;) {
                const HttpResponse::Step taken = response_.next(content);
                content = content.subspan(taken.used);
                step = taken.step;
                more = step == HttpStep::head || step == HttpStep::body;
            }
            goes_on = !in.empty() || opened.worked;
        }
        return step;
    }

    static constexpr LaneRef lane_{0, 1};
    NetT& net_;
    int fd_;
    bool is_up_ = false;
    Session session_;
    Record record_;
    HttpResponse response_;
};

void add(Results& results, const Target& target, const char* name, std::vector<u32> samples) {
    if (samples.empty()) return;
    results.figures.push_back({"endpoint",
                               name,
                               target.recipe.name + " " + target.request_name,
                               1,
                               target.every.ns,
                               "",
                               "",
                               {std::move(samples)}});
}

} // namespace

Result<void> measure_endpoint(const EndpointSetup& setup, Results& results) {
    Result<Target> target = target_of(setup);
    if (!target) return std::move(target).error();
    const auto handover = std::make_unique<Handover>();
    Result<Fd> fd = shake_hands(*target, setup.ca_file, *handover);
    if (!fd) return std::move(fd).error();
    Result<ChosenNet> net = choose_net(NetWish::automatic);
    if (!net) return std::move(net).error();
    Spans spans;
    const Result<void> fired = std::visit(
        [&](auto& chosen) -> Result<void> {
            Lane lane(*chosen, fd->release(), *handover); // the net closes it
            for (u32 i = 0; i < setup.fires; ++i) {
                if (Result<void> done = lane.fire(*target, spans); !done) return done;
                usleep(static_cast<useconds_t>(target->every.ns / 1'000));
            }
            return {};
        },
        net->net);
    explicit_bzero(handover.get(), sizeof *handover);
    if (!fired) return fired;
    add(results, *target, "seal one request", std::move(spans.seal));
    add(results, *target, "queue to submit returned", std::move(spans.submit));
    add(results, *target, "queue to TCP acknowledged", std::move(spans.acked));
    add(results, *target, "queue to the answer's first bytes", std::move(spans.first_byte));
    add(results, *target, "queue to the whole answer", std::move(spans.answered));
    return {};
}

} // namespace ks::bench
