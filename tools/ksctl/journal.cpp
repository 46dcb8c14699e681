// ksctl journal: print, verify and export what the scribe wrote.
// Guarantees: reads only; says exactly how far the journal can be trusted, and where it cannot.
#include <cstdio>
#include <optional>

#include "cold/config.hpp"
#include "cold/journal_survey.hpp"
#include "cold/journal_timeline.hpp"
#include "cold/status_text.hpp"
#include "commands.hpp"
#include "journal_json.hpp"

namespace ks {
namespace {

void put(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

Result<std::string> journal_path(const Arguments& arguments) {
    if (arguments.words.size() > 1) return arguments.words[1];
    Result<Config> config = read_config(arguments.config_file());
    if (!config) return std::move(config).error();
    return config->engine.state_dir;
}

std::string place(const JournalFault& fault) {
    return fault.file + ": byte " + std::to_string(fault.offset);
}

// Faults make any use of the journal fail, after all that is whole has been shown.
int report_faults(const JournalSurvey& found) {
    for (const std::string& remark : found.remarks) std::fprintf(stderr, "%s\n", remark.c_str());
    for (const JournalFault& fault : found.faults)
        std::fprintf(stderr, "DAMAGED %s: %s\n", place(fault).c_str(), fault.sentence.c_str());
    return found.faults.empty() ? exit_ok : exit_data;
}

template<class Writer> int show(const std::string& path, Writer& writer) {
    Result<JournalSurvey> found =
        survey_journal(path, {}, [&](const JournalRecord& record) { put(writer.add(record)); });
    if (!found) return complain(exit_data, found.error());
    put(writer.finish());
    return report_faults(*found);
}

void print_survey(const JournalSurvey& found) {
    std::printf("%llu records in %llu segments\n",
                static_cast<unsigned long long>(found.records_count),
                static_cast<unsigned long long>(found.segments_count));
    if (found.records_count == 0) return;
    std::printf("last whole record: %llu, %s UTC, %s: byte %llu\nhead: %s\n",
                static_cast<unsigned long long>(found.head.sequence),
                utc_text(found.last_utc_ns).c_str(), found.last_file.c_str(),
                static_cast<unsigned long long>(found.last_offset), hex(found.head.hash).c_str());
}

int verify(const std::string& path, const Arguments& arguments) {
    std::optional<Digest> head;
    if (arguments.has("head") && !parse_digest(arguments.option("head"), head.emplace()))
        return complain(exit_usage, Error{"--head is not 64 hexadecimal digits"});
    Result<JournalSurvey> found = survey_journal(path, head, [](const JournalRecord&) {});
    if (!found) return complain(exit_data, found.error());
    if (head && !found->is_head_found)
        found->faults.push_back({found->last_file, found->last_offset,
                                 "no record leads to the given head: the tail was cut off, or "
                                 "records were rewritten"});
    const int code = report_faults(*found);
    if (arguments.is_json()) {
        put(survey_json(*found));
        return code;
    }
    print_survey(*found);
    if (code == exit_ok)
        put(head ? "whole, and holds the given head\n"
                 : "whole; only --head can tell whether its tail was cut off\n");
    return code;
}

} // namespace

int journal_command(const Arguments& arguments) {
    const std::string& verb = arguments.words[0];
    if (verb != "print" && verb != "verify" && verb != "export")
        return complain(exit_usage, Error{"journal: choose print, verify or export"});
    Result<std::string> path = journal_path(arguments);
    if (!path) return complain(exit_config, path.error());
    if (verb == "verify") return verify(*path, arguments);
    if (verb == "print" && !arguments.is_json()) {
        Timeline timeline;
        return show(*path, timeline);
    }
    JournalJson json;
    return show(*path, json);
}

} // namespace ks
