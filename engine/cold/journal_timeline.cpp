// Journal timeline: one sentence a kind of event.
#include "cold/journal_timeline.hpp"

#include <cstdio>
#include <cstring>

#include "cold/status_text.hpp"

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

std::string micros(u64 ns) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f µs", static_cast<double>(ns) / 1e3);
    return text;
}

// The lines of a cold record, side by side.
std::string joined(std::string_view text) {
    std::string all;
    for (Line line; take_line(text, line);) {
        if (!all.empty()) all += ", ";
        all.append(line.key).append(" ").append(line.value);
    }
    return all;
}

} // namespace

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
        return "engine started";
    case EventKind::pull_seen:
        return "PULL " + scope + " by " + producer + " (epoch " + number + "): kill " +
               std::to_string(event.value);
    case EventKind::pull_held:
        return "pull HELD, too old to fire: " + scope + " by " + producer + " (epoch " + number +
               ")";
    case EventKind::pull_refused:
        return "pull refused, no grant: " + scope + " by " + producer;
    case EventKind::halt_closed:
        return "halt closed: " + scope + ", " + count_of(event.value, "cell") + " more";
    case EventKind::shot_sent:
        return "shot sent: " + shot + " on " + lane +
               (event.value != 0 ? ", nonce " + std::to_string(event.value) : "") +
               (event.number > 1 ? ", time " + number : "") + (event.detail != 0 ? ", STALE" : "");
    case EventKind::salvo_submitted:
        return "salvo submitted: " + scope + ", " + count_of(event.number, "shot") + ", " +
               micros(event.value) + " after it was seen";
    case EventKind::answer:
        return "answer: " + (event.shot == 0xffff ? names.of("request", event.request) : shot) +
               ", HTTP " + number + ", " + names.of("verdict", event.detail);
    case EventKind::order_cancelled:
        return "order cancelled: " + shot + ", id " + text_of(event);
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
        return "KILL " + number + " of " + scope + ": " + names.of("outcome", event.detail);
    case EventKind::reopened:
        return "REOPENED: " + shot + ", " + count_of(event.number, "open order");
    case EventKind::rearm:
        return "re-arm of " + scope + ", kill " + number + ": " + names.of("rearm", event.detail) +
               ", uid " + std::to_string(event.value);
    case EventKind::lane_up:
        return "lane up: " + lane + ", life " + number;
    case EventKind::lane_down:
        return "lane down: " + lane + ", life " + number + ", " + names.of("down", event.detail);
    case EventKind::throttled:
        return "throttled: " + names.of("request", event.request) + ", wait " + micros(event.value);
    case EventKind::page_lost:
        return "trigger page lost: " + producer;
    case EventKind::ready:
        return "readiness: " + names.of("ready", event.detail);
    case EventKind::producer_silent:
        return "producer " + producer + (event.detail ? ": SILENT" : ": beats again, or closed");
    case EventKind::arriving:
        return "ORDERS STILL ARRIVING: " + shot + ", " + count_of(event.number, "order") +
               " since the kill: a sender ignores the halt";
    case EventKind::text:
        return "text: " + text_of(event);
    }
    return "event of kind " + std::to_string(static_cast<u16>(event.kind));
}

std::string Timeline::begin_line(const RecordHead& head) {
    std::string line = utc_text(head.utc_ns);
    char since[32] = "";
    if (pulled_ns_ != 0)
        std::snprintf(since, sizeof since, "%+.1f µs",
                      (static_cast<double>(head.at_ns) - static_cast<double>(pulled_ns_)) / 1e3);
    char column[48];
    std::snprintf(column, sizeof column, " %*s  ", pulled_ns_ != 0 ? 17 : 16, since); // µ: 2 bytes
    return line + column;
}

std::string Timeline::add(const JournalRecord& record) {
    if (record.head.type == RecordType::event) {
        const Event event = record.event();
        if (event.kind == EventKind::text && !open_line_.empty()) {
            open_line_ += text_of(event);
            return {};
        }
        if (event.kind == EventKind::pull_seen) pulled_ns_ = event.at_ns;
        std::string done = finish();
        open_line_ = begin_line(record.head) + sentence(event, names_);
        return done;
    }
    std::string done = finish();
    const std::string head = begin_line(record.head) + std::string(words(record.head.type)) + ": ";
    if (record.head.type == RecordType::names) {
        names_.learn(record.text());
        return done + head + "what the numbers in events mean, from here on\n";
    }
    if (record.head.type == RecordType::segment) pulled_ns_ = 0; // perhaps another boot's clock
    return done + head + joined(record.text()) + "\n";
}

std::string Timeline::finish() {
    if (open_line_.empty()) return {};
    return std::exchange(open_line_, {}) + "\n";
}

} // namespace ks
