// ack: a human has seen the alarms; they need no repeating. Acknowledging stops no sweep and opens
// no halt. This writes a number into the operator page; the engine's cold side takes it up.
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include "json.hpp"
#include "operator_page.hpp"

namespace ks {
namespace {

constexpr Nanos answer_max = seconds(5);
constexpr Nanos look_every = milliseconds(1);

u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE); // acquire: pairs with the herald's stores
}

// The alarm named on the command line, or the last one raised.
Result<u64> number_to_acknowledge(const Arguments& arguments, u64 last) {
    if (arguments.words.empty()) return last;
    const std::string& text = arguments.words[0];
    u64 number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc{} && end == text.data() + text.size() && number <= last) return number;
    return Error{"ack: '" + text + "' is no alarm; the last one raised is " + std::to_string(last)};
}

void ask(OperatorPage& operators, u64 number) {
    __atomic_store_n(&operators->acknowledged_by, getuid(), __ATOMIC_RELAXED);
    __atomic_store_n(&operators->acknowledged_login, login_uid(), __ATOMIC_RELAXED);
    __atomic_store_n(&operators->acknowledged_pid, static_cast<u32>(getpid()), __ATOMIC_RELAXED);
    // release: pairs with the herald's acquire; whoever sees the number sees who wrote it
    __atomic_store_n(&operators->acknowledged, number, __ATOMIC_RELEASE);
}

bool is_taken_up(const Page& page, u64 number) {
    const u64 began_ns = ks_now_ns();
    while (load(page.status().alarm_acknowledged) < number) {
        if (Nanos{static_cast<i64>(ks_now_ns() - began_ns)} > answer_max) return false;
        const timespec pause{0, look_every.ns};
        nanosleep(&pause, nullptr);
    }
    return true;
}

int tell(u64 number, bool is_done, bool is_json) {
    if (is_json) {
        Json json;
        json.object().text("schema", "ksctl.ack/1").number("alarm", static_cast<i64>(number));
        puts(json.boolean("is_done", is_done).end().str().c_str());
    } else if (!is_done) {
        puts("the engine does not answer; alarms are repeated; run: systemctl status killswitchd");
    } else if (number == 0) {
        puts("no alarm has been raised; there is nothing to acknowledge");
    } else {
        printf("alarms up to %llu are acknowledged and not repeated. Kills and halts go on.\n",
               static_cast<unsigned long long>(number));
    }
    return is_done ? exit_ok : exit_engine_silent;
}

} // namespace

int ack_command(const Arguments& arguments) {
    auto page = Page::open(arguments);
    if (!page) return complain(exit_engine_silent, page.error());
    auto number = number_to_acknowledge(arguments, load(page->status().alarm_last));
    if (!number) return complain(exit_usage, number.error());
    auto operators = OperatorPage::open(page->run_dir(), "ack");
    if (!operators) return complain(exit_no_permission, operators.error());
    if (*number > load(page->status().alarm_acknowledged)) ask(*operators, *number);
    return tell(*number, is_taken_up(*page, *number), arguments.is_json());
}

} // namespace ks
