/* The words of ks-panic, for someone who was asleep a minute ago. No word is better than it is:
 * CLEAR only when every venue showed it, and never a word that could be read as "flat".
 */
#include "panic.h"

static double seconds_since(const struct view* view, uint64_t at_ns) {
    return (double)(int64_t)(at_ns - view->pulled_ns) / 1e9;
}

const char* outcome_text(uint32_t outcome) {
    static const char* const texts[] = {"IDLE",     "WORKING",  "CLEAR", "UNKNOWN",
                                        "REJECTED", "NOT SENT", "HELD"};
    return outcome < sizeof texts / sizeof *texts ? texts[outcome] : "UNKNOWN";
}

uint32_t accounts_of_scope(const struct view* view, uint32_t accounts[KS_ACCOUNTS_MAX]) {
    const struct ks_status_page* const status = view->ks.status;
    const struct ks_scope_line* const scope = &status->scope[view->ticket.scope];
    uint32_t count = 0;
    for (uint32_t a = 0; a < KS_ACCOUNTS_MAX && a < status->accounts_count; ++a) {
        int is_reached = 0;
        for (uint32_t c = 0; c < KS_CELLS_MAX; ++c)
            is_reached |= (scope->cells[c / 64] >> (c % 64) & 1) != 0 &&
                          status->cell[c].in_config && status->cell[c].account == a;
        if (is_reached) accounts[count++] = a;
    }
    return count;
}

/* Accounts of the scope all of whose cells in it are closed in the halt bits. */
static uint32_t halted_accounts(const struct view* view) {
    const struct ks_status_page* const status = view->ks.status;
    const struct ks_scope_line* const scope = &status->scope[view->ticket.scope];
    uint32_t accounts[KS_ACCOUNTS_MAX];
    uint32_t halted = 0;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        int is_open = 0;
        for (uint32_t c = 0; c < KS_CELLS_MAX; ++c)
            is_open |= status->cell[c].account == accounts[i] &&
                       (scope->cells[c / 64] &
                        ~__atomic_load_n(&status->halt[c / 64], __ATOMIC_ACQUIRE)) >>
                               (c % 64) &
                           1;
        if (!is_open) ++halted;
    }
    return halted;
}

void show_engine(const struct view* view) {
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    fprintf(view->out, "HOST     %s   engine %.*s %s\n", host, KS_NAME_BYTES,
            view->ks.status->engine, ks_engine_lives(&view->ks) ? "alive" : "SILENT");
}

void show_status(const struct view* view) {
    const struct ks_status_page* const status = view->ks.status;
    const uint32_t count = ks_scopes(&view->ks);
    show_engine(view);
    for (uint32_t i = 0; i < count; ++i) {
        const uint64_t kill = __atomic_load_n(&status->scope[i].kill_outcome, __ATOMIC_ACQUIRE);
        if (!status->scope[i].in_config) continue;
        fprintf(view->out, "scope    %-20.*s ", KS_NAME_BYTES, status->scope[i].name);
        if ((uint32_t)kill == KS_IDLE)
            fputs("not killed\n", view->out);
        else
            fprintf(view->out, "kill #%u %s\n", (uint32_t)(kill >> 32),
                    outcome_text((uint32_t)kill));
    }
}

void show_refusal(const struct view* view, const char* why) {
    if (!view->options->scope) {
        fprintf(view->out, "No status: %s (%s).\n", why, view->options->run_dir);
        return;
    }
    fprintf(view->out, "NO TRIGGER STORED: %s (scope %s, producer %s, %s).\n", why,
            view->options->scope, view->options->producer, view->options->run_dir);
    fputs("         DO NOW: cancel by hand at each venue. Positions are NOT closed.\n", view->out);
}

void show_pulled(const struct view* view) {
    struct timespec now;
    struct tm utc;
    char clock[16];
    const char* const tty = ttyname(STDIN_FILENO);
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(clock, sizeof clock, "%H:%M:%S", &utc);
    fprintf(view->out,
            "PULLED   %s  %s.%03ldZ  by uid %u%s%s%s%s.  Ctrl-C stops this display, "
            "not the kill.\n",
            view->options->scope, clock, now.tv_nsec / 1000000, (unsigned)getuid(),
            tty ? " on " : "", tty ? tty : "", view->options->reason ? ", reason " : "",
            view->options->reason ? view->options->reason : "");
}

void show_silent(const struct view* view) {
    fputs(
        "ENGINE NOT ANSWERING. NOTHING WAS SENT TO ANY VENUE.\n"
        "         Trigger stored; fires if the engine starts within max_trigger_age (60 s unless "
        "the config says otherwise), later it is HELD and asks.\n"
        "         DO BOTH NOW: 1 systemctl restart killswitchd   2 cancel by hand at each venue\n",
        view->out);
}

static void show_account(const struct view* view, const struct ks_account_line* line) {
    fprintf(view->out, "%+.2f s  %.*s  %s: sent %ux, %u cancelled",
            seconds_since(view, ks_now_ns()), KS_NAME_BYTES, line->name,
            outcome_text(line->outcome), line->shots_sent, line->orders_cancelled);
    if (line->http_status != 0) fprintf(view->out, ", last answer %u", line->http_status);
    if (line->orders_open != UINT32_MAX)
        fprintf(view->out, ", last read %u open", line->orders_open);
    fputs("\n", view->out);
}

void show_progress(struct view* view) {
    const struct ks_report* const report = &view->report;
    uint32_t accounts[KS_ACCOUNTS_MAX];
    if (report->kill == 0) return;
    const uint32_t count = accounts_of_scope(view, accounts);
    if (view->shown_kill != report->kill) {
        view->shown_kill = report->kill;
        fprintf(view->out, "HALT     #%u: %u of %u accounts refuse new orders (senders that check)",
                report->kill, halted_accounts(view), count);
        if (report->pulled_ns >= view->pulled_ns)
            fprintf(view->out, "   seen +%.0f us", seconds_since(view, report->pulled_ns) * 1e6);
        fputs("\n", view->out);
    }
    if (view->shown_sent != report->shots_sent && !report->is_stale) {
        view->shown_sent = report->shots_sent;
        fprintf(view->out, "SENT     %u of %u\n", report->shots_sent, report->shots_count);
    }
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        if (!ks_read_account(&line, &view->ks.status->account[accounts[i]])) continue;
        if (line.outcome == view->shown_outcome[accounts[i]]) continue;
        view->shown_outcome[accounts[i]] = line.outcome;
        show_account(view, &line);
    }
}

static void show_not_proven(const struct view* view, uint32_t count, const uint32_t* accounts) {
    const struct ks_report* const report = &view->report;
    fprintf(view->out, "NOT PROVEN after %u s: %u of %u clear.\n", view->options->wait_s,
            report->accounts_clear, count);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        if (!ks_read_account(&line, &view->ks.status->account[accounts[i]]))
            fprintf(view->out, "         %.*s: its line could not be read\n", KS_NAME_BYTES,
                    line.name);
        else if (line.outcome != KS_CLEAR)
            show_account(view, &line);
    }
    fprintf(
        view->out,
        "         Still trying. DO NOW: cancel by hand at these venues; watch: ksctl status %s\n",
        view->options->scope);
}

void show_end(const struct view* view, int code) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    const uint32_t count = accounts_of_scope(view, accounts);
    const char* const scope = view->options->scope;
    FILE* const out = view->out;
    switch (code) {
    case EXIT_CONFIRMED:
        fprintf(out, "CLEAR    %u of %u at %+.1f s: every venue shows 0 open orders.\n",
                view->report.accounts_clear, count, seconds_since(view, view->report.clear_ns));
        fprintf(out,
                "         Still watching. Trading stays halted until: ksctl rearm %s --reason "
                "\"...\"\n",
                scope);
        break;
    case EXIT_HELD:
        fprintf(out,
                "HELD     the pull was too old when the engine started: halt closed, NOTHING "
                "WAS SENT.\n         Pull again to fire, or: ksctl rearm %s --reason \"...\"\n",
                scope);
        break;
    case EXIT_NO_PERMISSION:
        show_refusal(view, "the engine refuses this producer's pull");
        return;
    case EXIT_ENGINE_SILENT:
        show_silent(view);
        break;
    default:
        if (view->waited == KS_WAIT_NOT_TAKEN)
            fprintf(out, "NOT PROVEN after %u s: the engine lives and has not answered yet.\n",
                    view->options->wait_s);
        else
            show_not_proven(view, count, accounts);
    }
    fputs("         Positions are NOT closed.\n", out);
}
