// Plan: everything the hot thread knows, flat and fixed, compiled by cold/ before it starts.
// Guarantees: no pointer, no string to parse, no venue by name in code; indices are checked by the
// compiler of the plan (cold/plan), so that no station checks them again.
#pragma once

#include "abi/killswitch_words.h"
#include "base/bits.hpp"
#include "base/bounded.hpp"
#include "base/ids.hpp"
#include "venues/judge.hpp"

namespace ks {

constexpr u16 venues_max = 16;
constexpr u16 accounts_max = KS_ACCOUNTS_MAX;
constexpr u16 cells_max = KS_CELLS_MAX;
constexpr u16 scopes_max = KS_SCOPES_MAX;
constexpr u16 shots_max = KS_SHOTS_MAX;
constexpr u16 lanes_max = KS_LANES_MAX;
constexpr u16 gates_max = KS_GATES_MAX;
constexpr u16 producers_max = KS_PRODUCERS_MAX;
constexpr u16 keys_max = 128;
constexpr u16 judges_max = 128;
constexpr u16 requests_max = 1024;
constexpr u16 request_gates_max = 4;
constexpr u16 shot_reads_max = 8;
constexpr u16 fronts_max = 8;

// 1,448 bytes of TCP payload on Ethernet, less 22 of TLS 1.3: one request is one segment.
constexpr size_t request_bytes_max = 1426;

using CellSet = Bits<cells_max>;
using ShotSet = Bits<shots_max>;
using ScopeSet = Bits<512>; // scope slots, as the status page stores grants
static_assert(scopes_max <= 512);

// When to do something again: at these spans after the kill began, then every `every`.
struct Pace {
    Bounded<Nanos, 12> at;
    Nanos every = seconds(10);
};

struct Booking {
    GateId gate;
    u16 weight = 1;
};

enum class RequestKind : u8 { fire, read, keep_alive, live_fire };

// One thing that can be asked of a venue for one account and reach. Its text comes from the signer.
struct alignas(64) RequestPlan {
    RequestKind kind = RequestKind::fire;
    VenueId venue;
    AccountId account; // none for keep-alives
    KeyId key;         // none: unsigned
    JudgeId judge;
    Bounded<Booking, request_gates_max> gates;
    Nanos age_max;                 // the venue refuses it when older; 0: never stale
    Nanos answer_max = seconds(3); // no answer by then: UNKNOWN, and the lane is retired
};

// One cancel-all for (venue, account, product, symbol or all), and the reads that prove it clear.
struct alignas(64) ShotPlan {
    VenueId venue;
    AccountId account;
    CellId cell;
    bool is_widest = true; // reaches the whole account, not one symbol
    RequestId fire;
    ShotId wide;          // the shot of the same account and product that reaches every symbol
    u16 lane_primary = 0; // lane slots
    u16 lane_backup = 0;
    Text<KS_NAME_BYTES> name;                 // "bitopro/main margin *"
    Bounded<RequestId, shot_reads_max> reads; // all must show nothing open
    // Reads of older windows of time: each must show nothing open once, after the promise.
    Bounded<RequestId, shot_reads_max> reads_older;
    Pace fire_pace;
    Pace read_pace;
    u8 clear_reads = 2;               // consecutive empty rounds of all reads
    Nanos settle = milliseconds(500); // between the acceptance and the first read that counts
    Nanos clear_apart = seconds(1);   // between two rounds that count
    Nanos raised_patience;            // an order whose cancel is under way is given so long
};

struct VenuePlan {
    Text<KS_NAME_BYTES> name;
    u16 lane_first = 0;
    u16 lanes_count = 2;
    u16 accounts_count = 0; // each keeps a last bullet in the venue's gates
    RequestId keep_alive;   // none: lanes are rotated by age alone
    Nanos keep_alive_every = seconds(10);
    Nanos lane_age_max = seconds(50); // replaced make-before-break when older
    Nanos throttle_wait = seconds(1); // 429 without Retry-After
    Nanos throttle_wait_max = seconds(60);
    bool throttle_doubles = false; // one after the other: twice as long, up to the maximum
};

// A real cancel-all on a pair that nobody trades, when each of these reads has shown nothing there.
struct LiveFirePlan {
    RequestId fire;                               // none: not asked for
    Bounded<RequestId, 2 * shot_reads_max> reads; // the older windows first, the latest orders last
    Nanos every;
    u64 of = 0; // a mark of its key and its request: a date earned by another proves nothing
};

struct AccountPlan {
    Text<KS_NAME_BYTES> name; // "bitopro/main"
    VenueId venue;
    u32 notes = 0;   // enum ks_note: those that the config and the recipe know beforehand
    u64 eyes_of = 0; // a mark of its key and its reads: eyes proven under another prove nothing
    LiveFirePlan live_fire;
    // An OMS: accounts at the exchanges behind it, whose reads count only after it is clear.
    Bounded<AccountId, fronts_max> fronts;
};

struct CellPlan {
    Text<KS_NAME_BYTES> name;
    AccountId account;
    bool is_widest = true;
};

// Named set of cells. `shots` in the order in which they are to leave.
struct ScopePlan {
    Text<KS_NAME_BYTES> name;
    bool in_config = false;
    CellSet cells; // closed in the halt page: narrower cells of a wide one included
    Bounded<ShotId, shots_max> shots;
};

struct GatePlan {
    Text<KS_NAME_BYTES> name;
    u16 first_place = 0;
    u16 places = 1;
    u16 reserve = 1; // the last `reserve` places: the engine's own, chores never touch them
    Nanos window = seconds(1);
    Nanos margin = milliseconds(20);
    bool is_of_address = false; // the venue counts per IP: a web firewall closes it too
};

struct KeyPlan {
    bool is_ordered = false; // nonces must rise: one request in flight at a time
};

struct ProducerPlan {
    Text<KS_NAME_BYTES> name;
    ScopeSet granted;
    Nanos silence_max;    // once it has beaten: silent for so long is an alarm; 0: not watched
    ScopeId silence_pull; // and pulls this scope; none: alarm only
};

struct Plan {
    Text<KS_NAME_BYTES> engine;
    Nanos trigger_age_max = seconds(60);
    Nanos stale_grace = milliseconds(5);
    Nanos guard_read_every = seconds(10);
    Nanos eyes_every = seconds(60);       // while armed, each shot is read this often; 0: never
    Nanos key_age_max = seconds(600);     // READY wants an authenticated answer as young
    bool needs_proven_eyes = false;       // empty reads that never showed an order: UNKNOWN
    Nanos warm_every = microseconds(100); // keep-warm beat; 0: none
    u16 resend_max = 3; // fast blind repeats of one shot, then its pace alone decides
    Bounded<VenuePlan, venues_max> venues;
    Bounded<AccountPlan, accounts_max> accounts;
    Bounded<CellPlan, cells_max> cells;
    Bounded<ScopePlan, scopes_max> scopes; // index = slot
    Bounded<ShotPlan, shots_max> shots;
    Bounded<RequestPlan, requests_max> requests;
    Bounded<JudgeProgram, judges_max> judges;
    Bounded<GatePlan, gates_max> gates;
    Bounded<KeyPlan, keys_max> keys;
    Bounded<ProducerPlan, producers_max> producers;
    u16 lanes_count = 0;
};

} // namespace ks
