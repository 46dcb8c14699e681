#include "cold/page_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace ks {

namespace {

constexpr mode_t directory_mode_max = 0750;
constexpr mode_t mode_bits = 07777;
constexpr int exit_temporary = 75;     // EX_TEMPFAIL: another engine holds the lock
constexpr int exit_no_permission = 77; // EX_NOPERM

std::string octal(mode_t mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", mode & mode_bits);
    return text;
}

Error failed(const std::string& what) {
    const bool is_forbidden = errno == EACCES || errno == EPERM;
    Error error = errno_error(what);
    if (is_forbidden) error.exit_code = exit_no_permission;
    return error;
}

Result<void> check_directory(const std::string& path, int fd) {
    struct statfs system;
    struct stat facts;
    if (fstatfs(fd, &system) != 0 || fstat(fd, &facts) != 0) return failed(path);
    if (system.f_type != TMPFS_MAGIC)
        return Error{path + " is not on tmpfs: a store to a page on disk can take 165 us; "
                            "use a directory below /run or /dev/shm"};
    if (facts.st_uid != geteuid())
        return Error{path + " belongs to uid " + std::to_string(facts.st_uid) + ", not to uid " +
                         std::to_string(geteuid()) + " of the engine; chown it",
                     exit_no_permission};
    if ((facts.st_mode & mode_bits & ~directory_mode_max) != 0)
        return Error{path + " has mode " + octal(facts.st_mode) + ", wider than 0750; chmod 0750 " +
                     path};
    return {};
}

Result<void> check_file(const std::string& path, const struct stat& facts, mode_t mode) {
    if (!S_ISREG(facts.st_mode))
        return Error{path + " is not a regular file; find out who made it, then remove it"};
    if (facts.st_uid != geteuid())
        return Error{path + " belongs to uid " + std::to_string(facts.st_uid) +
                         "; find out who made it, then remove it",
                     exit_no_permission};
    if (facts.st_nlink != 1)
        return Error{path + " has " + std::to_string(facts.st_nlink) +
                     " names; find out who linked it, then remove the others"};
    if ((facts.st_mode & mode_bits & ~mode) != 0)
        return Error{path + " has mode " + octal(facts.st_mode) + ", wider than " + octal(mode) +
                     "; find out who widened it, then chmod " + octal(mode) + " " + path};
    return {};
}

Result<void> set_rights(const std::string& path, int fd, const PageSpec& spec) {
    if (spec.group && fchown(fd, static_cast<uid_t>(-1), *spec.group) != 0)
        return failed(path + ": chgrp to gid " + std::to_string(*spec.group));
    if (fchmod(fd, spec.mode) != 0) return failed(path + ": chmod");
    return {};
}

} // namespace

RunDirectory::RunDirectory(std::string path, Fd fd, Fd lock)
    : path_(std::move(path)), fd_(std::move(fd)), lock_(std::move(lock)) {}

Result<RunDirectory> RunDirectory::open(const std::string& path, std::optional<gid_t> group) {
    const bool is_new = mkdir(path.c_str(), 0700) == 0;
    if (!is_new && errno != EEXIST) return failed("make " + path);
    Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (fd.get() < 0) return failed(path + ": not a directory that can be opened");
    if (is_new && group) {
        const PageSpec rights{.name = path, .mode = directory_mode_max, .group = group};
        if (auto set = set_rights(path, fd.get(), rights); !set) return std::move(set).error();
    }
    if (auto checked = check_directory(path, fd.get()); !checked) return std::move(checked).error();
    Fd lock{openat(fd.get(), "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600)};
    if (lock.get() < 0) return failed(path + "/lock");
    if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return Error{path + " is held by another engine that runs; stop it first, or give this one "
                            "its own run_dir",
                     exit_temporary};
    return RunDirectory{path, std::move(fd), std::move(lock)};
}

PageFile::PageFile(PageFile&& other) noexcept
    : at_(std::exchange(other.at_, nullptr)), bytes_count_(other.bytes_count_),
      found_(other.found_) {}
PageFile& PageFile::operator=(PageFile&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(bytes_count_, other.bytes_count_);
    std::swap(found_, other.found_);
    return *this;
}
PageFile::~PageFile() {
    if (at_) munmap(at_, bytes_count_);
}

Result<PageFile> PageFile::open(const RunDirectory& directory, const PageSpec& spec,
                                const Fill& fill) {
    const std::string path = directory.path() + "/" + spec.name;
    // O_NONBLOCK: a planted fifo must not hold the start up
    Fd fd{openat(directory.fd(), spec.name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    if (fd.get() < 0 && errno == ENOENT) return replace(directory, spec, fill);
    if (fd.get() < 0 && errno == ELOOP)
        return Error{path + " is a symbolic link; find out who made it, then remove it"};
    struct stat facts;
    if (fd.get() < 0 || fstat(fd.get(), &facts) != 0) return failed(path);
    if (auto checked = check_file(path, facts, spec.mode); !checked)
        return std::move(checked).error();
    if (auto set = set_rights(path, fd.get(), spec); !set) return std::move(set).error();
    // Only ever made longer: others may have mapped all of it.
    const auto bytes_count = static_cast<size_t>(facts.st_size);
    if (bytes_count < spec.bytes_count &&
        ftruncate(fd.get(), static_cast<off_t>(spec.bytes_count)) != 0)
        return failed(path);
    return map(fd.get(), spec, bytes_count == spec.bytes_count ? Found::adopted : Found::resized);
}

Result<PageFile> PageFile::replace(const RunDirectory& directory, const PageSpec& spec,
                                   const Fill& fill) {
    const std::string path = directory.path() + "/" + spec.name;
    const std::string unfinished = spec.name + ".new";
    unlinkat(directory.fd(), unfinished.c_str(), 0); // of a start that died; the lock is ours
    Fd fd{openat(directory.fd(), unfinished.c_str(),
                 O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (fd.get() < 0 || ftruncate(fd.get(), static_cast<off_t>(spec.bytes_count)) != 0)
        return failed("make " + path);
    auto page = map(fd.get(), spec, Found::created);
    if (!page) return page;
    fill(page->at());
    if (auto set = set_rights(path, fd.get(), spec); !set) return std::move(set).error();
    if (renameat(directory.fd(), unfinished.c_str(), directory.fd(), spec.name.c_str()) != 0)
        return failed("name " + path);
    return page;
}

Result<PageFile> PageFile::map(int fd, const PageSpec& spec, Found found) {
    void* const at =
        mmap(nullptr, spec.bytes_count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) return failed("map " + spec.name);
    PageFile page;
    page.at_ = at;
    page.bytes_count_ = spec.bytes_count;
    page.found_ = found;
    if (mlock(at, spec.bytes_count) != 0)
        return failed("lock " + spec.name + " in memory (raise LimitMEMLOCK)");
    return page;
}

} // namespace ks
