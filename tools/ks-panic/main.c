/* ks-panic: the manual trigger. It pulls first, prints at once, then waits and tells the truth.
 * Why: it must work when nothing else does: static, no config, no network, public header only.
 */
#include "panic.h"

enum { LOOK_EVERY_MS = 20, FIRST_LOOK_MS = 50 };

/* The scope typed again: as --confirm, or on a terminal. */
static int is_confirmed(const struct options* options) {
    char line[KS_NAME_BYTES + 2];
    if (options->confirm) return strcmp(options->confirm, options->scope) == 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return 0;
    fprintf(stderr,
            "Type the scope again to cancel every order of it, manual ones and those of other "
            "bots included (%s): ",
            options->scope);
    if (!fgets(line, sizeof line, stdin)) return 0;
    line[strcspn(line, "\n")] = 0;
    return strcmp(line, options->scope) == 0;
}

static int bare_call(struct view* view) {
    const enum ks_opened opened = ks_open_reader(&view->ks, view->options->run_dir);
    if (opened == KS_OPENED)
        show_status(view);
    else
        show_refusal(view, ks_opened_text(opened), EXIT_USAGE);
    ks_close(&view->ks);
    print_usage(view->out);
    return EXIT_USAGE;
}

static int open_code(enum ks_opened opened) {
    return opened == KS_OPEN_NO_PERMISSION || opened == KS_OPEN_NO_PRODUCER ? EXIT_NO_PERMISSION
                                                                            : EXIT_NO_PAGE;
}

/* The code that the last look deserves. Not proven is never 0. */
static int end_code(const struct view* view) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    if (view->waited == KS_WAIT_HELD) return EXIT_HELD;
    if (view->waited == KS_WAIT_REFUSED) return EXIT_NO_PERMISSION;
    if (view->waited != KS_WAIT_CONFIRMED && !view->report.engine_lives) return EXIT_ENGINE_SILENT;
    if (view->waited == KS_WAIT_NOT_TAKEN) return EXIT_NOT_PROVEN;
    int code = view->waited == KS_WAIT_CONFIRMED ? EXIT_CONFIRMED : EXIT_NOT_PROVEN;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        (void)ks_read_account(&line, &view->ks.status->account[accounts[i]]);
        /* An OMS that is clear is no venue that is clear. */
        if (code == EXIT_CONFIRMED && (line.notes & KS_NOTE_OMS_ONLY)) code = EXIT_NOT_PROVEN;
        if (code != EXIT_CONFIRMED && (line.outcome == KS_REJECTED || line.outcome == KS_NOT_SENT))
            return EXIT_PARTIAL;
    }
    return code;
}

static void watch(struct view* view) {
    const uint64_t until_ns = view->pulled_ns + view->options->wait_s * 1000000000ull;
    for (;;) {
        const uint64_t now_ns = ks_now_ns();
        const uint64_t left_ns = now_ns < until_ns ? until_ns - now_ns : 0;
        const uint64_t look_ns = LOOK_EVERY_MS * 1000000ull;
        view->waited =
            ks_wait(&view->ks, &view->ticket, left_ns < look_ns ? left_ns : look_ns, &view->report);
        show_progress(view);
        const int goes_on =
            view->waited == KS_WAIT_NOT_CONFIRMED || view->waited == KS_WAIT_NOT_TAKEN;
        if (!goes_on || left_ns == 0) return;
    }
}

/* Every shot of the kill has left, or is known to wait. */
static int is_told(const struct view* view) {
    static struct ks_shot_line shots[KS_SHOTS_MAX];
    return view->report.kill != 0 && !view->report.is_stale && is_halt_told(view) &&
           view->report.shots_sent + waiting_shots(view, shots) >= view->report.shots_count;
}

/* A live engine answers within microseconds and has told all within some milliseconds: worth a
 * moment's patience, so that the first line carries the kill's number. */
static void look_first(struct view* view) {
    const struct timespec nap = {0, 200 * 1000};
    do {
        view->waited = ks_look(&view->ks, &view->ticket, &view->report);
        if (is_told(view) || !view->report.engine_lives) return;
        nanosleep(&nap, NULL);
    } while (ks_now_ns() < view->pulled_ns + FIRST_LOOK_MS * 1000000ull);
}

static int refuse(const struct view* view, const char* why, int code) {
    show_refusal(view, why, code);
    return code;
}

/* Pulls, and keeps what is needed to tell of it later. */
static void pull_now(struct view* view) {
    const char* const name = view->options->scope;
    const uint32_t scope = ks_find_scope(&view->ks, name);
    view->ticket.scope = scope;
    if (scope != KS_NONE)
        view->kill_before = (uint32_t)(__atomic_load_n(&view->ks.status->scope[scope].kill_outcome,
                                                       __ATOMIC_ACQUIRE) >>
                                       32); /* acquire: before the pull */
    read_person(&view->person, view->options->reason);
    view->pulled =
        ks_pull_as(&view->ks, name, view->options->reason_number, &view->person, &view->ticket);
    clock_gettime(CLOCK_REALTIME, &view->clock);
    if (view->pulled > KS_PULL_STORED_ENGINE_SILENT) return;
    const struct ks_trigger_row* const row = &view->ks.mine->row[scope / KS_ROW_SLOTS];
    view->pulled_ns = __atomic_load_n(&row->slot[scope % KS_ROW_SLOTS].when_ns, __ATOMIC_RELAXED);
}

static int pull(struct view* view) {
    const struct options* const options = view->options;
    const enum ks_opened opened = ks_open(&view->ks, options->run_dir, options->producer);
    if (opened != KS_OPENED) return refuse(view, ks_opened_text(opened), open_code(opened));
    pull_now(view);
    if (view->pulled == KS_PULL_NO_PAGE)
        return refuse(view, ks_opened_text(KS_OPEN_WRONG_VERSION), EXIT_NO_PAGE);
    if (view->pulled == KS_PULL_NO_GRANT && ks_find_scope(&view->ks, options->scope) == KS_NONE) {
        show_status(view);
        return refuse(view, "no scope has this name", EXIT_USAGE);
    }
    if (view->pulled == KS_PULL_NO_GRANT)
        return refuse(view, "the config does not let this producer pull this scope",
                      EXIT_NO_PERMISSION);
    show_engine(view);
    look_first(view);
    show_pulled(view);
    if (view->pulled == KS_PULL_STORED_ENGINE_SILENT && !is_begun(view)) show_silent(view);
    watch(view);
    const int code = end_code(view);
    show_end(view, code);
    return code;
}

int main(int count, char** words) {
    static struct options options;
    static struct view view;
    static struct contacts contacts;
    int code = read_options(&options, count, words);
    if (code != 0) return code;
    view.options = &options;
    contacts.path = options.last_resort;
    view.contacts = &contacts;
    view.out = options.is_json ? stderr : stdout;
    setvbuf(view.out, NULL, _IOLBF, 0); /* each line at once, into a pipe too */
    if (!options.scope) return bare_call(&view);
    if (!is_confirmed(&options)) {
        fprintf(stderr, "ks-panic: not confirmed: add --confirm %s. NOTHING WAS PULLED.\n",
                options.scope);
        return EXIT_USAGE;
    }
    code = pull(&view);
    if (options.is_json) show_json(&view, code);
    ks_close(&view.ks);
    return code;
}
