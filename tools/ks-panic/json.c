/* The same end as one JSON object on stdout, for scripts. */
#include "panic.h"

static void put_string(const char* text, size_t bytes_max) {
    putchar('"');
    for (size_t i = 0; i < bytes_max && text[i] != 0; ++i) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void put_account(const struct ks_account_line* line, int is_whole) {
    printf("{\"name\":");
    put_string(line->name, KS_NAME_BYTES);
    printf(",\"outcome\":\"%s\",\"shots_sent\":%u,\"orders_cancelled\":%u,\"http_status\":%u,",
           is_whole ? ks_outcome_text(line->outcome) : "UNKNOWN", line->shots_sent,
           line->orders_cancelled, line->http_status);
    if (line->orders_open == UINT32_MAX)
        printf("\"orders_open\":null,");
    else
        printf("\"orders_open\":%u,", line->orders_open);
    printf("\"orders_arriving\":%u,\"orders_vanished\":%u,\"reopened\":%u,", line->orders_arriving,
           line->orders_vanished, line->reopened_count);
    printf("\"stops_cancelled\":%s,\"exchanges_checked\":%s,\"is_unconfirmed\":%s}",
           (line->notes & KS_NOTE_STRIPS_STOPS) && line->shots_sent > 0 ? "true" : "false",
           line->notes & KS_NOTE_OMS_ONLY ? "false" : "true",
           line->notes & KS_NOTE_NO_READS ? "true" : "false");
}

static const char* pulled_text(const struct view* view, int code) {
    if (!view->ks.status || code == EXIT_NO_PAGE) return "no_page";
    if (view->pulled == KS_PULL_NO_GRANT) return "no_grant";
    return view->pulled == KS_PULL_TAKEN_BY_LIVE_ENGINE ? "taken_by_live_engine"
                                                        : "stored_engine_silent";
}

void show_json(const struct view* view, int code) {
    const struct ks_report* const report = &view->report;
    uint32_t accounts[KS_ACCOUNTS_MAX];
    const int is_pulled = view->ks.status && view->pulled <= KS_PULL_STORED_ENGINE_SILENT;
    const uint32_t count = is_pulled ? accounts_of_scope(view, accounts) : 0;
    printf("{\"schema\":\"killswitch.panic/1\",\"scope\":");
    put_string(view->options->scope, KS_PATH_BYTES_MAX);
    printf(",\"pull\":\"%s\",\"kill\":%u,\"outcome\":\"%s\",\"confirmed\":%s,",
           pulled_text(view, code), report->kill,
           report->kill != 0 ? ks_outcome_text(report->outcome) : "UNKNOWN",
           code == EXIT_CONFIRMED ? "true" : "false");
    printf("\"accounts_clear\":%u,\"accounts_count\":%u,\"shots_sent\":%u,\"shots_count\":%u,",
           report->accounts_clear, count, report->shots_sent, report->shots_count);
    printf("\"accounts\":[");
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        const int is_whole = ks_read_account(&line, &view->ks.status->account[accounts[i]]);
        if (i > 0) putchar(',');
        put_account(&line, is_whole);
    }
    printf("],\"positions_closed\":false,\"exit\":%d}\n", code);
}
