/* ks-risk-example: a risk process in one screen. It reads a loss on each line of stdin, and pulls
 * the trigger when one exceeds the limit. Copy it: the header is all it needs.
 *
 *     echo 1500 | ks-risk-example --run-dir DIR --producer risk1 --scope all --limit 1000
 */
#include "abi/killswitch.h"

#include <stdlib.h>

struct options {
    const char* run_dir;
    const char* producer;
    const char* scope;
    double loss_max;
    uint32_t wait_s;
};

enum { REASON_LOSS = 1, EXIT_NOT_CONFIRMED = 10, EXIT_ENGINE_SILENT = 12, EXIT_USAGE = 64 };

static const char* outcome_text(enum ks_waited waited) {
    switch (waited) {
    case KS_WAIT_CONFIRMED:
        return "CONFIRMED: every venue shows no open order";
    case KS_WAIT_NOT_CONFIRMED:
        return "NOT CONFIRMED: the engine goes on trying";
    case KS_WAIT_HELD:
        return "HELD: halt closed, nothing sent";
    case KS_WAIT_REFUSED:
        return "REFUSED: not granted to this producer";
    case KS_WAIT_NOT_TAKEN:
        return "NOT TAKEN: no engine has answered; use the second path";
    }
    return "unknown";
}

static int kill_and_wait(const struct ks_handle* ks, const struct options* options) {
    struct ks_ticket ticket;
    struct ks_report report;
    const enum ks_pulled pulled = ks_pull(ks, options->scope, REASON_LOSS, &ticket);
    if (pulled > KS_PULL_STORED_ENGINE_SILENT) {
        printf("NO TRIGGER STORED: %s. Use the second path. Positions are NOT closed.\n",
               pulled == KS_PULL_NO_GRANT ? "the config does not let this producer pull this scope"
                                          : "no engine has run here since boot");
        return EXIT_ENGINE_SILENT;
    }
    printf("pulled %s: %s\n", options->scope,
           pulled == KS_PULL_TAKEN_BY_LIVE_ENGINE ? "the engine lives"
                                                  : "stored, but the engine is SILENT: use the "
                                                    "second path as well");
    fflush(stdout);
    const enum ks_waited waited = ks_wait(ks, &ticket, options->wait_s * 1000000000ull, &report);
    printf("kill #%u: %s (%u of %u accounts clear). Positions are NOT closed.\n", report.kill,
           outcome_text(waited), report.accounts_clear, report.accounts_count);
    if (waited == KS_WAIT_CONFIRMED) return 0;
    return waited == KS_WAIT_NOT_TAKEN ? EXIT_ENGINE_SILENT : EXIT_NOT_CONFIRMED;
}

static int watch_losses(const struct ks_handle* ks, const struct options* options) {
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        const double loss = strtod(line, NULL);
        ks_beat(ks);
        printf("loss %.2f of %.2f\n", loss, options->loss_max);
        if (loss > options->loss_max) return kill_and_wait(ks, options);
    }
    return 0;
}

static int read_options(struct options* options, int count, char** words) {
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(words[i], "--run-dir") == 0)
            options->run_dir = words[i + 1];
        else if (strcmp(words[i], "--producer") == 0)
            options->producer = words[i + 1];
        else if (strcmp(words[i], "--scope") == 0)
            options->scope = words[i + 1];
        else if (strcmp(words[i], "--limit") == 0)
            options->loss_max = strtod(words[i + 1], NULL);
        else if (strcmp(words[i], "--wait") == 0)
            options->wait_s = (uint32_t)strtoul(words[i + 1], NULL, 10);
        else
            return EXIT_USAGE;
    }
    return count % 2 == 1 ? 0 : EXIT_USAGE;
}

int main(int count, char** words) {
    struct options options = {"/run/killswitch/main", "risk1", "all", 1000, 60};
    struct ks_handle ks;
    if (read_options(&options, count, words) != 0) {
        fputs("usage: ks-risk-example [--run-dir DIR] [--producer NAME] [--scope NAME] "
              "[--limit LOSS] [--wait SECONDS]  (a loss on each line of stdin)\n",
              stderr);
        return EXIT_USAGE;
    }
    const enum ks_opened opened = ks_open(&ks, options.run_dir, options.producer);
    if (opened != KS_OPENED) {
        fprintf(stderr, "%s: %s\n", options.run_dir, ks_opened_text(opened));
        return EXIT_ENGINE_SILENT;
    }
    const int code = watch_losses(&ks, &options);
    ks_close(&ks);
    return code;
}
