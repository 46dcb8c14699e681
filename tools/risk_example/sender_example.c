/* ks-sender-example: an order sender that asks before each order. It takes cells as arguments and
 * prints for each whether an order may be sent. Exit 0: all may; 1: one is refused.
 *
 *     ks-sender-example DIR bitopro/main coinswitch/main
 */
#include "abi/killswitch.h"

static const char* answer_text(enum ks_killed killed) {
    switch (killed) {
    case KS_OPEN:
        return "OPEN: the order may be sent";
    case KS_KILLED:
        return "REFUSED: killed";
    case KS_ENGINE_SILENT:
        return "REFUSED: no live engine guards this cell";
    }
    return "REFUSED";
}

int main(int count, char** words) {
    struct ks_handle ks;
    int refused = 0;
    if (count < 3) {
        fputs("usage: ks-sender-example RUN_DIR CELL...\n", stderr);
        return 64;
    }
    const enum ks_opened opened = ks_open_reader(&ks, words[1]);
    if (opened != KS_OPENED) fprintf(stderr, "%s: %s\n", words[1], ks_opened_text(opened));
    for (int i = 2; i < count; ++i) {
        const enum ks_killed killed = ks_is_killed(&ks, ks_find_cell(&ks, words[i]));
        printf("%s  %s\n", words[i], answer_text(killed));
        refused |= killed != KS_OPEN;
    }
    ks_close(&ks);
    return refused;
}
