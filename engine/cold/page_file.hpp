// PageFile: one file of the run directory, created whole or adopted in place, mapped and locked.
// Why: /run is written by a privileged engine and read by many; a link, a foreign owner or a mode
// too wide must stop the start, with a sentence, before a byte is believed.
// Guarantees: a page appears under its name only when fully written; an adopted one keeps its
// bytes.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"
#include "base/units.hpp"

namespace ks {

// The directory, locked against a second engine for as long as this lives.
class RunDirectory {
public:
    static Result<RunDirectory> open(const std::string& path, std::optional<gid_t> group);
    int fd() const { return fd_.get(); }
    const std::string& path() const { return path_; }

private:
    RunDirectory(std::string path, Fd fd, Fd lock);
    std::string path_;
    Fd fd_;
    Fd lock_;
};

struct PageSpec {
    std::string name;
    size_t bytes_count = 0;
    mode_t mode = 0600;
    std::optional<gid_t> group;
};

enum class Found : u8 {
    created, // there was none
    adopted, // as it lay
    resized, // it had another size; when shorter it was made longer again, with zeroes
};

// A mapped page; unmapped at the end of its life, the file stays.
class PageFile {
public:
    // `fill` writes a fresh page before it gets its name.
    using Fill = std::function<void(void*)>;
    static Result<PageFile> open(const RunDirectory& directory, const PageSpec& spec,
                                 const Fill& fill);
    // Makes a fresh page under the name, whatever is there. The old file lives on for those who
    // have it mapped.
    static Result<PageFile> replace(const RunDirectory& directory, const PageSpec& spec,
                                    const Fill& fill);
    PageFile() = default;
    PageFile(PageFile&& other) noexcept;
    PageFile& operator=(PageFile&& other) noexcept;
    ~PageFile();
    void* at() const { return at_; }
    size_t bytes_count() const { return bytes_count_; }
    Found found() const { return found_; }

private:
    static Result<PageFile> map(int fd, const PageSpec& spec, Found found);
    void* at_ = nullptr;
    size_t bytes_count_ = 0;
    Found found_ = Found::created;
};

} // namespace ks
