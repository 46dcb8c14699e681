/* ks-panic: the manual trigger. It pulls first, prints at once, then waits and tells the truth.
 * Why: it must work when nothing else does: static, no config, no network, public header only.
 */
#include "panic.h"

enum { LOOK_EVERY_MS = 20 };

/* The scope typed again: as --confirm, or on a terminal. */
static int is_confirmed(const struct options* options) {
    char line[KS_NAME_BYTES + 2];
    if (options->confirm) return strcmp(options->confirm, options->scope) == 0;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return 0;
    fprintf(stderr, "Type the scope again to cancel every order of it (%s): ", options->scope);
    if (!fgets(line, sizeof line, stdin)) return 0;
    line[strcspn(line, "\n")] = 0;
    return strcmp(line, options->scope) == 0;
}

static int bare_call(struct view* view) {
    const enum ks_opened opened = ks_open_reader(&view->ks, view->options->run_dir);
    if (opened == KS_OPENED)
        show_status(view);
    else
        show_refusal(view, ks_opened_text(opened));
    ks_close(&view->ks);
    print_usage(view->out);
    return EXIT_USAGE;
}

static int open_code(enum ks_opened opened) {
    return opened == KS_OPEN_NO_PERMISSION || opened == KS_OPEN_NO_PRODUCER ? EXIT_NO_PERMISSION
                                                                            : EXIT_NO_PAGE;
}

/* The code that the last look deserves. Not clear is never 0. */
static int end_code(const struct view* view) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    switch (view->waited) {
    case KS_WAIT_CONFIRMED:
        return EXIT_CONFIRMED;
    case KS_WAIT_HELD:
        return EXIT_HELD;
    case KS_WAIT_REFUSED:
        return EXIT_NO_PERMISSION;
    case KS_WAIT_NOT_TAKEN:
        return view->report.engine_lives ? EXIT_NOT_PROVEN : EXIT_ENGINE_SILENT;
    case KS_WAIT_NOT_CONFIRMED:
        break;
    }
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        (void)ks_read_account(&line, &view->ks.status->account[accounts[i]]);
        if (line.outcome == KS_REJECTED || line.outcome == KS_NOT_SENT) return EXIT_PARTIAL;
    }
    return view->report.outcome == KS_REJECTED || view->report.outcome == KS_NOT_SENT
               ? EXIT_PARTIAL
               : EXIT_NOT_PROVEN;
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

static int pull(struct view* view) {
    const struct options* const options = view->options;
    const enum ks_opened opened = ks_open(&view->ks, options->run_dir, options->producer);
    if (opened != KS_OPENED) {
        show_refusal(view, ks_opened_text(opened));
        return open_code(opened);
    }
    view->pulled_ns = ks_now_ns();
    view->pulled = ks_pull(&view->ks, options->scope, options->reason_number, &view->ticket);
    if (view->pulled == KS_PULL_NO_GRANT) {
        const int is_known = ks_find_scope(&view->ks, options->scope) != KS_NONE;
        show_refusal(view, is_known ? "the config does not let this producer pull this scope"
                                    : "no scope has this name");
        if (!is_known) show_status(view);
        return is_known ? EXIT_NO_PERMISSION : EXIT_USAGE;
    }
    if (view->pulled == KS_PULL_NO_PAGE) {
        show_refusal(view, ks_opened_text(KS_OPEN_WRONG_VERSION));
        return EXIT_NO_PAGE;
    }
    show_engine(view);
    show_pulled(view);
    if (view->pulled == KS_PULL_STORED_ENGINE_SILENT) show_silent(view);
    watch(view);
    const int code = end_code(view);
    show_end(view, code);
    return code;
}

int main(int count, char** words) {
    static struct options options;
    static struct view view;
    int code = read_options(&options, count, words);
    if (code != 0) return code;
    view.options = &options;
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
