#include "peer_run.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <fcntl.h>
#include <openssl/rand.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tsc.hpp"

namespace ks::bench {
namespace {

constexpr int exit_not_started = 127; // as shells say it

// A waitpid is a system call: asked this often, it costs the polling venue nothing that shows.
constexpr i64 liveness_every_ns = 5'000'000;

// Hexadecimal characters that no one has used before and no one will again.
template<size_t size> bool fill_random(std::array<char, size>& text, size_t count) {
    std::array<u8, size> bytes{};
    if (count >= size || RAND_bytes(bytes.data(), static_cast<int>(count)) != 1) return false;
    for (size_t i = 0; i < count; ++i) text[i] = "0123456789abcdef"[bytes[i] & 15];
    return true;
}

// All that the child needs, made before the fork: between fork and exec nothing may allocate.
struct Launch {
    std::vector<std::string> arguments;
    // Nothing of the caller's: no proxy, no other authority, no interpreter's options.
    std::vector<std::string> environment;
    std::optional<u32> cpu;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> found;
    for (std::string& text : texts) found.push_back(text.data());
    found.push_back(nullptr);
    return found;
}

bool pin_to(u32 cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return sched_setaffinity(0, sizeof set, &set) == 0;
}

pid_t spawn(Launch launch) {
    const std::vector<char*> arguments = pointers(launch.arguments);
    const std::vector<char*> environment = pointers(launch.environment);
    const pid_t pid = fork();
    if (pid != 0) return pid;
    if (!launch.cpu || pin_to(*launch.cpu))
        execve(arguments[0], arguments.data(), environment.data());
    _exit(exit_not_started);
}

std::string ending(int status) {
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    if (WEXITSTATUS(status) == exit_not_started) return "could not be started on its CPU";
    return "exited with " + std::to_string(WEXITSTATUS(status));
}

} // namespace

Result<std::unique_ptr<PeerRun>> PeerRun::start(Venue& venue, const PeerKind& kind,
                                                std::optional<u32> cpu) {
    std::unique_ptr<PeerRun> run(new PeerRun(venue, kind.name));
    if (Result<void> made = run->make_page(); !made) return std::move(made).error();
    if (Result<void> launched = run->launch(kind, cpu); !launched)
        return std::move(launched).error();
    ns_per_tick(); // measured now, not in the first fire
    const auto is_ready = [&page = *run->page_] {
        // acquire: pairs with the peer's store, after its warm-up
        return page.state.load(std::memory_order_acquire) == static_cast<u64>(PeerState::ready);
    };
    if (Result<void> ready = run->poll_until(is_ready, start_max, "become ready"); !ready)
        return std::move(ready).error();
    run->unlink_page(); // the peer has it: nothing stays behind, however this process ends
    return run;
}

PeerRun::~PeerRun() {
    if (pid_ > 0 && !has_ended()) {
        kill(pid_, SIGKILL);
        waitpid(pid_, &status_, 0);
    }
    if (page_) munmap(page_, sizeof(PeerPage));
    unlink_page();
}

void PeerRun::unlink_page() {
    if (!page_file_.empty()) unlink(std::exchange(page_file_, {}).c_str());
}

Result<void> PeerRun::make_page() {
    std::string path = "/dev/shm/ks-peer-" + name_ + "-XXXXXX"; // mode 0600: it holds the secret
    const Fd file(mkostemp(path.data(), O_CLOEXEC));
    if (!file.is_open()) return errno_error("peer " + name_ + ": create " + path);
    page_file_ = path;
    if (ftruncate(file.get(), sizeof(PeerPage)) != 0) return errno_error("size " + path);
    void* const map =
        mmap(nullptr, sizeof(PeerPage), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (map == MAP_FAILED) return errno_error("map " + path);
    page_ = static_cast<PeerPage*>(map); // all zero, which is how every field begins
    if (!fill_random(page_->key, 32) || !fill_random(page_->secret, 40) ||
        !fill_random(page_->identity, 16))
        return Error{"peer " + name_ + ": OpenSSL has no random bytes"};
    return {};
}

Result<void> PeerRun::launch(const PeerKind& kind, std::optional<u32> cpu) {
    Launch launch{.arguments = kind.command,
                  .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
                                  "PYTHONDONTWRITEBYTECODE=1", // they run where the sources lie
                                  "NODE_NO_WARNINGS=1", "NODE_EXTRA_CA_CERTS=" + venue_.ca_file()},
                  .cpu = cpu};
    launch.arguments.insert(launch.arguments.end(),
                            {page_file_, std::to_string(venue_.port()), venue_.ca_file()});
    pid_ = spawn(std::move(launch));
    if (pid_ < 0) return errno_error("peer " + name_ + ": fork");
    return {};
}

bool PeerRun::has_ended() {
    if (pid_ > 0 && waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
    return pid_ < 0;
}

template<class Ready>
Result<void> PeerRun::poll_until(Ready is_ready, Nanos wait_max, const char* what) {
    const i64 start_ns = monotonic_ns();
    i64 asked_ns = start_ns;
    for (;;) {
        venue_.poll();
        if (is_ready()) return {};
        const i64 now_ns = monotonic_ns();
        if (now_ns - asked_ns < liveness_every_ns) continue;
        asked_ns = now_ns;
        if (has_ended())
            return Error{"peer " + name_ + " " + ending(status_) + "; did not " + what};
        if (now_ns - start_ns > wait_max.ns)
            return Error{"peer " + name_ + " did not " + what + " in " +
                         std::to_string(wait_max.ns / 1'000'000) + " ms"};
    }
}

Result<FireTimes> PeerRun::fire(Nanos idle) {
    const auto is_answered = [this] {
        // acquire: pairs with the peer's store, which follows those of its two times
        return page_->done.load(std::memory_order_acquire) == fired_count_;
    };
    const auto is_at_rest = [&] { return is_answered() && venue_.is_idle(); };
    if (Result<void> rest = poll_until(is_at_rest, fire_max, "come to rest"); !rest)
        return std::move(rest).error();
    for (const i64 start_ns = monotonic_ns(); monotonic_ns() - start_ns < idle.ns;) venue_.poll();
    venue_.take_requests();
    request_ = {};

    ++fired_count_;
    const i64 stored_ns = monotonic_ns();
    const u64 stored_tsc = stamp_tsc();
    page_->trigger.store(fired_count_, std::memory_order_release); // pairs with the peer's spin

    const auto is_done = [&] { return is_answered() && take_own_request(); };
    if (Result<void> done = poll_until(is_done, fire_max, "answer"); !done)
        return std::move(done).error();
    return times_since(stored_ns, stored_tsc);
}

// The venue may have other clients; this one's requests carry this one's key.
bool PeerRun::take_own_request() {
    for (VenueRequest& request : venue_.take_requests())
        if (request.header("X-BITOPRO-APIKEY") == page_->key.data()) request_ = std::move(request);
    return request_.readable_tsc != 0;
}

FireTimes PeerRun::times_since(i64 stored_ns, u64 stored_tsc) const {
    return {.seen_ns = page_->seen_ns.load(std::memory_order_relaxed) - stored_ns,
            .first_readable_ns = ns_between(stored_tsc, request_.first_readable_tsc),
            .readable_ns = ns_between(stored_tsc, request_.readable_tsc),
            .parsed_ns = page_->done_ns.load(std::memory_order_relaxed) - stored_ns};
}

Result<void> PeerRun::stop() {
    page_->stop.store(1, std::memory_order_release); // pairs with the peer's spin
    const i64 start_ns = monotonic_ns();
    while (!has_ended() && monotonic_ns() - start_ns < stop_max.ns) venue_.poll();
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(std::exchange(pid_, -1), &status_, 0);
        return Error{"peer " + name_ + " did not stop and was killed"};
    }
    if (status_ != 0) return Error{"peer " + name_ + " " + ending(status_)};
    return {};
}

} // namespace ks::bench
