#include "cold/alarm.hpp"

#include <algorithm>
#include <array>

#include "cold/status_text.hpp"

namespace ks {
namespace {

constexpr Nanos repeat_every = seconds(60);
constexpr size_t waiting_max = 256; // subjects; more than that and a minute is too short to read
constexpr size_t clock_begin = 11, clock_bytes = 8; // "02:14:07" of "2026-11-21 02:14:07.381000"

constexpr int now_act = 1, critical = 2, warning = 4, notice = 5;

constexpr std::array<AlarmFacts, alarm_kinds_count> all_facts{{
    {AlarmKind::pulled, "PULLED", "b3ed539faa82c5a58f65134f07ee93ad", now_act, true},
    {AlarmKind::outcome, "OUTCOME", "5cd28d56e4efea265931bcba538e7964", critical, true},
    {AlarmKind::held, "HELD", "98d3e62f1fa161b4f5a841cdfebe98b7", now_act, true},
    {AlarmKind::rearmed, "RE-ARMED", "23fd98b0a22dccf31b12b76e0dfaf2a4", notice, false},
    {AlarmKind::reopened, "REOPENED", "f9af7bb9dbd6cf94b3565508f86281eb", now_act, true},
    {AlarmKind::orders_arriving, "ORDERS STILL ARRIVING", "26cf425bef6f9a3e2ab5a518a3bd655e",
     now_act, true},
    {AlarmKind::not_ready, "NOT READY", "29e501290d41210c404f647e3c36cead", critical, true},
    {AlarmKind::ready_again, "READY AGAIN", "226405b279030c8f00321aee00e74677", notice, false},
    {AlarmKind::producer_silent, "PRODUCER SILENT", "ee5a1d42f8802a7e2eae19261b087508", critical,
     true},
    {AlarmKind::not_journalled, "NOT JOURNALLED", "a6d48bce152e2a0fa60d2e8ee63c102d", critical,
     true},
    {AlarmKind::journalled_again, "JOURNALLED AGAIN", "9210e49137be6d5403be9b84b77a3762", notice,
     false},
    {AlarmKind::page_lost, "PAGE LOST", "ccf7d7f01d3837ac7cdc8205b8a82528", critical, true},
    {AlarmKind::latch_unreadable, "LATCH UNREADABLE", "a577f3d96ef71d846fe4b439b2855e87", now_act,
     true},
    {AlarmKind::latch_unmatched, "LATCH UNMATCHED", "39c324a77549fead01f7375052688f79", warning,
     true},
    {AlarmKind::clock_wrong, "CLOCK WRONG", "417147ee16ba9b68fa63233797a82751", critical, true},
}};

constexpr bool is_in_order() {
    for (size_t i = 0; i < all_facts.size(); ++i)
        if (static_cast<size_t>(all_facts[i].kind) != i) return false;
    return true;
}
static_assert(is_in_order(), "facts() indexes by kind");

} // namespace

const AlarmFacts& facts(AlarmKind kind) {
    return all_facts[static_cast<size_t>(kind)];
}

std::string alarm_text(std::string_view engine, const Alarm& alarm) {
    std::string text(engine);
    text.append(" ALARM ").append(std::to_string(alarm.number)).append(" ");
    text.append(facts(alarm.finding.kind).word).append(": ").append(alarm.finding.text);
    if (alarm.told_count > 1)
        text += " (told " + std::to_string(alarm.told_count) + " times, first at " +
                utc_text(alarm.raised.utc_ns).substr(clock_begin, clock_bytes) + " UTC)";
    return text;
}

Alarm AlarmBook::raise(const Finding& finding, Moment now) {
    std::erase_if(waiting_, [&](const Waiting& waiting) {
        return waiting.alarm.finding.subject == finding.subject;
    });
    const Alarm alarm{page_.alarm_last + 1, finding, now, 1};
    // release: pairs with the acquire in ksctl ack
    __atomic_store_n(&page_.alarm_last, alarm.number, __ATOMIC_RELEASE);
    if (facts(finding.kind).is_repeated) waiting_.push_back({alarm, now.monotonic});
    if (waiting_.size() > waiting_max) waiting_.erase(waiting_.begin());
    return alarm;
}

std::vector<Alarm> AlarmBook::due(Moment now) {
    std::vector<Alarm> due;
    for (Waiting& waiting : waiting_) {
        if (now.monotonic < waiting.told + repeat_every) continue;
        waiting.told = now.monotonic;
        ++waiting.alarm.told_count;
        due.push_back(waiting.alarm);
    }
    return due;
}

bool AlarmBook::acknowledge(u64 number) {
    if (number <= page_.alarm_acknowledged || number > page_.alarm_last) return false;
    std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.alarm.number <= number; });
    // release: pairs with the acquire in ksctl ack
    __atomic_store_n(&page_.alarm_acknowledged, number, __ATOMIC_RELEASE);
    return true;
}

} // namespace ks
