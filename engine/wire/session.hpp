// Session: one adopted TLS 1.3 connection, both directions of its record layer after hand-over.
// Guarantees: I1 a number is spent when spend() is called and never again; I2 fit() is 0 while
// anything forbids firing; no plaintext leaves open() before its tag is verified; no I/O, no time,
// no allocation. It never sends an alert but close_notify: a broken lane is dropped, which says
// enough. Source: RFC 8446 sections 4.6, 5, 6 and 7.2.
#pragma once

#include <array>
#include <new>
#include <span>

#include "base/units.hpp"

namespace ks {

enum class Suite : u8 { none, aes_128_gcm_sha256, aes_256_gcm_sha384, chacha20_poly1305_sha256 };

constexpr size_t record_overhead_bytes = 22;          // header 5, content type 1, tag 16
constexpr size_t record_bytes_max = 5 + 16'384 + 256; // RFC 8446 5.2
constexpr size_t sealed_bytes_max = 1'448;            // one segment; our requests never exceed it

// What the connector hands over when wolfSSL has finished: RFC 8446 application traffic secrets,
// the next sequence numbers, and bytes already received that no one has opened. Wipe after use.
struct Handover {
    Suite suite = Suite::none;
    u64 sequence_tx = 0;
    u64 sequence_rx = 0;
    std::array<u8, 48> secret_tx{}; // 32 bytes used for SHA-256 suites
    std::array<u8, 48> secret_rx{};
    u32 leftover_bytes = 0;
    std::array<std::byte, record_bytes_max> leftover{};
};

// A fit is (lane life, key generation, sequence) in one word: 24, 16 and 24 bits. Never 0, because
// lives start at 1; unique in a process, because a life is never reused in one run. Keys move on
// at 2^23 records, well below the 2^24.5 that RFC 8446 5.5 allows AES-GCM, so a sequence always
// fits.
constexpr u32 life_max = (u32{1} << 24) - 1;
constexpr u32 generation_max = (u32{1} << 16) - 1;
constexpr u64 sequence_update_at = u64{1} << 23;
constexpr u64 sequence_max = (u64{1} << 24) - 1;
static_assert(sequence_update_at < sequence_max, "the KeyUpdate and close_notify need numbers too");

// A sealed record and the fit it was made for.
struct Record {
    u64 fit = 0;
    u16 bytes_count = 0;
    std::array<std::byte, sealed_bytes_max> bytes{};
    std::span<const std::byte> span() const { return {bytes.data(), bytes_count}; }
};

// Why a session is over; `none` while it lives.
enum class Broken : u8 {
    none,
    close_notify, // the peer ended its direction in order
    fatal_alert,  // the peer's alert; see Opened::alert
    bad_tag,
    bad_record,    // framing, length, content type
    bad_handshake, // a handshake message a client must not get, or a malformed one
    flood,         // more empty records, tickets or key updates than any honest peer sends
    exhausted,     // sequence numbers
};

// One step of open().
struct Opened {
    size_t used = 0;                    // bytes of `in` consumed; call again while more is left
    std::span<const std::byte> content; // verified application data; valid until the next open()
    Broken broken = Broken::none;
    u8 alert = 0;
    bool worked = false; // work remains for the bytes already consumed: call again, in may be empty
};

class Session {
public:
    Session();
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Takes the secrets over (and derives keys; 4 HKDF steps, about 5 us). `life`, from 1 to
    // life_max, goes into fit(). The leftover bytes are the caller's to open(). False: unknown
    // suite, or a life or number that fit() cannot hold; the session stays wiped.
    [[nodiscard]] bool adopt(const Handover& handover, u32 life);
    // Forgets everything, keys first. Not before the last send is complete or its lane is closed:
    // owed() bytes may be in flight.
    void wipe();

    // The fit a record must have to be queued now, or 0 while the session may not send a request:
    // not adopted, broken, a key update owed, a send in flight. (The lane adds its own reasons.)
    u64 fit() const;
    // Seals `plain` (at most sealed_bytes_max - record_overhead_bytes) under the next number.
    // Spends nothing. Returns the fit, which is also written to `out`; 0 and an empty record if it
    // may not. Also allowed while a send is in flight: it seals for the number after that one.
    u64 seal(std::span<const std::byte> plain, Record& out);
    // The number is gone (I1). Called beside net.queue(), nowhere else. Marks a send in flight.
    void spend();
    // The send in flight has completed in full.
    void sent();

    // Protocol bytes that we owe the peer: an answer to KeyUpdate, our own KeyUpdate when numbers
    // run out, close_notify. Empty span: nothing owed, or a send is in flight. Queue them like a
    // record, then call owed_spent() beside net.queue(): keys and numbers move on there. sent()
    // follows as for a record; until then the bytes do not change (I4).
    std::span<const std::byte> owed();
    void owed_spent();
    void close(); // owes a close_notify; fit() is 0 from now on

    // Feeds bytes of the wire. Does at most about `budget` bytes of crypto work a call, consumes
    // from the front of `in`, decrypts into an inner buffer of one record, and hands out at most
    // `budget` bytes of content. Once broken, it swallows all and repeats why.
    Opened open(std::span<const std::byte> in, size_t budget);

    Suite suite() const;
    u64 sequence_tx() const;

private:
    struct State;
    // Opaque and aligned: hot/ sees no wolfSSL header. The size is asserted in session.cpp.
    static constexpr size_t storage_bytes = 20 * 1024;
    alignas(64) std::array<std::byte, storage_bytes> storage_;
    State& state() { return *std::launder(reinterpret_cast<State*>(storage_.data())); }
    const State& state() const {
        return *std::launder(reinterpret_cast<const State*>(storage_.data()));
    }
};

} // namespace ks
