// Journal timeline: when, how long after the pull, what.
#include "cold/journal_timeline.hpp"

#include <cstdio>
#include <cstring>
#include <utility>

#include "cold/plain_text.hpp"
#include "cold/status_text.hpp"

namespace ks {
namespace {

std::string more_text(const Event& event) {
    Lines escaped;
    escaped.add("", {event.text.data(), strnlen(event.text.data(), event.text.size())});
    return escaped.text().substr(1, escaped.text().size() - 2); // without "=" and the line's end
}

} // namespace

std::string Timeline::begin_line(const RecordHead& head) const {
    std::string since;
    if (pulled_ns_ != 0)
        since = head.at_ns < pulled_ns_ ? "-" + elapsed_text(pulled_ns_ - head.at_ns)
                                        : "+" + elapsed_text(head.at_ns - pulled_ns_);
    constexpr size_t column = 10;
    const size_t wide = since.find("µ") != since.npos ? column + 1 : column; // µ has two bytes
    since.insert(0, wide - std::min(wide, since.size()), ' ');
    return utc_text(head.utc_ns) + " " + since + "  ";
}

// What is known of the time before a start. An engine that is idle writes nothing, so silence alone
// does not say that none ran.
std::string Timeline::silence_before(const RecordHead& head) const {
    if (last_utc_ns_ == 0 || head.utc_ns <= last_utc_ns_) return {};
    return begin_line(head) + "no record since " + utc_text(last_utc_ns_) + ", " +
           elapsed_text(head.utc_ns - last_utc_ns_) + ": " +
           (is_stopped_ ? "no engine ran" : "when the engine before this one ended is not known") +
           "\n";
}

std::string Timeline::add_event(const JournalRecord& record) {
    const Event event = record.event();
    if (event.kind == EventKind::text && !open_line_.empty()) {
        open_line_ += more_text(event);
        return {};
    }
    if (event.kind == EventKind::pull_seen) pulled_ns_ = event.at_ns;
    std::string done = finish();
    open_line_ = begin_line(record.head) + sentence(event, names_);
    last_utc_ns_ = record.head.utc_ns;
    return done;
}

std::string Timeline::add(const JournalRecord& record) {
    if (record.head.type == RecordType::event) return add_event(record);
    std::string done = finish();
    if (record.head.type == RecordType::names) names_.learn(record.text());
    if (record.head.type == RecordType::segment) pulled_ns_ = 0; // perhaps another boot's clock
    if (record.head.type == RecordType::start) done += silence_before(record.head);
    if (record.head.type == RecordType::start) is_stopped_ = false;
    if (record.head.type == RecordType::ready)
        is_stopped_ = value_of(record.text(), "state") == "stopped";
    if (record.head.type != RecordType::segment) last_utc_ns_ = record.head.utc_ns;
    return done + begin_line(record.head) + plain_text(sentence(record.head.type, record.text())) +
           "\n";
}

std::string Timeline::finish() {
    if (open_line_.empty()) return {};
    return plain_text(std::exchange(open_line_, {})) + "\n";
}

} // namespace ks
