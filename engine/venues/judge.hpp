// Judge: what a venue's answer means, read from a program that the recipe compiler made.
// Guarantees: streams (any split gives the same verdict), no allocation, no buffer of the body;
// what is not understood is `unknown`, and unknown is never success. JSON as in RFC 8259, strictly:
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
// member or element. "/data/*/*" in BitoPro's answer is every cancelled id. A probe with "*" holds
// when any match does. The empty path is the whole body.
enum class ProbeKind : u8 {
    exists,    // the path is there, whatever its type
    is_array,  // there, and an array
    is_object, // there, and an object
    equals,    // a scalar whose text is `literal` (strings without quotes, numbers as written)
    is_empty,  // an array, object or string of length 0
    not_null,  // there, and not null (nor an empty string)
    count,     // number of matches, reported as open_count
    id,        // each match that is a string or number is an order id: given to the id sink
    number,    // a whole number, reported as open_count ("count": 3)
    raised,    // each match whose text is `literal`: an order whose cancel is under way
};
constexpr size_t probe_kinds_count = 10;
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
    bool needs_json = true; // the body must be one valid JSON value; else probes are not asked
    u32 count_min = 0;
    u32 count_max = 0xffff'ffff;
};
constexpr size_t rules_max = 16;

struct JudgeProgram {
    Bounded<Probe, probes_max> probes;
    Bounded<Rule, rules_max> rules; // none holds: unknown
};

// Called for each order id as it streams by: a string, unescaped, or a number as written; `text` is
// cut at 64 bytes. `context` is the caller's.
using IdSink = void (*)(void* context, std::string_view text);

// Deeper answers are not read: no venue comes near, and a bomb must not cost more than its bytes.
constexpr size_t json_depth_max = 32;
constexpr size_t json_token_bytes_max = 64;

class Judge {
public:
    // The program must outlive the judgement. `sink` may be null.
    void start(const JudgeProgram& program, u16 http_status, IdSink sink, void* context);
    void feed(std::span<const std::byte> body);
    Verdict finish();
    u32 ids_count() const { return ids_count_; }
    // Matches of `count` probes, or the value of a `number` probe.
    u32 open_count() const { return open_count_; }
    // Matches of `raised` probes: of the open orders, those that are going already.
    u32 raised_count() const { return raised_count_; }
    // After finish(): exactly one valid JSON value was seen, and no looked-at name twice.
    bool body_is_json() const { return at_ == At::end && !has_duplicate_; }

private:
    // Where in the grammar the next byte stands.
    enum class At : u8 {
        value,      // a value must follow
        first_item, // after '[': a value or ']'
        first_name, // after '{': a name or '}'
        name,       // after ',' in an object
        colon,
        after_item,   // ',' or the end of the container
        text,         // in a string
        escape,       // after a backslash
        escape_hex,   // in the digits of \u
        low_escape,   // a high surrogate was read: a backslash must follow
        low_escape_u, //   and then a 'u'
        word,         // in true, false, null
        minus,        // numbers, by the last character seen
        zero,
        whole,
        point,
        fraction,
        exponent,
        exponent_sign,
        exponent_digits,
        end, // the value is complete: only blanks may follow
        broken,
    };
    using ProbeSet = u16; // bit i: probe i
    static_assert(probes_max <= 16);

    // The grammar (judge_json.cpp).
    void step(u8 byte);
    void on_structure(u8 byte);
    void on_value(u8 byte);
    void on_text(u8 byte);
    void on_lead(u8 byte);
    void on_continuation(u8 byte);
    void on_escape(u8 byte);
    void on_escape_hex(u8 byte);
    void on_word(u8 byte);
    bool takes_number(u8 byte);
    bool is_number_whole() const;
    void start_text(bool is_name);
    void end_text();
    void open(bool is_object);
    void close(bool is_object);
    void next_item();
    void end_value();
    void break_off() { at_ = At::broken; }
    void keep(u8 byte);
    void keep_code_point(u32 code_point);

    // What the probes see (judge.cpp).
    enum class Scalar : u8 { text, number, word };
    ProbeSet of(ProbeKind kind) const { return of_kind_[static_cast<size_t>(kind)]; }
    ProbeSet ending_here() const;
    std::string_view token() const;
    void on_container(bool is_object);
    void on_name();
    void on_element();
    void on_empty_container();
    void on_scalar(Scalar scalar);
    bool take_number();
    void count(u32 orders);
    bool holds(const Rule& rule) const;

    const JudgeProgram* program_ = nullptr;
    IdSink sink_ = nullptr;
    void* context_ = nullptr;
    u16 http_status_ = 0;
    At at_ = At::broken;
    u32 ids_count_ = 0;
    u32 open_count_ = 0;
    u32 raised_count_ = 0;

    u32 depth_ = 0;        // containers open
    u32 is_object_ = 0;    // bit i: the container at depth i + 1 is an object
    bool is_name_ = false; // the string being read is a member's name
    bool has_duplicate_ = false;
    const char* word_rest_ = nullptr; // of true, false or null
    u8 utf8_left_ = 0;                // continuation bytes owed; the next must lie in [low, high]
    u8 utf8_low_ = 0;
    u8 utf8_high_ = 0;
    u8 hex_left_ = 0;
    u32 hex_ = 0;
    u32 high_surrogate_ = 0;
    u32 token_bytes_ = 0; // of the name or scalar being read; may exceed what is kept
    std::array<char, json_token_bytes_max> token_{};

    ProbeSet here_ = 0;   // probes whose path matches up to the value that stands here
    ProbeSet opened_ = 0; // probes whose path ends at the container opened last
    ProbeSet held_ = 0;
    // By depth: the probes that match up to the open container, and those of them whose name in it
    // has been met. Deeper than the longest path nothing matches.
    std::array<ProbeSet, path_segments_max + 1> inside_{};
    std::array<ProbeSet, path_segments_max + 1> seen_{};
    // Fixed by start(): the probes whose path has this many segments, whose segment here is "*",
    // and of each kind.
    std::array<ProbeSet, path_segments_max + 1> ends_at_{};
    std::array<ProbeSet, path_segments_max> any_name_{};
    std::array<ProbeSet, probe_kinds_count> of_kind_{};
};

} // namespace ks
