// Opener: turns a stream of bytes into verified records, one at a time, in slices of work.
// Guarantees: decrypts as bytes arrive, so a record costs its slices and never a long stop at its
// end; nothing of a record can be read before its tag is verified. Source: RFC 8446 5.2 and 5.4.
#pragma once

#include "wire/record.hpp"

namespace ks {

class Opener {
public:
    enum class Step : u8 { need, record, bad_record, bad_tag };
    struct Fed {
        Step step = Step::need;
        size_t used = 0;
    };
    // Consumes at most `budget` bytes of ciphertext, besides a header and a tag, and not more than
    // the record with this number. After a bad step never feed it again.
    Fed feed(TrafficKeys& keys, u64 number, std::span<const std::byte> in, size_t budget);

    // After Step::record, until the next feed(). The type is 0 when there was nothing but padding.
    u8 content_type() const { return static_cast<u8>(inner_[type_at_]); }
    std::span<const std::byte> content() const { return {inner_.data(), type_at_}; }

private:
    bool take_header(TrafficKeys& keys, u64 number, Fed& fed, std::span<const std::byte> in);
    bool take_inner(TrafficKeys& keys, Fed& fed, std::span<const std::byte> in, size_t budget);
    void take_tag(TrafficKeys& keys, Fed& fed, std::span<const std::byte> in);

    RecordHeader header_{};
    RecordTag tag_{};
    u32 header_count_ = 0;
    u32 tag_count_ = 0;
    u32 inner_bytes_ = 0; // of the record in the making, without its tag
    u32 inner_count_ = 0; // decrypted so far
    u32 type_at_ = 0;     // the last byte that is not zero; padding comes after it
    std::array<std::byte, inner_bytes_max> inner_{};
};

} // namespace ks
