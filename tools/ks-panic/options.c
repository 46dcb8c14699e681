/* The command line of ks-panic: no default scope, the scope typed twice, no prompt without a tty.
 */
#include "panic.h"

#include <stdlib.h>

enum { WAIT_S_DEFAULT = 30, WAIT_S_MAX = 86400 };

void print_usage(FILE* out) {
    fputs("usage: ks-panic SCOPE --confirm SCOPE [options]\n"
          "Cancels every open order of SCOPE, manual ones and those of other bots included, and\n"
          "stops senders that check. Positions are NOT closed.\n"
          "  --confirm SCOPE   the same scope again\n"
          "  --engine NAME     run directory /run/killswitch/NAME (main)\n"
          "  --run-dir DIR     another run directory\n"
          "  --last-resort F   whom to call (/var/lib/killswitch/NAME/last-resort.txt)\n"
          "  --producer NAME   whose trigger page is used (panic)\n"
          "  --wait SECONDS    how long to show what happens (30); the kill goes on regardless\n"
          "  --reason TEXT     why, for the journal: 200 bytes (a number also as reason number)\n"
          "  --json            one object on stdout, words on stderr\n"
          "exit: 0 all clear, 10 not proven, 11 something rejected or not sent, 12 no engine\n"
          "      answered, 13 held: halt closed and nothing sent, 64 usage, 69 no page, 77 no "
          "right\n",
          out);
}

static int is_option(const char* word, const char* name) {
    return strcmp(word, name) == 0;
}

static int usage_error(const char* sentence, const char* word) {
    fprintf(stderr, "ks-panic: %s%s. NOTHING WAS PULLED.\n", sentence, word);
    return EXIT_USAGE;
}

/* A whole number from 0 to `most`, or -1. */
static long number_of(const char* text, long most) {
    char* end = NULL;
    if (*text < '0' || *text > '9') return -1;
    errno = 0;
    const long number = strtol(text, &end, 10);
    return errno == 0 && *end == 0 && number <= most ? number : -1;
}

static int set_path(char path[KS_PATH_BYTES_MAX], const char* before, const char* name) {
    const int length = snprintf(path, KS_PATH_BYTES_MAX, "%s%s", before, name);
    return length < 0 || length >= KS_PATH_BYTES_MAX ? usage_error("this name is too long: ", name)
                                                     : 0;
}

/* The engine is named like the last part of its run directory. */
static void set_last_resort(struct options* options) {
    const char* const dir = options->run_dir;
    size_t end = strlen(dir);
    while (end > 0 && dir[end - 1] == '/') --end;
    size_t first = end;
    while (first > 0 && dir[first - 1] != '/') --first;
    (void)snprintf(options->last_resort, sizeof options->last_resort,
                   "/var/lib/killswitch/%.*s/last-resort.txt", (int)(end - first), dir + first);
}

static int read_value(struct options* options, const char* option, const char* value) {
    if (is_option(option, "--confirm"))
        options->confirm = value;
    else if (is_option(option, "--producer"))
        options->producer = value;
    else if (is_option(option, "--run-dir"))
        return set_path(options->run_dir, "", value);
    else if (is_option(option, "--engine"))
        return strchr(value, '/') ? usage_error("--engine takes a name, not a path: ", value)
                                  : set_path(options->run_dir, "/run/killswitch/", value);
    else if (is_option(option, "--last-resort"))
        return set_path(options->last_resort, "", value);
    else if (is_option(option, "--reason")) {
        const long number = number_of(value, UINT16_MAX);
        options->reason = value;
        options->reason_number = number < 0 ? 0 : (uint16_t)number;
    } else if (is_option(option, "--wait")) {
        const long seconds = number_of(value, WAIT_S_MAX);
        if (seconds < 0) return usage_error("--wait takes seconds, 0 to 86400, not ", value);
        options->wait_s = (uint32_t)seconds;
    } else
        return usage_error("unknown option ", option);
    return 0;
}

int read_options(struct options* options, int count, char** words) {
    memset(options, 0, sizeof *options);
    options->producer = "panic";
    options->wait_s = WAIT_S_DEFAULT;
    int code = set_path(options->run_dir, "/run/killswitch/", "main");
    for (int i = 1; i < count && code == 0; ++i) {
        if (is_option(words[i], "--json"))
            options->is_json = 1;
        else if (words[i][0] == '-') {
            if (i + 1 == count) return usage_error("a value is missing after ", words[i]);
            code = read_value(options, words[i], words[i + 1]);
            ++i;
        } else if (options->scope)
            return usage_error("one scope at a time, not also ", words[i]);
        else
            options->scope = words[i];
    }
    if (code == 0 && options->confirm && !options->scope)
        return usage_error("--confirm without a scope: ", options->confirm);
    if (options->last_resort[0] == 0) set_last_resort(options);
    return code;
}
