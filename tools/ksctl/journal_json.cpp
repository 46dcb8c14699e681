// Journal as JSON: ids that an event does not have are left out.
#include "journal_json.hpp"

#include "cold/journal_sentences.hpp"
#include "cold/status_text.hpp"
#include "json.hpp"

namespace ks {
namespace {

void add_event(Json& json, const Event& event, const JournalNames& names) {
    const auto number = [&](std::string_view key, u64 value) {
        json.number(key, static_cast<i64>(value));
    };
    const auto id = [&](std::string_view key, u16 index) {
        if (index != 0xffff) number(key, index);
    };
    number("event", event.sequence);
    number("kind", static_cast<u16>(event.kind));
    json.text("sentence", sentence(event, names));
    id("scope", event.scope);
    id("producer", event.producer);
    id("account", event.account);
    id("shot", event.shot);
    id("request", event.request);
    id("lane", event.lane);
    number("detail", event.detail);
    number("number", event.number);
    number("value", event.value);
}

} // namespace

std::string JournalJson::add(const JournalRecord& record) {
    if (record.head.type == RecordType::names) names_.learn(record.text());
    Json json;
    json.object()
        .text("schema", "killswitch.journal/1")
        .number("sequence", static_cast<i64>(record.head.sequence))
        .text("utc", utc_text(record.head.utc_ns))
        .number("monotonic_ns", static_cast<i64>(record.head.at_ns))
        .text("type", words(record.head.type));
    if (record.head.type == RecordType::event) {
        add_event(json, record.event(), names_);
    } else {
        json.text("sentence", sentence(record.head.type, record.text())).object("lines");
        std::string_view text = record.text();
        for (Line line; take_line(text, line);) json.text(line.key, line.value);
        json.end();
    }
    return json.end().str() + "\n";
}

std::string survey_json(const JournalSurvey& found) {
    Json json;
    json.object()
        .text("schema", "killswitch.journal.survey/1")
        .boolean("whole", found.faults.empty())
        .number("records", static_cast<i64>(found.records_count))
        .number("segments", static_cast<i64>(found.segments_count))
        .number("last_sequence", static_cast<i64>(found.head.sequence))
        .text("last_utc", utc_text(found.last_utc_ns))
        .text("head", hex(found.head.hash))
        .array("faults");
    for (const JournalFault& fault : found.faults)
        json.object()
            .text("file", fault.file)
            .number("offset", static_cast<i64>(fault.offset))
            .text("what", fault.sentence)
            .end();
    json.end().array("remarks");
    for (const std::string& remark : found.remarks) json.text("", remark);
    return json.end().end().str() + "\n";
}

} // namespace ks
