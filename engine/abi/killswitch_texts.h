/* killswitch_texts.h: what the numbers of a page mean, in words for a tired human. MIT licence.
 *
 * Why: ks-panic, ksctl and a firm's own tools must say the same of the same number.
 * Guarantees: static texts, no allocation; no word promises more than the venue has shown.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_TEXTS_H
#define KILLSWITCH_TEXTS_H

#include "killswitch_pages.h"

static inline const char* ks_environment_text(uint32_t environment) {
    static const char* const texts[] = {"DEMO", "TEST", "PRODUCTION"};
    return environment < 3 ? texts[environment] : "UNKNOWN ENVIRONMENT";
}

static inline const char* ks_outcome_text(uint32_t outcome) {
    static const char* const texts[] = {"IDLE",     "WORKING",  "CLEAR", "UNKNOWN",
                                        "REJECTED", "NOT SENT", "HELD"};
    return outcome <= KS_HELD ? texts[outcome] : "UNKNOWN";
}

static inline const char* ks_ready_text(uint32_t ready) {
    static const char* const texts[] = {"NOT READY", "READY WITH LIMITS", "READY"};
    return ready < 3 ? texts[ready] : "NOT READY";
}

/* What an HTTP status of a venue says about a cancel. */
static inline const char* ks_http_text(uint32_t http_status) {
    if (http_status == 0) return "no answer";
    if (http_status == 400) return "the request is wrong";
    if (http_status == 401) return "key, clock or signature not accepted";
    if (http_status == 403) return "the key lacks the right, or our address is not allowed";
    if (http_status == 404) return "path or account not known";
    if (http_status == 409) return "nonce or clock not accepted";
    if (http_status == 418) return "our address is banned for a while";
    if (http_status == 429) return "too many requests";
    if (http_status >= 500) return "its server is in trouble";
    if (http_status >= 400) return "no reason known";
    return "its answer is not understood";
}

/* Why the venue refuses this account. */
static inline const char* ks_refusal_text(const struct ks_account_line* line) {
    return line->notes & KS_NOTE_FIREWALL ? "blocked by a web firewall"
                                          : ks_http_text(line->http_status);
}

/* Why nothing could leave for this account: the first obstacle of its way. */
static inline const char* ks_not_sent_text(const struct ks_account_line* line) {
    if (!(line->ready & KS_READY_LANES)) return "no connection to the venue";
    if (!(line->ready & KS_READY_SIGNED)) return "no signature";
    if (!(line->ready & KS_READY_PLACES)) return "the venue's rate limit is used up";
    return "it has not left yet";
}

#endif
