// Status text: one line a scope, one an account, then what is wrong.
#include "cold/status_text.hpp"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <time.h>

#include "abi/killswitch_texts.h"
#include "base/fd.hpp"
#include "cold/journal_format.hpp"
#include "cold/ready_text.hpp"

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

void print_beat(std::string& text, const char* thread, u64 beat_ns, Moment now) {
    const bool lives = Instant{static_cast<i64>(beat_ns)} + beat_age_max >= now.monotonic;
    print(text, "  %-10s %s  (%s)\n", thread, lives ? "alive " : "SILENT",
          ago_text(beat_ns, now).c_str());
}

} // namespace

std::string_view words(ks_outcome outcome) {
    return ks_outcome_text(outcome);
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

std::string scope_text(const ks_status_page& page, const ks_scope_line& place, Moment now) {
    ks_scope_line line;
    std::string text;
    if (!ks_read_scope(&line, &place)) {
        print(text, "%-24.47s stale: its writer stopped half-way\n", place.name);
        return text;
    }
    const u32 outcome = static_cast<u32>(line.kill_outcome);
    const u32 kill = static_cast<u32>(line.kill_outcome >> 32);
    print(text, "%-24.47s %-8s", line.name, ks_outcome_text(outcome));
    if (!line.in_config) text += "  not in the config";
    if (outcome != KS_IDLE) {
        print(text, "  kill #%u, pulled %s by %s, %u of %u accounts clear, %u of %u shots sent",
              kill, ago_text(line.pulled_ns, now).c_str(),
              producer_text(page, line.pulled_by).c_str(), line.accounts_clear, line.accounts_count,
              line.shots_sent, line.shots_count);
    } else if (line.in_config) {
        print(text, "  %s", ks_ready_text(readiness_of(page, place, now).ready));
        if (line.shots_in_ns > 0)
            print(text, "; pulled now, the last first shot leaves at +%.2f s",
                  static_cast<double>(line.shots_in_ns) / 1e9);
        if (line.clear_in_ns == UINT64_MAX)
            text += "; never CONFIRMED: no reads prove an account of it";
        else if (line.clear_in_ns > 0)
            print(text, "; CONFIRMED at +%.1f s at the earliest",
                  static_cast<double>(line.clear_in_ns) / 1e9);
    }
    return text + "\n";
}

std::string producer_text(const ks_status_page& page, u32 producer) {
    if (producer >= KS_PRODUCERS_MAX || page.producers[producer][0] == 0) return "nobody known";
    return std::string(page.producers[producer], strnlen(page.producers[producer], KS_NAME_BYTES));
}

std::string status_text(const ks_status_page& page, Moment now, std::string_view alarm) {
    std::string text;
    text += ready_text(readiness_of(page, scope_all(page), now));
    u8 mark[8];
    const u64 config_mark = word(page.config_mark);
    std::memcpy(mark, &config_mark, sizeof mark);
    print(text, "killswitch %.47s  %s  config %02x%02x  %s UTC\n", page.engine,
          ks_environment_text(word(page.environment)), mark[0], mark[1],
          utc_text(now.utc_ns).c_str());
    if (!alarm.empty()) text.append("ALARM ").append(alarm).append("\n");
    print(text, "\nthreads (engine pid %u)\n", word(page.pid));
    print_beat(text, "engine", word(page.engine_beat_ns), now);
    print_beat(text, "signer", word(page.signer_beat_ns), now);
    print_beat(text, "connector", word(page.connector_beat_ns), now);
    print_beat(text, "scribe", word(page.scribe_beat_ns), now);

    text += "\nscopes\n";
    bool is_killed = false;
    const u32 scopes_count = std::min<u32>(word(page.scopes_count), KS_SCOPES_MAX);
    for (u32 i = 0; i < scopes_count; ++i) {
        text += "  " + scope_text(page, page.scope[i], now);
        is_killed |= static_cast<u32>(word(page.scope[i].kill_outcome)) != KS_IDLE;
    }
    if (is_killed) text += "  Positions are NOT closed.\n";
    text += "\naccounts\n";
    const u32 accounts_count = std::min<u32>(word(page.accounts_count), KS_ACCOUNTS_MAX);
    for (u32 i = 0; i < accounts_count; ++i) text += account_text(page.account[i], now);

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
