// Program: how a request is written and signed, as small steps that the recipe compiler made.
// Guarantees: run() allocates nothing and writes only into the buffers given; what does not fit, or
// would leave the header grammar, makes it return 0, never a cut request.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/bounded.hpp"
#include "base/units.hpp"

namespace ks {

// What a program may read. Views must outlive run().
struct Credentials {
    std::string_view key;        // public part: API key, or hex public key
    std::span<const u8> secret;  // text as given, or decoded: the recipe says which
    std::string_view identity;   // account name, e-mail
    std::string_view passphrase;
    std::string_view account;    // the venue's own account name or id, where it has one
    std::string_view symbol;     // empty: all
};
struct SignTime {
    UnixMs now; // venue time
    u64 nonce = 0;
};

} // namespace ks
