// Watch, of the machine: readiness, producers, pages.
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>

#include "cold/page_birth.hpp"
#include "cold/ready_text.hpp"
#include "cold/watch.hpp"

namespace ks {
namespace {

constexpr size_t causes_told_max = 6;
constexpr Nanos settle = milliseconds(250); // causes come one by one while lanes come up
constexpr Nanos files_every = seconds(1);

// Without ages: a cause that only grows older has not changed.
std::string causes_text(const Readiness& readiness) {
    std::string text;
    size_t causes_count = 0;
    for (const Obstacle& obstacle : readiness.obstacles) {
        if (!obstacle.stops_firing || ++causes_count > causes_told_max) continue;
        text.append(text.empty() ? "" : "; ");
        text += obstacle.cause.substr(0, obstacle.cause.find(", last beat"));
    }
    if (causes_count > causes_told_max)
        text += "; and " + std::to_string(causes_count - causes_told_max) + " more";
    return text;
}

std::string seconds_text(Nanos span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(span.ns) / 1e9);
    return text;
}

Lines interval(const char* state, const std::string& causes) {
    return Lines().add("state", state).add("cause", causes);
}

} // namespace

void ReadyWatch::look(Moment now, Findings& found) {
    const Readiness readiness = readiness_of(page_, scope_all(page_), now);
    if (readiness.ready != 0) {
        if (since_) end(now, readiness.ready, found);
        return;
    }
    std::string causes = causes_text(readiness);
    if (!since_) {
        begin(now, causes, found);
    } else if (causes == causes_) {
        causes_next_ = causes_;
    } else if (causes != causes_next_) {
        causes_next_ = std::move(causes);
        changed_ = now.monotonic;
    } else if (now.monotonic >= changed_ + settle) {
        causes_ = std::move(causes);
        found.record(RecordType::ready, interval("changed", causes_));
    }
    if (is_told_ || now.monotonic < since_->monotonic + alarm_after) return;
    is_told_ = true;
    found.alarm(AlarmKind::not_ready, "ready",
                "for " + seconds_text(now.monotonic - since_->monotonic) + ": " + causes_ +
                    ". A pull may not leave at once; look at: ksctl status");
}

void ReadyWatch::begin(Moment now, const std::string& causes, Findings& found) {
    since_ = now;
    causes_ = causes_next_ = causes;
    is_told_ = false;
    found.record(RecordType::ready, interval("begun", causes_));
}

void ReadyWatch::end(Moment now, u32 ready, Findings& found) {
    const Nanos span = now.monotonic - since_->monotonic;
    const char* words = ready == 2 ? "READY" : "READY WITH LIMITS";
    Lines lines = interval("ended", causes_);
    lines.add("now", words).add("lasted_ms", static_cast<u64>(span.ns / 1'000'000));
    found.record(RecordType::ready, std::move(lines));
    if (is_told_)
        found.alarm(AlarmKind::ready_again, "ready",
                    std::string(words) + " again after " + seconds_text(span));
    since_.reset();
}

void ReadyWatch::stop(Findings& found) const {
    found.record(RecordType::ready, interval("stopped", "the engine was told to stop"));
}

void ProducerWatch::look(Findings& found) {
    const u32 silent = __atomic_load_n(&page_.producers_silent, __ATOMIC_RELAXED);
    for (u32 p = 0; p < KS_PRODUCERS_MAX; ++p) {
        const bool is_silent = (silent >> p & 1) != 0;
        if (is_silent == ((silent_ >> p & 1) != 0)) continue;
        const std::string name(name_of(page_.producers[p]));
        if (is_silent)
            found.alarm(AlarmKind::producer_silent, "producer " + name,
                        name + " has stopped beating: nobody may be watching the risk that it "
                               "watched; look at that process");
        Lines lines;
        lines.add("producer", name).add("state", is_silent ? "silent" : "beats again");
        found.record(RecordType::note, std::move(lines));
    }
    silent_ = silent;
}

PageWatch::PageWatch(int run_directory, const std::atomic<u32>& lost,
                     std::vector<std::string> files)
    : run_directory_(run_directory), lost_(lost) {
    for (std::string& name : files) {
        const u64 inode = inode_of(name);
        files_.push_back({std::move(name), inode});
    }
}

// 0: there is no such file.
u64 PageWatch::inode_of(const std::string& name) const {
    struct stat facts;
    const bool is_there = fstatat(run_directory_, name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0;
    return is_there ? facts.st_ino : 0;
}

void PageWatch::look(Instant now, Findings& found) {
    // relaxed: only a flag
    const u32 lost = lost_.load(std::memory_order_relaxed);
    if (lost != lost_seen_)
        found.alarm(AlarmKind::page_lost, "page truncated",
                    "a page in the run directory was truncated by another process; its pulls are "
                    "not seen any more; find that process, then restart killswitchd");
    lost_seen_ = lost;
    if (now < look_at_) return;
    look_at_ = now + files_every;
    for (File& file : files_) {
        if (file.is_gone || inode_of(file.name) == file.inode) continue;
        file.is_gone = true;
        ++gone_count_;
        found.alarm(AlarmKind::page_lost, "page " + file.name,
                    file.name + " was removed from the run directory or replaced; who has it open "
                                "can still pull, nobody else can; restart killswitchd");
    }
}

} // namespace ks
