/* The endings of ks-panic: the last lines on the screen, what to do now, and the exit code. "Clear"
 * is never "flat": every ending says that positions are not closed.
 */
#include "panic.h"

enum { TRIGGER_AGE_S_DEFAULT = 60 };

static void show_exit(const struct view* view, int code) {
    fprintf(view->out, "      exit %d\n", code);
}

/* " https://...  +886 ..." of one account; where it is not known, where to look. */
static void show_contact(const struct view* view, const char* account) {
    const struct contacts* const contacts = read_contacts(view->contacts);
    int length = 0;
    const char* const contact = contact_of(contacts, account, &length);
    if (contact)
        fprintf(view->out, " %.*s", length, contact);
    else
        fprintf(view->out, " (no contact: %s: %s)", contacts->path,
                contacts->problem != 0 ? strerror(contacts->problem)
                                       : "does not name this account");
}

/* The file as it is, but for its title: without a page, nothing else names the accounts. */
static void show_file(const struct view* view) {
    const struct contacts* const contacts = read_contacts(view->contacts);
    if (contacts->problem != 0)
        fprintf(view->out, "           (no contacts: %s: %s)\n", contacts->path,
                strerror(contacts->problem));
    for (const char* line = strchrnul(contacts->text, '\n'); *line != 0;) {
        const int length = (int)strcspn(++line, "\n");
        if (length > 0) fprintf(view->out, "           %.*s\n", length, line);
        line += length;
    }
}

/* "           bitopro/main  https://...  +886 ...", under the words "cancel by hand:". */
static void show_line(const struct view* view, const char* name) {
    fprintf(view->out, "           %.*s ", KS_NAME_BYTES, name);
    show_contact(view, name);
}

/* One line an account of the scope. */
static void show_contacts(const struct view* view) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    const uint32_t count = view->ks.status ? accounts_of_scope(view, accounts) : 0;
    if (count == 0) show_file(view);
    for (uint32_t i = 0; i < count; ++i) {
        show_line(view, view->ks.status->account[accounts[i]].name);
        fputs("\n", view->out);
    }
}

/* How long it was waited for: as asked, unless the end came before. */
static double seconds_waited(const struct view* view) {
    const double elapsed_s = seconds_since_pull(view, ks_now_ns());
    return elapsed_s < view->options->wait_s ? elapsed_s : view->options->wait_s;
}

static void show_do_both(const struct view* view) {
    fputs("         DO BOTH NOW: 1 systemctl restart killswitchd   2 cancel by hand:\n", view->out);
    show_contacts(view);
}

void show_refusal(const struct view* view, const char* why, int code) {
    FILE* const out = view->out;
    if (!view->options->scope) {
        fprintf(out, "No status: %s (%s).\n", why, view->options->run_dir);
        return;
    }
    fprintf(out, "NO TRIGGER STORED: %s.\n", why);
    fprintf(out, "         Asked: scope %s, producer %s, %s.\n", view->options->scope,
            view->options->producer, view->options->run_dir);
    if (code == EXIT_USAGE) {
        fputs("         DO NOW: pull one of the scopes above: ks-panic SCOPE --confirm SCOPE\n",
              out);
    } else {
        fputs("         DO NOW: cancel by hand:\n", out);
        show_contacts(view);
    }
    fputs("         Positions are NOT closed.", out);
    show_exit(view, code);
}

static void show_stored(const struct view* view) {
    const uint64_t age_ns = view->ks.status->trigger_age_max_ns;
    fputs("ENGINE NOT ANSWERING. NOTHING WAS SENT TO ANY VENUE.\n", view->out);
    fprintf(view->out,
            "         Trigger stored; fires if the engine starts within %.0f s, later it is HELD "
            "and asks.\n",
            age_ns == 0 ? (double)TRIGGER_AGE_S_DEFAULT : (double)age_ns / 1e9);
    show_do_both(view);
}

void show_silent(struct view* view) {
    view->is_silent_shown = 1;
    show_stored(view);
}

/* "+40 s", or "now" where that time has come. */
static void show_next(const struct view* view, const char* what, uint64_t at_ns) {
    if (at_ns > ks_now_ns())
        fprintf(view->out, " %s %+.0f s", what, seconds_since_pull(view, at_ns));
    else
        fprintf(view->out, " %s now", what);
}

/* " (venue: 10 per minute)": the limit that the account's cancels are counted by. */
static void show_limit(const struct view* view, const char* account) {
    char names[2][KS_NAME_BYTES + 8];
    const int name_bytes = (int)strnlen(account, KS_NAME_BYTES);
    (void)snprintf(names[0], sizeof names[0], "%.*s cancel", name_bytes, account);
    (void)snprintf(names[1], sizeof names[1], "%.*s cancel", (int)strcspn(account, "/"), account);
    for (int i = 0; i < 2; ++i) {
        const uint32_t gate = ks_find_gate(&view->ks, names[i]);
        if (gate == KS_NONE) continue;
        const struct ks_gate_line* const line = &view->ks.status->gate[gate];
        if (line->window_ns == 60000000000u || line->window_ns == 1000000000u)
            fprintf(view->out, " (venue: %u per %s)", line->places,
                    line->window_ns == 1000000000u ? "second" : "minute");
        else
            fprintf(view->out, " (venue: %u in %g s)", line->places, (double)line->window_ns / 1e9);
        return;
    }
}

static void show_trying(const struct view* view, const struct ks_account_line* line) {
    fputs("         Still trying:", view->out);
    if (line->next_read_ns != 0) show_next(view, "read", line->next_read_ns);
    if (line->next_read_ns != 0 && line->next_shot_ns != 0) fputs(",", view->out);
    if (line->next_shot_ns != 0) show_next(view, "shot", line->next_shot_ns);
    if (line->next_read_ns == 0 && line->next_shot_ns == 0)
        fputs(" as the venue's limits allow", view->out);
    show_limit(view, line->name);
    fputs(".\n", view->out);
}

/* "coinswitch/main UNKNOWN: sent 4x, last answer 503 (+30.2 s), last read 4 open (+25.0 s)." */
static void show_last(const struct view* view, const struct ks_account_line* line) {
    FILE* const out = view->out;
    fprintf(out, "%.*s %s: ", KS_NAME_BYTES, line->name, ks_outcome_text(line->outcome));
    if (line->outcome == KS_REJECTED)
        fprintf(out, "the venue refuses: %s; ", ks_refusal_text(line));
    if (line->outcome == KS_NOT_SENT) fprintf(out, "%s; ", ks_not_sent_text(line));
    fprintf(out, "sent %ux", line->shots_sent);
    if (line->http_status == 0)
        fputs(", no answer", out);
    else
        fprintf(out, ", last answer %u", line->http_status);
    if (line->http_status != 0 && is_since_pull(view, line->answered_ns))
        fprintf(out, " (%+.1f s)", seconds_since_pull(view, line->answered_ns));
    if (line->orders_open != UINT32_MAX && is_since_pull(view, line->read_ns))
        fprintf(out, ", last read %u open (%+.1f s).\n", line->orders_open,
                seconds_since_pull(view, line->read_ns));
    else
        fputs(", no complete read since the pull.\n", out);
}

/* Reads the accounts of the scope that are not proven; the notes of the others are shown. */
static uint32_t open_accounts(const struct view* view, struct ks_account_line* lines) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    uint32_t left = 0;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line* const line = &lines[left];
        const int is_whole = ks_read_account(line, &view->ks.status->account[accounts[i]]);
        if (line->outcome == KS_CLEAR && !is_since_pull(view, line->clear_ns))
            line->outcome = KS_UNKNOWN; /* CLEAR of a kill before says nothing about this one */
        if (is_whole && is_proven(line))
            show_account_notes(view, line);
        else
            ++left;
    }
    return left;
}

/* Each of them with what is being done and what to do. */
static void show_open_accounts(const struct view* view, int code) {
    struct ks_account_line lines[KS_ACCOUNTS_MAX];
    const uint32_t left = open_accounts(view, lines);
    for (uint32_t i = 0; i < left; ++i) {
        if (i > 0) fputs("\n", view->out);
        show_last(view, &lines[i]);
        show_account_notes(view, &lines[i]);
        show_trying(view, &lines[i]);
        fputs("         DO NOW: cancel by hand", view->out);
        show_contact(view, lines[i].name);
        fprintf(view->out, "; watch: ksctl status %s", view->options->scope);
    }
    if (left == 0) /* all proven, the kill not yet: it clears at this moment */
        fprintf(view->out, "         DO NOW: ksctl status %s", view->options->scope);
    show_exit(view, code);
}

/* Each of them as it was when the engine fell silent; then, for all, what to do. */
static void show_left_accounts(const struct view* view, int code) {
    struct ks_account_line lines[KS_ACCOUNTS_MAX];
    const uint32_t left = open_accounts(view, lines);
    for (uint32_t i = 0; i < left; ++i) {
        show_last(view, &lines[i]);
        show_account_notes(view, &lines[i]);
    }
    fputs("         DO BOTH NOW: 1 systemctl restart killswitchd (it goes on with the kill)   2 "
          "cancel by hand:",
          view->out);
    for (uint32_t i = 0; i < left; ++i) {
        fputs("\n", view->out);
        show_line(view, lines[i].name);
    }
    if (left == 0) fputs(" nothing, each was proven clear by then", view->out);
    show_exit(view, code);
}

static uint32_t proven_accounts(const struct view* view, uint32_t* count) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    uint32_t proven = 0;
    *count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < *count; ++i) {
        struct ks_account_line line;
        proven += ks_read_account(&line, &view->ks.status->account[accounts[i]]) &&
                  is_proven(&line) && is_since_pull(view, line.clear_ns);
    }
    return proven;
}

static void show_not_proven(const struct view* view, int code) {
    uint32_t count;
    const uint32_t proven = proven_accounts(view, &count);
    fprintf(view->out, "NOT PROVEN after %.0f s: ", seconds_waited(view));
    if (view->waited != KS_WAIT_NOT_TAKEN) {
        fprintf(view->out, "%u of %u clear.\n", proven, count);
        show_positions(view);
        show_open_accounts(view, code);
        return;
    }
    fputs("the engine lives and has not answered yet.\n         DO NOW: cancel by hand:\n",
          view->out);
    show_contacts(view);
    fprintf(view->out, "         Positions are NOT closed. Watch: ksctl status %s",
            view->options->scope);
    show_exit(view, code);
}

static void show_clear(const struct view* view, int code) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    const uint32_t count = accounts_of_scope(view, accounts);
    FILE* const out = view->out;
    fprintf(out, "CLEAR    %u of %u at %+.1f s: every venue shows 0 open orders.\n",
            view->report.accounts_clear, count, seconds_since_pull(view, view->report.clear_ns));
    show_positions(view);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        if (ks_read_account(&line, &view->ks.status->account[accounts[i]]))
            show_account_notes(view, &line);
    }
    fputs(view->report.engine_lives
              ? "         Still watching."
              : "         ENGINE NOT ANSWERING now: nobody watches; systemctl "
                "restart killswitchd.",
          out);
    fprintf(out, " Trading stays halted until: ksctl rearm %s --reason \"...\"",
            view->options->scope);
    show_exit(view, code);
}

/* The engine took the pull, or began to, and fell silent: what it knew last. */
static void show_fell_silent(const struct view* view, int code) {
    uint32_t count;
    const uint32_t proven = proven_accounts(view, &count);
    fprintf(view->out,
            "ENGINE NOT ANSWERING. It took the pull and fell silent: %u of %u clear by then. "
            "NOTHING LEAVES NOW.\n",
            proven, count);
    show_positions(view);
    show_left_accounts(view, code);
}

static void show_never_answered(const struct view* view, int code) {
    if (view->is_silent_shown && view->options->wait_s > 0) {
        fprintf(view->out,
                "ENGINE STILL NOT ANSWERING after %.0f s. NOTHING WAS SENT TO ANY VENUE. "
                "Positions are NOT closed.",
                seconds_waited(view));
    } else {
        if (!view->is_silent_shown) show_stored(view);
        fputs("         Positions are NOT closed.", view->out);
    }
    show_exit(view, code);
}

void show_end(const struct view* view, int code) {
    const char* const scope = view->options->scope;
    switch (code) {
    case EXIT_CONFIRMED:
        return show_clear(view, code);
    case EXIT_HELD:
        fprintf(view->out,
                "HELD     %s  #%u: the pull was too old when the engine first saw it. Halt closed, "
                "NOTHING WAS SENT.\n         Positions are NOT closed.\n"
                "         Pull again to fire; or dismiss it: ksctl rearm %s --reason \"...\"",
                scope, view->report.kill, scope);
        return show_exit(view, code);
    case EXIT_NO_PERMISSION:
        return show_refusal(view, "the engine refuses this producer's pull", code);
    case EXIT_ENGINE_SILENT:
        return is_begun(view) ? show_fell_silent(view, code) : show_never_answered(view, code);
    default:
        return show_not_proven(view, code);
    }
}
