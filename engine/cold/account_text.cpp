#include "cold/account_text.hpp"

#include <algorithm>
#include <cstdio>

#include "abi/killswitch_texts.h"
#include "cold/status_text.hpp"

namespace ks {

namespace {

std::string seconds_text(const char* format, double seconds) {
    char text[32];
    std::snprintf(text, sizeof text, format, seconds);
    return text;
}

Nanos since(u64 at_ns, Moment now) {
    return {std::max<i64>(now.monotonic.ns - static_cast<i64>(at_ns), 0)};
}

// "next shot in 2.0 s"; nothing where the page knows no time.
std::string next_text(const char* what, u64 at_ns, Moment now) {
    if (at_ns == 0) return {};
    const Nanos left{static_cast<i64>(at_ns) - now.monotonic.ns};
    return std::string(", next ") + what +
           (left.ns > 0 ? " in " + span_text(left) : std::string(" now"));
}

std::string answer_text(const ks_account_line& line, Moment now) {
    if (line.http_status == 0) return "no answer";
    std::string text = "last answer " + std::to_string(line.http_status);
    return line.answered_ns == 0 ? text : text + " (" + ago_text(line.answered_ns, now) + ")";
}

std::string open_text(const ks_account_line& line) {
    return line.orders_open == UINT32_MAX ? "not read yet"
                                          : std::to_string(line.orders_open) + " open";
}

} // namespace

std::string span_text(Nanos span) {
    const double seconds = static_cast<double>(span.ns) / 1e9;
    if (seconds < 10) return seconds_text("%.1f s", seconds);
    if (seconds < 120) return seconds_text("%.0f s", seconds);
    if (seconds < 7'200) return seconds_text("%.0f min", seconds / 60);
    if (seconds < 172'800) return seconds_text("%.0f h", seconds / 3'600);
    return seconds_text("%.0f d", seconds / 86'400);
}

std::string ago_text(u64 at_ns, Moment now) {
    return at_ns == 0 ? "never" : span_text(since(at_ns, now)) + " ago";
}

std::string clock_text(u64 at_ns, Moment now) {
    if (at_ns == 0) return "a time not known";
    const Nanos age = since(at_ns, now);
    const std::string text = utc_text(now.utc_ns - static_cast<u64>(age.ns)).substr(0, 19);
    constexpr size_t date_bytes = 11; // "2026-11-21 "
    return (age < seconds(86'400) ? text.substr(date_bytes) : text) + " UTC (" + span_text(age) +
           " ago)";
}

std::vector<u32> accounts_of(const ks_status_page& page, const ks_scope_line& scope) {
    std::vector<u32> accounts;
    const u32 cells_count = std::min<u32>(page.cells_count, KS_CELLS_MAX);
    for (u32 cell = 0; cell < cells_count; ++cell) {
        const u32 account = page.cell[cell].account;
        if (!(scope.cells[cell / 64] >> (cell % 64) & 1) || !page.cell[cell].in_config) continue;
        if (account >= std::min<u32>(page.accounts_count, KS_ACCOUNTS_MAX)) continue;
        if (std::ranges::find(accounts, account) == accounts.end()) accounts.push_back(account);
    }
    std::ranges::sort(accounts);
    return accounts;
}

std::string outcome_text(const ks_account_line& line, Moment now) {
    switch (line.outcome) {
    case KS_IDLE:
        return "not killed";
    case KS_WORKING:
        return open_text(line) + next_text("shot", line.next_shot_ns, now) +
               next_text("read", line.next_read_ns, now);
    case KS_CLEAR:
        return "0 open, proven " + ago_text(line.clear_ns, now);
    case KS_REJECTED:
        return std::string("the venue refuses: ") + ks_refusal_text(&line) + "; " +
               answer_text(line, now) + ", " + open_text(line);
    case KS_NOT_SENT:
        return ks_not_sent_text(&line);
    case KS_HELD:
        return "halt closed, nothing sent";
    default:
        return "the venue does not tell; still trying; " + answer_text(line, now) + ", " +
               open_text(line) + next_text("shot", line.next_shot_ns, now) +
               next_text("read", line.next_read_ns, now);
    }
}

std::string eyes_text(const ks_account_line& line, Moment now) {
    if (line.eyes_ns == 0) return "UNPROVEN";
    return "saw " + std::to_string(line.eyes_count) +
           (line.eyes_count == 1 ? " order " : " orders ") + ago_text(line.eyes_ns, now);
}

std::string live_fire_text(const ks_account_line& line, Moment now) {
    const std::string last = "live fire " + ago_text(line.live_fire_ns, now);
    const std::string orders =
        std::to_string(line.live_fire_orders) + (line.live_fire_orders == 1 ? " order" : " orders");
    switch (line.live_fire) {
    case KS_LIVE_FIRE_OFF:
        return {};
    case KS_LIVE_FIRE_SENT:
        return last + ", one is with the venue";
    case KS_LIVE_FIRE_DONE:
        return line.live_fire_orders == 0 ? last : last + ", " + orders + " CANCELLED by it";
    case KS_LIVE_FIRE_ORDER:
        return last + ", REFUSED since: " + orders + " on its pair, nothing was sent";
    case KS_LIVE_FIRE_UNREAD:
        return last + ", not since: no whole read of its pair in time, nothing was sent";
    case KS_LIVE_FIRE_FAILED:
        return last + ", FAILED since: the venue did not accept it";
    default:
        return last;
    }
}

std::string account_text(const ks_account_line& place, Moment now) {
    char head[96];
    ks_account_line line;
    if (!ks_read_account(&line, &place)) {
        std::snprintf(head, sizeof head, "  %-24.47s", place.name);
        return std::string(head) + " stale: its writer stopped half-way\n";
    }
    std::snprintf(head, sizeof head, "  %-24.47s %-8s  ", line.name, ks_outcome_text(line.outcome));
    std::string text = head;
    if (line.outcome != KS_IDLE)
        text += outcome_text(line, now) + "; sent " + std::to_string(line.shots_sent) + "x, " +
                std::to_string(line.orders_cancelled) + " cancelled; ";
    text += "eyes: " + eyes_text(line, now) + "; key accepted " + ago_text(line.key_ns, now);
    const std::string live_fire = live_fire_text(line, now);
    text += (live_fire.empty() ? "" : "; ") + live_fire + "\n";
    for (const std::string& note : notes_text(line)) text += "      " + note + "\n";
    return text;
}

std::vector<std::string> notes_text(const ks_account_line& line) {
    std::vector<std::string> texts;
    if ((line.notes & KS_NOTE_NO_READS) != 0) // to be known before a kill, not only in it
        texts.push_back("NEVER CONFIRMED (confirm = \"none\"): nothing reads its open orders; look "
                        "at the venue.");
    if (line.outcome == KS_IDLE) return texts;
    const bool is_empty = line.orders_open == 0;
    const auto add = [&](bool holds, const std::string& text) {
        if (holds) texts.push_back(text);
    };
    const auto has = [&](ks_note note) { return (line.notes & note) != 0; };
    add(line.orders_arriving > 0, "ORDERS STILL ARRIVING (" + std::to_string(line.orders_arriving) +
                                      " since the kill): a sender ignores the halt. Stop it or "
                                      "revoke its key.");
    add(line.reopened_count > 0,
        "REOPENED " + std::to_string(line.reopened_count) + "x: orders appeared after CLEAR.");
    add(line.orders_vanished > 0,
        std::to_string(line.orders_vanished) + " gone, maybe FILLED: check positions.");
    add(has(KS_NOTE_STRIPS_STOPS) && line.shots_sent > 0, "STOPS WERE CANCELLED.");
    add(has(KS_NOTE_OMS_ONLY) && is_empty, "OMS CLEAR, exchanges not checked.");
    add(has(KS_NOTE_TOKEN_REACH), "Its cancel-all reached every account of the token.");
    add(has(KS_NOTE_EYES_UNPROVEN) && is_empty,
        "Reads are empty but have never shown an order: UNKNOWN.");
    add(has(KS_NOTE_FIREWALL), "Its last answer came from a web firewall, not from the venue.");
    add(has(KS_NOTE_STALE_SHOT), "A cancel-all left with an old signature: the signer was late.");
    add(has(KS_NOTE_NOT_COVERED),
        "No read shows some kinds of its orders: ksctl check names them.");
    return texts;
}

} // namespace ks
