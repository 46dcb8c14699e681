/* killswitch_plain.h: text that a human typed, made safe to write down and to show. MIT licence.
 *
 * Why: a reason may be in any language, and may be in no language: a control byte moves the cursor
 * of a terminal, a bidi override turns "not sent" around, half a character breaks what follows it.
 * Guarantees: what comes out is well-formed UTF-8 without controls; it is never cut within a
 * character; no allocation.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_PLAIN_H
#define KILLSWITCH_PLAIN_H

#include <stddef.h>
#include <stdint.h>

#define KS_NO_CODE_POINT UINT32_MAX

/* The code point at `text`, which has at least 1 byte, and in `taken` the bytes it has there.
 * KS_NO_CODE_POINT: that byte begins none (RFC 3629: overlong, surrogate, above U+10FFFF, stray or
 * cut); 1 is taken then. */
static inline uint32_t ks_code_point(const char* text, size_t bytes, size_t* taken) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* by bytes: less is overlong */
    const uint8_t lead = (uint8_t)text[0];
    *taken = 1;
    if (lead < 0x80) return lead;
    const size_t count = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (count == 0 || count > bytes) return KS_NO_CODE_POINT;
    uint32_t point = lead & (0x7fu >> count);
    for (size_t i = 1; i < count; ++i) {
        if (((uint8_t)text[i] & 0xc0) != 0x80) return KS_NO_CODE_POINT;
        point = point << 6 | ((uint8_t)text[i] & 0x3fu);
    }
    if (point < least[count] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return KS_NO_CODE_POINT;
    *taken = count;
    return point;
}

/* Shows itself, in its place, and does nothing else. */
static inline int ks_is_plain(uint32_t point) {
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, /* controls */
        {0x061c, 0x061c},                   /* Arabic letter mark */
        {0x200b, 0x200f},                   /* zero width, marks of direction */
        {0x2028, 0x202e},                   /* ends of lines, embeddings and overrides */
        {0x2060, 0x2069},                   /* invisible operators, isolates */
        {0xfeff, 0xfeff},                   /* byte order mark */
    };
    if (point > 0x10ffff) return 0;
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; ++i)
        if (point >= hidden[i].first && point <= hidden[i].last) return 0;
    return 1;
}

/* Copies text up to its NUL, with '?' for each code point that is not plain and for each byte that
 * is of none; as many as fit before a NUL. Returns their bytes. `to` may be `from`; it has room for
 * 1 byte at least. */
static inline size_t ks_plain_text(char* to, size_t to_bytes, const char* from, size_t from_bytes) {
    size_t count = 0, taken = 0;
    for (size_t at = 0; at < from_bytes && from[at] != 0; at += taken) {
        const int is_plain = ks_is_plain(ks_code_point(from + at, from_bytes - at, &taken));
        const size_t more = is_plain ? taken : 1;
        if (count + more >= to_bytes) break;
        for (size_t i = 0; i < more; ++i) to[count + i] = is_plain ? from[at + i] : '?';
        count += more;
    }
    to[count] = 0;
    return count;
}

#endif
