// Journal sentences, of cold records: a person, an interval, an alarm, a clock.
#include "cold/journal_sentences.hpp"
#include "cold/person.hpp"

namespace ks {
namespace {

// The lines of a record, side by side.
std::string joined(std::string_view text) {
    std::string all;
    for (Line line; take_line(text, line);) {
        if (!all.empty()) all += ", ";
        all.append(line.key).append(" ").append(line.value);
    }
    return all;
}

class Value {
public:
    explicit Value(std::string_view lines) : lines_(lines) {}
    std::string operator[](std::string_view key) const {
        const std::string value(value_of(lines_, key));
        return value.empty() ? "unknown" : value;
    }
    bool has(std::string_view key) const { return !value_of(lines_, key).empty(); }

private:
    std::string_view lines_;
};

std::string halt_text(const std::string& halted_us) {
    return halted_us == "unknown" ? ", halt closed: when is unknown"
                                  : ", halt closed +" + halted_us + " us";
}

// What the producer says of a person is its word, not ours.
std::string pull_sentence(std::string_view lines) {
    const Value text(lines);
    std::string said = "KILL " + text["kill"] + " of " + text["scope"] + ": pulled by " +
                       text["producer"] + " at " + text["pulled_utc"] + " UTC, " + text["outcome"] +
                       halt_text(text["halted_us"]) + "; it covers " + text["cells"];
    if (text.has("user"))
        said += ". By its own word for " + person_text(lines) +
                (text.has("uid_is") ? ", " + text["uid_is"] : "") + ". Why: \"" + text["reason"] +
                "\"";
    else if (text["person"].starts_with("nobody"))
        said += ". Nobody pulled: it fell silent";
    else if (text.has("person"))
        said += ". By whom it did not say";
    if (text.has("also")) said += ", and at the same moment for " + text["also"];
    return said;
}

std::string person_sentence(std::string_view lines) {
    const Value text(lines);
    if (text["act"] == "pull") return pull_sentence(lines);
    if (text["act"] == "acknowledge")
        return "ACKNOWLEDGED: alarms up to " + text["alarm"] + ", by " + person_text(lines);
    if (text["act"] != "rearm") return "person: " + joined(lines);
    std::string said = "RE-ARM of " + text["scope"];
    if (text.has("kill")) said += ", kill " + text["kill"];
    if (text.has("only") && text["only"] != "all of it") said += ", only " + text["only"];
    said += ": " + text["answer"];
    said += text.has("user") ? ", by " + person_text(lines) + ". Why: \"" + text["reason"] + "\"."
                             : ", by a person who was not seen in time.";
    said += " Open then: " + text["open"] + ".";
    if (text.has("exceptions")) said += " Exceptions: " + text["exceptions"] + ".";
    return said + " Still closed: " + text["still_closed"] + ".";
}

std::string ready_sentence(std::string_view lines) {
    const Value text(lines);
    if (text["state"] == "begun") return "NOT READY from here on: " + text["cause"];
    if (text["state"] == "changed") return "still NOT READY: " + text["cause"];
    if (text["state"] == "stopped") return "NOT READY from here on: the engine was told to stop";
    const u64 lasted_ms = number_of(value_of(lines, "lasted_ms"), 0);
    return text["now"] + " again, after " + elapsed_text(lasted_ms * 1'000'000) + " of NOT READY";
}

std::string clock_sentence(std::string_view lines) {
    const Value text(lines);
    return "clock of " + text["venue"] + " against ours: " + text["offset_ms"] +
           " ms (before: " + text["before_ms"] + "; known to " + text["error_ms"] + " ms)";
}

} // namespace

std::string sentence(RecordType type, std::string_view lines) {
    const Value text(lines);
    switch (type) {
    case RecordType::segment:
        return "file " + text["segment"] + " of the journal begins, after record " +
               text["previous_sequence"] + (text.has("torn") ? ", torn " + text["torn"] : "");
    case RecordType::event:
        return "event";
    case RecordType::start:
        return "ENGINE STARTS: " + joined(lines);
    case RecordType::names:
        return "names: what the numbers in events mean, from here on";
    case RecordType::person:
        return person_sentence(lines);
    case RecordType::ready:
        return ready_sentence(lines);
    case RecordType::alarm:
        return "ALARM " + text["alarm"] + " " + text["kind"] + ": " + text["text"];
    case RecordType::clock:
        return clock_sentence(lines);
    case RecordType::answer:
    case RecordType::note:
        return std::string(words(type)) + ": " + joined(lines);
    }
    return "record of type " + std::to_string(static_cast<u16>(type));
}

} // namespace ks
