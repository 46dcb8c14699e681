/* killswitch_facts.h: what the status page says of the engine and its names. Part of killswitch.h.
 * MIT licence.
 *
 * Why: every question about a kill begins with: is there a page, does the engine live, which slot.
 * Guarantees: loads only; an index that comes from a page is never beyond its table.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_FACTS_H
#define KILLSWITCH_FACTS_H

/* The status page, unless there is none or a newer layout has replaced it. */
static inline const struct ks_status_page* ks_status(const struct ks_handle* ks) {
    const struct ks_status_page* status = ks->status;
    /* acquire: pairs with the store of a newer engine that retires this page */
    if (!status || __atomic_load_n(&status->head.retired, __ATOMIC_ACQUIRE) != 0) return NULL;
    return status;
}

/* The engine's beat is at most 50 ms old. */
static inline int ks_engine_lives(const struct ks_handle* ks) {
    const struct ks_status_page* status = ks_status(ks);
    if (!status) return 0;
    /* acquire: pairs with the release of the beat; what the engine wrote before it is seen */
    const uint64_t beat_ns = __atomic_load_n(&status->engine_beat_ns, __ATOMIC_ACQUIRE);
    const uint64_t now_ns = ks_now_ns();
    return beat_ns != 0 && (now_ns <= beat_ns || now_ns - beat_ns <= KS_BEAT_AGE_NS_MAX);
}

/* How many scope slots exist. Go through them with status->scope[0 ..]. */
static inline uint32_t ks_scopes(const struct ks_handle* ks) {
    const struct ks_status_page* status = ks_status(ks);
    const uint32_t count = status ? __atomic_load_n(&status->scopes_count, __ATOMIC_ACQUIRE) : 0;
    return count < KS_SCOPES_MAX ? count : (uint32_t)KS_SCOPES_MAX;
}

/* The slot of a scope, or KS_NONE. Slots never move: a process may look its scopes up once. */
static inline uint32_t ks_find_scope(const struct ks_handle* ks, const char* name) {
    const uint32_t count = ks_scopes(ks);
    for (uint32_t i = 0; i < count; ++i)
        if (strncmp(ks->status->scope[i].name, name, KS_NAME_BYTES) == 0) return i;
    return KS_NONE;
}
static inline uint32_t ks_find_cell(const struct ks_handle* ks, const char* name) {
    const struct ks_status_page* status = ks_status(ks);
    const uint32_t count = status ? __atomic_load_n(&status->cells_count, __ATOMIC_ACQUIRE) : 0;
    for (uint32_t i = 0; i < count && i < KS_CELLS_MAX; ++i)
        if (strncmp(status->cell[i].name, name, KS_NAME_BYTES) == 0) return i;
    return KS_NONE;
}
static inline uint32_t ks_find_gate(const struct ks_handle* ks, const char* name) {
    const struct ks_status_page* status = ks_status(ks);
    const uint32_t count = status ? __atomic_load_n(&status->gates_count, __ATOMIC_ACQUIRE) : 0;
    for (uint32_t i = 0; i < count && i < KS_GATES_MAX; ++i)
        if (strncmp(status->gate[i].name, name, KS_NAME_BYTES) == 0) return i;
    return KS_NONE;
}

/* May this producer pull this slot? */
static inline int ks_is_granted(const struct ks_status_page* status, uint32_t producer,
                                uint32_t scope) {
    const uint64_t bits = __atomic_load_n(&status->granted[producer][scope / 64], __ATOMIC_RELAXED);
    return __atomic_load_n(&status->scope[scope].in_config, __ATOMIC_RELAXED) != 0 &&
           (bits >> (scope % 64) & 1) != 0;
}

#endif
