// Page: the status page of the engine that a command is about, opened for reading.
// Guarantees: never writes; a page that is missing, foreign or of another boot is an Error in
// words.
#pragma once

#include "abi/killswitch.h"
#include "base/units.hpp"
#include "commands.hpp"

namespace ks {

class Page {
public:
    // `--run-dir DIR`, or the config's; needs no right to read a key.
    static Result<Page> open(const Arguments& arguments);
    Page(Page&& other) noexcept;
    Page(const Page&) = delete;
    ~Page();

    const ks_status_page& status() const { return *handle_.status; }
    const ks_handle& handle() const { return handle_; }
    const std::string& run_dir() const { return run_dir_; }
    bool engine_lives() const { return ks_engine_lives(&handle_); }
    Result<u32> find_scope(const std::string& name) const;

private:
    Page() = default;
    ks_handle handle_{};
    std::string run_dir_;
};

} // namespace ks
