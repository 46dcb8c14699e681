/* killswitch_pages.h: the layout of the shared pages, in C11 and C++11. MIT licence.
 *
 * Why: several processes and languages read these bytes; here is the one place that says what each
 * byte means. A program includes killswitch.h, which brings this file and the functions.
 * Guarantees: explicit widths, no padding, every offset asserted (killswitch_offsets.h).
 *
 * A run directory (default /run/killswitch/<engine>, always tmpfs) holds:
 *   status              written by the engine alone, read by everyone
 *   trigger.<producer>  written by that producer alone, read by the engine and by senders
 *   gates               shared places of every limit: other processes of the firm may book them
 *   gates.own           the engine's own places, which nobody else can open
 *   operator            written by humans' tools (ksctl), read by the engine
 * What humans write lies in killswitch_operator.h, who pulls and why in killswitch_person.h.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_PAGES_H
#define KILLSWITCH_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include "killswitch_person.h"

#define KS_ABI_VERSION 2u

enum {
    KS_LINE = 64,
    KS_NAME_BYTES = 48, /* names are NUL-padded, so 47 characters at most */
    KS_PRODUCERS_MAX = 8,
    KS_SCOPES_MAX = 258, /* 86 rows of 3 slots */
    KS_CELLS_MAX = 256,
    KS_ACCOUNTS_MAX = 64,
    KS_SHOTS_MAX = 256,
    KS_LANES_MAX = 128,
    KS_GATES_MAX = 64,
    KS_PLACES_MAX = 4096,
    KS_ROW_SLOTS = 3,
    KS_ROWS_MAX = KS_SCOPES_MAX / KS_ROW_SLOTS
};

#define KS_NONE UINT32_MAX /* no scope, cell, gate, account or producer */

/* First bytes of every page. `retired` is set in a page that a newer layout has replaced. The head
 * of the status page speaks for the whole directory: producers can overwrite their own. */
#define KS_MAGIC_STATUS 0x315441545350534bull   /* "KSPSTAT1" in memory */
#define KS_MAGIC_TRIGGER 0x314749525450534bull  /* "KSPTRIG1" */
#define KS_MAGIC_GATES 0x315441474550534bull    /* "KSPEGAT1" */
#define KS_MAGIC_OPERATOR 0x315245504f50534bull /* "KSPOPER1" */
struct ks_page_head {
    uint64_t magic;
    uint32_t version;
    uint32_t page_bytes;
    uint8_t boot_id[16]; /* /proc/sys/kernel/random/boot_id; words of another boot are not fired */
    uint64_t nonce;      /* random, made with the page */
    uint32_t retired;
    uint32_t reserve0;
    uint64_t reserve[2];
};

/* ---- trigger page, one per producer ------------------------------------------------------ */

/* One pull dirties one line. word = epoch << 32 | check; see ks_check(). An epoch is never 0.
 * `when_ns` is CLOCK_MONOTONIC and, like `reason`, advisory. */
struct ks_trigger_slot {
    uint64_t word;
    uint64_t when_ns;
};
struct ks_trigger_row {
    uint32_t bell;
    uint16_t reason[KS_ROW_SLOTS];
    uint8_t reserve[6];
    struct ks_trigger_slot slot[KS_ROW_SLOTS];
};
struct ks_trigger_page {
    struct ks_page_head head;
    char producer[KS_NAME_BYTES];
    uint32_t producer_index; /* its column in the status page */
    uint8_t reserve0[12];
    uint64_t beat_ns;    /* ks_beat(): CLOCK_MONOTONIC; 0 = never, or closed by ks_close() */
    uint32_t said_count; /* records begun: the next lies in said[said_count % KS_SAID_MAX] */
    uint8_t reserve1[52];
    struct ks_trigger_row row[KS_ROWS_MAX]; /* slot i of the status page: row[i / 3].slot[i % 3] */
    struct ks_said said[KS_SAID_MAX];
};

/* ---- status page -------------------------------------------------------------------------- */

/* Outcomes of an account and of a kill. Only KS_CLEAR for every account is CONFIRMED. */
enum ks_outcome {
    KS_IDLE = 0,     /* not killed */
    KS_WORKING = 1,  /* orders are open, or not yet proven gone; shots leave */
    KS_CLEAR = 2,    /* the venue showed no open order, in enough reads after the last pull */
    KS_UNKNOWN = 3,  /* the venue does not tell; still trying */
    KS_REJECTED = 4, /* the venue refuses */
    KS_NOT_SENT = 5, /* nothing could be sent */
    KS_HELD = 6      /* a pull too old to fire: halt closed, nothing sent, a human decides */
};

/* One scope. Its index is its slot, for every producer, for ever: names are only appended. */
struct ks_scope_line {
    char name[KS_NAME_BYTES];
    uint32_t in_config; /* 0: the running config does not know it; a pull answers NO_GRANT */
    uint32_t reserve0;
    uint64_t reserve1;
    /* kill number << 32 | enum ks_outcome, one atomic word. The engine stores the new number (and
     * KS_WORKING) before the `handled` word that names it: so no old success answers a new pull. It
     * begins a line: what stands above is read by every pull, and must not go to the engine. */
    uint64_t kill_outcome;
    /* seqlocked from here: */
    uint32_t sequence;
    uint32_t accounts_count;
    uint32_t accounts_clear;
    uint32_t shots_count;
    uint32_t shots_sent;                    /* of this kill, first departures */
    uint32_t pulled_by;                     /* producer index of the last pull */
    uint64_t pulled_ns;                     /* CLOCK_MONOTONIC of the producer's own store */
    uint64_t submitted_ns;                  /* when the first salvo's submit had returned */
    uint64_t clear_ns;                      /* when the last account became clear */
    uint64_t held_cells[KS_CELLS_MAX / 64]; /* cells this scope still keeps closed */
    uint64_t cells[KS_CELLS_MAX / 64];      /* cells it is made of */
    /* request number << 32 | enum ks_rearm: what became of that row of the operator page. The two
     * fields below belong to it and are stored before it. */
    uint64_t rearm_answer;
    uint64_t rearm_until_ns; /* KS_REARM_NO_PLACE: when every first shot could leave again */
    uint32_t rearm_account;  /* the account that the refusal is about; KS_NONE: none */
    uint32_t ready;          /* of its accounts: 0 not ready, 1 with limits, 2 ready */
    uint64_t shots_in_ns;    /* pulled now, its last first shot would leave this much later */
    uint64_t clear_in_ns;    /* and honest venues clear; UINT64_MAX: nothing can prove it */
    uint64_t halted_ns;      /* the last pull's halt closed, by the clock of the turn that did it */
    uint64_t reserve2[3];
};

/* What must be known beside an account's outcome: bits of ks_account_line.notes. */
enum ks_note {
    KS_NOTE_STRIPS_STOPS = 1 << 0,  /* its cancel-all takes protective stops too */
    KS_NOTE_OMS_ONLY = 1 << 1,      /* an OMS: what stands at the exchanges is not checked */
    KS_NOTE_TOKEN_REACH = 1 << 2,   /* its cancel-all reaches every account of the token */
    KS_NOTE_EYES_UNPROVEN = 1 << 3, /* its reads have never shown an order: empty is no evidence */
    KS_NOTE_FIREWALL = 1 << 4,      /* the last answer was a web firewall's page */
    KS_NOTE_STALE_SHOT = 1 << 5,    /* a shot of this kill left with a stale signature */
    KS_NOTE_NOT_COVERED = 1 << 6,   /* its recipe names order kinds that its reads do not show */
    KS_NOTE_NO_READS = 1 << 7       /* nothing can read its open orders: it never becomes CLEAR */
};

/* What an account is ready by: bits of ks_account_line.ready. READY is all of them. */
enum ks_ready {
    KS_READY_LANES = 1 << 0,  /* each shot has a lane that is up */
    KS_READY_SIGNED = 1 << 1, /* and a signature that is not stale */
    KS_READY_SEALED = 1 << 2, /* and is sealed on both its lanes */
    KS_READY_PLACES = 1 << 3, /* no gate of a shot is closed by the venue */
    KS_READY_EYES = 1 << 4,   /* each of its reads has shown an order */
    KS_READY_CLOCK = 1 << 5,  /* the venue's clock is known */
    KS_READY_KEY = 1 << 6,    /* the venue accepted the key within drill_max_age */
    KS_READY_ALL = (1 << 7) - 1
};

/* What the cold side lacks: bits of ks_status_page.cold_lacks. Any of them is NOT READY, whatever
 * `ready` says of the accounts; none stops a kill. */
enum ks_lack {
    KS_LACK_SIGNER = 1 << 0,    /* its beat is older than 1 s */
    KS_LACK_CONNECTOR = 1 << 1, /* its beat is older than 1 s */
    KS_LACK_SCRIBE = 1 << 2,    /* its beat is older than 1 s: perhaps a disk that hangs */
    KS_LACK_PAGE = 1 << 3       /* a page was truncated, removed or replaced under the engine */
};

/* What became of an account's last live fire: a real cancel-all on a pair that nobody trades. */
enum ks_live_fire {
    KS_LIVE_FIRE_OFF = 0,    /* the config does not ask for it */
    KS_LIVE_FIRE_WAITS = 1,  /* none has been tried */
    KS_LIVE_FIRE_SENT = 2,   /* its cancel is with the venue */
    KS_LIVE_FIRE_DONE = 3,   /* accepted */
    KS_LIVE_FIRE_ORDER = 4,  /* refused by us: the pair shows an order; nothing was sent */
    KS_LIVE_FIRE_UNREAD = 5, /* no whole read of the pair in time; nothing was sent */
    KS_LIVE_FIRE_FAILED = 6  /* sent, and the venue did not accept it */
};

struct ks_cell_line {
    char name[KS_NAME_BYTES]; /* "bitopro/main" or "bitopro/main/BTC_USDT" */
    uint32_t in_config;
    uint32_t account;
    uint64_t reserve;
};

struct ks_account_line {
    char name[KS_NAME_BYTES];
    uint32_t sequence; /* seqlock of all below */
    uint32_t outcome;  /* enum ks_outcome */
    uint32_t shots_sent;
    uint32_t orders_cancelled; /* ids the venue named in its answers, this kill */
    uint32_t orders_open;      /* in the last complete read; UINT32_MAX: no read yet */
    uint16_t http_status;      /* of the last answer; 0: none */
    uint16_t last_verdict;     /* enum Verdict of the engine */
    uint64_t accepted_ns;
    uint64_t read_ns; /* last complete read */
    uint64_t next_shot_ns;
    uint64_t next_read_ns;
    uint64_t clear_ns;
    uint32_t notes;            /* enum ks_note */
    uint32_t ready;            /* enum ks_ready */
    uint32_t orders_arriving;  /* created after the halt: a sender ignores it */
    uint32_t orders_vanished;  /* seen open, gone, never named as cancelled: perhaps filled */
    uint32_t reopened_count;   /* how often an order appeared after CLEAR, this kill */
    uint32_t eyes_count;       /* orders that the read below showed */
    uint64_t eyes_ns;          /* its reads last showed an order; 0: never */
    uint64_t eyes_of;          /* which key and which reads that was said of */
    uint64_t answered_ns;      /* last answer to a cancel */
    uint64_t key_ns;           /* the venue last accepted the key: any authenticated answer */
    uint64_t live_fire_ns;     /* it last accepted a live fire; 0: never */
    uint64_t live_fire_of;     /* which key and which request that was said of */
    uint32_t live_fire;        /* enum ks_live_fire, of the last one */
    uint32_t live_fire_orders; /* open on the pair, or cancelled there all the same */
};

/* One shot and one lane, for `ksctl status` and for the timeline of a demo. */
struct ks_shot_line {
    char name[KS_NAME_BYTES]; /* "bitopro/main margin *" */
    uint32_t sequence;
    uint32_t state; /* enum State of the sweep */
    uint32_t shots_sent;
    uint32_t armed; /* bit 0 signed, bit 1 sealed on its primary, bit 2 on its backup */
    uint64_t pulled_ns;
    uint64_t submitted_ns; /* first departure of this kill */
    uint64_t accepted_ns;
    uint64_t clear_ns;
    uint32_t orders_cancelled;
    uint32_t account;
    uint32_t http_status;
    uint32_t orders_open; /* in its last complete read; UINT32_MAX: no read yet */
    uint64_t signed_ns;
    uint64_t stale_ns;
    uint64_t eyes_ns;    /* when a read of it last showed an order; 0: never */
    uint64_t eyes_of;    /* which key and which reads that was said of */
    uint32_t eyes_count; /* how many it showed */
    uint32_t eyes_reads; /* bit = read that has ever shown one */
    uint32_t orders_arriving;
    uint32_t orders_vanished;
    uint64_t reserve[4];
};
struct ks_lane_line {
    char venue[24];
    uint32_t sequence;
    uint32_t life;
    uint32_t up;
    uint32_t suite;
    uint64_t since_ns;
    uint64_t reserve[2];
};

/* A limit of `places`, numbered from `first_place`. The first (places - reserve) are words of the
 * page `gates`; the last `reserve` are words of `gates.own`, at the same numbers. */
struct ks_gate_line {
    char name[KS_NAME_BYTES];
    uint32_t first_place;
    uint16_t places;
    uint16_t reserve;
    uint64_t window_ns; /* a place is free again window + margin after its departure */
    uint64_t margin_ns;
    uint64_t closed_until_ns; /* 429, Retry-After: the engine's own shots wait too */
    uint64_t repaired;        /* impossible stamps found in the shared places */
    uint64_t reserve0[5];
};

struct ks_handled {
    uint64_t word; /* epoch handled << 32 | kill number that answers it; 0: pull refused */
};

struct ks_status_page {
    struct ks_page_head head;
    char engine[KS_NAME_BYTES];
    uint32_t pid;
    uint32_t scopes_count; /* names ever given, also to scopes no longer in the config */
    uint32_t cells_count;
    uint32_t accounts_count;

    uint64_t engine_beat_ns; /* CLOCK_MONOTONIC, each millisecond */
    uint64_t signer_beat_ns;
    uint64_t connector_beat_ns;
    uint64_t scribe_beat_ns;
    uint64_t started_ns;
    uint32_t backend; /* 1 io_uring, 2 sockets */
    uint32_t ready;   /* 0 not ready, 1 ready with limits, 2 ready */
    uint64_t turn_ns_max;
    uint32_t turn_max_did; /* enum Chore of the engine */
    uint32_t shots_count;

    uint64_t halt[KS_CELLS_MAX / 64]; /* one bit per cell; no seqlock; set before the first byte */
    uint64_t halt_reserve[4];

    char producers[KS_PRODUCERS_MAX][KS_NAME_BYTES];
    uint64_t granted[KS_PRODUCERS_MAX][8]; /* bit = scope slot */
    uint32_t producers_count;
    uint32_t lanes_count;
    uint32_t gates_count;
    uint32_t journal_lost; /* events that found no room; 0 unless something is very wrong */
    uint64_t journal_head_sequence;
    uint8_t journal_head[32]; /* hash of the last record on disk */
    uint8_t reserve0[8];
    uint64_t trigger_nonce[KS_PRODUCERS_MAX]; /* part of every check; not in the producer's reach */

    uint64_t not_ready_since_ns; /* 0: it is ready, or ready with limits */
    uint64_t trigger_age_max_ns; /* an older pull, found at a start, is held */
    uint64_t config_mark;        /* first 8 bytes of the config's SHA-256 */
    uint32_t environment;        /* 0 demo, 1 test, 2 production */
    uint32_t producers_silent;   /* bit = producer that beat before and does not now */
    uint64_t alarm_last;         /* number of the last alarm raised */
    uint64_t alarm_acknowledged; /* alarms up to this number need no repeating */
    uint64_t journal_failing_ns; /* since when events do not reach the disk; 0: they do */
    uint32_t cold_lacks;         /* enum ks_lack */
    uint32_t latch_settled;      /* 1: what the last boot kept closed is closed in this page */

    struct ks_handled handled[KS_PRODUCERS_MAX][KS_SCOPES_MAX + 6];
    struct ks_scope_line scope[KS_SCOPES_MAX];
    struct ks_cell_line cell[KS_CELLS_MAX];
    struct ks_account_line account[KS_ACCOUNTS_MAX];
    struct ks_shot_line shot[KS_SHOTS_MAX];
    struct ks_lane_line lane[KS_LANES_MAX];
    struct ks_gate_line gate[KS_GATES_MAX];
};

/* ---- gates page: only places, so that booking needs no right but to these words ------------- */

/* The layout of both `gates` and `gates.own`. A place is free when 0, or window + margin after. */
struct ks_gates_page {
    struct ks_page_head head;
    uint64_t place[KS_PLACES_MAX]; /* CLOCK_MONOTONIC of the departure that last used it; 0 never */
};

#include "killswitch_operator.h"

#include "killswitch_offsets.h"

#endif
