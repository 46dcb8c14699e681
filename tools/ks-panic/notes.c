/* Notes: what must be known beside an outcome. Stops that went too, fills that nobody reported, a
 * sender that ignores the halt: each in one line that says what to do.
 */
#include "panic.h"

/* An OMS that shows nothing open: what it has at the exchanges nobody has looked at. */
static int is_oms_clear(const struct ks_account_line* line) {
    return (line->notes & KS_NOTE_OMS_ONLY) != 0 &&
           (line->outcome == KS_CLEAR || line->orders_open == 0);
}
static int has_lost_stops(const struct ks_account_line* line) {
    return (line->notes & KS_NOTE_STRIPS_STOPS) != 0 && line->shots_sent > 0;
}

/* " TITLE: a, b." for the accounts of which it is true; nothing when there is none. */
static void show_list(const struct view* view, const char* title,
                      int (*holds)(const struct ks_account_line*)) {
    uint32_t accounts[KS_ACCOUNTS_MAX];
    uint32_t shown = 0;
    const uint32_t count = accounts_of_scope(view, accounts);
    for (uint32_t i = 0; i < count; ++i) {
        struct ks_account_line line;
        (void)ks_read_account(&line, &view->ks.status->account[accounts[i]]);
        if (!holds(&line)) continue;
        if (shown++ == 0)
            fprintf(view->out, " %s: ", title);
        else
            fputs(", ", view->out);
        fprintf(view->out, "%.*s", KS_NAME_BYTES, line.name);
    }
    if (shown > 0) fputs(".", view->out);
}

void show_positions(const struct view* view) {
    fputs("         Positions are NOT closed.", view->out);
    show_list(view, "STOPS WERE CANCELLED", has_lost_stops);
    show_list(view, "OMS CLEAR, exchanges not checked", is_oms_clear);
    /* relaxed: a lone word of the cold side */
    if (__atomic_load_n(&view->ks.status->journal_failing_ns, __ATOMIC_RELAXED) != 0)
        fputs(" NOT JOURNALLED: the disk does not take the journal.", view->out);
    fputs("\n", view->out);
}

void show_arriving(const struct view* view, const struct ks_account_line* line) {
    fprintf(
        view->out,
        "         ORDERS STILL ARRIVING at %.*s (%u since the kill): a sender ignores the halt. "
        "Stop it or revoke its key.\n",
        KS_NAME_BYTES, line->name, line->orders_arriving);
}

void show_account_notes(const struct view* view, const struct ks_account_line* line) {
    const struct {
        uint32_t note;
        const char* text;
    } notes[] = {
        {KS_NOTE_TOKEN_REACH, "its cancel-all reached every account of the token"},
        {KS_NOTE_NO_READS, "NEVER CONFIRMED: nothing reads its open orders; look at the venue"},
        {KS_NOTE_EYES_UNPROVEN, "reads are empty but have never shown an order: UNKNOWN"},
        {KS_NOTE_NOT_COVERED, "no read shows some kinds of its orders: ksctl check names them"},
        {KS_NOTE_FIREWALL, "its last answer came from a web firewall, not from the venue"},
        {KS_NOTE_STALE_SHOT, "a cancel-all left with an old signature: the signer was late"},
    };
    FILE* const out = view->out;
    if (line->orders_arriving > 0) show_arriving(view, line);
    if (line->reopened_count > 0)
        fprintf(out, "         %.*s: REOPENED %ux: orders appeared after CLEAR.\n", KS_NAME_BYTES,
                line->name, line->reopened_count);
    if (line->orders_vanished > 0)
        fprintf(out, "         %.*s: %u gone, maybe FILLED: check positions.\n", KS_NAME_BYTES,
                line->name, line->orders_vanished);
    for (size_t i = 0; i < sizeof notes / sizeof *notes; ++i)
        if ((line->notes & notes[i].note) &&
            (notes[i].note != KS_NOTE_EYES_UNPROVEN || line->orders_open == 0) &&
            (notes[i].note != KS_NOTE_FIREWALL || line->outcome != KS_REJECTED))
            fprintf(out, "         %.*s: %s.\n", KS_NAME_BYTES, line->name, notes[i].text);
}
