// Post-handshake: the handshake messages that a TLS 1.3 client may get after the handshake.
// Guarantees: NewSessionTicket is skipped (the resumption secret stayed with wolfSSL), KeyUpdate is
// reported, everything else is refused; floods are cut; messages may come in any fragments.
// Source: RFC 8446 sections 4.6 and 5.1.
#pragma once

#include <array>
#include <span>

#include "wire/session.hpp"

namespace ks {

// Between two pieces of application data. Honest servers send two or four tickets and one update.
constexpr u32 key_updates_max = 32; // as BoringSSL and rustls
constexpr u32 tickets_max = 32;
constexpr u32 ticket_bytes_max = 64 * 1024;

class PostHandshake {
public:
    struct Found {
        Broken broken = Broken::none;
        bool is_key_update = false; // the sender's keys move on with its next record
        bool is_answer_wanted = false;
    };
    // The content of one handshake record.
    Found feed(std::span<const std::byte> fragment);
    // True inside a message: then no other record type may come.
    bool is_midway() const { return header_count_ != 0; }
    // Application data came: the peer does something else than talk about itself.
    void forgive() { tickets_ = ticket_bytes_ = key_updates_ = 0; }

private:
    Broken on_header();
    Broken on_key_update(std::byte request, bool is_last, Found& found);

    std::array<u8, 4> header_{}; // type, length of 24 bits
    u32 header_count_ = 0;
    u32 left_bytes_ = 0; // of the message's body
    u32 tickets_ = 0;
    u32 ticket_bytes_ = 0;
    u32 key_updates_ = 0;
};

} // namespace ks
