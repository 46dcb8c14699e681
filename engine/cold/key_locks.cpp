#include "cold/key_locks.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cold/mark.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

constexpr std::string_view directory_name = ".keys";
constexpr int exit_busy = 75; // EX_TEMPFAIL: another engine has it

// Beside the run directories of all engines: it shows how many keys are in use, and none of them.
Result<Fd> open_directory(const std::string& run_dir) {
    const auto path = std::filesystem::path(run_dir).parent_path() / directory_name;
    mkdir(path.c_str(), 0700); // its absence shows below
    Fd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.is_open()) return errno_error("lock keys: open " + path.string());
    struct stat facts {};
    if (fstat(fd.get(), &facts) != 0 || facts.st_uid != geteuid() || (facts.st_mode & 077) != 0)
        return Error{path.string() + ": is not a directory of ours alone, so nothing keeps two " +
                     "engines off one key; run all engines as one user, or remove it"};
    return fd;
}

// The file's name is a mark of the key, which shows nothing of it.
std::string file_name(const OwnedCredentials& own) {
    constexpr std::string_view digits = "0123456789abcdef";
    u64 mark = mark_of(own.key.empty() ? own.secret.text() : own.key.text());
    std::string name(16, '0');
    for (char& digit : name) {
        digit = digits[mark >> 60];
        mark <<= 4;
    }
    return name;
}

std::string holder_of(int fd) {
    std::array<char, 128> text{};
    const ssize_t count = pread(fd, text.data(), text.size() - 1, 0);
    return count > 0 ? std::string(text.data(), static_cast<size_t>(count)) : "another engine";
}

struct Key {
    const AccountConfig& account;
    const std::string& name;
    const OwnedCredentials& own;
    bool is_ordered = false;
    bool is_shared = false; // its venue has a share, and its nonces need not rise
};

Result<Fd> lock_one(int directory, const Key& key, const std::string& engine) {
    const std::string file = file_name(key.own);
    Fd fd(openat(directory, file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.is_open()) return errno_error("lock key of " + key.name);
    if (flock(fd.get(), (key.is_shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
        const std::string what = key.account.where + ": the key of " + in_quotes(key.name) +
                                 " is in use by " + holder_of(fd.get());
        if (key.is_ordered)
            return Error{what +
                             ", and its nonces must rise: each would make the venue refuse the " +
                             "other; make a key of its own at the venue",
                         exit_busy};
        return Error{what + ", and each would spend the whole of its limits; make a key of its " +
                         "own, or give the venue a share in both configs: share = \"1/2\"",
                     exit_busy};
    }
    const std::string holder =
        "engine " + in_quotes(engine) + " (pid " + std::to_string(getpid()) + ")";
    if (ftruncate(fd.get(), 0) != 0 ||
        pwrite(fd.get(), holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size()))
        return errno_error("lock key of " + key.name);
    return fd;
}

} // namespace

Result<std::vector<Fd>> lock_keys(const Config& config, const Compiled& compiled,
                                  const std::vector<OwnedCredentials>& credentials) {
    std::vector<const AccountConfig*> owners; // by KeyId: accounts, then those with eyes
    for (const AccountConfig& account : config.accounts) owners.push_back(&account);
    for (const AccountConfig& account : config.accounts)
        if (account.has_eyes_key()) owners.push_back(&account);
    auto directory = open_directory(config.engine.run_dir);
    if (!directory) return std::move(directory).error();
    std::vector<Fd> locks;
    for (size_t i = 0; i < credentials.size(); ++i) {
        if (credentials[i].key.empty() && credentials[i].secret.empty()) continue;
        const bool is_ordered = compiled.plan->keys[i].is_ordered;
        const bool has_share = !config.venue(owners[i]->venue)->share.is_whole();
        auto lock = lock_one(directory->get(),
                             {*owners[i], compiled.key_names[i], credentials[i], is_ordered,
                              has_share && !is_ordered},
                             config.engine.name);
        if (!lock) return std::move(lock).error();
        locks.push_back(std::move(*lock));
    }
    return locks;
}

} // namespace ks
