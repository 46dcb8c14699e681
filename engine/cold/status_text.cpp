// Status text: one line a scope, one an account, then what is wrong.
#include "cold/status_text.hpp"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <time.h>

#include "base/fd.hpp"
#include "cold/journal_format.hpp"

namespace ks {
namespace {

[[gnu::format(printf, 2, 3)]] void print(std::string& text, const char* format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text += line;
}

// relaxed: each word stands for itself; what must be seen together is read under its sequence
template<class T> T word(const T& place) {
    return std::atomic_ref(const_cast<T&>(place)).load(std::memory_order_relaxed);
}

std::string age_text(u64 since_ns, Moment now) {
    if (since_ns == 0) return "never";
    const i64 age_ns = now.monotonic.ns - static_cast<i64>(since_ns);
    std::string text;
    print(text, "%.3f s ago", static_cast<double>(std::max<i64>(age_ns, 0)) / 1e9);
    return text;
}

void print_beat(std::string& text, const char* thread, u64 beat_ns, Moment now) {
    const bool lives = Instant{static_cast<i64>(beat_ns)} + beat_age_max > now.monotonic;
    print(text, "  %-10s %s  (%s)\n", thread, lives ? "alive " : "SILENT",
          age_text(beat_ns, now).c_str());
}

void print_scope(std::string& text, const ks_scope_line& place, Moment now) {
    ks_scope_line line;
    if (!ks_read_scope(&line, &place)) {
        print(text, "  %-24.47s stale: its writer stopped half-way\n", place.name);
        return;
    }
    const auto outcome = static_cast<ks_outcome>(static_cast<u32>(line.kill_outcome));
    const std::string_view name = words(outcome);
    print(text, "  %-24.47s %-8.*s", line.name, static_cast<int>(name.size()), name.data());
    if (const u32 kill = static_cast<u32>(line.kill_outcome >> 32); kill != 0)
        print(text, "  kill %u, pulled %s, %u of %u accounts clear, %u of %u shots sent", kill,
              age_text(line.pulled_ns, now).c_str(), line.accounts_clear, line.accounts_count,
              line.shots_sent, line.shots_count);
    text += line.in_config ? "\n" : "  (not in the config)\n";
}

void print_account(std::string& text, const ks_account_line& place, Moment now) {
    ks_account_line line;
    if (!ks_read_account(&line, &place)) {
        print(text, "  %-24.47s stale: its writer stopped half-way\n", place.name);
        return;
    }
    const std::string_view name = words(static_cast<ks_outcome>(line.outcome));
    print(text, "  %-24.47s %-8.*s", line.name, static_cast<int>(name.size()), name.data());
    if (line.orders_open == UINT32_MAX)
        text += "  open orders: never read";
    else
        print(text, "  open orders: %u, read %s", line.orders_open,
              age_text(line.read_ns, now).c_str());
    print(text, ", cancelled %u, last HTTP %u\n", line.orders_cancelled, line.http_status);
}

const char* readiness(u32 ready) {
    return ready == 2 ? "READY" : ready == 1 ? "READY WITH LIMITS" : "NOT READY";
}

} // namespace

std::string_view words(ks_outcome outcome) {
    switch (outcome) {
    case KS_IDLE:
        return "IDLE";
    case KS_WORKING:
        return "WORKING";
    case KS_CLEAR:
        return "CLEAR";
    case KS_UNKNOWN:
        return "UNKNOWN";
    case KS_REJECTED:
        return "REJECTED";
    case KS_NOT_SENT:
        return "NOT SENT";
    case KS_HELD:
        return "HELD";
    }
    return "?";
}

std::string utc_text(u64 utc_ns) {
    const time_t seconds_utc = static_cast<time_t>(utc_ns / 1'000'000'000);
    tm parts;
    gmtime_r(&seconds_utc, &parts);
    char text[64];
    const size_t count = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
    std::snprintf(text + count, sizeof text - count, ".%06u",
                  static_cast<u32>(utc_ns % 1'000'000'000 / 1'000));
    return text;
}

std::string status_text(const ks_status_page& page, Moment now, std::string_view alarm) {
    std::string text;
    print(text, "killswitch %.47s  %s UTC  %s\n", page.engine, utc_text(now.utc_ns).c_str(),
          readiness(word(page.ready)));
    if (!alarm.empty()) text.append("ALARM ").append(alarm).append("\n");
    print(text, "\nthreads (engine pid %u)\n", word(page.pid));
    print_beat(text, "engine", word(page.engine_beat_ns), now);
    print_beat(text, "signer", word(page.signer_beat_ns), now);
    print_beat(text, "connector", word(page.connector_beat_ns), now);
    print_beat(text, "scribe", word(page.scribe_beat_ns), now);

    text += "\nscopes\n";
    const u32 scopes_count = std::min<u32>(word(page.scopes_count), KS_SCOPES_MAX);
    for (u32 i = 0; i < scopes_count; ++i) print_scope(text, page.scope[i], now);
    text += "\naccounts\n";
    const u32 accounts_count = std::min<u32>(word(page.accounts_count), KS_ACCOUNTS_MAX);
    for (u32 i = 0; i < accounts_count; ++i) print_account(text, page.account[i], now);

    print(text, "\njournal  record %llu on disk, hash %s, events lost %u\n",
          static_cast<unsigned long long>(word(page.journal_head_sequence)),
          hex(page.journal_head).c_str(), word(page.journal_lost));
    return text;
}

bool write_status_text(int run_directory, std::string_view text) {
    constexpr const char* name = "status.txt";
    constexpr const char* making_name = "status.txt.new";
    const Fd file(openat(run_directory, making_name,
                         O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
    return file.is_open() &&
           write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
           renameat(run_directory, making_name, run_directory, name) == 0;
}

} // namespace ks
