// Signer: keeps every request of the plan signed and fresh; the only thread that holds secrets.
// Guarantees: no disk, no DNS, no lock shared with anyone; nonces of an ordered key only rise, over
// crashes too, and never run more than `nonce_ahead_max` before the venue's clock; a signed request
// that found the ring full is delivered later, never dropped.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "cold/clocks.hpp"
#include "hot/mail.hpp"
#include "venues/program.hpp"

namespace ks {

// Credentials that own their bytes. `secret` is decoded (decode_secret).
struct OwnedCredentials {
    Secret key;
    Secret secret;
    std::string identity;
    Secret passphrase;
    std::string account;
};
// What a program may read of them; valid as long as they are.
Credentials fields_of(const OwnedCredentials& own, std::string_view symbol);

// One request to keep signed. Jobs of an ordered key are signed in the order of `jobs`: reads
// first, then shots in firing order, so that a read that leaves never burns a waiting shot.
struct SignJob {
    RequestId request;
    KeyId key;              // none: unsigned
    size_t credentials = 0; // index into SignerSetup::credentials
    std::string symbol;     // empty: all
    Program program;
};

struct SignerSetup {
    std::vector<OwnedCredentials> credentials;
    std::vector<SignJob> jobs;
    std::vector<std::string> key_names; // by KeyId: the nonce file's names, stable over restarts
    std::filesystem::path nonce_file;   // in the run directory (tmpfs)
};

class Signer {
public:
    // `beat_ns`: where to store CLOCK_MONOTONIC at each step, or nullptr. Plan, mail and clocks
    // must outlive the signer. Errors: the nonce file cannot be made, or is not one.
    static Result<std::unique_ptr<Signer>> open(SignerSetup setup, const Plan& plan, Mail& mail,
                                                const VenueClocks& clocks, u64* beat_ns);
    ~Signer();
    // Takes orders, signs what is due, delivers. `wall` is CLOCK_REALTIME.
    void step(Instant now, UnixMs wall);
    // What keeps keys from being signed now, a sentence each with its remedy. Any thread.
    std::vector<std::string> troubles() const;
    // Steps each millisecond until asked to stop.
    void run(std::stop_token stop);

private:
    struct State;
    explicit Signer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace ks
