// Bytes: how the tests of wire/ write, cut, join and feed them.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "wire/session.hpp"

namespace ks::testing {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(std::string_view text) {
    Bytes out(text.size());
    std::ranges::transform(text, out.begin(), [](char c) { return static_cast<std::byte>(c); });
    return out;
}

inline std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes hex(std::string_view digits) {
    Bytes out;
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
        out.push_back(
            static_cast<std::byte>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
    return out;
}

// One after the other; braces, unlike operator+, evaluate their elements from left to right.
inline Bytes join(std::initializer_list<Bytes> parts) {
    Bytes out;
    for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
    return out;
}

// Distinct bytes that are easy to tell apart when a slice lands in the wrong place.
inline Bytes pattern(size_t count) {
    Bytes out(count);
    for (size_t i = 0; i < count; ++i) out[i] = static_cast<std::byte>(i * 31 + i / 251);
    return out;
}

inline const u8* raw(const Bytes& bytes) {
    return reinterpret_cast<const u8*>(bytes.data());
}
inline u8* raw(Bytes& bytes) {
    return reinterpret_cast<u8*>(bytes.data());
}

inline void must(bool is_ok, const char* what) {
    if (!is_ok) throw std::runtime_error(what);
}

inline constexpr Suite all_suites[] = {Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384,
                                       Suite::chacha20_poly1305_sha256};

// Feeds all of `in` in pieces and slices of work, and collects what comes out.
struct Taken {
    Bytes content;
    Broken broken = Broken::none;
    u8 alert = 0;
    friend bool operator==(const Taken&, const Taken&) = default;
};

struct Pace {
    size_t piece_bytes = SIZE_MAX;
    size_t budget_bytes = 512;
};

inline void take(Session& session, std::span<const std::byte> in, size_t budget, Taken& taken) {
    while (taken.broken == Broken::none) {
        const Opened opened = session.open(in, budget);
        must(opened.used <= in.size() && opened.content.size() <= budget, "open() overran");
        taken.content.insert(taken.content.end(), opened.content.begin(), opened.content.end());
        taken.broken = opened.broken;
        taken.alert = opened.alert;
        in = in.subspan(opened.used);
        if (in.empty() && !opened.worked) return;
    }
}

inline Taken take_all(Session& session, const Bytes& in, Pace pace = {}) {
    Taken taken;
    for (size_t at = 0; at < in.size() && taken.broken == Broken::none; at += pace.piece_bytes) {
        const size_t piece = std::min(pace.piece_bytes, in.size() - at);
        take(session, std::span{in}.subspan(at, piece), pace.budget_bytes, taken);
        if (piece == in.size() - at) break;
    }
    return taken;
}

} // namespace ks::testing
