#include "hot/armory.hpp"

#include <cstddef>
#include <cstring>

namespace ks {

namespace {
// A signer answers within a millisecond or two; asking more often only fills its ring.
constexpr Nanos want_again_after = milliseconds(5);
} // namespace

bool Armory::take_signed() noexcept {
    SignedRequest* signed_request = mail_.signed_requests.front();
    if (!signed_request) return false;
    Letter& letter = letters_[signed_request->request.index];
    std::memcpy(letter.text.data(), signed_request->text.data(), signed_request->text_bytes);
    letter.text_bytes = signed_request->text_bytes;
    letter.nonce = signed_request->nonce;
    letter.signed_at = signed_request->signed_at;
    letter.stale_at = signed_request->stale_at;
    letter.digest = signed_request->digest;
    ++letter.version;
    explicit_bzero(signed_request->text.data(), signed_request->text_bytes);
    mail_.signed_requests.release();
    return true;
}

bool Armory::is_spent(RequestId request) const noexcept {
    const KeyId key = plan_.requests[request.index].key;
    return !key.is_none() && plan_.keys[key.index].is_ordered &&
           letters_[request.index].nonce <= keys_[key.index].nonce_last;
}

void Armory::want(RequestId request, Instant now) noexcept {
    Letter& letter = letters_[request.index];
    if (now - letter.wanted_at < want_again_after) return;
    if (mail_.sign_orders.push({request, SignWhy::spent})) letter.wanted_at = now;
}

// One request of an ordered key at a time. But a shot never waits for a read or a live fire: its
// nonce is the higher one, so if it overtakes, those are refused, and nothing else is lost.
bool Armory::is_in_turn(RequestId request) const noexcept {
    const KeyId key = plan_.requests[request.index].key;
    if (key.is_none() || !plan_.keys[key.index].is_ordered) return false;
    const RequestId out = keys_[key.index].out;
    if (out.is_none()) return false;
    return plan_.requests[request.index].kind != RequestKind::fire ||
           plan_.requests[out.index].kind == RequestKind::fire;
}

Readiness Armory::readiness(RequestId request, Instant now) noexcept {
    const Letter& letter = letters_[request.index];
    if (is_in_turn(request)) return Readiness::in_turn;
    if (letter.text_bytes == 0 || is_spent(request)) {
        want(request, now);
        return Readiness::unsigned_yet;
    }
    if (letter.stale_at <= now) {
        want(request, now);
        return Readiness::stale;
    }
    return Readiness::fresh;
}

u16 Armory::lane_slot(ShotId shot, u8 which) const noexcept {
    const ShotPlan& plan = plan_.shots[shot.index];
    return which == 0 ? plan.lane_primary : plan.lane_backup;
}

const Record* Armory::sealed(ShotId shot, u8 which, const Lanes& lanes) const noexcept {
    const Sealed& sealed = sealed_[shot.index][which];
    const Letter& letter = letters_[plan_.shots[shot.index].fire.index];
    const u64 fit = lanes.fit(lane_slot(shot, which));
    const bool fits = fit != 0 && sealed.record.fit == fit && sealed.version == letter.version;
    return fits ? &sealed.record : nullptr;
}

const Record* Armory::seal_inline(RequestId request, Lane& lane) noexcept {
    return lane.session.seal(letters_[request.index].span(), lane.own_record) ? &lane.own_record
                                                                              : nullptr;
}

bool Armory::seal_for(ShotId shot, u8 which, Lanes& lanes) noexcept {
    const u16 slot = lane_slot(shot, which);
    Sealed& sealed = sealed_[shot.index][which];
    const Letter& letter = letters_[plan_.shots[shot.index].fire.index];
    Lane* lane = lanes.current(slot);
    if (!lane || lanes.is_sending(slot) || letter.text_bytes == 0) return false;
    const u64 fit = lane->session.fit();
    if (fit == 0 || (sealed.record.fit == fit && sealed.version == letter.version)) return false;
    sealed.version = letter.version;
    return lane->session.seal(letter.span(), sealed.record) != 0;
}

bool Armory::seal_one(Lanes& lanes) noexcept {
    if (plan_.shots.empty()) return false;
    if (seal_cursor_ >= plan_.shots.size()) seal_cursor_ = 0;
    const ShotId shot{seal_cursor_};
    if (seal_for(shot, 0, lanes) || seal_for(shot, 1, lanes)) return true;
    ++seal_cursor_;
    return false;
}

void Armory::departed(RequestId request, Instant now) noexcept {
    const KeyId key = plan_.requests[request.index].key;
    if (key.is_none() || !plan_.keys[key.index].is_ordered) return;
    keys_[key.index].out = request;
    keys_[key.index].nonce_last = letters_[request.index].nonce;
    letters_[request.index].wanted_at = never;
    want(request, now);
}

void Armory::settled(RequestId request) noexcept {
    const KeyId key = plan_.requests[request.index].key;
    if (!key.is_none() && keys_[key.index].out == request) keys_[key.index].out = {};
}

void Armory::refused(RequestId request) noexcept {
    // A full ring loses nothing: the letter is still there, and readiness() asks when it is stale.
    static_cast<void>(mail_.sign_orders.push({request, SignWhy::refused}));
}

void Armory::warm(ShotId shot) const noexcept {
    const Sealed& sealed = sealed_[shot.index][0];
    keep_warm(&sealed, offsetof(Sealed, record.bytes) + sealed.record.bytes_count);
    keep_warm(&letters_[plan_.shots[shot.index].fire.index], cache_line_bytes);
    keep_warm(&plan_.shots[shot.index], cache_line_bytes);
    keep_warm(&plan_.requests[plan_.shots[shot.index].fire.index], sizeof(RequestPlan));
}

void Armory::expect(ShotId shot) const noexcept {
    const RequestId fire = plan_.shots[shot.index].fire;
    keep_warm(&sealed_[shot.index][0], cache_line_bytes);
    keep_warm(&letters_[fire.index], cache_line_bytes);
    keep_warm(&plan_.requests[fire.index], cache_line_bytes);
}

u32 Armory::armed(ShotId shot, const Lanes& lanes) const noexcept {
    const RequestId fire = plan_.shots[shot.index].fire;
    const u32 is_signed = letters_[fire.index].text_bytes != 0 && !is_spent(fire);
    const u32 on_primary = sealed(shot, 0, lanes) != nullptr;
    const u32 on_backup = sealed(shot, 1, lanes) != nullptr;
    return is_signed | on_primary << 1 | on_backup << 2;
}

} // namespace ks
