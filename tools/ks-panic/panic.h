/* panic.h: what ks-panic was asked, what it knows, and the words in which it says it.
 * Why: at 3 a.m. the words are the product; they are in one place (show.c), the flow in another.
 */
#ifndef KS_PANIC_H
#define KS_PANIC_H

#include "abi/killswitch.h"

/* sysexits.h, and our own below 64: see usage in options.c. */
enum exit_code {
    EXIT_CONFIRMED = 0,
    EXIT_NOT_PROVEN = 10,
    EXIT_PARTIAL = 11,
    EXIT_ENGINE_SILENT = 12,
    EXIT_HELD = 13,
    EXIT_USAGE = 64,
    EXIT_NO_PAGE = 69,
    EXIT_NO_PERMISSION = 77
};

struct options {
    const char* scope; /* NULL: a bare call */
    const char* confirm;
    const char* producer;
    const char* reason; /* text for the screen, or NULL */
    uint16_t reason_number;
    uint32_t wait_s;
    int is_json;
    char run_dir[KS_PATH_BYTES_MAX];
};

/* Fills `options` from the command line. 0, or EXIT_USAGE after a sentence on stderr. */
int read_options(struct options* options, int count, char** words);
void print_usage(FILE* out);

/* One run: what the pages say about our pull, read anew at each look. */
struct view {
    const struct options* options;
    struct ks_handle ks;
    struct ks_ticket ticket;
    enum ks_pulled pulled;
    uint64_t pulled_ns;
    enum ks_waited waited;
    struct ks_report report;
    FILE* out; /* human text: stdout, or stderr beside --json */
    /* what has been printed already, so that each fact is printed once */
    uint32_t shown_kill;
    uint32_t shown_sent;
    uint32_t shown_outcome[KS_ACCOUNTS_MAX];
};

/* Which accounts the pulled scope reaches; returns how many. */
uint32_t accounts_of_scope(const struct view* view, uint32_t accounts[KS_ACCOUNTS_MAX]);
const char* outcome_text(uint32_t outcome);

void show_engine(const struct view* view);
void show_status(const struct view* view);
void show_refusal(const struct view* view, const char* why);
void show_pulled(const struct view* view);
void show_silent(const struct view* view);
void show_progress(struct view* view);
void show_end(const struct view* view, int code);
void show_json(const struct view* view, int code);

#endif
