#include "cold/herald.hpp"

#include <time.h>

#include <algorithm>

#include "cold/ready_text.hpp"
#include "cold/status_text.hpp"

namespace ks {
namespace {

constexpr Nanos text_every = seconds(1);
constexpr Nanos ready_every = milliseconds(10); // it is many sentences, for a change in seconds
constexpr Nanos head_every = seconds(86'400);
constexpr timespec nap{.tv_sec = 0, .tv_nsec = 1'000'000};
constexpr int warning = 4, notice = 5;
constexpr std::string_view head_message_id = "6a195a183265c6ae48818038ba39ed79";
constexpr std::string_view failure_message_id = "bfb5cef5a506953906f5209f1d713d34";

// The beats that are too old. A thread may take a moment to begin.
u32 silent_threads(const ks_status_page& page, Instant now) {
    // relaxed: each word stands for itself
    const auto load = [](const u64& word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); };
    const auto is_silent = [&](const u64& beat_ns) {
        const u64 last_ns = std::max(load(beat_ns), load(page.started_ns));
        return Instant{static_cast<i64>(last_ns)} + beat_age_max < now;
    };
    u32 lacks = 0;
    if (is_silent(page.signer_beat_ns)) lacks |= KS_LACK_SIGNER;
    if (is_silent(page.connector_beat_ns)) lacks |= KS_LACK_CONNECTOR;
    if (is_silent(page.scribe_beat_ns)) lacks |= KS_LACK_SCRIBE;
    return lacks;
}

bool is_of_kill(AlarmKind kind) {
    return kind == AlarmKind::pulled || kind == AlarmKind::outcome || kind == AlarmKind::held ||
           kind == AlarmKind::reopened;
}

} // namespace

Herald::Herald(HeraldSetup setup, const HeraldSees& sees)
    : setup_(std::move(setup)), sees_(sees), kills_(sees.status, sees.triggers),
      accounts_(sees.status), ready_(sees.status), producers_(sees.status),
      pages_(setup_.run_directory, sees.lost_pages, setup_.files),
      operators_(sees.status, sees.operators), clocks_(sees.clocks, setup_.venues),
      book_(sees.status), notifier_(setup_.notify), log_(setup_.log_socket, setup_.log_otherwise) {}

void Herald::run(std::stop_token stop) {
    while (!stop.stop_requested()) {
        step(read_clocks());
        nanosleep(&nap, nullptr);
    }
    step(read_clocks());
    Findings last;
    ready_.stop(last);
    for (auto& [type, lines] : last.records) sees_.scribe.note(type, lines);
}

void Herald::step(Moment now) {
    sees_.scribe.listen(); // which may hang in a disk, and forget who pulled
    Findings found = look(now);
    for (auto& [type, lines] : found.records) sees_.scribe.note(type, lines);
    for (Finding& finding : found.alarms) {
        if (is_of_kill(finding.kind) && !journal_fails_.empty())
            finding.text += " NOT JOURNALLED: " + journal_fails_ + ".";
        announce(book_.raise(finding, now), true);
    }
    Findings by_human;
    if (const std::optional<u64> number = operators_.acknowledged(by_human))
        book_.acknowledge(*number);
    for (auto& [type, lines] : by_human.records) sees_.scribe.note(type, lines);
    for (const Alarm& alarm : book_.due(now)) announce(alarm, false);
    for (std::string& failure : notifier_.step(now.monotonic)) {
        sees_.scribe.note(RecordType::note, Lines().add("alarm", failure));
        log_.write({warning, failure_message_id, std::move(failure), {}});
    }
    log_head(now, found.is_kill);
    if (now.monotonic < text_at_) return;
    text_at_ = now.monotonic + text_every;
    write_status_text(setup_.run_directory, status_text(sees_.status, now, journal_fails_));
}

Findings Herald::look(Moment now) {
    Findings found;
    for (Finding& finding : std::exchange(at_start_, {}))
        found.alarms.push_back(std::move(finding));
    pages_.look(now.monotonic, found);
    publish_lacks(now);
    watch_journal(now, found);
    kills_.look(now, found);
    accounts_.look(found);
    operators_.look(found);
    if (now.monotonic >= ready_at_) ready_.look(now, found);
    if (now.monotonic >= ready_at_) ready_at_ = now.monotonic + ready_every;
    producers_.look(found);
    clocks_.look(found);
    return found;
}

void Herald::publish_lacks(Moment now) {
    u32 lacks = silent_threads(sees_.status, now.monotonic);
    if (pages_.is_any_lost()) lacks |= KS_LACK_PAGE;
    // relaxed: one word, for readers who look again
    __atomic_store_n(&sees_.status.cold_lacks, lacks, __ATOMIC_RELAXED);
}

// The scribe says what fails; when it hangs it says nothing, and that is the failure.
void Herald::watch_journal(Moment now, Findings& found) {
    std::string why = sees_.scribe.alarm();
    if (why.empty() && (sees_.status.cold_lacks & KS_LACK_SCRIBE) != 0)
        why = "the disk does not answer";
    if (why.empty() == journal_fails_.empty()) {
        journal_fails_ = std::move(why);
        return;
    }
    // relaxed: one word, for readers who look again
    __atomic_store_n(&sees_.status.journal_failing_ns,
                     why.empty() ? u64{0} : static_cast<u64>(now.monotonic.ns), __ATOMIC_RELAXED);
    if (why.empty())
        found.alarm(AlarmKind::journalled_again, "journal", "events reach the disk again");
    else
        found.alarm(AlarmKind::not_journalled, "journal",
                    why + ". Kills go on; events wait in memory. Make room in state_dir, or move "
                          "it to a disk that lives");
    journal_fails_ = std::move(why);
}

void Herald::announce(const Alarm& alarm, bool is_new) {
    const AlarmFacts& kind = facts(alarm.finding.kind);
    const std::string text = alarm_text(setup_.engine, alarm);
    notifier_.tell(text);
    log_.write({kind.priority,
                kind.message_id,
                text,
                {{"KILLSWITCH_ENGINE", setup_.engine},
                 {"KILLSWITCH_ALARM", std::to_string(alarm.number)},
                 {"KILLSWITCH_KIND", std::string(kind.word)},
                 {"KILLSWITCH_SUBJECT", alarm.finding.subject}}});
    if (!is_new) return;
    Lines lines;
    lines.add("alarm", alarm.number).add("kind", kind.word);
    lines.add("text", alarm.finding.text);
    sees_.scribe.note(RecordType::alarm, lines);
}

// A kill's own events are under the head once a record behind them is on disk.
void Herald::log_head(Moment now, bool is_kill) {
    const ChainHead head = sees_.scribe.head();
    if (is_kill) head_wanted_ = head.sequence + 1;
    const bool is_kills_turn = head_wanted_ != 0 && head.sequence >= head_wanted_;
    const bool is_days_turn = head.sequence != 0 && now.monotonic >= head_at_;
    if (!is_kills_turn && !is_days_turn) return;
    head_wanted_ = 0;
    head_at_ = now.monotonic + head_every;
    log_.write({notice,
                head_message_id,
                setup_.engine + " journal head: record " + std::to_string(head.sequence) +
                    ", SHA-256 " + hex(head.hash),
                {{"KILLSWITCH_ENGINE", setup_.engine}, {"KILLSWITCH_HEAD", hex(head.hash)}}});
}

} // namespace ks
