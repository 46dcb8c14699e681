// Site: everything an engine needs to fly, made for one run and gone after it: a folder on tmpfs,
// throw-away keys, the benchmark's recipes, a config of 64 accounts at 8 venues, all of which are
// one address; then the engine's own parts (House) and its cold threads.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "house.hpp"

namespace ks::bench {

struct SiteSetup {
    u16 port = 0;         // of the benchmark's venue
    std::string ca_file;  // that it shows
    bool resigns = false; // every request signed anew each second, else never
    int cpu = 1;          // of the hot thread; everyone else keeps off
    u16 venues_count = 8;
    u16 accounts_count = 8; // of each venue
};

// The scopes of the config: "shots:1", "shots:8" (one account of each venue), "all".
std::string scope_of(u32 shots);

class Site {
public:
    static Result<std::unique_ptr<Site>> open(const SiteSetup& setup);
    ~Site();

    House& house() { return *house_; }
    std::string run_dir() const { return folder_ + "/run"; }
    const std::string& folder() const { return folder_; }
    void start_cold_threads() { cold_ = std::make_unique<ColdThreads>(*house_); }

private:
    Site() = default;
    std::string folder_;
    std::unique_ptr<House> house_;
    std::unique_ptr<ColdThreads> cold_;
};

} // namespace ks::bench
