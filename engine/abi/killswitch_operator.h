/* killswitch_operator.h: the page in which humans ask something of the engine. MIT licence.
 *
 * Why: opening a halt and silencing an alarm are acts of persons; each row says who asks and why.
 * Guarantees: explicit widths, no padding, every offset asserted (killswitch_offsets.h). Included
 * by killswitch_pages.h.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_OPERATOR_H
#define KILLSWITCH_OPERATOR_H

#include <stdint.h>

enum ks_rearm {
    KS_REARM_NONE = 0,
    KS_REARM_DONE = 1,
    KS_REARM_NOT_CLEAR = 2,  /* an account of it is not clear, and not excepted by its count */
    KS_REARM_STALE = 3,      /* the kill number is not the current one */
    KS_REARM_PULL_WAITS = 4, /* a pull has not been handled yet */
    KS_REARM_NOT_KILLED = 5,
    KS_REARM_LOOKING = 6,  /* not an end: the accounts are being read once more */
    KS_REARM_NO_PLACE = 7, /* a first shot could not leave now: see rearm_until_ns */
    KS_REARM_NOT_READ = 8, /* the venue did not show the account in time */
    KS_REARM_WRONG = 9     /* the row names a scope or an account that there is not */
};
enum { KS_EXCEPTIONS_MAX = 8 };

/* An account that may be re-armed with orders open: exactly this many, no more. */
struct ks_exception {
    uint32_t account;
    uint32_t orders_open;
};

/* A request to lift one cause, the kill of this row's scope. Each is answered once: the word's
 * request number is the one answered last + 1. Writers hold a lock on the file; they store 0, the
 * fields, then the word. */
struct ks_operator_row {
    uint64_t word;    /* see ks_operator_word() */
    uint64_t when_ns; /* CLOCK_MONOTONIC */
    uint32_t kill;    /* number of the kill to lift */
    uint32_t only;    /* scope slot: lift it for the cells of this scope alone; KS_NONE: all */
    uint32_t uid;
    uint32_t pid;
    uint32_t login_uid; /* who logged in, whatever sudo made of it; UINT32_MAX: unknown */
    uint32_t exceptions_count;
    struct ks_exception exception[KS_EXCEPTIONS_MAX];
    char reason[216]; /* at most KS_REASON_BYTES_MAX */
};
struct ks_operator_page {
    struct ks_page_head head;
    uint64_t acknowledged;       /* a human has seen the alarms up to this number */
    uint32_t acknowledged_by;    /* uid */
    uint32_t acknowledged_login; /* who logged in; UINT32_MAX: unknown */
    uint32_t acknowledged_pid;
    uint8_t reserve[44];
    struct ks_operator_row row[KS_SCOPES_MAX]; /* by scope slot */
};

#endif
