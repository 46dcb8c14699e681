/* killswitch.h: pull a trigger, ask whether an order may be sent. C11 or C++11, MIT licence.
 *
 * Why: a risk process pulls, an order sender asks, both by loads and stores in shared memory: no
 * library, no lock; between ks_open() and ks_close() no system call but the clock (and the naps of
 * ks_wait). Include this file alone; compile C with -std=gnu11 or define _GNU_SOURCE first.
 * Guarantees: no allocation; any number of threads may share one handle; ks_pull, ks_pull_slot,
 * ks_pull_as and ks_is_killed are async-signal-safe. Nothing here ever says OPEN when it does not
 * know.
 *
 *     struct ks_handle ks;
 *     struct ks_ticket ticket;
 *     struct ks_report report;
 *     if (ks_open(&ks, "/run/killswitch/main", "risk1") != KS_OPENED) ...
 *     if (ks_pull(&ks, "all", 0, &ticket) != KS_PULL_TAKEN_BY_LIVE_ENGINE) ... second path ...
 *     if (ks_wait(&ks, &ticket, 30000000000, &report) == KS_WAIT_CONFIRMED) ...
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_H
#define KILLSWITCH_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "killswitch_words.h"

#if !defined(O_NOFOLLOW) || !defined(MAP_POPULATE)
#error "killswitch.h: use -std=gnu11, or define _GNU_SOURCE before the first include"
#endif

enum { KS_BEAT_AGE_NS_MAX = 50 * 1000 * 1000 }; /* an engine whose beat is older is silent */

/* What this process has mapped. Pages it may not open stay NULL. Fill it by ks_open alone. */
struct ks_handle {
    const struct ks_status_page* status;
    struct ks_trigger_page* mine; /* the producer's own page; NULL for a reader */
    const struct ks_trigger_page* trigger[KS_PRODUCERS_MAX];
    struct ks_gates_page* gates;
    uint32_t producer; /* index of `mine`, or KS_NONE */
};

struct ks_ticket {
    uint32_t producer;
    uint32_t scope;
    uint32_t epoch;
};

enum ks_opened {
    KS_OPENED = 0,
    KS_OPEN_NO_PAGE,       /* no engine has run here since boot */
    KS_OPEN_NO_PERMISSION, /* the file modes do not allow it */
    KS_OPEN_NO_PRODUCER,   /* the engine's config does not name this producer */
    KS_OPEN_WRONG_FILE,    /* a link, not a regular file, or too short */
    KS_OPEN_WRONG_VERSION, /* a page of another layout, or retired */
    KS_OPEN_WRONG_BOOT     /* a page of another boot */
};

enum ks_pulled {
    KS_PULL_TAKEN_BY_LIVE_ENGINE = 0, /* stored, and the engine's beat is fresh */
    KS_PULL_STORED_ENGINE_SILENT,     /* stored; fires if an engine starts in time: use path two */
    KS_PULL_NO_GRANT,                 /* nothing stored: unknown scope, or not this producer's */
    KS_PULL_NO_PAGE                   /* nothing stored: no page, or a retired one */
};

enum ks_killed { KS_OPEN = 0, KS_KILLED, KS_ENGINE_SILENT };

enum ks_waited {
    KS_WAIT_CONFIRMED = 0, /* every account showed no open order after this pull */
    KS_WAIT_NOT_CONFIRMED, /* time is up; the kill goes on; see report.outcome */
    KS_WAIT_HELD,          /* too old when the engine first saw it: halt closed, nothing sent */
    KS_WAIT_REFUSED,       /* the engine does not grant this pull */
    KS_WAIT_NOT_TAKEN      /* time is up and no engine has answered */
};

/* What is known of the kill that answers a ticket. All times are CLOCK_MONOTONIC. */
struct ks_report {
    uint32_t kill;    /* its number; 0: the engine has not answered yet */
    uint32_t outcome; /* enum ks_outcome */
    uint32_t accounts_count;
    uint32_t accounts_clear;
    uint32_t shots_count;
    uint32_t shots_sent;
    uint64_t pulled_ns;
    uint64_t submitted_ns;
    uint64_t clear_ns;
    uint64_t halted_ns;    /* the halt closed: by the clock of that turn, so up to a turn early */
    uint32_t is_stale;     /* the counts above could not be read whole */
    uint32_t engine_lives; /* its beat was fresh when last looked at */
};

static inline uint64_t ks_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#include "killswitch_facts.h"
#include "killswitch_open.h"

/* ---- pull --------------------------------------------------------------------------------- */

/* The pull itself: the slot is granted, its key known. */
static inline enum ks_pulled ks_pull_at(const struct ks_handle* ks, uint32_t scope, uint64_t key,
                                        uint16_t reason, uint64_t now_ns,
                                        struct ks_ticket* ticket) {
    const uint32_t epoch =
        ks_row_pull(&ks->mine->row[scope / KS_ROW_SLOTS], scope % KS_ROW_SLOTS, key, reason,
                    &ks->status->handled[ks->producer][scope].word, now_ns);
    if (ticket) {
        ticket->producer = ks->producer;
        ticket->scope = scope;
        ticket->epoch = epoch;
    }
    return ks_engine_lives(ks) ? KS_PULL_TAKEN_BY_LIVE_ENGINE : KS_PULL_STORED_ENGINE_SILENT;
}

/* Pulls a slot found earlier by ks_find_scope: about 50 ns, no name compared. `ticket` may be NULL.
 */
static inline enum ks_pulled ks_pull_slot(const struct ks_handle* ks, uint32_t scope,
                                          uint16_t reason, struct ks_ticket* ticket) {
    const struct ks_status_page* status = ks_status(ks);
    if (!status || !ks->mine) return KS_PULL_NO_PAGE;
    if (scope >= ks_scopes(ks) || !ks_is_granted(status, ks->producer, scope))
        return KS_PULL_NO_GRANT;
    /* The engine wrote it last: it comes from its CPU while the clock is read. */
    __builtin_prefetch(&status->handled[ks->producer][scope].word);
    const uint64_t key =
        ks_slot_key(status->scope[scope].name, status->trigger_nonce[ks->producer]);
    return ks_pull_at(ks, scope, key, reason, ks_now_ns(), ticket);
}

/* Pulls a scope by name. `reason` is the caller's own number; it goes into the journal. */
static inline enum ks_pulled ks_pull(const struct ks_handle* ks, const char* scope_name,
                                     uint16_t reason, struct ks_ticket* ticket) {
    if (!ks_status(ks) || !ks->mine) return KS_PULL_NO_PAGE;
    const uint32_t scope = ks_find_scope(ks, scope_name);
    return scope == KS_NONE ? KS_PULL_NO_GRANT : ks_pull_slot(ks, scope, reason, ticket);
}

/* ks_pull, and says who pulls and why, for the journal; about a microsecond more. The pull is made
 * whatever becomes of that. Of threads whose pulls are one, each is named. */
static inline enum ks_pulled ks_pull_as(const struct ks_handle* ks, const char* scope_name,
                                        uint16_t reason, const struct ks_person* person,
                                        struct ks_ticket* ticket) {
    struct ks_ticket made = {KS_NONE, KS_NONE, 0};
    const uint32_t scope = ks_find_scope(ks, scope_name);
    if (!ks_status(ks) || !ks->mine) return KS_PULL_NO_PAGE;
    if (scope == KS_NONE || !ks_is_granted(ks->status, ks->producer, scope))
        return KS_PULL_NO_GRANT;
    const uint64_t key =
        ks_slot_key(ks->status->scope[scope].name, ks->status->trigger_nonce[ks->producer]);
    const struct ks_saying saying = ks_say_begin(ks->mine, scope, person);
    const enum ks_pulled pulled = ks_pull_at(ks, scope, key, reason, ks_now_ns(), &made);
    ks_say_end(&saying, made.epoch, key);
    if (ticket) *ticket = made;
    return pulled;
}

/* The producer lives. Once a second is plenty; ksctl status shows its age. */
static inline void ks_beat(const struct ks_handle* ks) {
    if (ks_status(ks) && ks->mine)
        __atomic_store_n(&ks->mine->beat_ns, ks_now_ns(), __ATOMIC_RELEASE);
}

/* ---- wait --------------------------------------------------------------------------------- */

/* Looks once at the kill that answers this ticket, and says how far it is. Never an older kill: the
 * epoch handled must be the ticket's or later, the kill's number that epoch's or later. */
static inline enum ks_waited ks_look(const struct ks_handle* ks, const struct ks_ticket* ticket,
                                     struct ks_report* report) {
    struct ks_scope_line line;
    memset(report, 0, sizeof *report);
    const struct ks_status_page* status = ks_status(ks);
    if (!status || ticket->producer >= KS_PRODUCERS_MAX || ticket->scope >= KS_SCOPES_MAX)
        return KS_WAIT_NOT_TAKEN;
    report->engine_lives = (uint32_t)ks_engine_lives(ks);
    /* acquire: pairs with Trigger::handled; the kill's number was stored before it */
    const uint64_t handled =
        __atomic_load_n(&status->handled[ticket->producer][ticket->scope].word, __ATOMIC_ACQUIRE);
    if (handled == 0 || !ks_is_since(ks_word_epoch(handled), ticket->epoch))
        return KS_WAIT_NOT_TAKEN;
    if ((uint32_t)handled == 0) return KS_WAIT_REFUSED;
    const struct ks_scope_line* scope = &status->scope[ticket->scope];
    /* acquire: the line below is at least as new as the outcome */
    const uint64_t kill = __atomic_load_n(&scope->kill_outcome, __ATOMIC_ACQUIRE);
    if (!ks_is_since((uint32_t)(kill >> 32), (uint32_t)handled)) return KS_WAIT_NOT_TAKEN;
    report->kill = (uint32_t)(kill >> 32);
    report->outcome = (uint32_t)kill;
    report->is_stale = !ks_read_scope(&line, scope);
    report->accounts_count = line.accounts_count;
    report->accounts_clear = line.accounts_clear;
    report->shots_count = line.shots_count;
    report->shots_sent = line.shots_sent;
    report->pulled_ns = line.pulled_ns;
    report->submitted_ns = line.submitted_ns;
    report->clear_ns = line.clear_ns;
    report->halted_ns = line.halted_ns;
    if (report->outcome == KS_HELD) return KS_WAIT_HELD;
    return report->outcome == KS_CLEAR ? KS_WAIT_CONFIRMED : KS_WAIT_NOT_CONFIRMED;
}

/* Waits until the kill is confirmed, held or refused, or the time is up. Naps 0.2 ms at a time. */
static inline enum ks_waited ks_wait(const struct ks_handle* ks, const struct ks_ticket* ticket,
                                     uint64_t timeout_ns, struct ks_report* report) {
    const struct timespec nap = {0, 200 * 1000};
    const uint64_t start_ns = ks_now_ns();
    for (;;) {
        const enum ks_waited waited = ks_look(ks, ticket, report);
        if (waited != KS_WAIT_NOT_CONFIRMED && waited != KS_WAIT_NOT_TAKEN) return waited;
        if (ks_now_ns() - start_ns >= timeout_ns) return waited;
        nanosleep(&nap, NULL);
    }
}

/* ---- ask ---------------------------------------------------------------------------------- */

/* A granted pull of this scope lies in a page that the engine has not handled yet. */
static inline int ks_pull_waits(const struct ks_handle* ks, uint32_t scope) {
    const struct ks_status_page* status = ks->status;
    for (uint32_t p = 0; p < KS_PRODUCERS_MAX; ++p) {
        if (!ks->trigger[p] || !ks_is_granted(status, p, scope)) continue;
        const struct ks_trigger_row* row = &ks->trigger[p]->row[scope / KS_ROW_SLOTS];
        /* acquire, and before the word: a word read afterwards is at least as new as `handled` */
        const uint64_t handled = __atomic_load_n(&status->handled[p][scope].word, __ATOMIC_ACQUIRE);
        const uint64_t word =
            __atomic_load_n(&row->slot[scope % KS_ROW_SLOTS].word, __ATOMIC_ACQUIRE);
        if (ks_word_epoch(word) != ks_word_epoch(handled) &&
            ks_word_is_valid(word,
                             ks_slot_key(status->scope[scope].name, status->trigger_nonce[p])))
            return 1;
    }
    return 0;
}

/* May orders be sent for this cell? Call it before each new order. Sees the halt, and pulls that
 * the engine has not taken yet in the pages this process may read. Reads one line for each scope.
 */
static inline enum ks_killed ks_is_killed(const struct ks_handle* ks, uint32_t cell) {
    const struct ks_status_page* status = ks_status(ks);
    if (!status || cell >= KS_CELLS_MAX) return KS_ENGINE_SILENT;
    const uint32_t word = cell / 64, bit = cell % 64;
    /* The words come first: a pull that the engine takes meanwhile has closed the halt by the time
     * it is handled, so one of the two looks sees it. */
    const uint32_t scopes = ks_scopes(ks);
    for (uint32_t i = 0; i < scopes; ++i)
        if ((__atomic_load_n(&status->scope[i].cells[word], __ATOMIC_RELAXED) >> bit & 1) != 0 &&
            ks_pull_waits(ks, i))
            return KS_KILLED;
    /* acquire: pairs with the release that closes the halt before the first byte is queued */
    if ((__atomic_load_n(&status->halt[word], __ATOMIC_ACQUIRE) >> bit & 1) != 0) return KS_KILLED;
    if (__atomic_load_n(&status->cell[cell].in_config, __ATOMIC_RELAXED) == 0)
        return KS_ENGINE_SILENT; /* no engine guards this cell */
    return ks_engine_lives(ks) ? KS_OPEN : KS_ENGINE_SILENT;
}
static inline int ks_may_send(const struct ks_handle* ks, uint32_t cell) {
    return ks_is_killed(ks, cell) == KS_OPEN;
}

/* ---- book --------------------------------------------------------------------------------- */

/* Books at the instant `now_ns` of CLOCK_MONOTONIC; see ks_book. */
static inline int ks_book_at(const struct ks_handle* ks, uint32_t gate, uint32_t weight,
                             uint64_t now_ns) {
    uint16_t taken[KS_WEIGHT_MAX];
    uint32_t next = 0;
    const struct ks_status_page* status = ks_status(ks);
    if (!status || !ks->gates || gate >= KS_GATES_MAX || weight > KS_WEIGHT_MAX) return 0;
    /* acquire: pairs with the release after a new config has laid the gates out */
    if (gate >= __atomic_load_n(&status->gates_count, __ATOMIC_ACQUIRE)) return 0;
    const struct ks_gate_line* line = &status->gate[gate];
    const uint32_t first = line->first_place;
    const uint32_t shared = (uint32_t)line->places - line->reserve;
    if (line->reserve > line->places || first + shared > KS_PLACES_MAX) return 0;
    if (__atomic_load_n(&line->closed_until_ns, __ATOMIC_RELAXED) > now_ns) return 0;
    const uint32_t got = ks_places_take(&ks->gates->place[first], shared, now_ns,
                                        line->window_ns + line->margin_ns, weight, taken, &next);
    if (got == weight) return 1;
    ks_places_undo(&ks->gates->place[first], now_ns, line->window_ns + line->margin_ns, taken, got);
    return 0;
}

/* Books `weight` of the shared places of a gate, or nothing. 1: send now; 0: the limit is used up,
 * closed by the venue, or not mapped. The venue counts arrivals: a booking whose request has not
 * left within half the margin should be booked again. A new config may renumber gates: find yours
 * again when status->started_ns has changed. */
static inline int ks_book(const struct ks_handle* ks, uint32_t gate, uint32_t weight) {
    return ks_book_at(ks, gate, weight, ks_now_ns());
}

#endif
