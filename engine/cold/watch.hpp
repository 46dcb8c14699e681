// Watch: what changes on the shared pages and must be written down or told: kills, accounts,
// readiness, producers, pages.
// Why apart from the hot thread: a sentence costs more than a shot. Why apart from the scribe: an
// alarm must not wait for a disk.
// Guarantees: reads only; every change of a kill's number or outcome becomes one finding; what was
// on at a start is told once more, because nobody knows whether it was heard.
#pragma once

#include <array>
#include <atomic>
#include <optional>

#include "abi/killswitch.h"
#include "cold/alarm.hpp"
#include "cold/journal_format.hpp"
#include "cold/person.hpp"
#include "hot/trigger.hpp"

namespace ks {

struct Findings {
    std::vector<Finding> alarms;
    std::vector<ColdRecord> records;
    bool is_kill = false; // one was pulled: the journal's head belongs into the system log
    void alarm(AlarmKind kind, std::string subject, std::string text) {
        alarms.push_back({kind, std::move(subject), std::move(text)});
    }
    void record(RecordType type, Lines lines) { records.emplace_back(type, std::move(lines)); }
};

class KillWatch {
public:
    // The trigger pages say who pulled. Of pulls within one look the last is told: what the journal
    // says of each comes out of its event.
    KillWatch(const ks_status_page& page, const TriggerPages& triggers)
        : page_(page), triggers_(triggers) {}
    void look(Moment now, Findings& found);

private:
    struct Seen {
        u64 kill_outcome = 0;
        u64 pulled_ns = 0;
        Instant begun; // a new number was seen; its line is not written yet
    };
    void look(u32 scope, Moment now, Findings& found);
    void tell_pull(u32 scope, const ks_scope_line& line, Moment now, Findings& found);
    std::string who_pulled(u32 scope, const ks_scope_line& line) const;

    const ks_status_page& page_;
    TriggerPages triggers_;
    std::array<Seen, KS_SCOPES_MAX> seen_{};
    bool is_first_ = true;
};

class AccountWatch {
public:
    explicit AccountWatch(const ks_status_page& page) : page_(page) {}
    void look(Findings& found);

private:
    struct Seen {
        u32 reopened_count = 0;
        u32 arriving_told = 0;
    };
    const ks_status_page& page_;
    std::array<Seen, KS_ACCOUNTS_MAX> seen_{};
};

class ReadyWatch {
public:
    static constexpr Nanos alarm_after = seconds(10);
    explicit ReadyWatch(const ks_status_page& page) : page_(page) {}
    void look(Moment now, Findings& found);
    // The engine ends here, as it was told.
    void stop(Findings& found) const;

private:
    void begin(Moment now, const std::string& causes, Findings& found);
    void end(Moment now, u32 ready, Findings& found);

    const ks_status_page& page_;
    std::optional<Moment> since_; // not ready since
    std::string causes_;
    std::string causes_next_; // differ, but must stay so for a moment
    Instant changed_;
    bool is_told_ = false;
};

// Producers that fell silent.
class ProducerWatch {
public:
    explicit ProducerWatch(const ks_status_page& page) : page_(page) {}
    void look(Findings& found);

private:
    const ks_status_page& page_;
    u32 silent_ = 0;
};

// Pages that were truncated under the engine, or whose file in the run directory is not the one
// that is mapped any more.
class PageWatch {
public:
    // `lost`: one bit a page, as Pages::lost_pages(). The files are those that lie there now.
    PageWatch(int run_directory, const std::atomic<u32>& lost, std::vector<std::string> files);
    void look(Instant now, Findings& found);
    bool is_any_lost() const { return lost_seen_ != 0 || gone_count_ != 0; }

private:
    struct File {
        std::string name;
        u64 inode = 0;
        bool is_gone = false;
    };
    u64 inode_of(const std::string& name) const;

    int run_directory_;
    const std::atomic<u32>& lost_;
    std::vector<File> files_;
    u32 lost_seen_ = 0;
    size_t gone_count_ = 0;
    Instant look_at_;
};

} // namespace ks
