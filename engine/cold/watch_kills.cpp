// Watch, of kills: pulled, every change of outcome; orders that come back or go on arriving.
#include <algorithm>

#include "cold/account_text.hpp"
#include "cold/latch.hpp"
#include "cold/page_birth.hpp"
#include "cold/status_text.hpp"
#include "cold/watch.hpp"

namespace ks {
namespace {

constexpr std::string_view last_words = " Positions are NOT closed.";
constexpr Nanos line_patience =
    milliseconds(100); // the line of a kill follows its number by a chore

u32 kill_of(u64 kill_outcome) {
    return static_cast<u32>(kill_outcome >> 32);
}
ks_outcome outcome_of(u64 kill_outcome) {
    return static_cast<ks_outcome>(static_cast<u32>(kill_outcome));
}

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all.append(all.empty() ? "" : ", ").append(name);
    return all;
}

u64 utc_of(u64 monotonic_ns, Moment now) {
    const u64 now_ns = static_cast<u64>(now.monotonic.ns);
    return monotonic_ns > now_ns ? now.utc_ns : now.utc_ns - (now_ns - monotonic_ns);
}

std::string name_and_kill(const ks_scope_line& line) {
    return std::string(name_of(line.name)) + ", kill " + std::to_string(kill_of(line.kill_outcome));
}

std::vector<ks_account_line> lines_of(const ks_status_page& page, const ks_scope_line& scope) {
    std::vector<ks_account_line> lines;
    for (const u32 index : accounts_of(page, scope)) {
        ks_account_line line;
        if (ks_read_account(&line, &page.account[index])) lines.push_back(line);
    }
    return lines;
}

// "; coinswitch/main UNKNOWN (HTTP 503, 4 open)" of each that is not clear.
std::string unclear_text(const std::vector<ks_account_line>& accounts) {
    std::string text;
    for (const ks_account_line& account : accounts) {
        if (account.outcome == KS_CLEAR || account.outcome == KS_IDLE) continue;
        text.append("; ").append(name_of(account.name)).append(" ");
        text.append(words(static_cast<ks_outcome>(account.outcome)));
        if (account.http_status != 0) text += ", HTTP " + std::to_string(account.http_status);
        if (account.orders_open != UINT32_MAX)
            text += ", " + std::to_string(account.orders_open) + " open";
    }
    return text;
}

std::string noted_text(const std::vector<ks_account_line>& accounts, u32 note,
                       std::string_view before) {
    std::vector<std::string> names;
    for (const ks_account_line& account : accounts)
        if ((account.notes & note) != 0) names.emplace_back(name_of(account.name));
    return names.empty() ? "" : std::string(before) + joined(names) + ".";
}

std::string outcome_text(const ks_status_page& page, const ks_scope_line& line) {
    const ks_outcome outcome = outcome_of(line.kill_outcome);
    const std::vector<ks_account_line> accounts = lines_of(page, line);
    std::string text = name_and_kill(line) + " is " + std::string(words(outcome)) + ": ";
    text += std::to_string(line.accounts_clear) + " of " + std::to_string(line.accounts_count) +
            " accounts clear";
    if (outcome == KS_CLEAR)
        text += ", every venue shows 0 open orders." +
                noted_text(accounts, KS_NOTE_STRIPS_STOPS, " STOPS WERE CANCELLED: ");
    else if (outcome == KS_HELD)
        text += "; the pull was too old: halt closed, NOTHING SENT; pull again or re-arm.";
    else
        text += unclear_text(accounts) + "; still trying.";
    if (outcome == KS_UNKNOWN || outcome == KS_REJECTED || outcome == KS_NOT_SENT)
        text += " Cancel by hand too.";
    return text.append(last_words);
}

} // namespace

void KillWatch::look(Moment now, Findings& found) {
    // acquire: pairs with the append of a name
    const u32 count = __atomic_load_n(&page_.scopes_count, __ATOMIC_ACQUIRE);
    for (u32 scope = 0; scope < std::min<u32>(count, KS_SCOPES_MAX); ++scope)
        look(scope, now, found);
    is_first_ = false;
}

void KillWatch::look(u32 scope, Moment now, Findings& found) {
    Seen& seen = seen_[scope];
    // acquire: pairs with Status::kill_begun
    const u64 word = __atomic_load_n(&page_.scope[scope].kill_outcome, __ATOMIC_ACQUIRE);
    const ks_outcome outcome = outcome_of(word);
    if (word == seen.kill_outcome) return;
    ks_scope_line line;
    const bool is_whole = ks_read_scope(&line, &page_.scope[scope]);
    const std::string subject = "kill " + std::string(name_of(line.name));
    if (is_first_) {
        if (outcome != KS_IDLE)
            found.alarm(outcome == KS_HELD ? AlarmKind::held : AlarmKind::pulled, subject,
                        "an engine has started and finds it killed: " + outcome_text(page_, line));
    } else if (kill_of(word) != kill_of(seen.kill_outcome)) {
        if (seen.begun.is_never()) seen.begun = now.monotonic;
        const bool is_written = is_whole && line.pulled_ns != seen.pulled_ns;
        if (!is_written && now.monotonic < seen.begun + line_patience) return;
        tell_pull(scope, line, now, found);
        if (outcome != KS_WORKING && outcome != KS_HELD && outcome != KS_IDLE)
            found.alarm(AlarmKind::outcome, subject, outcome_text(page_, line));
    } else if (outcome != KS_IDLE) { // who re-armed is told by the one who sees the person
        found.alarm(outcome == KS_HELD ? AlarmKind::held : AlarmKind::outcome, subject,
                    outcome_text(page_, line));
    }
    seen = {word, line.pulled_ns, never};
}

// " (it says: alice/pts3)" of the pull whose answer this kill is: its epoch is in `handled`, beside
// the kill's number.
std::string KillWatch::who_pulled(u32 scope, const ks_scope_line& line) const {
    const u32 producer = line.pulled_by;
    if (producer >= KS_PRODUCERS_MAX) return {};
    // acquire: pairs with Trigger::handled
    const u64 handled = __atomic_load_n(&page_.handled[producer][scope].word, __ATOMIC_ACQUIRE);
    if (static_cast<u32>(handled) != kill_of(line.kill_outcome)) return {};
    std::vector<std::string> names;
    for (const Said& said : said_of(
             triggers_, {.producer = producer, .scope = scope, .epoch = ks_word_epoch(handled)}))
        names.push_back(short_text(said.person));
    return names.empty() ? "" : " (it says: " + joined(names) + ")";
}

void KillWatch::tell_pull(u32 slot, const ks_scope_line& line, Moment now, Findings& found) {
    const bool is_held = outcome_of(line.kill_outcome) == KS_HELD;
    std::string text = name_and_kill(line) + ", by " + producer_text(page_, line.pulled_by);
    text += who_pulled(slot, line) + " at " + utc_text(utc_of(line.pulled_ns, now)) + " UTC";
    if (is_held)
        text += ": too old, HELD: halt closed, NOTHING SENT; pull again or re-arm.";
    else
        text += ": halt closed for " + joined(cells_of(page_, line.held_cells)) + "; shots leave.";
    found.is_kill = true;
    found.alarm(is_held ? AlarmKind::held : AlarmKind::pulled,
                "kill " + std::string(name_of(line.name)), text.append(last_words));
}

void AccountWatch::look(Findings& found) {
    const u32 count = std::min<u32>(__atomic_load_n(&page_.accounts_count, __ATOMIC_RELAXED),
                                    KS_ACCOUNTS_MAX); // relaxed: set once, before the threads
    for (u32 a = 0; a < count; ++a) {
        ks_account_line line;
        if (!ks_read_account(&line, &page_.account[a])) continue;
        const std::string name(name_of(line.name));
        Seen& seen = seen_[a];
        if (line.reopened_count > seen.reopened_count)
            found.alarm(AlarmKind::reopened, "reopened " + name,
                        name + " had no open order and shows " +
                            (line.orders_open == UINT32_MAX ? std::string("some")
                                                            : std::to_string(line.orders_open)) +
                            " again: fired at. A sender may ignore the halt." +
                            std::string(last_words));
        seen.reopened_count = line.reopened_count;
        if (line.orders_arriving < seen.arriving_told) seen.arriving_told = 0;
        // At the first, then each time that the count has doubled: not once an order.
        if (line.orders_arriving != 0 && line.orders_arriving >= 2 * seen.arriving_told) {
            seen.arriving_told = line.orders_arriving;
            found.alarm(AlarmKind::orders_arriving, "arriving " + name,
                        "at " + name + " (" + std::to_string(line.orders_arriving) +
                            " since the kill): a sender ignores the halt. Stop it or revoke its "
                            "key.");
        }
    }
}

} // namespace ks
