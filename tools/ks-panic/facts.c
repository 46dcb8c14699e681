/* Facts: what the pages say about our pull, without a word about it. */
#include "panic.h"

#include <inttypes.h>
#include <pwd.h>

enum { TURN_NS_MAX = 1000000 }; /* a turn reads its clock once, before it looks for pulls */

double seconds_since_pull(const struct view* view, uint64_t at_ns) {
    return (double)(int64_t)(at_ns - view->pulled_ns) / 1e9;
}

int is_since_pull(const struct view* view, uint64_t at_ns) {
    return at_ns != 0 && at_ns >= view->pulled_ns;
}

int is_halt_told(const struct view* view) {
    const uint64_t halted_ns = view->report.halted_ns;
    return halted_ns != 0 && halted_ns + TURN_NS_MAX >= view->pulled_ns;
}

static int is_in_scope(const struct ks_scope_line* scope, uint32_t cell) {
    return (__atomic_load_n(&scope->cells[cell / 64], __ATOMIC_RELAXED) >> (cell % 64) & 1) != 0;
}

uint32_t accounts_of_scope(const struct view* view, uint32_t accounts[KS_ACCOUNTS_MAX]) {
    const struct ks_status_page* const status = view->ks.status;
    const struct ks_scope_line* const scope = &status->scope[view->ticket.scope];
    uint32_t count = 0;
    if (view->ticket.scope >= KS_SCOPES_MAX) return 0;
    for (uint32_t a = 0; a < KS_ACCOUNTS_MAX && a < status->accounts_count; ++a) {
        int is_reached = 0;
        for (uint32_t c = 0; c < KS_CELLS_MAX; ++c)
            is_reached |=
                is_in_scope(scope, c) && status->cell[c].in_config && status->cell[c].account == a;
        if (is_reached) accounts[count++] = a;
    }
    return count;
}

uint32_t halted_accounts(const struct view* view) {
    const struct ks_status_page* const status = view->ks.status;
    const struct ks_scope_line* const scope = &status->scope[view->ticket.scope];
    uint32_t accounts[KS_ACCOUNTS_MAX];
    uint32_t halted = 0;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        int is_open = 0;
        for (uint32_t c = 0; c < KS_CELLS_MAX; ++c)
            /* acquire: pairs with the release that closes the halt */
            is_open |=
                status->cell[c].account == accounts[i] && is_in_scope(scope, c) &&
                (__atomic_load_n(&status->halt[c / 64], __ATOMIC_ACQUIRE) >> (c % 64) & 1) == 0;
        if (!is_open) ++halted;
    }
    return halted;
}

uint32_t waiting_shots(const struct view* view, struct ks_shot_line shots[KS_SHOTS_MAX]) {
    const struct ks_status_page* const status = view->ks.status;
    uint32_t accounts[KS_ACCOUNTS_MAX];
    uint32_t waiting = 0;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < KS_SHOTS_MAX && i < status->shots_count; ++i) {
        struct ks_shot_line* const shot = &shots[waiting];
        int is_reached = 0;
        if (!ks_read_shot(shot, &status->shot[i])) continue;
        for (uint32_t a = 0; a < count; ++a) is_reached |= accounts[a] == shot->account;
        waiting += is_reached && is_since_pull(view, shot->pulled_ns) &&
                   shot->submitted_ns < shot->pulled_ns;
    }
    return waiting;
}

int is_proven(const struct ks_account_line* line) {
    return line->outcome == KS_CLEAR && !(line->notes & KS_NOTE_OMS_ONLY);
}

int is_begun(const struct view* view) {
    const uint64_t kill = __atomic_load_n(&view->ks.status->scope[view->ticket.scope].kill_outcome,
                                          __ATOMIC_ACQUIRE); /* acquire: pairs with kill_begun */
    return view->report.kill != 0 || (uint32_t)(kill >> 32) != view->kill_before;
}

void read_person(struct ks_person* person, const char* reason) {
    const char* tty = NULL;
    memset(person, 0, sizeof *person);
    person->uid = getuid();
    person->pid = (uint32_t)getpid();
    person->login_uid = UINT32_MAX;
    FILE* const login = fopen("/proc/self/loginuid", "re");
    if (login && fscanf(login, "%" SCNu32, &person->login_uid) != 1) person->login_uid = UINT32_MAX;
    if (login) fclose(login);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && !tty; ++fd) tty = ttyname(fd);
    if (tty && strncmp(tty, "/dev/", 5) == 0)
        (void)snprintf(person->terminal, sizeof person->terminal, "%s", tty + 5);
    /* a path that does not fit is cut */
    if (readlink("/proc/self/exe", person->executable, sizeof person->executable - 1) < 0)
        person->executable[0] = 0;
    if (reason) /* a kill is not refused because its reason is long */
        (void)ks_plain_text(person->reason, KS_REASON_BYTES_MAX + 1, reason, strlen(reason));
}

/* The user's name, read without a library that a static program cannot load; or "uid 1000". */
static void read_user(char* to, size_t bytes, uint32_t uid) {
    (void)snprintf(to, bytes, "uid %u", uid);
    FILE* const users = fopen("/etc/passwd", "re");
    if (!users) return;
    for (const struct passwd* user = fgetpwent(users); user; user = fgetpwent(users))
        if (user->pw_uid == uid) {
            (void)snprintf(to, bytes, "%s", user->pw_name);
            break;
        }
    fclose(users);
}

void read_name(char* to, size_t bytes, const struct ks_person* person) {
    char user[64];
    read_user(user, sizeof user, person->login_uid == UINT32_MAX ? person->uid : person->login_uid);
    size_t count = (size_t)snprintf(to, bytes, "%s", user);
    if (person->terminal[0] == 0 || count + 1 >= bytes) return;
    to[count++] = '/';
    for (const char* c = person->terminal; *c != 0 && count + 1 < bytes; ++c)
        if (*c != '/') to[count++] = *c;
    to[count] = 0;
}
