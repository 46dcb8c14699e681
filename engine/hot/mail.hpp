// Mail: what the hot thread and the three cold threads tell each other, through SPSC rings.
// Guarantees: fixed size, no pointer into anyone's memory; the reader wipes what is secret.
#pragma once

#include <array>

#include "base/ring.hpp"
#include "hot/plan.hpp"
#include "wire/session.hpp"

namespace ks {

// signer -> hot: the plaintext of one request, ready to be sealed.
struct SignedRequest {
    RequestId request;
    u16 text_bytes = 0;
    u64 nonce = 0; // 0 where the venue has none
    Instant signed_at;
    Instant stale_at;              // far_future: never stale
    std::array<char, 16> digest{}; // of the text: first 8 bytes of its SHA-256, in hex
    std::array<std::byte, request_bytes_max> text{};
};

// hot -> signer: sign this request again, and for an ordered key every request of that key.
enum class SignWhy : u8 { spent, refused };
struct SignOrder {
    RequestId request;
    SignWhy why = SignWhy::spent;
};

// connector -> hot: a warm, verified connection. The reader wipes `handover` after adopting it.
struct LaneUp {
    LaneRef lane;
    int fd = -1;
    bool is_clock_known = false; // its warm-up told the venue's time
    Handover handover;
};

// hot -> connector: a connection that is over (close the fd), or wanted anew.
enum class DownWhy : u8 {
    closed_by_peer,
    send_failed,
    broken_record,
    broken_http,
    no_answer,
    retired
};
struct LaneDown {
    LaneRef lane;
    int fd = -1;
    DownWhy why = DownWhy::closed_by_peer;
};

using SignedRing = Ring<SignedRequest, 64>;
using SignOrderRing = Ring<SignOrder, 256>;
using LaneUpRing = Ring<LaneUp, 32>;
using LaneDownRing = Ring<LaneDown, 256>;

struct Mail {
    SignedRing signed_requests;
    SignOrderRing sign_orders;
    LaneUpRing lanes_up;
    LaneDownRing lanes_down;
};

} // namespace ks
