// Journal sentences, of events: one a kind.
#include "cold/journal_sentences.hpp"

#include <cstdio>
#include <cstring>

#include "abi/killswitch_pages.h"
#include "venues/judge.hpp"

namespace ks {
namespace {

std::string text_of(const Event& event) {
    Lines escaped;
    escaped.add("", {event.text.data(), strnlen(event.text.data(), event.text.size())});
    return escaped.text().substr(1, escaped.text().size() - 2); // without "=" and the line's end
}

std::string count_of(u64 count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string pull_text(const Event& event, const JournalNames& names) {
    std::string text = names.of("scope", event.scope) + " by " +
                       names.of("producer", event.producer) + ": kill " +
                       std::to_string(event.number) + " (epoch " + std::to_string(event.value);
    if (event.detail != 0) text += ", reason " + std::to_string(event.detail);
    return text + ")";
}

std::string shot_text(const Event& event, const JournalNames& names) {
    std::string text = names.of("shot", event.shot) + " on " + names.of("lane", event.lane);
    if (event.value != 0) text += ", nonce " + std::to_string(event.value);
    if (event.number > 1) text += ", time " + std::to_string(event.number);
    if (event.detail != 0) text += ", STALE signature";
    if (event.text[0] != 0) text += ", digest " + text_of(event);
    return text;
}

// Of a read the count too: what the venue showed is the evidence.
std::string answer_text(const Event& event, const JournalNames& names) {
    const std::string what =
        event.request == 0xffff ? names.of("shot", event.shot) : names.of("request", event.request);
    std::string text =
        what + ", HTTP " + std::to_string(event.number) + ", " + names.of("verdict", event.detail);
    if (event.detail == static_cast<u16>(Verdict::open) && event.value < UINT32_MAX)
        text += ", " + count_of(event.value, "open order");
    if (event.text[0] != 0) text += ", body " + text_of(event);
    return text;
}

std::string lost_pages_text(u16 bits, const JournalNames& names) {
    std::string text;
    for (u16 bit = 0; bit < 16; ++bit)
        if ((bits >> bit & 1) != 0)
            text += (text.empty() ? "" : ", ") +
                    (bit < KS_PRODUCERS_MAX ? names.of("producer", bit) : "gates or operator");
    return text;
}

std::string rearm_text(const Event& event, const JournalNames& names) {
    std::string text = names.of("scope", event.scope) + ", kill " + std::to_string(event.number) +
                       ": " + names.of("rearm", event.detail);
    if (event.account != 0xffff) text += ": " + names.of("account", event.account);
    return text + "; asked by uid " + std::to_string(event.value);
}

std::string live_fire_end(const Event& event) {
    switch (event.detail) {
    case KS_LIVE_FIRE_SENT:
        return ": a real cancel-all left for its pair" +
               (event.value == 0 ? "" : ", nonce " + std::to_string(event.value)) + ", digest " +
               text_of(event);
    case KS_LIVE_FIRE_DONE:
        return ": accepted" +
               (event.number == 0 ? "" : ", " + count_of(event.number, "order") + " CANCELLED");
    case KS_LIVE_FIRE_ORDER:
        return " REFUSED: " + count_of(event.number, "order") + " on its pair; nothing was sent";
    case KS_LIVE_FIRE_UNREAD:
        return " put off: no whole read of its pair in time; nothing was sent";
    default:
        return " FAILED: the venue did not accept it";
    }
}

} // namespace

std::string elapsed_text(u64 ns) {
    char text[32];
    const double count = static_cast<double>(ns);
    if (ns < 1'000'000)
        std::snprintf(text, sizeof text, "%.1f µs", count / 1e3);
    else if (ns < 1'000'000'000)
        std::snprintf(text, sizeof text, "%.1f ms", count / 1e6);
    else
        std::snprintf(text, sizeof text, "%.1f s", count / 1e9);
    return text;
}

std::string sentence(const Event& event, const JournalNames& names) {
    const std::string scope = names.of("scope", event.scope);
    const std::string shot = names.of("shot", event.shot);
    const std::string producer = names.of("producer", event.producer);
    const std::string lane = names.of("lane", event.lane);
    const std::string number = std::to_string(event.number);
    switch (event.kind) {
    case EventKind::none:
        return "nothing";
    case EventKind::engine_started:
        return "engine started: the hot thread turns";
    case EventKind::pull_seen:
        return "PULLED: " + pull_text(event, names);
    case EventKind::pull_held:
        return "PULLED but HELD, too old to fire, nothing is sent: " + pull_text(event, names);
    case EventKind::pull_refused:
        return "pull refused, no grant: " + scope + " by " + producer;
    case EventKind::halt_closed:
        return "HALT closed: " + scope + ", " + count_of(event.value, "cell") + " more";
    case EventKind::shot_sent:
        return "shot sent: " + shot_text(event, names);
    case EventKind::salvo_submitted:
        return "salvo submitted: kill " + number + " of " + scope + " was with the kernel " +
               elapsed_text(event.value) + " after the pull";
    case EventKind::answer:
        return "answer: " + answer_text(event, names);
    case EventKind::order_cancelled:
        return "order cancelled: " +
               (event.shot == 0xffff ? names.of("request", event.request) : shot) + ", id " +
               text_of(event);
    case EventKind::read_result:
        return "read: " + shot + ", " + count_of(event.number, "open order") + ", " +
               names.of("verdict", event.detail);
    case EventKind::shot_state:
        return "shot " + shot + ": " + names.of("state", event.number) + " -> " +
               names.of("state", event.detail);
    case EventKind::account_outcome:
        return "account " + names.of("account", event.account) + ": " +
               names.of("outcome", event.detail);
    case EventKind::kill_outcome:
        return "KILL " + number + " of " + scope + ": " + names.of("outcome", event.detail) +
               ". Positions are NOT closed.";
    case EventKind::reopened:
        return "REOPENED: " + shot + ", " + count_of(event.number, "open order") + "; fired at";
    case EventKind::rearm:
        return "re-arm answered: " + rearm_text(event, names);
    case EventKind::lane_up:
        return "lane up: " + lane + ", life " + number;
    case EventKind::lane_down:
        return "lane down: " + lane + ", life " + number + ", " + names.of("down", event.detail);
    case EventKind::throttled:
        return "throttled: " + names.of("request", event.request) + ", wait " +
               elapsed_text(event.value);
    case EventKind::page_lost:
        return "page lost, truncated by another process: " + lost_pages_text(event.detail, names);
    case EventKind::ready:
        return "readiness: " + names.of("ready", event.detail);
    case EventKind::producer_silent:
        return "producer " + producer + (event.detail ? ": SILENT" : ": beats again, or closed");
    case EventKind::arriving:
        return "ORDERS STILL ARRIVING: " + shot + ", " + count_of(event.number, "order") +
               " since the kill: a sender ignores the halt";
    case EventKind::live_fire:
        return "LIVE FIRE of " + names.of("account", event.account) + live_fire_end(event);
    case EventKind::text:
        return "text: " + text_of(event);
    }
    return "event of kind " + std::to_string(static_cast<u16>(event.kind));
}

} // namespace ks
