// Session: one adopted connection: what may be sealed, what was spent, what came in.
#include "wire/opener.hpp"
#include "wire/post_handshake.hpp"
#include "wire/record.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

namespace ks {
namespace {

constexpr u32 empty_records_max = 32; // in a row, as OpenSSL

constexpr u8 close_notify = 0;
constexpr u8 user_canceled = 90;
constexpr std::array alert_of_close{std::byte{1}, std::byte{close_notify}}; // level: warning
// KeyUpdate, update_not_requested: we never need the peer to follow.
constexpr std::array key_update{std::byte{24}, std::byte{0}, std::byte{0}, std::byte{1},
                                std::byte{0}};
constexpr size_t owed_bytes_max = key_update.size() + record_overhead_bytes;

enum class Owed : u8 { nothing, update, close };

constexpr u64 packed(u32 life, u32 generation, u64 sequence) {
    return u64{life} << 40 | u64{generation} << 24 | sequence;
}
static_assert(packed(life_max, generation_max, sequence_max) == ~u64{0});

} // namespace

struct Session::State {
    Owed owed() const;
    u64 next_fit() const; // 0: no request may be sealed
    Broken on_record();
    Broken on_application_data();
    Broken on_handshake();
    Broken on_alert();
    Broken count_empty() {
        return ++empty_records > empty_records_max ? Broken::flood : Broken::none;
    }

    // All that fit() and spend() touch: one line of the cache, the first.
    u64 sequence_tx = 0;
    u32 life = 0; // 0: not adopted
    u32 generation = 0;
    bool is_in_flight = false;
    bool is_update_owed = false;
    bool is_closing = false;
    bool is_close_spent = false;
    Broken broken = Broken::none;
    u8 alert = 0;

    // Sending.
    TrafficKeys tx;
    Owed sealed = Owed::nothing; // what owed_record holds, for the number that is next
    u32 owed_count = 0;
    std::array<std::byte, owed_bytes_max> owed_record{};

    // Receiving.
    TrafficKeys rx;
    u64 sequence_rx = 0;
    Opener opener;
    PostHandshake post_handshake;
    std::span<const std::byte> unread; // verified content not yet handed out
    u32 empty_records = 0;
};

Session::Session() {
    static_assert(sizeof(State) <= storage_bytes, "a larger wolfCrypt: raise storage_bytes");
    static_assert(alignof(State) <= 64);
    new (storage_.data()) State;
}

Session::~Session() {
    std::destroy_at(&state());
    explicit_bzero(storage_.data(), storage_.size());
}

bool Session::adopt(const Handover& handover, u32 life) {
    wipe();
    State& s = state();
    const bool fits = life != 0 && life <= life_max && handover.sequence_tx < sequence_max;
    if (!fits || !s.tx.derive(handover.suite, handover.secret_tx) ||
        !s.rx.derive(handover.suite, handover.secret_rx)) {
        wipe();
        return false;
    }
    s.life = life;
    s.sequence_tx = handover.sequence_tx;
    s.sequence_rx = handover.sequence_rx;
    s.is_update_owed = s.sequence_tx >= sequence_update_at;
    return true;
}

void Session::wipe() {
    std::destroy_at(&state());
    explicit_bzero(storage_.data(), storage_.size());
    new (storage_.data()) State;
}

u64 Session::State::next_fit() const {
    const bool may = life != 0 && broken == Broken::none && !is_update_owed && !is_closing;
    return may ? packed(life, generation, sequence_tx) : 0;
}

u64 Session::fit() const {
    return state().is_in_flight ? 0 : state().next_fit();
}

u64 Session::seal(std::span<const std::byte> plain, Record& out) {
    State& s = state();
    out.fit = 0;
    out.bytes_count = 0;
    const u64 fit = s.next_fit();
    const size_t sealed_bytes = plain.size() + record_overhead_bytes;
    if (fit == 0 || sealed_bytes > sealed_bytes_max) return 0;
    if (!s.tx.seal(s.sequence_tx, ContentType::application_data, plain,
                   std::span{out.bytes}.first(sealed_bytes)))
        return 0;
    out.bytes_count = static_cast<u16>(sealed_bytes);
    out.fit = fit;
    return fit;
}

void Session::spend() {
    State& s = state();
    ++s.sequence_tx;
    s.is_in_flight = true;
    s.is_update_owed |= s.sequence_tx >= sequence_update_at;
}

void Session::sent() {
    state().is_in_flight = false;
}

// What goes next. A peer that has closed gets our close_notify, and no answers any more.
Owed Session::State::owed() const {
    const bool is_open = broken == Broken::none || broken == Broken::close_notify;
    if (life == 0 || is_in_flight || is_close_spent || !is_open) return Owed::nothing;
    if (is_closing) return Owed::close;
    return is_update_owed && broken == Broken::none ? Owed::update : Owed::nothing;
}

std::span<const std::byte> Session::owed() {
    State& s = state();
    const Owed owed = s.owed();
    if (owed == Owed::nothing) return {};
    if (s.sealed != owed) {
        const bool is_close = owed == Owed::close;
        const std::span<const std::byte> plain =
            is_close ? std::span<const std::byte>{alert_of_close} : key_update;
        s.owed_count = static_cast<u32>(plain.size() + record_overhead_bytes);
        if (!s.tx.seal(s.sequence_tx, is_close ? ContentType::alert : ContentType::handshake, plain,
                       std::span{s.owed_record}.first(s.owed_count)))
            return {};
        s.sealed = owed;
    }
    return {s.owed_record.data(), s.owed_count};
}

void Session::owed_spent() {
    State& s = state();
    s.is_in_flight = true;
    ++s.sequence_tx;
    s.is_close_spent = s.sealed == Owed::close;
    if (s.sealed == Owed::update) { // it went under the old keys; all after it under the new
        if (s.generation == generation_max || !s.tx.update()) s.broken = Broken::exhausted;
        ++s.generation;
        s.sequence_tx = 0;
        s.is_update_owed = false;
    }
    s.sealed = Owed::nothing;
}

void Session::close() {
    state().is_closing = true;
}

Opened Session::open(std::span<const std::byte> in, size_t budget) {
    State& s = state();
    Opened out;
    out.broken = s.broken;
    out.alert = s.alert;
    out.used = in.size();
    if (s.life == 0 || s.broken != Broken::none) return out;
    out.used = 0;
    if (s.unread.empty()) {
        const Opener::Fed fed = s.opener.feed(s.rx, s.sequence_rx, in, budget);
        out.used = fed.used;
        switch (fed.step) {
        case Opener::Step::need:
            break;
        case Opener::Step::record:
            s.broken = s.on_record();
            break;
        case Opener::Step::bad_record:
            s.broken = Broken::bad_record;
            break;
        case Opener::Step::bad_tag:
            s.broken = Broken::bad_tag;
            break;
        }
    }
    out.content = s.unread.first(std::min(s.unread.size(), std::max(budget, size_t{1})));
    s.unread = s.unread.subspan(out.content.size());
    out.worked = !s.unread.empty();
    out.broken = s.broken;
    out.alert = s.alert;
    return out;
}

// The opener holds a verified record.
Broken Session::State::on_record() {
    if (++sequence_rx == 0) return Broken::exhausted;
    const u8 type = opener.content_type();
    if (type == static_cast<u8>(ContentType::handshake)) return on_handshake();
    if (post_handshake.is_midway()) return Broken::bad_handshake; // RFC 8446 5.1
    if (type == static_cast<u8>(ContentType::application_data)) return on_application_data();
    return type == static_cast<u8>(ContentType::alert) ? on_alert() : Broken::bad_record;
}

Broken Session::State::on_application_data() {
    if (opener.content().empty()) return count_empty();
    empty_records = 0;
    post_handshake.forgive();
    unread = opener.content();
    return Broken::none;
}

Broken Session::State::on_handshake() {
    if (opener.content().empty()) return Broken::bad_record; // RFC 8446 5.1
    const PostHandshake::Found found = post_handshake.feed(opener.content());
    if (found.broken != Broken::none || !found.is_key_update) return found.broken;
    sequence_rx = 0;
    is_update_owed |= found.is_answer_wanted; // one answer covers all requests before it
    return rx.update() ? Broken::none : Broken::exhausted;
}

// The level means nothing in TLS 1.3: the description decides (RFC 8446 6).
Broken Session::State::on_alert() {
    if (opener.content().size() != 2) return Broken::bad_record;
    const u8 description = static_cast<u8>(opener.content()[1]);
    if (description == close_notify) return Broken::close_notify;
    if (description == user_canceled) return count_empty();
    alert = description;
    return Broken::fatal_alert;
}

Suite Session::suite() const {
    return state().tx.suite();
}

u64 Session::sequence_tx() const {
    return state().sequence_tx;
}

} // namespace ks
