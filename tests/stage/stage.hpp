// Stage: a plan, its pages and its mail, made by hand for tests and benchmarks that run the shipped
// engine: over simulated sockets (tests/sim) or real ones (wired.hpp).
// A shot's request names its number in the path: POST /cancel/<shot>, GET /open/<shot>.
#pragma once

#include <memory>
#include <vector>

#include "hot/engine.hpp"

namespace ks::sim {

struct StageSetup {
    u16 venues_count = 1;
    u16 accounts_count = 1;  // of each venue
    u16 products_count = 1;  // shots of each account
    u16 symbols_count = 0;   // narrow shots of each account, with a scope of their own: "v0/0/S0"
    u16 lanes_count = 4;     // of each venue
    u16 scopes_count = 0;    // at least so many, the further ones of one account each
    u16 producers_count = 1; // all may pull everything; pull() is by the first
    u16 fire_places = 10;
    Nanos fire_window = seconds(1);
    Nanos fire_margin = milliseconds(20);
    u16 read_places = 20;
    Nanos read_window = seconds(1);
    Nanos keep_alive_every{};    // 0: none
    bool is_ordered = false;     // one key an account, nonces must rise
    Nanos age_max{};             // 0: never stale
    u16 older_windows_count = 0; // reads of older windows of time, by each shot
    Nanos raised_patience{};
    bool needs_proven_eyes = false;
    Nanos eyes_every{};      // 0: never
    Nanos live_fire_every{}; // 0: never; the pair of account a is the book pair_of(a)
    u32 seed = 1;
};

// A human's request, as ksctl writes it.
struct RearmWords {
    std::string_view only{}; // a scope: its cells alone
    std::vector<ks_exception> exceptions{};
};

// What outlives an engine: shared pages and the journal ring.
struct Shared {
    ks_status_page status{};
    ks_trigger_page trigger{}; // of the first producer
    std::array<ks_trigger_page, producers_max - 1> more_triggers{};
    ks_gates_page gates{};
    ks_gates_page gates_own{};
    ks_operator_page operators{};
    JournalRing ring;
};

// The book of an account's pair, in a venue that counts books by shots.
constexpr u16 pair_of(u16 account) {
    return static_cast<u16>(200 + account);
}

class Stage {
public:
    explicit Stage(const StageSetup& setup);
    // A plan made elsewhere, with its limits and paces; texts and judges are the stage's own.
    Stage(const StageSetup& setup, std::unique_ptr<Plan> made);

    EngineParts parts(); // for an engine over this stage
    // The signed text of a request, as a signer would deliver it.
    SignedRequest sign(RequestId request, Instant now);

    u32 pull(std::string_view scope, Instant now); // the epoch, by the header's own words
    void rearm(std::string_view scope, u32 kill, const RearmWords& words = {});
    ScopeId scope(std::string_view name) const;
    u32 kill_number(std::string_view name) const;
    ks_outcome outcome(std::string_view name) const;
    u32 rearm_request(std::string_view scope) const; // that the answer belongs to
    ks_rearm rearm_answer(std::string_view scope) const;
    bool is_closed(u16 cell) const;
    std::vector<Event> events() const; // the journal so far, oldest first

    StageSetup setup;
    std::unique_ptr<Plan> plan = std::make_unique<Plan>();
    std::unique_ptr<Shared> shared = std::make_unique<Shared>();
    std::unique_ptr<Mail> mail = std::make_unique<Mail>();
    std::atomic<u32> lost{0};

private:
    void make_plan();
    void make_judges();
    void make_venue(u16 venue);
    void make_shot(AccountId account, u16 product);
    void make_live_fire(AccountId account);
    void make_symbol(AccountId account, u16 symbol);
    RequestId make_request(RequestKind kind, AccountId account, JudgeId judge, GateId gate);
    void make_scope(std::string_view name, AccountId account);
    void publish();

    u64 next_nonce_ = 1;
};

} // namespace ks::sim
