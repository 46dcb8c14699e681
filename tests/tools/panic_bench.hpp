// Panic bench: real pages, a scripted engine behind them, and ks-panic as a process in front.
// Guarantees: a step of the script is written only after ks-panic has said what the test waits for,
// so that the text never depends on how fast this machine is.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <functional>
#include <mutex>
#include <regex>
#include <thread>

#include "abi/killswitch.h"
#include "cold/pages.hpp"
#include "support/golden_words.hpp"
#include "unit/temp_dir.hpp"

namespace ks {

struct Ran {
    int exit_code = -1;
    std::string text; // stdout and stderr
    bool says(std::string_view words) const { return text.find(words) != std::string::npos; }
};

// What a process says, while it says it.
class Ear {
public:
    Ran run(const std::string& command) {
        {
            const std::lock_guard guard(door_);
            heard_.clear();
        }
        FILE* pipe = popen((command + " 2>&1 </dev/null").c_str(), "r");
        char line[4096];
        while (fgets(line, sizeof line, pipe)) {
            const std::lock_guard guard(door_);
            heard_ += line;
        }
        const int status = pclose(pipe);
        return {WEXITSTATUS(status), heard_};
    }
    bool has_heard(std::string_view words) const {
        const std::lock_guard guard(door_);
        return heard_.find(words) != std::string::npos;
    }

private:
    mutable std::mutex door_;
    std::string heard_;
};

inline Ran run(const std::string& command) {
    return Ear().run(command);
}

// One account of the scope `all` in the page that a test writes.
struct Shown {
    ks_outcome outcome = KS_WORKING;
    u32 sent = 1;
    double accepted_s = 0, answered_s = 0, read_s = 0, clear_s = 0; // after the pull; 0: never
    double next_shot_s = 0, next_read_s = 0;
    u32 cancelled = 0;
    u32 open = UINT32_MAX;
    u16 http_status = 0;
    u32 notes = 0, ready = KS_READY_ALL, arriving = 0, vanished = 0, reopened = 0;
};

class PanicBench : public testing::Test {
protected:
    struct Step {
        std::function<void()> write;
        std::string until; // what ks-panic must have said before the next step; empty: nothing
    };

    explicit PanicBench(std::vector<std::string> names = {"bitopro/main", "bitopro/hedge",
                                                          "coinswitch/main", "treadfi/main"})
        : accounts(std::move(names)) {
        PagesConfig config;
        config.run_dir = dir.path();
        config.engine = "test";
        config.producers = {{"panic", {}}, {"risk1", {}}};
        pages.emplace(std::move(*Pages::open(config)));
        publish();
        ks_status_page& status = pages->status();
        status.environment = 2;
        const u8 mark[8] = {0x7f, 0x3a};
        memcpy(&status.config_mark, mark, sizeof mark);
        status.trigger_age_max_ns = 60'000'000'000;
        std::ofstream contacts(last_resort);
        contacts << "If killswitch does not answer, cancel by hand:\n";
        for (const std::string& name : accounts)
            contacts << name << "  https://" << name.substr(0, name.find('/'))
                     << ".example  +886 2 " << name.size() << "\n";
    }
    ~PanicBench() override { stop_engine(); }

    void publish() {
        for (const std::string& name : accounts) {
            const u16 index = pages->cell_of(name)->index;
            AccountPlan account;
            account.name.assign(name);
            (void)plan.accounts.push(account);
            CellPlan cell;
            cell.name.assign(name);
            cell.account = {index};
            (void)plan.cells.push(cell);
            ShotPlan shot;
            shot.name.assign(name + " *");
            shot.account = {index};
            (void)plan.shots.push(shot);
        }
        ScopePlan scope;
        scope.in_config = true;
        scope.cells.words[0] = (u64{1} << accounts.size()) - 1;
        for (const char* name : {"all", "desk:asia"}) {
            scope.name.assign(name);
            (void)pages->slot_of(name);
            (void)plan.scopes.push(scope);
        }
        ProducerPlan producer;
        producer.granted.set(0);
        for (int p = 0; p < 2; ++p) (void)plan.producers.push(producer);
        pages->publish(plan);
    }

    // ---- the engine -------------------------------------------------------------------------

    // An hour ahead: a busy machine must not make this engine look silent.
    void beat(bool is_alive = true) {
        __atomic_store_n(&pages->status().engine_beat_ns,
                         is_alive ? ks_now_ns() + 3'600'000'000'000 : 1, __ATOMIC_RELEASE);
    }
    // Answers the first pull: the first step comes before `handled`, the rest one by one.
    void play(std::vector<Step> steps) {
        beat();
        engine = std::thread([this, steps] {
            Trigger trigger(plan, pages->trigger_pages());
            Pull pull;
            while (!stop.load() && !pull) {
                pull = trigger.poll({static_cast<i64>(ks_now_ns())});
                std::this_thread::yield();
            }
            if (!pull) return;
            pulled_ns =
                __atomic_load_n(&pages->trigger({0}).row[0].slot[0].when_ns, __ATOMIC_ACQUIRE);
            for (size_t i = 0; i < steps.size(); ++i) {
                steps[i].write();
                if (i == 0) trigger.handled(pull, 17);
                while (!stop.load() && !ear.has_heard(steps[i].until)) std::this_thread::yield();
            }
        });
    }
    void stop_engine() {
        stop.store(true);
        if (engine.joinable()) engine.join();
        stop.store(false);
    }
    u64 after(double s) const { return s == 0 ? 0 : pulled_ns + static_cast<u64>(s * 1e9 + 0.5); }

    void show(size_t index, const Shown& shown) {
        ks_account_line line = pages->status().account[index];
        line.outcome = shown.outcome;
        line.shots_sent = shown.sent;
        line.orders_cancelled = shown.cancelled;
        line.orders_open = shown.open;
        line.http_status = shown.http_status;
        line.accepted_ns = after(shown.accepted_s);
        line.answered_ns = after(shown.answered_s);
        line.read_ns = after(shown.read_s);
        line.clear_ns = after(shown.clear_s);
        line.next_shot_ns = after(shown.next_shot_s);
        line.next_read_ns = after(shown.next_read_s);
        line.notes = shown.notes;
        line.ready = shown.ready;
        line.orders_arriving = shown.arriving;
        line.orders_vanished = shown.vanished;
        line.reopened_count = shown.reopened;
        ks_write_account(&pages->status().account[index], &line);
        ks_shot_line shot = pages->status().shot[index];
        shot.pulled_ns = pulled_ns;
        shot.submitted_ns = shown.sent > 0 ? pulled_ns + 4'000 : 0;
        ks_write_shot(&pages->status().shot[index], &shot);
    }
    void show_all(const std::vector<Shown>& shown, ks_outcome kill, double clear_s = 0) {
        for (size_t i = 0; i < shown.size(); ++i) show(i, shown[i]);
        show_kill(shown, kill, clear_s);
    }
    // How many have left and are clear follows from the accounts.
    void show_kill(const std::vector<Shown>& shown, ks_outcome kill, double clear_s = 0) {
        ks_status_page& status = pages->status();
        __atomic_store_n(&status.halt[0], status.scope[0].cells[0], __ATOMIC_RELEASE);
        ks_scope_line scope = status.scope[0];
        scope.accounts_count = scope.shots_count = static_cast<u32>(shown.size());
        scope.accounts_clear = scope.shots_sent = 0;
        for (size_t i = 0; i < shown.size(); ++i) {
            scope.accounts_clear += shown[i].outcome == KS_CLEAR;
            scope.shots_sent += shown[i].sent > 0;
        }
        scope.pulled_ns = pulled_ns;
        scope.halted_ns = halted_ns == 0 ? pulled_ns + 4'000 : halted_ns;
        scope.submitted_ns = scope.shots_sent > 0 ? pulled_ns + 90'000 : 0;
        scope.clear_ns = after(clear_s);
        ks_write_scope(&status.scope[0], &scope);
        __atomic_store_n(&status.scope[0].kill_outcome, u64{17} << 32 | kill, __ATOMIC_RELEASE);
    }

    // ---- ks-panic ---------------------------------------------------------------------------

    Ran panic(const std::string& words) {
        return ear.run(KS_PANIC " " + words + " --run-dir " + dir.path().string() +
                       " --last-resort " + last_resort);
    }
    // Without what differs from run to run: clock, machine, person, directory.
    std::string plain(const Ran& ran) const {
        char host[256] = "";
        gethostname(host, sizeof host - 1);
        std::string text =
            std::regex_replace(ran.text, std::regex(R"(\d\d:\d\d:\d\d\.\d{3}Z)"), "02:14:07.381Z");
        text = std::regex_replace(text, std::regex("host " + std::string(host)), "host ny4-01");
        text = std::regex_replace(text, std::regex("(Z  (#[0-9]+ )?by )[^.,]+"), "$1alice/pts3");
        return std::regex_replace(text, std::regex(dir.path().string()), "/run/killswitch/test");
    }
    void expect_words(const Ran& ran, const std::string& name) const {
        ks::expect_words(plain(ran), name);
    }

    TempDir dir;
    std::vector<std::string> accounts;
    std::string last_resort = dir / "last-resort.txt";
    std::unique_ptr<Plan> owned = std::make_unique<Plan>();
    Plan& plan = *owned;
    std::optional<Pages> pages;
    std::atomic<bool> stop{false};
    std::atomic<u64> pulled_ns{0};
    u64 halted_ns = 0; // 0: 4 us after the pull
    Ear ear;
    std::thread engine;
};

} // namespace ks
