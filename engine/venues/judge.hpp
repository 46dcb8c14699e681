// Judge: what a venue's answer means, read from a program that the recipe compiler made.
// Guarantees: streams (any split gives the same verdict), no allocation, no buffer of the body; what
// is not understood is `unknown`, and unknown is never success. JSON as in RFC 8259, strictly:
// a duplicate of a name that the program looks at, bad UTF-8, depth over 32 or bytes after the
// value make the verdict `unknown`.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/bounded.hpp"
#include "base/units.hpp"

namespace ks {

enum class Verdict : u8 {
    accepted,  // the venue promises to cancel; no proof
    clear,     // a read: the list is there, complete and empty
    open,      // a read: orders are open (open_count)
    throttled, // a rate limit; wait
    refused,   // key, signature, clock, nonce, right: the venue will not
    unknown,   // anything else
};
constexpr size_t verdicts_count = 6;

// One thing to look for while the body streams by. Path segments are member names; "*" is any
// member or element. "/data/*/*" in BitoPro's answer is every cancelled id.
enum class ProbeKind : u8 {
    exists,       // the path is there, whatever its type
    is_array,     // there, and an array
    is_object,    // there, and an object
    equals,       // a scalar whose text is `literal` (strings without quotes, numbers as written)
    is_empty,     // an array, object or string of length 0
    not_null,     // there, and not null (nor an empty string)
    count,        // number of matches, reported as open_count
    id,           // each scalar match is an order id: given to the id sink
    number,       // a number, reported as open_count ("count": 3)
};
constexpr size_t path_segments_max = 6;
constexpr size_t probes_max = 12;
struct Probe {
    ProbeKind kind = ProbeKind::exists;
    Bounded<Text<32>, path_segments_max> path;
    Text<40> literal;
};

// First rule that holds decides. `statuses`: an inclusive range of HTTP statuses. `must` and
// `must_not`: bit i = probe i held. count_min/max bound the counted orders.
struct Rule {
    Verdict verdict = Verdict::unknown;
    u16 status_min = 0;
    u16 status_max = 0;
    u16 must = 0;
    u16 must_not = 0;
    bool needs_json = true; // the body must be one valid JSON value
    u32 count_min = 0;
    u32 count_max = 0xffff'ffff;
};
constexpr size_t rules_max = 16;

struct JudgeProgram {
    Bounded<Probe, probes_max> probes;
    Bounded<Rule, rules_max> rules; // none holds: unknown
};

// Called for each order id as it streams by; `text` is cut at 64 bytes. `context` is the caller's.
using IdSink = void (*)(void* context, std::string_view text);

class Judge {
public:
    // The program must outlive the judgement.
    void start(const JudgeProgram& program, u16 http_status, IdSink sink, void* context);
    void feed(std::span<const std::byte> body);
    Verdict finish();
    u32 ids_count() const;
    u32 open_count() const;   // matches of `count` probes, or the value of a `number` probe
    bool body_is_json() const; // after finish(): exactly one valid JSON value was seen

private:
    // ... fixed-size state
};

} // namespace ks
