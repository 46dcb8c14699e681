#include "wire/opener.hpp"

#include <algorithm>

namespace ks {
namespace {

// Moves what fits of in[used..] to the end of `to`; true when `to` is full.
template<size_t limit> bool fill(std::array<std::byte, limit>& to, u32& count,
                                 std::span<const std::byte> in, size_t& used) {
    const size_t take = std::min(limit - count, in.size() - used);
    std::copy_n(in.begin() + used, take, to.begin() + count);
    count += static_cast<u32>(take);
    used += take;
    return count == limit;
}

} // namespace

Opener::Fed Opener::feed(TrafficKeys& keys, u64 number, std::span<const std::byte> in,
                         size_t budget) {
    Fed fed;
    if (take_header(keys, number, fed, in) && take_inner(keys, fed, in, budget))
        take_tag(keys, fed, in);
    return fed;
}

// True when the header is complete and the record may go on.
bool Opener::take_header(TrafficKeys& keys, u64 number, Fed& fed, std::span<const std::byte> in) {
    if (header_count_ == record_header_bytes) return true;
    if (!fill(header_, header_count_, in, fed.used)) return false;
    const u32 body_bytes = static_cast<u32>(header_[3]) << 8 | static_cast<u32>(header_[4]);
    // Longer than this, the inner plaintext would break its own limit, verified or not. A record
    // without even a content type is malformed. The version bytes mean nothing (RFC 8446 5.1).
    const bool is_sound = header_[0] == static_cast<std::byte>(ContentType::application_data) &&
                          body_bytes > record_tag_bytes &&
                          body_bytes <= inner_bytes_max + record_tag_bytes;
    inner_bytes_ = body_bytes - static_cast<u32>(record_tag_bytes);
    inner_count_ = tag_count_ = type_at_ = 0;
    if (is_sound && keys.open_start(number, header_)) return true;
    fed.step = Step::bad_record;
    return false;
}

// True when all of the ciphertext is decrypted.
bool Opener::take_inner(TrafficKeys& keys, Fed& fed, std::span<const std::byte> in, size_t budget) {
    const size_t take = std::min(
        {size_t{inner_bytes_ - inner_count_}, in.size() - fed.used, std::max(budget, size_t{1})});
    if (take > 0) {
        const std::span<std::byte> plain{inner_.data() + inner_count_, take};
        if (!keys.open_slice(in.subspan(fed.used, take), plain.data())) {
            fed.step = Step::bad_record;
            return false;
        }
        const auto last = std::find_if(plain.rbegin(), plain.rend(),
                                       [](std::byte b) { return b != std::byte{0}; });
        if (last != plain.rend())
            type_at_ = inner_count_ + static_cast<u32>(plain.rend() - last) - 1;
        inner_count_ += static_cast<u32>(take);
        fed.used += take;
    }
    return inner_count_ == inner_bytes_;
}

void Opener::take_tag(TrafficKeys& keys, Fed& fed, std::span<const std::byte> in) {
    if (!fill(tag_, tag_count_, in, fed.used)) return;
    header_count_ = 0;
    fed.step = keys.open_end(tag_) ? Step::record : Step::bad_tag;
}

} // namespace ks
