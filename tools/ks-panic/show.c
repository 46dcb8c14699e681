/* The words of ks-panic while it runs, for someone who was asleep a minute ago. Each fact once,
 * with the time at which it happened, counted from the pull; no word is better than the page.
 */
#include "panic.h"

enum { WAITING_SHOWN_MAX = 4 };

void show_engine(const struct view* view) {
    const struct ks_status_page* const status = view->ks.status;
    uint8_t mark[sizeof status->config_mark];
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    memcpy(mark, &status->config_mark, sizeof mark);
    fprintf(view->out, "%s host %s   engine %s   config %02x%02x\n",
            ks_environment_text(status->environment), host,
            ks_engine_lives(&view->ks) ? "alive" : "SILENT", mark[0], mark[1]);
}

void show_status(const struct view* view) {
    const struct ks_status_page* const status = view->ks.status;
    const uint32_t count = ks_scopes(&view->ks);
    show_engine(view);
    for (uint32_t i = 0; i < count; ++i) {
        /* acquire: pairs with the engine's release of a kill */
        const uint64_t kill = __atomic_load_n(&status->scope[i].kill_outcome, __ATOMIC_ACQUIRE);
        if (!status->scope[i].in_config) continue;
        fprintf(view->out, "scope    %-20.*s ", KS_NAME_BYTES, status->scope[i].name);
        if ((uint32_t)kill == KS_IDLE)
            fputs("not killed\n", view->out);
        else
            fprintf(view->out, "kill #%u %s\n", (uint32_t)(kill >> 32),
                    ks_outcome_text((uint32_t)kill));
    }
}

void show_pulled(const struct view* view) {
    struct tm utc;
    char clock[16];
    char person[128];
    gmtime_r(&view->clock.tv_sec, &utc);
    strftime(clock, sizeof clock, "%H:%M:%S", &utc);
    read_name(person, sizeof person, &view->person);
    fprintf(view->out, "PULLED   %s  %s.%03ldZ  ", view->options->scope, clock,
            view->clock.tv_nsec / 1000000);
    if (view->report.kill != 0) fprintf(view->out, "#%u ", view->report.kill);
    fprintf(view->out, "by %s", person);
    if (view->options->reason) fprintf(view->out, ", reason: %s", view->person.reason);
    fputs(".  Ctrl-C stops this display, not the kill.\n", view->out);
}

/* The engine stamps the halt with the clock of its turn, which may be read just before our store:
 * then it was as good as at once. */
static void show_halt(struct view* view) {
    const uint64_t halted_ns = view->report.halted_ns;
    uint32_t accounts[KS_ACCOUNTS_MAX];
    fprintf(view->out, "HALT     %u of %u accounts refuse new orders (senders that check)",
            halted_accounts(view), accounts_of_scope(view, accounts));
    if (is_since_pull(view, halted_ns))
        fprintf(view->out, "   +%.0f us", seconds_since_pull(view, halted_ns) * 1e6);
    else if (is_halt_told(view))
        fputs("   +0 us", view->out);
    fputs("\n", view->out);
}

/* "bitopro/main spot"; "bitopro/main" where there is no product. */
static void show_shot(const struct view* view, const struct ks_shot_line* shot) {
    int length = (int)strnlen(shot->name, KS_NAME_BYTES);
    if (length > 2 && strcmp(shot->name + length - 2, " *") == 0) length -= 2;
    fprintf(view->out, "%.*s", length, shot->name);
}

static int is_same_venue(const struct ks_shot_line* one, const struct ks_shot_line* other) {
    const size_t length = strcspn(one->name, "/");
    return strncmp(one->name, other->name, length + 1) == 0;
}

/* "bitopro/hedge leaves at +1.05 s (venue limit), then bitopro/main spot": of one venue. When the
 * later ones leave is known only when the first has left. */
static void show_waiting(const struct view* view, const struct ks_shot_line* shots,
                         uint32_t count) {
    struct ks_account_line line;
    uint32_t shown = 1;
    const uint32_t account = shots->account < KS_ACCOUNTS_MAX ? shots->account : 0;
    (void)ks_read_account(&line, &view->ks.status->account[account]);
    show_shot(view, shots);
    if (is_since_pull(view, line.next_shot_ns))
        fprintf(view->out, " leaves at %+.2f s (venue limit)",
                seconds_since_pull(view, line.next_shot_ns));
    else
        fprintf(view->out, " waits (%s)", ks_not_sent_text(&line));
    for (uint32_t i = 1; i < count; ++i) {
        if (!is_same_venue(shots, &shots[i]) || ++shown > WAITING_SHOWN_MAX) continue;
        fputs(shown == 2 ? ", then " : ", ", view->out);
        show_shot(view, &shots[i]);
    }
    if (shown > WAITING_SHOWN_MAX) fprintf(view->out, " and %u more", shown - WAITING_SHOWN_MAX);
}

static void show_sent(const struct view* view) {
    static struct ks_shot_line shots[KS_SHOTS_MAX];
    const int is_all = view->report.shots_sent >= view->report.shots_count;
    const uint32_t count = is_all ? 0 : waiting_shots(view, shots);
    fprintf(view->out, "SENT     %u of %u%s", view->report.shots_sent, view->report.shots_count,
            count > 0 ? " now" : "");
    for (uint32_t i = 0; i < count; ++i) {
        int is_told = 0;
        for (uint32_t before = 0; before < i; ++before)
            is_told |= is_same_venue(&shots[i], &shots[before]);
        if (is_told) continue;
        fputs("; ", view->out);
        show_waiting(view, &shots[i], count - i);
    }
    fputs("\n", view->out);
}

/* "+0.09 s  bitopro/main  "; "now" for what the page gives no time of. */
static void show_moment(const struct view* view, uint64_t at_ns,
                        const struct ks_account_line* line) {
    if (is_since_pull(view, at_ns))
        fprintf(view->out, "%+.2f s", seconds_since_pull(view, at_ns));
    else
        fputs("now", view->out);
    fprintf(view->out, "  %.*s  ", KS_NAME_BYTES, line->name);
}

static void show_outcome(const struct view* view, const struct ks_account_line* line) {
    FILE* const out = view->out;
    if (line->outcome == KS_CLEAR) {
        show_moment(view, line->clear_ns, line);
        fputs(is_proven(line) ? "CLEAR: 0 open\n" : "OMS CLEAR, exchanges not checked\n", out);
    } else if (line->outcome == KS_UNKNOWN) {
        show_moment(view, line->answered_ns, line);
        fputs("UNKNOWN: the venue does not tell; still trying\n", out);
    } else if (line->outcome == KS_REJECTED) {
        show_moment(view, line->answered_ns, line);
        fprintf(out, "REJECTED: the venue refuses: %s\n", ks_refusal_text(line));
    } else if (line->outcome == KS_NOT_SENT) {
        show_moment(view, 0, line);
        fprintf(out, "NOT SENT: %s\n", ks_not_sent_text(line));
    }
}

static void show_account(const struct view* view, const struct ks_account_line* line,
                         struct shown* shown) {
    if (is_since_pull(view, line->accepted_ns) && !shown->is_accepted) {
        shown->is_accepted = 1;
        show_moment(view, line->accepted_ns, line);
        fprintf(view->out, "accepted, %u cancelled\n", line->orders_cancelled);
    }
    if (line->reopened_count > shown->reopened_count) {
        show_moment(view, 0, line);
        fputs("REOPENED: an order appeared after CLEAR; fired at again\n", view->out);
    }
    shown->reopened_count = line->reopened_count;
    if (line->orders_arriving > 0 && !shown->is_arriving) {
        shown->is_arriving = 1;
        show_arriving(view, line);
    }
    /* a CLEAR of the kill before says nothing about this one */
    if (line->outcome == KS_CLEAR && !is_since_pull(view, line->clear_ns)) return;
    if (line->outcome != shown->outcome) show_outcome(view, line);
    shown->outcome = line->outcome;
}

void show_progress(struct view* view) {
    const struct ks_report* const report = &view->report;
    uint32_t accounts[KS_ACCOUNTS_MAX];
    if (report->kill == 0 || report->outcome == KS_HELD) return;
    if (view->is_silent_shown && view->shown_kill == 0)
        fprintf(view->out, "%+.2f s  the engine answers: kill #%u\n",
                seconds_since_pull(view, ks_now_ns()), report->kill);
    if (view->shown_kill != report->kill) show_halt(view);
    if ((view->shown_kill != report->kill || view->shown_sent != report->shots_sent) &&
        !report->is_stale) {
        view->shown_sent = report->shots_sent;
        show_sent(view);
    }
    view->shown_kill = report->kill;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        if (ks_read_account(&line, &view->ks.status->account[accounts[i]]))
            show_account(view, &line, &view->shown[accounts[i]]);
    }
}
