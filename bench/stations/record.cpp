// Records: sealing a request beforehand, opening an answer, and arming a shot anew.
#include "no_net.hpp"
#include "stage/wired.hpp"
#include "station.hpp"

namespace ks::bench {
namespace {

constexpr size_t request_bytes = 426; // BitoPro's

constexpr Station seal_station{
    "sealing one request of 426 bytes, done beforehand and never at fire",
    "3.1 us AES-128-GCM, 3.6 us AES-256-GCM, 1.6 us ChaCha20 with Debian's wolfSSL, which has no "
    "AES-NI; a tenth of that where it has",
    "the signature, which is the signer's"};

void seal(benchmark::State& state) {
    Session session;
    if (!session.adopt(sim::handover_of(1, static_cast<Suite>(state.range(0))), 1))
        return state.SkipWithError("unknown suite");
    const std::array<std::byte, request_bytes> request{};
    Record record;
    time_all(state, seal_station, [&] { benchmark::DoNotOptimize(session.seal(request, record)); });
}
BENCHMARK(seal)->ArgName("suite")->Arg(1)->Arg(2)->Arg(3);

// Both ends of a connection, and answers that one has sealed for the other.
class Answers {
public:
    static constexpr u32 count = 16;
    Answers(Suite suite, size_t bytes) : text_(bytes, std::byte{'x'}) {
        const Handover ours = sim::handover_of(1, suite);
        Handover theirs = ours;
        std::swap(theirs.secret_tx, theirs.secret_rx);
        is_open_ = near_->adopt(ours, 1) && far_->adopt(theirs, 1);
    }
    bool is_open() const { return is_open_; }
    void seal_all() {
        for (Sealed& sealed : sealed_) {
            sealed.clear();
            for (size_t at = 0; at < text_.size();) {
                const size_t part = std::min(text_.size() - at, request_bytes_max);
                if (!far_->seal(std::span(text_).subspan(at, part), *record_)) return;
                far_->spend();
                far_->sent();
                const auto bytes = record_->span();
                sealed.insert(sealed.end(), bytes.begin(), bytes.end());
                at += part;
            }
        }
    }
    // False: something was not genuine, or is missing.
    bool open_all() {
        for (const Sealed& sealed : sealed_) {
            size_t opened_bytes = 0;
            std::span<const std::byte> in(sealed);
            for (bool goes_on = true; goes_on;) {
                const Opened opened = near_->open(in, in.size());
                if (opened.broken != Broken::none) return false;
                in = in.subspan(opened.used);
                opened_bytes += opened.content.size();
                goes_on = !in.empty() || opened.worked;
            }
            if (opened_bytes != text_.size()) return false;
        }
        return true;
    }

private:
    using Sealed = std::vector<std::byte>;
    std::vector<std::byte> text_;
    std::unique_ptr<Session> near_ = std::make_unique<Session>();
    std::unique_ptr<Session> far_ = std::make_unique<Session>();
    std::unique_ptr<Record> record_ = std::make_unique<Record>();
    std::array<Sealed, count> sealed_;
    bool is_open_ = false;
};

constexpr Station open_station{
    "opening one answer: 200 bytes in one record; or 16 KB, in records of 1,426",
    "4 us for the small one with Debian's wolfSSL, and 5 to 9 ns a byte; in slices of 512 bytes a "
    "turn, so that no answer holds up a trigger",
    "reading the answer, which is the judge's"};

void open(benchmark::State& state) {
    Answers answers(static_cast<Suite>(state.range(0)), static_cast<size_t>(state.range(1)));
    if (!answers.is_open()) return state.SkipWithError("unknown suite");
    bool is_genuine = true;
    time_after(
        state, open_station, "a record was not genuine",
        [&] {
            answers.seal_all();
            return is_genuine;
        },
        [&] { is_genuine = answers.open_all(); });
    state.SetItemsProcessed(state.iterations() * Answers::count);
    state.SetBytesProcessed(state.iterations() * Answers::count * state.range(1));
}
BENCHMARK(open)->ArgNames({"suite", "bytes"})->ArgsProduct({{1, 2, 3}, {200, 16'384}});

constexpr Station arm_again_station{
    "a new signature arrives: sealed on the shot's primary and backup lane, the shot is ready "
    "again",
    "two seals (6.2 us) and the turns between them, one chore each (2 us)",
    "signing: 1 us HMAC, 70 us Ed25519 with Debian's wolfSSL, on another thread"};

void arm_again(benchmark::State& state) {
    NoNet net;
    sim::Wired<NoNet> wired({}, net);
    if (!wired.arm()) return state.SkipWithError("not armed");
    const RequestId fire = wired.plan->shots[0].fire;
    time_after(
        state, arm_again_station, "the letter was not taken",
        [&] {
            wired.deliver(fire);
            return wired.turn_until([&] { return wired.engine().armed(ShotId{0}) != 7; });
        },
        [&] {
            while (wired.engine().armed(ShotId{0}) != 7) wired.engine().turn();
        });
}
BENCHMARK(arm_again)->Iterations(500);

} // namespace
} // namespace ks::bench
