#include "rearm_text.hpp"

#include <algorithm>
#include <cmath>

#include "abi/killswitch_texts.h"
#include "cold/account_text.hpp"
#include "cold/scribe.hpp"
#include "cold/status_text.hpp"
#include "json.hpp"

namespace ks {
namespace {

u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE); // acquire: pairs with the engine's Status
}

std::string name_of(const char (&name)[KS_NAME_BYTES]) {
    return {name, strnlen(name, KS_NAME_BYTES)};
}

std::string pulled_text(const Page& page, const ks_scope_line& place, Moment now) {
    ks_scope_line line{};
    (void)ks_read_scope(&line, &place);
    return "pulled by " + producer_text(page.status(), line.pulled_by) + " at " +
           clock_text(line.pulled_ns, now);
}

// Who holds cells that were to open: another scope's kill, or this one beyond `only`.
struct Holder {
    const ks_scope_line* scope;
    std::vector<std::string> cells;
};

std::vector<Holder> find_holders(const Page& page, const RearmAsked& asked) {
    const ks_status_page& status = page.status();
    std::vector<Holder> holders;
    for (u32 s = 0; s < ks_scopes(&page.handle()); ++s) {
        Holder holder{&status.scope[s], {}};
        for (u32 c = 0; c < std::min<u32>(status.cells_count, KS_CELLS_MAX); ++c) {
            const u64 bit = u64{1} << (c % 64);
            const bool was_asked = (load(status.scope[asked.slot].cells[c / 64]) & bit) != 0;
            if (was_asked && (load(holder.scope->held_cells[c / 64]) & bit) != 0)
                holder.cells.push_back(name_of(status.cell[c].name));
        }
        if (!holder.cells.empty()) holders.push_back(holder);
    }
    return holders;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

// The account that a refusal is about.
struct Refused {
    std::string name; // empty: none
    ks_account_line line{};
};

Refused refused_account(const Page& page, const ks_scope_line& scope) {
    Refused refused;
    const u32 account = __atomic_load_n(&scope.rearm_account, __ATOMIC_RELAXED);
    if (account >= KS_ACCOUNTS_MAX) return refused;
    refused.name = name_of(page.status().account[account].name);
    (void)ks_read_account(&refused.line, &page.status().account[account]);
    return refused;
}

double seconds_to_wait(const ks_scope_line& scope) {
    const u64 until_ns = load(scope.rearm_until_ns), now_ns = ks_now_ns();
    return until_ns > now_ns ? static_cast<double>(until_ns - now_ns) / 1e9 : 0;
}

std::string not_clear_text(const Refused& refused, Moment now) {
    const u32 open = refused.line.orders_open;
    if (refused.name.empty()) return "an account of it is not CLEAR; see: ksctl status";
    if (open == 0 || open == UINT32_MAX)
        return refused.name + " is " + ks_outcome_text(refused.line.outcome) + ": " +
               outcome_text(refused.line, now);
    const std::string count = std::to_string(open);
    return refused.name + " shows " + count + " open " + (open == 1 ? "order" : "orders") +
           "; cancel by hand; or, if they are known and shall stay: --accept-open " + refused.name +
           "=" + count;
}

// Of an account: its reads have spent the venue's limit. Of none: the cancels have.
std::string no_place_text(const Refused& refused, const ks_scope_line& scope) {
    const std::string wait =
        "; " + std::to_string(std::lround(std::ceil(seconds_to_wait(scope)))) + " s to wait";
    if (refused.name.empty())
        return "the first shots of a next kill could not all leave now" + wait;
    return "the venue's limit allows no fresh look at " + refused.name + " yet" + wait;
}

std::string not_read_text(const Refused& refused) {
    return "the venue did not show " + (refused.name.empty() ? "an account" : refused.name) +
           " in time; look there by hand; re-arm the rest with --only SCOPE; where nothing can be "
           "read at all: --accept-open " +
           (refused.name.empty() ? "ACCOUNT" : refused.name) + "=unread";
}

std::string refusal_text(const Page& page, const RearmAsked& asked, ks_rearm answer, Moment now) {
    const ks_scope_line& scope = page.status().scope[asked.slot];
    const Refused refused = refused_account(page, scope);
    switch (answer) {
    case KS_REARM_NOT_CLEAR:
        return not_clear_text(refused, now);
    case KS_REARM_STALE:
        return "somebody has pulled again: kill #" +
               std::to_string(load(scope.kill_outcome) >> 32) + ", " +
               pulled_text(page, scope, now) + "; look again, then repeat";
    case KS_REARM_PULL_WAITS:
        return "a pull has not been handled yet; wait a second, look again";
    case KS_REARM_NOT_KILLED:
        return "it is not killed; there is nothing to lift";
    case KS_REARM_NO_PLACE:
        return no_place_text(refused, scope);
    case KS_REARM_NOT_READ:
        return not_read_text(refused);
    case KS_REARM_WRONG:
        return refused.name.empty()
                   ? "--only or --accept-open does not fit this kill; see: ksctl status"
                   : "the kill that stays reaches all of " + refused.name +
                         ", and would cancel what opens there; take the whole account into --only";
    default:
        return "for a reason that this ksctl does not know; use the one of the engine's version";
    }
}

// One line: "all kill #17: ...".
std::string answer_text(const Page& page, const RearmAsked& asked, ks_rearm answer, Moment now) {
    const auto& scopes = page.status().scope;
    if (answer == KS_REARM_NONE)
        return "the engine does not answer; nothing is known to be re-armed; run: systemctl status "
               "killswitchd";
    if (answer == KS_REARM_DONE && asked.only == KS_NONE) return "re-armed: this kill is over";
    if (answer == KS_REARM_DONE)
        return "re-armed for " + name_of(scopes[asked.only].name) + "; its other cells stay closed";
    return "refused: " + refusal_text(page, asked, answer, now);
}

} // namespace

std::string before_rearm_text(const Page& page, const RearmAsked& asked) {
    const Moment now = read_clocks();
    const ks_scope_line& scope = page.status().scope[asked.slot];
    if (static_cast<u32>(load(scope.kill_outcome)) == KS_IDLE) return {};
    std::string text = name_of(scope.name) + "  kill #" + std::to_string(asked.kill) + ", " +
                       pulled_text(page, scope, now) + "\n";
    for (const u32 account : accounts_of(page.status(), scope))
        text += account_text(page.status().account[account], now);
    return page.engine_lives() ? text + "Asking for a fresh look.\n" : text;
}

std::string rearm_text(const Page& page, const RearmAsked& asked, ks_rearm answer) {
    const Moment now = read_clocks();
    std::string text = name_of(page.status().scope[asked.slot].name) + " kill #" +
                       std::to_string(asked.kill) + ": " + answer_text(page, asked, answer, now) +
                       "\n";
    if (answer == KS_REARM_NOT_KILLED) return text;
    if (answer == KS_REARM_DONE) {
        for (const Holder& holder : find_holders(page, asked))
            text += "  still closed by " + name_of(holder.scope->name) + ", " +
                    pulled_text(page, *holder.scope, now) + ": " + joined(holder.cells) + "\n";
        text += "  A producer that still sees its breach pulls again. Nothing is resumed by itself."
                "\n  ";
    } else {
        text += answer == KS_REARM_NONE ? "  " : "  Trading stays halted. ";
    }
    return text + "Positions are NOT closed.\n";
}

std::string rearm_json(const Page& page, const RearmAsked& asked, ks_rearm answer) {
    const Moment now = read_clocks();
    const ks_status_page& status = page.status();
    const ks_scope_line& scope = status.scope[asked.slot];
    Json json;
    json.object().text("schema", "ksctl.rearm/1").text("scope", name_of(scope.name));
    json.number("kill", asked.kill).boolean("is_done", answer == KS_REARM_DONE);
    json.text("answer", answer_text(page, asked, answer, now));
    const bool is_refused = answer != KS_REARM_DONE && answer != KS_REARM_NONE;
    const Refused refused = is_refused ? refused_account(page, scope) : Refused{};
    json.text("account", refused.name);
    if (refused.name.empty() || refused.line.orders_open == UINT32_MAX)
        json.null("orders_open");
    else
        json.number("orders_open", refused.line.orders_open);
    json.number("wait_ns", static_cast<i64>(is_refused ? seconds_to_wait(scope) * 1e9 : 0));
    json.array("still_closed");
    for (const Holder& holder : find_holders(page, asked)) {
        json.object().text("scope", name_of(holder.scope->name));
        json.text("pulled", pulled_text(page, *holder.scope, now)).array("cells");
        for (const std::string& cell : holder.cells) json.text("", cell);
        json.end().end();
    }
    return json.end().boolean("positions_closed", false).end().str();
}

} // namespace ks
