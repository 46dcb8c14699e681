/* Contacts: the last-resort file, which the engine writes at each start outside /run. It holds one
 * line an account: "bitopro/main  https://...  +886 ...". Any user may read it; no link is
 * followed.
 */
#include "panic.h"

static int read_file(struct contacts* contacts) {
    struct stat facts;
    ssize_t got = 0;
    size_t count = 0;
    /* O_NONBLOCK: a planted fifo must not hold us up */
    const int fd = open(contacts->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        close(fd);
        return EINVAL;
    }
    while (count < CONTACTS_BYTES_MAX &&
           (got = read(fd, contacts->text + count, CONTACTS_BYTES_MAX - count)) > 0)
        count += (size_t)got;
    const int problem = got < 0 ? errno : 0;
    close(fd);
    contacts->text[count] = 0;
    return problem;
}

/* Nothing in it may move the cursor of a terminal. Line by line, each no longer than it was. */
static void show_plainly(char* text) {
    char* to = text;
    for (const char* line = text;; ++line) {
        const size_t bytes = strcspn(line, "\n");
        const char end = line[bytes];
        to += ks_plain_text(to, bytes + 1, line, bytes);
        *to = end;
        if (end == 0) return;
        ++to;
        line += bytes;
    }
}

const struct contacts* read_contacts(struct contacts* contacts) {
    if (contacts->is_tried) return contacts;
    contacts->is_tried = 1;
    contacts->problem = read_file(contacts);
    if (contacts->problem != 0) contacts->text[0] = 0;
    show_plainly(contacts->text);
    return contacts;
}

const char* contact_of(const struct contacts* contacts, const char* account, int* length) {
    const size_t name_bytes = strnlen(account, KS_NAME_BYTES);
    for (const char* line = contacts->text; *line != 0;) {
        const char* const end = strchrnul(line, '\n');
        if ((size_t)(end - line) > name_bytes + 2 && strncmp(line, account, name_bytes) == 0 &&
            strncmp(line + name_bytes, "  ", 2) == 0) {
            *length = (int)(end - line - (ptrdiff_t)name_bytes - 2);
            return line + name_bytes + 2;
        }
        line = *end == 0 ? end : end + 1;
    }
    return NULL;
}
