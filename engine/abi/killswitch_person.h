/* killswitch_person.h: who pulls and why, as the puller says it. Part of killswitch_pages.h. MIT
 * licence.
 *
 * Why: the journal must name a person for every pull, and a pull is one atomic word.
 * Guarantees: explicit widths, no padding, every offset asserted (killswitch_offsets.h). Advisory:
 * no engine fires or refuses by it, and its hot thread never reads it. Whoever may write the page
 * may say anything; a record that is torn, or of another pull, counts as nothing said.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_PERSON_H
#define KILLSWITCH_PERSON_H

#include <stdint.h>

enum {
    KS_REASON_BYTES_MAX = 200, /* of a reason in words, its NUL not counted */
    KS_SAID_MAX = 8            /* records in a trigger page, in turn: the newest eight pulls */
};

/* Texts are NUL-padded UTF-8; what cannot be shown becomes '?' in the journal (killswitch_plain.h).
 */
struct ks_person {
    uint32_t uid;
    uint32_t login_uid; /* who logged in, whatever sudo made of it; UINT32_MAX: unknown */
    uint32_t pid;
    uint32_t reserve;
    char terminal[32];    /* "pts/3"; empty: none */
    char executable[240]; /* "/usr/bin/ks-panic" */
    char reason[208];     /* at most KS_REASON_BYTES_MAX */
};

/* Eight lines of a trigger page. A writer takes the next of the records, stores 0 and the fields,
 * pulls, and stores the word of the epoch that its pull has made. */
struct ks_said {
    uint64_t word;  /* see ks_said_word(): of the epoch that the pull has made */
    uint32_t scope; /* slot */
    uint32_t reserve;
    struct ks_person person;
};

#endif
