#include "cold/notifier.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cstring>
#include <utility>

namespace ks {
namespace {

constexpr const char* environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
                                       "/sbin:/bin",
                                       "LANG=C.UTF-8", nullptr};
constexpr int first_fd_of_ours = 3;

// What the child is born with: no file of ours, no blocked signal, a group of its own to be killed.
class Birth {
public:
    Birth() {
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addclosefrom_np(&files, first_fd_of_ours);
        posix_spawnattr_init(&attributes);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setpgroup(&attributes, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                  POSIX_SPAWN_SETPGROUP);
    }
    ~Birth() {
        posix_spawn_file_actions_destroy(&files);
        posix_spawnattr_destroy(&attributes);
    }
    Birth(const Birth&) = delete;

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
};

std::string ending_text(int status) {
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

} // namespace

Notifier::~Notifier() {
    for (const Running& running : running_) {
        kill(-running.pid, SIGKILL); // its group, which it was born into
        waitpid(running.pid, nullptr, 0);
    }
}

void Notifier::tell(std::string text) {
    if (command_.empty()) return;
    waiting_.push_back(std::move(text));
    if (waiting_.size() <= waiting_max) return;
    waiting_.pop_front();
    ++lost_count_;
}

std::vector<std::string> Notifier::step(Instant now) {
    std::vector<std::string> failures;
    std::erase_if(running_, [&](Running& running) { return reap(running, now, failures); });
    while (running_.size() < running_max && !waiting_.empty()) {
        if (std::string failure = start(waiting_.front(), now); !failure.empty())
            failures.push_back(std::move(failure));
        waiting_.pop_front();
    }
    if (lost_count_ != 0)
        failures.push_back("notify: " + std::to_string(std::exchange(lost_count_, 0)) +
                           " alarms were not told, " + command_[0] + " is too slow");
    return failures;
}

// True when it has ended.
bool Notifier::reap(Running& running, Instant now, std::vector<std::string>& failures) {
    int status = 0;
    if (waitpid(running.pid, &status, WNOHANG) == running.pid) {
        if (!running.is_killed && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
            failures.push_back("notify: " + command_[0] + " " + ending_text(status));
        return true;
    }
    if (running.is_killed || now - running.since < time_max) return false;
    running.is_killed = true;
    kill(-running.pid, SIGKILL); // its group, which it was born into
    failures.push_back("notify: " + command_[0] + " took longer than 10 s and was killed");
    return false;
}

// Empty, or why the command could not be started. posix_spawn: a plain fork would make the hot
// thread copy every page that it writes.
std::string Notifier::start(const std::string& text, Instant now) {
    std::vector<char*> words;
    for (std::string& word : command_) words.push_back(word.data());
    std::string last = text;
    words.push_back(last.data());
    words.push_back(nullptr);
    const Birth birth;
    pid_t pid = 0;
    const int problem = posix_spawn(&pid, words[0], &birth.files, &birth.attributes, words.data(),
                                    const_cast<char**>(environment));
    if (problem != 0)
        return "notify: cannot run " + command_[0] + ": " + std::strerror(problem) +
               "; make it an executable file";
    running_.push_back({pid, now});
    return {};
}

} // namespace ks
