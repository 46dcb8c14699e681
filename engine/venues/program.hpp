// Program: how a request is written and signed, as small steps that the recipe compiler made.
// It is a stack machine over one scratch arena: `open` starts a value at the top, appends make it
// longer, and encoders and signers replace the value that was opened last by its image.
// Guarantees: run() allocates nothing, wipes its scratch, and writes only into the buffer given;
// what does not fit, or would leave the header grammar, makes it return 0, never a cut request.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/bounded.hpp"
#include "base/units.hpp"

namespace ks {

// What a program may read. Views must outlive run().
struct Credentials {
    std::string_view key;       // public part: API key, or hex public key
    std::span<const u8> secret; // text as given, or decoded: the recipe says which
    std::string_view identity;  // account name, e-mail
    std::string_view passphrase;
    std::string_view account; // the venue's own account name or id, where it has one
    std::string_view symbol;  // empty: all
    std::string_view order;   // one order's id, for requests asked by hand
};
struct SignTime {
    UnixMs now; // venue time
    u64 nonce = 0;
};

enum class Field : u8 { key, secret, identity, passphrase, account, symbol, order };
constexpr size_t fields_count = 7;

// A set of fields: which ones a program reads.
struct FieldSet {
    u8 bits = 0;
    constexpr void add(Field field) { bits |= static_cast<u8>(1u << static_cast<u8>(field)); }
    constexpr void remove(Field field) { bits &= static_cast<u8>(~(1u << static_cast<u8>(field))); }
    constexpr bool has(Field field) const { return bits >> static_cast<u8>(field) & 1; }
    constexpr FieldSet& operator|=(FieldSet other) {
        bits |= other.bits;
        return *this;
    }
};

enum class Op : u8 {
    open,       // start a value
    keep,       // the open value becomes register `arg`
    load,       // append register `arg`
    literal,    // append `count` bytes of the literal pool at `offset`
    field,      // append credential `arg`
    field_list, // append credential `arg`, "a,b" written as the JSON strings "a","b"
    time_ms,    // append venue time, Unix milliseconds
    time_s,     // the same in seconds
    ago_ms,     // Unix milliseconds so many seconds before: offset + 65,536 x count
    time_iso,   // the same as 2020-12-08T09:08:57.715Z
    nonce,      // append the nonce
    size_of,    // append the size of register `arg` in bytes, decimal
    join,       // close the open value: it goes on as part of the one around it
    // These replace the open value by its image, and close it.
    json_string, // quoted and escaped
    base64,      // RFC 4648 section 4, padded
    base64url,   // section 5, without padding
    hex,         // lower case
    urlencode,   // RFC 3986: all but unreserved characters as %XX
    sha256,
    sha512,
    hmac_sha256, // keyed by the secret, raw digest
    hmac_sha384,
    hmac_sha512,
    ed25519, // RFC 8032, the secret is the 32-byte seed, raw signature
    // These only look at the open value, and fail the run.
    check_target, // a request target: visible ASCII, no '#', begins with '/'
    check_value,  // a header value: visible ASCII with inner blanks
};

struct Step {
    Op op = Op::join;
    u8 arg = 0;
    u16 offset = 0;
    u16 count = 0;
};

constexpr size_t steps_max = 128;
constexpr size_t literals_bytes_max = 1'536; // more than the request that they may become part of
constexpr size_t registers_max = 12;
constexpr size_t nesting_max = 12;

struct Program {
    Bounded<Step, steps_max> steps;
    Bounded<char, literals_bytes_max> literals;
    FieldSet fields;
    bool is_empty() const { return steps.empty(); }
};

// Runs `program`; the value left open at the end is the request. Returns its size in bytes, or 0.
size_t run(const Program& program, const Credentials& credentials, const SignTime& time,
           std::span<std::byte> out);

} // namespace ks
