#include "cold/signer.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include <time.h>

#include "base/bits.hpp"
#include "cold/journal_format.hpp"
#include "cold/mark.hpp"
#include "cold/nonce_file.hpp"

namespace ks {

namespace {

constexpr Nanos step_every = milliseconds(1);
// The venue's clock was measured anew and is so much elsewhere: what was signed for the old reading
// may be refused. Less than this is the resolution of a Date header being smoothed.
constexpr i64 clock_step_ms = 250;
// A request that cannot be written is tried again so often: a mended clock or key may help.
constexpr Nanos retry_after = seconds(1);

struct Job {
    SignJob what;
    VenueId venue;
    Nanos age_max;
    NonceLine* nonces = nullptr; // none: the key is not ordered
    u64 nonce = 0;
    i64 offset_ms = 0;             // of the venue's clock, when it was signed
    Instant renew_at = far_future; // a quarter of its life is over, or it could not be written
    bool is_due = true;
};

Instant monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return {i64{now.tv_sec} * 1'000'000'000 + now.tv_nsec};
}

UnixMs wall_now() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return {i64{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000};
}

// What the journal says of a request instead of its text: `sha256sum` of the bytes begins so.
std::array<char, 16> digest_of(std::string_view text) {
    const u64 mark = mark_of(text);
    const std::string digits = hex({reinterpret_cast<const u8*>(&mark), sizeof mark});
    std::array<char, 16> digest;
    std::copy(digits.begin(), digits.end(), digest.begin());
    return digest;
}

} // namespace

struct Signer::State {
    SignerSetup setup;
    Mail& mail;
    const VenueClocks& clocks;
    u64* beat_ns;
    NonceFile nonce_file;
    std::vector<Job> jobs;
    std::vector<size_t> job_of_request; // by RequestId; jobs.size(): none
    Bits<keys_max> rounds;              // ordered keys of which every request is to be renewed
    // ordered keys whose last nonce lies too far before the venue's clock; read by other threads
    std::array<std::atomic<u64>, Bits<keys_max>::words_count> ahead{};

    Result<void> add(const SignJob& what, const Plan& plan);
    void take_orders();
    void find_due(Instant now);
    void renew(Job& job);
    void start_rounds(UnixMs wall);
    bool may_start(KeyId key, UnixMs wall);
    bool deliver(Job& job, Instant now, UnixMs wall);
    Credentials credentials_of(const SignJob& what) const;
    i64 offset_ms(const Job& job) const;
};

Signer::Signer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Signer::~Signer() = default;

Result<std::unique_ptr<Signer>> Signer::open(SignerSetup setup, const Plan& plan, Mail& mail,
                                             const VenueClocks& clocks, u64* beat_ns) {
    auto nonces = NonceFile::open(setup.nonce_file);
    if (!nonces) return std::move(nonces).error().within("signer");
    std::unique_ptr<State> state(
        new State{std::move(setup), mail, clocks, beat_ns, *std::move(nonces), {}, {}, {}});
    state->job_of_request.assign(plan.requests.size(), state->setup.jobs.size());
    for (const SignJob& what : state->setup.jobs)
        if (auto added = state->add(what, plan); !added)
            return std::move(added).error().within("signer");
    return std::unique_ptr<Signer>(new Signer(std::move(state)));
}

Result<void> Signer::State::add(const SignJob& what, const Plan& plan) {
    if (what.request.index >= plan.requests.size())
        return Error{"a job names request " + std::to_string(what.request.index) +
                     ", which the plan does not have"};
    const RequestPlan& request = plan.requests[what.request.index];
    Job job{what, request.venue, request.age_max, nullptr, 0, 0, far_future, true};
    if (!what.key.is_none() && plan.keys[what.key.index].is_ordered) {
        auto line = nonce_file.line(setup.key_names.at(what.key.index));
        if (!line) return std::move(line).error();
        job.nonces = *line;
        job.is_due = false; // until a round has given it its nonce
        rounds.set(what.key.index);
    }
    job_of_request[what.request.index] = jobs.size();
    jobs.push_back(std::move(job));
    return {};
}

void Signer::step(Instant now, UnixMs wall) {
    State& state = *state_;
    state.take_orders();
    state.find_due(now);
    state.start_rounds(wall);
    // Backwards: of a round the highest nonce is delivered first, so that at no moment a request
    // that leaves burns the nonce of one that waits and ought to leave after it.
    for (auto job = state.jobs.rbegin(); job != state.jobs.rend(); ++job)
        if (job->is_due && !state.deliver(*job, now, wall)) break; // the ring is full: next step
    // relaxed: a lone word; nothing else is read by it.
    if (state.beat_ns)
        std::atomic_ref<u64>(*state.beat_ns)
            .store(static_cast<u64>(now.ns), std::memory_order_relaxed);
}

void Signer::State::take_orders() {
    while (const SignOrder* order = mail.sign_orders.front()) {
        const size_t request = order->request.index;
        if (request < job_of_request.size() && job_of_request[request] < jobs.size())
            renew(jobs[job_of_request[request]]);
        mail.sign_orders.release();
    }
}

// A quarter of its life is enough: a fresh one is ready long before the old one is refused.
void Signer::State::find_due(Instant now) {
    for (Job& job : jobs) {
        const bool is_off = job.age_max > Nanos{} && job.renew_at != far_future &&
                            std::abs(offset_ms(job) - job.offset_ms) > clock_step_ms;
        if (now >= job.renew_at || is_off) renew(job);
    }
}

void Signer::State::renew(Job& job) {
    if (job.nonces)
        rounds.set(job.what.key.index);
    else
        job.is_due = true;
}

// A venue refuses a nonce far in its future, and once it has taken one, every honest one after it.
// So a round whose nonces would lie there waits for the clock: better a stale shot than a dead key.
bool Signer::State::may_start(KeyId key, UnixMs wall) {
    u64 count = 0;
    const Job* any = nullptr;
    for (const Job& job : jobs) {
        if (!job.nonces || job.what.key != key) continue;
        ++count;
        any = &job;
    }
    const i64 latest_ms = any ? wall.ms + offset_ms(*any) + nonce_ahead_max.ns / 1'000'000 : 0;
    const bool is_ahead = any && NonceFile::last(*any->nonces) + count >
                                     static_cast<u64>(std::max<i64>(latest_ms, 0));
    const u64 bit = u64{1} << key.index % 64;
    std::atomic<u64>& word = ahead[key.index / 64];
    // relaxed: a lone word for humans; nothing else is read by it.
    if (is_ahead)
        word.fetch_or(bit, std::memory_order_relaxed);
    else
        word.fetch_and(~bit, std::memory_order_relaxed);
    return !is_ahead;
}

// Gives every request of the key a nonce above all before, in the order of the jobs.
void Signer::State::start_rounds(UnixMs wall) {
    if (!rounds.any()) return;
    for (u16 key = 0; key < keys_max; ++key) {
        if (!rounds.test(key) || !may_start(KeyId{key}, wall)) continue;
        rounds.reset(key);
        for (Job& job : jobs) {
            if (!job.nonces || job.what.key.index != key) continue;
            const i64 venue_ms = wall.ms + offset_ms(job);
            job.nonce = NonceFile::take(*job.nonces, static_cast<u64>(std::max<i64>(venue_ms, 1)));
            job.is_due = true;
        }
    }
}

bool Signer::State::deliver(Job& job, Instant now, UnixMs wall) {
    SignedRequest* place = mail.signed_requests.reserve();
    if (!place) return false;
    job.offset_ms = offset_ms(job);
    const SignTime time{{wall.ms + job.offset_ms}, job.nonce};
    const size_t count = ks::run(job.what.program, credentials_of(job.what), time, place->text);
    job.is_due = false;
    if (count == 0) {
        // The letter in the hot thread stays as it is, and goes stale: readiness shows it.
        job.renew_at = now + retry_after;
        return true;
    }
    job.renew_at = job.age_max > Nanos{} ? now + job.age_max / 4 : far_future;
    place->request = job.what.request;
    place->text_bytes = static_cast<u16>(count);
    place->digest = digest_of({reinterpret_cast<const char*>(place->text.data()), count});
    place->nonce = job.nonces ? job.nonce : 0;
    place->signed_at = now;
    place->stale_at = job.age_max > Nanos{} ? now + job.age_max : far_future;
    mail.signed_requests.publish();
    return true;
}

Credentials Signer::State::credentials_of(const SignJob& what) const {
    if (what.key.is_none() || what.credentials >= setup.credentials.size()) {
        Credentials none;
        none.symbol = what.symbol;
        return none;
    }
    return fields_of(setup.credentials[what.credentials], what.symbol);
}

i64 Signer::State::offset_ms(const Job& job) const {
    // relaxed: one word, measured by the connector; no other word goes with it here.
    return clocks[job.venue.index].offset_ms.load(std::memory_order_relaxed);
}

std::vector<std::string> Signer::troubles() const {
    std::vector<std::string> sentences;
    for (size_t key = 0; key < state_->setup.key_names.size(); ++key) {
        // relaxed: pairs with nothing; a sentence too early or too late by a step harms nobody.
        if (state_->ahead[key / 64].load(std::memory_order_relaxed) >> key % 64 & 1)
            sentences.push_back(
                "NOT SIGNED: the last nonce of key " + state_->setup.key_names[key] +
                " is more than 60 s before the venue's clock, which has been set back or was wrong "
                "then; it is signed again when the clock has come there: mend the clock, or make a "
                "new key at the venue and move " +
                state_->setup.nonce_file.string() + " away");
    }
    return sentences;
}

Credentials fields_of(const OwnedCredentials& own, std::string_view symbol) {
    return {own.key.text(),
            own.secret.reveal(),
            own.identity,
            own.passphrase.text(),
            own.account,
            symbol,
            {}};
}

void Signer::run(std::stop_token stop) {
    const timespec pause{0, step_every.ns};
    while (!stop.stop_requested()) {
        step(monotonic_now(), wall_now());
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nullptr);
    }
}

} // namespace ks
