#include "wire/post_handshake.hpp"

#include <algorithm>

namespace ks {
namespace {

constexpr u8 new_session_ticket = 4;
constexpr u8 key_update = 24;
constexpr u32 ticket_bytes_min = 14; // lifetime, age, and the lengths of nonce, ticket, extensions

} // namespace

PostHandshake::Found PostHandshake::feed(std::span<const std::byte> fragment) {
    Found found;
    while (!fragment.empty() && found.broken == Broken::none) {
        if (header_count_ < header_.size()) {
            header_[header_count_++] = static_cast<u8>(fragment.front());
            fragment = fragment.subspan(1);
            if (header_count_ == header_.size()) found.broken = on_header();
            continue;
        }
        const size_t take = std::min<size_t>(left_bytes_, fragment.size());
        left_bytes_ -= static_cast<u32>(take);
        if (left_bytes_ == 0) header_count_ = 0;
        if (header_[0] == key_update)
            found.broken = on_key_update(fragment.front(), fragment.size() == take, found);
        fragment = fragment.subspan(take);
    }
    return found;
}

// Judges a message by its type and length, before its body.
Broken PostHandshake::on_header() {
    left_bytes_ = u32{header_[1]} << 16 | u32{header_[2]} << 8 | header_[3];
    if (header_[0] == key_update) {
        if (left_bytes_ != 1) return Broken::bad_handshake;
        return ++key_updates_ > key_updates_max ? Broken::flood : Broken::none;
    }
    if (header_[0] != new_session_ticket || left_bytes_ < ticket_bytes_min)
        return Broken::bad_handshake;
    ticket_bytes_ += left_bytes_;
    return ++tickets_ > tickets_max || ticket_bytes_ > ticket_bytes_max ? Broken::flood
                                                                        : Broken::none;
}

// The keys change with the record, so the message must end it: RFC 8446 5.1.
Broken PostHandshake::on_key_update(std::byte request, bool is_last, Found& found) {
    if (!is_last || request > std::byte{1}) return Broken::bad_handshake;
    found.is_key_update = true;
    found.is_answer_wanted = request == std::byte{1};
    return Broken::none;
}

} // namespace ks
