/* killswitch_words.h: the rules for the words in the pages: pull, place, line. MIT licence.
 *
 * Why: engine and other processes must agree on every step; each rule is written here once and used
 * by both. No system call, no allocation, no lock; safe in a signal handler; a process killed
 * between any two steps has either done the thing or not.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_WORDS_H
#define KILLSWITCH_WORDS_H

#include <string.h>

#include "killswitch_pages.h"

/* ---- names and checks --------------------------------------------------------------------- */

/* FNV-1a, 64 bits, of a name of at most KS_NAME_BYTES - 1 characters. */
static inline uint64_t ks_name_hash(const char* name) {
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = 0; i < KS_NAME_BYTES && name[i] != 0; ++i)
        hash = (hash ^ (uint8_t)name[i]) * 0x100000001b3ull;
    return hash;
}

/* What makes a slot's word belong to this name and this page, and to no other. */
static inline uint64_t ks_slot_key(const char* scope_name, uint64_t nonce) {
    return ks_name_hash(scope_name) ^ nonce;
}

/* 32 bits over epoch, scope name and nonce; random bytes pass with probability 2^-32. */
static inline uint32_t ks_check(uint32_t epoch, uint64_t slot_key) {
    uint64_t mixed = slot_key ^ (epoch * 0x9e3779b97f4a7c15ull);
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ull;
    mixed = (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93ull;
    return (uint32_t)(mixed >> 32);
}

static inline uint32_t ks_word_epoch(uint64_t word) {
    return (uint32_t)(word >> 32);
}
static inline uint64_t ks_word_make(uint32_t epoch, uint64_t slot_key) {
    return ((uint64_t)epoch << 32) | ks_check(epoch, slot_key);
}
/* Epoch 0 is never made, so zeroed memory is no pull. */
static inline int ks_word_is_valid(uint64_t word, uint64_t slot_key) {
    return ks_word_epoch(word) != 0 && (uint32_t)word == ks_check(ks_word_epoch(word), slot_key);
}
/* Epochs and kill numbers wrap: `a` is `b` or later. */
static inline int ks_is_since(uint32_t a, uint32_t b) {
    return (int32_t)(a - b) >= 0;
}

/* Asks for a line that is about to be written, so that its way to this CPU overlaps with other
 * work; says nothing about what is in it. */
static inline void ks_line_wanted(const void* line) {
#if defined(__x86_64__)
    __asm__("prefetchw %0" : : "m"(*(const char*)line)); /* gcc's own is only a read's */
#else
    __builtin_prefetch(line, 1);
#endif
}

/* ---- the pull ----------------------------------------------------------------------------- */

/* The epoch that follows a word. After an invalid word (a stray write) it jumps well beyond the
 * epoch last handled, by the clock, so that it equals no epoch in flight and still counts as later.
 */
static inline uint32_t ks_epoch_after(uint64_t word, uint64_t slot_key, uint64_t handled,
                                      uint64_t now_ns) {
    uint32_t epoch = ks_word_epoch(word) + 1;
    if (epoch == ks_word_epoch(handled)) ++epoch;
    if (!ks_word_is_valid(word, slot_key))
        epoch = ks_word_epoch(handled) + (1u << 29) + ((uint32_t)(now_ns >> 10) & ((1u << 29) - 1));
    return epoch == 0 ? 1 : epoch;
}

/* Pulls one slot and returns the epoch that stands for this pull. The CAS is the pull: before it
 * nothing has happened, after it the engine finds the word even if the bell never rings. */
static inline uint32_t ks_row_pull(struct ks_trigger_row* row, uint32_t place, uint64_t slot_key,
                                   uint16_t reason, const uint64_t* handled, uint64_t now_ns) {
    struct ks_trigger_slot* slot = &row->slot[place];
    ks_line_wanted(row); /* the engine's CPU has it: fetch it while `handled` is on its way too */
    /* acquire: pairs with Trigger::handled; an epoch chosen from a fresh `handled` is never old */
    const uint64_t done = __atomic_load_n(handled, __ATOMIC_ACQUIRE);
    __atomic_store_n(&slot->when_ns, now_ns, __ATOMIC_RELAXED);
    __atomic_store_n(&row->reason[place], reason, __ATOMIC_RELAXED);
    uint64_t seen = __atomic_load_n(&slot->word, __ATOMIC_RELAXED);
    uint32_t epoch;
    do {
        epoch = ks_epoch_after(seen, slot_key, done, now_ns);
        /* release: pairs with the acquire of the word in Trigger; `when` and reason come along */
        if (__atomic_compare_exchange_n(&slot->word, &seen, ks_word_make(epoch, slot_key), 0,
                                        __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            break;
        epoch = ks_word_epoch(seen); /* another thread's pull, made since we began, is ours too */
    } while (!ks_word_is_valid(seen, slot_key));
    /* release: pairs with Trigger::poll; whoever sees the bell sees the word */
    __atomic_fetch_add(&row->bell, 1, __ATOMIC_RELEASE);
    return epoch;
}

/* ---- who pulls, and why -------------------------------------------------------------------- */

/* FNV-1a, 64 bits, of the bytes of a record behind its first 8, which are its word. */
static inline uint64_t ks_record_hash(const void* record, size_t bytes) {
    uint64_t hash = 0xcbf29ce484222325ull;
    for (size_t i = sizeof(uint64_t); i < bytes; ++i)
        hash = (hash ^ ((const uint8_t*)record)[i]) * 0x100000001b3ull;
    return hash;
}

/* The word of what is said of a pull: its epoch, under a check over epoch, scope name, page and
 * every field behind the word. So what is torn, scribbled or of another pull is not said. */
static inline uint64_t ks_said_word(uint32_t epoch, uint64_t slot_key, uint64_t record_hash) {
    return ks_word_make(epoch, slot_key ^ record_hash);
}

/* What has been said, but not yet of which pull. */
struct ks_saying {
    struct ks_said* place;
    uint64_t record_hash;
};

/* Before the pull: says who makes it, in the next place of the page. One counter turns through the
 * places, so that no scope and no pull displaces another before seven have followed. When nine say
 * at once, two share a place and spoil each other: then nothing is said. */
static inline struct ks_saying ks_say_begin(struct ks_trigger_page* page, uint32_t scope,
                                            const struct ks_person* person) {
    struct ks_said said;
    struct ks_saying saying;
    /* relaxed: the count only shares out the places */
    const uint32_t count = __atomic_fetch_add(&page->said_count, 1, __ATOMIC_RELAXED);
    struct ks_said* const place = &page->said[count % KS_SAID_MAX];
    memset(&said, 0, sizeof said);
    said.scope = scope;
    said.person = *person;
    __atomic_store_n(&place->word, 0, __ATOMIC_RELAXED);
    /* release fence: no field is seen before the word is 0 */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    for (size_t i = 1; i < sizeof said / 8; ++i)
        __atomic_store_n((uint64_t*)place + i, ((const uint64_t*)&said)[i], __ATOMIC_RELAXED);
    saying.place = place;
    saying.record_hash = ks_record_hash(&said, sizeof said);
    return saying;
}

/* After the pull, one store: it was this one. Never before, or it might name another's pull. */
static inline void ks_say_end(const struct ks_saying* saying, uint32_t epoch, uint64_t slot_key) {
    /* release: pairs with ks_read_said; whoever sees the word sees the fields */
    __atomic_store_n(&saying->place->word, ks_said_word(epoch, slot_key, saying->record_hash),
                     __ATOMIC_RELEASE);
}

/* ---- the request of a human ---------------------------------------------------------------- */

/* The word of an operator row: its request number, under a check over number, scope name, page and
 * every field behind the word (FNV-1a over when_ns .. reason). A torn or scribbled row is none. */
static inline uint64_t ks_operator_word(uint32_t request, uint64_t slot_key,
                                        const struct ks_operator_row* row) {
    return ks_word_make(request, slot_key ^ ks_record_hash(row, sizeof *row));
}

/* ---- the places of a gate ----------------------------------------------------------------- */

/* A place is a limiter of one departure a window: it changes hands only from stamp t to
 * now >= t + hold, by CAS. So N places admit at most N in any window, whoever dies in between.
 * hold = window + margin. A stamp in the future is in use. */
static inline int ks_place_is_free(uint64_t stamp, uint64_t now_ns, uint64_t hold_ns) {
    return stamp == 0 || (stamp <= now_ns && now_ns - stamp >= hold_ns);
}
static inline int ks_place_take(uint64_t* place, uint64_t now_ns, uint64_t hold_ns) {
    uint64_t stamp = __atomic_load_n(place, __ATOMIC_RELAXED);
    /* relaxed: the stamp is the whole message, no other memory hangs on it */
    return ks_place_is_free(stamp, now_ns, hold_ns) &&
           __atomic_compare_exchange_n(place, &stamp, now_ns, 0, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED);
}
/* A place taken at `was_ns` gets another stamp: a later one holds it longer. */
static inline void ks_place_change(uint64_t* place, uint64_t was_ns, uint64_t stamp_ns) {
    __atomic_compare_exchange_n(place, &was_ns, stamp_ns, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

/* The stamp of a place given back at the time it was taken: free from then on, but not for a
 * process that looked at the clock before and comes late; 0 would forget the departure before. */
static inline uint64_t ks_place_given_back(uint64_t taken_ns, uint64_t hold_ns) {
    return taken_ns > hold_ns ? taken_ns - hold_ns : 0;
}

enum { KS_WEIGHT_MAX = 64 }; /* the most places one booking may take at one gate */

/* Takes up to `wanted` free places of a run, writes their indices to `taken`, returns how many. The
 * search starts at `*next`, a private hint: places fall free in the order in which they were taken.
 */
static inline uint32_t ks_places_take(uint64_t* places, uint32_t count, uint64_t now_ns,
                                      uint64_t hold_ns, uint32_t wanted, uint16_t* taken,
                                      uint32_t* next) {
    uint32_t at = *next;
    uint32_t got = 0;
    for (uint32_t i = 0; i < count && got < wanted; ++i, ++at) {
        if (at >= count) at = 0; /* no division: it costs as much as the swap */
        if (!ks_place_take(&places[at], now_ns, hold_ns)) continue;
        taken[got++] = (uint16_t)at;
        *next = at + 1;
    }
    return got;
}
static inline void ks_places_undo(uint64_t* places, uint64_t now_ns, uint64_t hold_ns,
                                  const uint16_t* taken, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i)
        ks_place_change(&places[taken[i]], now_ns, ks_place_given_back(now_ns, hold_ns));
}

/* ---- seqlocked lines ---------------------------------------------------------------------- */

enum { KS_READ_TRIES = 1000 }; /* a writer that died inside a line is not waited for */

/* Copies a line of shared memory word by word; bytes is a multiple of 8, both sides are aligned. */
static inline void ks_words_load(void* to, const void* from, size_t bytes) {
    for (size_t i = 0; i < bytes / 8; ++i)
        ((uint64_t*)to)[i] = __atomic_load_n((const uint64_t*)from + i, __ATOMIC_RELAXED);
}

/* Copies what a place says of the pull of this epoch. 0: nothing, or not of this pull. */
static inline int ks_read_said(struct ks_said* to, const struct ks_said* place, uint32_t scope,
                               uint32_t epoch, uint64_t slot_key) {
    /* acquire: pairs with ks_say_end; the fields are at least as new */
    const uint64_t word = __atomic_load_n(&place->word, __ATOMIC_ACQUIRE);
    ks_words_load(to, place, sizeof *to);
    to->word = word;
    return epoch != 0 && ks_word_epoch(word) == epoch && to->scope == scope &&
           word == ks_said_word(epoch, slot_key, ks_record_hash(to, sizeof *to));
}

/* Reads a seqlocked line whole. Returns 1, or 0 when it stayed busy for KS_READ_TRIES: stale. */
static inline int ks_line_read(void* to, const void* line, size_t bytes, const uint32_t* sequence) {
    memset(to, 0, bytes);
    for (uint32_t tries = 0; tries < KS_READ_TRIES; ++tries) {
        /* acquire: pairs with the release of the even sequence in ks_line_write */
        const uint32_t before = __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
        ks_words_load(to, line, bytes);
        /* acquire fence: the words above are read before the sequence below */
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if ((before & 1) == 0 && __atomic_load_n(sequence, __ATOMIC_RELAXED) == before) return 1;
    }
    return 0;
}
static inline int ks_read_scope(struct ks_scope_line* to, const struct ks_scope_line* line) {
    return ks_line_read(to, line, sizeof *to, &line->sequence);
}
static inline int ks_read_account(struct ks_account_line* to, const struct ks_account_line* line) {
    return ks_line_read(to, line, sizeof *to, &line->sequence);
}
static inline int ks_read_shot(struct ks_shot_line* to, const struct ks_shot_line* line) {
    return ks_line_read(to, line, sizeof *to, &line->sequence);
}
static inline int ks_read_lane(struct ks_lane_line* to, const struct ks_lane_line* line) {
    return ks_line_read(to, line, sizeof *to, &line->sequence);
}

/* The one writer of a line brackets its relaxed stores with these two. */
static inline void ks_line_write_begin(uint32_t* sequence) {
    __atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELAXED);
    /* release fence: pairs with the reader's acquire fence; odd is seen before any new word */
    __atomic_thread_fence(__ATOMIC_RELEASE);
}
static inline void ks_line_write_end(uint32_t* sequence) {
    __atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELEASE);
}

/* Writes all that follows the sequence of a line, out of a private copy of the whole line. */
static inline void ks_line_write(void* line, const void* from, size_t bytes, uint32_t* sequence) {
    const size_t first = (size_t)((char*)sequence - (char*)line) / 8; /* word with the sequence */
    ks_line_write_begin(sequence);
    __atomic_store_n(sequence + 1, ((const uint32_t*)from)[2 * first + 1], __ATOMIC_RELAXED);
    for (size_t i = first + 1; i < bytes / 8; ++i)
        __atomic_store_n((uint64_t*)line + i, ((const uint64_t*)from)[i], __ATOMIC_RELAXED);
    ks_line_write_end(sequence);
}
static inline void ks_write_scope(struct ks_scope_line* line, const struct ks_scope_line* from) {
    ks_line_write(line, from, sizeof *line, &line->sequence);
}
static inline void ks_write_account(struct ks_account_line* line,
                                    const struct ks_account_line* from) {
    ks_line_write(line, from, sizeof *line, &line->sequence);
}
static inline void ks_write_shot(struct ks_shot_line* line, const struct ks_shot_line* from) {
    ks_line_write(line, from, sizeof *line, &line->sequence);
}
static inline void ks_write_lane(struct ks_lane_line* line, const struct ks_lane_line* from) {
    ks_line_write(line, from, sizeof *line, &line->sequence);
}

#endif
