// Alarm: what a human must be told, wherever he is; what it is called and how it is numbered.
// Guarantees: numbers rise without gap over all engines of one boot; an alarm that is not
// acknowledged is told again each minute, unless a later one about the same thing has replaced it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "abi/killswitch_pages.h"
#include "cold/journal_writer.hpp"

namespace ks {

enum class AlarmKind : u8 {
    pulled,
    outcome,
    held,
    rearmed,
    reopened,
    orders_arriving,
    not_ready,
    ready_again,
    producer_silent,
    not_journalled,
    journalled_again,
    page_lost,
    latch_unreadable,
    latch_unmatched,
    clock_wrong,
};
constexpr size_t alarm_kinds_count = 15;

struct AlarmFacts {
    AlarmKind kind;
    std::string_view word;       // "PULLED"
    std::string_view message_id; // of the system log, fixed for ever
    int priority;                // of the system log: 1 act now, 2 critical, 4 warning, 5 notice
    bool is_repeated;            // until a human has acknowledged it
};
const AlarmFacts& facts(AlarmKind kind);

// What a look found: not yet numbered. A later finding on the same subject replaces an earlier one.
struct Finding {
    AlarmKind kind;
    std::string subject; // "kill all", "orders bitopro/main", "ready"
    std::string text;
};

struct Alarm {
    u64 number = 0;
    Finding finding;
    Moment raised;
    u32 told_count = 1;
};

// "ny4 ALARM 17 PULLED: all, kill 3 by risk ... (told 3 times, first at 02:14:07 UTC)"
std::string alarm_text(std::string_view engine, const Alarm& alarm);

// The alarms that no human has acknowledged. Numbers live in the status page.
class AlarmBook {
public:
    explicit AlarmBook(ks_status_page& page) : page_(page) {}

    Alarm raise(const Finding& finding, Moment now);
    // Those told a minute ago or longer, to be told again now.
    std::vector<Alarm> due(Moment now);
    // A human has seen the alarms up to `number`. False: that says nothing new.
    bool acknowledge(u64 number);
    size_t waiting_count() const { return waiting_.size(); }

private:
    struct Waiting {
        Alarm alarm;
        Instant told;
    };
    ks_status_page& page_;
    std::vector<Waiting> waiting_; // oldest first
};

} // namespace ks
