/* panic.h: what ks-panic was asked, what it knows, and the words in which it says it.
 * Why: at 3 a.m. the words are the product; they are apart from the flow (main.c): what happens is
 * told in show.c, how it ended in end.c, what must be known beside it in notes.c.
 */
#ifndef KS_PANIC_H
#define KS_PANIC_H

#include "abi/killswitch.h"
#include "abi/killswitch_plain.h"
#include "abi/killswitch_texts.h"

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
    const char* reason; /* for the journal and the screen, or NULL */
    uint16_t reason_number;
    uint32_t wait_s;
    int is_json;
    char run_dir[KS_PATH_BYTES_MAX];
    char last_resort[KS_PATH_BYTES_MAX]; /* whom to call, written by the engine outside /run */
};

/* Fills `options` from the command line. 0, or EXIT_USAGE after a sentence on stderr. */
int read_options(struct options* options, int count, char** words);
void print_usage(FILE* out);

/* ---- contacts.c: whom to call, from a file that needs no engine and no page ---------------- */

enum { CONTACTS_BYTES_MAX = 64 * 1024 };
struct contacts {
    const char* path;
    int is_tried;
    int problem; /* errno of the reading; 0: read */
    char text[CONTACTS_BYTES_MAX + 1];
};
/* Reads the file at the first call: after the pull, for a disk may hang. */
const struct contacts* read_contacts(struct contacts* contacts);
/* What stands behind the account's name, until the end of the line; NULL: nothing. */
const char* contact_of(const struct contacts* contacts, const char* account, int* length);

/* One run: what the pages say about our pull, read anew at each look. */
struct view {
    const struct options* options;
    struct contacts* contacts;
    struct ks_handle ks;
    struct ks_ticket ticket;
    struct ks_person person;
    enum ks_pulled pulled;
    uint64_t pulled_ns;    /* CLOCK_MONOTONIC of our own store */
    struct timespec clock; /* CLOCK_REALTIME of it */
    uint32_t kill_before;  /* number of the scope's kill before our pull */
    enum ks_waited waited;
    struct ks_report report;
    FILE* out; /* human text: stdout, or stderr beside --json */
    /* what has been printed already, so that each fact is printed once */
    int is_silent_shown;
    uint32_t shown_kill;
    uint32_t shown_sent;
    struct shown {
        uint32_t outcome;
        uint32_t reopened_count;
        int is_accepted;
        int is_arriving;
    } shown[KS_ACCOUNTS_MAX];
};

/* ---- facts.c ------------------------------------------------------------------------------- */

/* Accounts that the pulled scope reaches; returns how many. */
uint32_t accounts_of_scope(const struct view* view, uint32_t accounts[KS_ACCOUNTS_MAX]);
/* Of them, those whose cells in the scope are all closed for senders. */
uint32_t halted_accounts(const struct view* view);
/* Shots that still wait for their first departure of this kill, in the order of their leaving. */
uint32_t waiting_shots(const struct view* view, struct ks_shot_line shots[KS_SHOTS_MAX]);
/* Proven: the venue showed it, and it is the venue itself, not an OMS in front of others. */
int is_proven(const struct ks_account_line* line);
/* The kill's number has moved, or its pull is answered: something may have been sent. */
int is_begun(const struct view* view);
double seconds_since_pull(const struct view* view, uint64_t at_ns);
int is_since_pull(const struct view* view, uint64_t at_ns);
/* The line of the scope is of a kill that began with our pull, not of one before. */
int is_halt_told(const struct view* view);
/* Who we are, for the journal; before the pull, so it asks nobody who could be slow. */
void read_person(struct ks_person* person, const char* reason);
/* "alice/pts3": who logged in, and where. */
void read_name(char* to, size_t bytes, const struct ks_person* person);

/* ---- show.c, notes.c, end.c ---------------------------------------------------------------- */

void show_engine(const struct view* view);
void show_status(const struct view* view);
void show_pulled(const struct view* view);
void show_silent(struct view* view);
void show_progress(struct view* view);

/* "STOPS WERE CANCELLED: a, b." and its like, behind "Positions are NOT closed." */
void show_positions(const struct view* view);
void show_account_notes(const struct view* view, const struct ks_account_line* line);
void show_arriving(const struct view* view, const struct ks_account_line* line);

void show_refusal(const struct view* view, const char* why, int code);
void show_end(const struct view* view, int code);
void show_json(const struct view* view, int code);

#endif
