#include "flight/site.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace ks::bench {

namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
    return (std::ostringstream() << std::ifstream(file, std::ios::binary).rdbuf()).str();
}

void write_text(const fs::path& file, const std::string& text, mode_t mode = 0644) {
    std::ofstream(file, std::ios::binary) << text;
    chmod(file.c_str(), mode);
}

// A recipe as it stands in the tree, or without its `max_age`: then nothing is signed again.
void copy_recipe(const std::string& name, const fs::path& to, bool resigns) {
    std::string text = read_text(fs::path(KS_SOURCE_DIR "/bench/recipes") / (name + ".toml"));
    const std::string age = "max_age = \"4s\"\n";
    if (const size_t at = text.find(age); !resigns && at != std::string::npos)
        text.erase(at, age.size());
    write_text(to / (name + ".toml"), text);
}

// The last venue signs by Ed25519.
std::string recipe_of(const SiteSetup& setup, u16 venue) {
    return venue + 1 == setup.venues_count && venue > 0 ? "bench_ed25519" : "bench";
}

std::string account_name(u16 venue, u16 account) {
    return "v" + std::to_string(venue) + "/a" + std::to_string(account);
}

// Throw-away keys; no two accounts may share one.
void write_keys(const fs::path& folder, u16 venue, u16 account) {
    const std::string digits = std::to_string(10 + venue) + std::to_string(10 + account);
    const std::string stem = std::to_string(venue) + "." + std::to_string(account);
    write_text(folder / (stem + ".key"), "bench-key-" + digits, 0600);
    std::string seed;
    while (seed.size() < 64) seed += digits;
    write_text(folder / (stem + ".secret"), seed, 0600);
}

std::string account_text(u16 venue, u16 account) {
    const std::string stem = "keys/" + std::to_string(venue) + "." + std::to_string(account);
    return "[account.'" + account_name(venue, account) + "']\nkey_file = '" + stem +
           ".key'\nsecret_file = '" + stem + ".secret'\nidentity = 'bench@localhost'\n";
}

std::string config_text(const SiteSetup& setup, const std::string& folder) {
    std::string text = "[engine]\nname = 'bench'\nenvironment = 'test'\nspin = 'always'\ncpu = " +
                       std::to_string(setup.cpu) + "\nrun_dir = '" + folder +
                       "/run'\nstate_dir = '" + folder +
                       "/state'\nrecipe_dirs = ['recipes']\nguard_read_every = '1h'\n"
                       "eyes_every = '1h'\nrequire_proven_eyes = false\n";
    for (u16 venue = 0; venue < setup.venues_count; ++venue) {
        const std::string port = std::to_string(setup.port);
        text += "[venue.v" + std::to_string(venue) + "]\nrecipe = '" + recipe_of(setup, venue) +
                "'\nhost = 'v" + std::to_string(venue) + ".localhost:" + port +
                "'\naddress = '127.0.0.1:" + port + "'\nca_file = '" + setup.ca_file + "'\n";
        for (u16 account = 0; account < setup.accounts_count; ++account)
            text += account_text(venue, account);
    }
    std::string eight;
    for (u16 venue = 0; venue < setup.venues_count; ++venue)
        eight += "'" + account_name(venue, 0) + "', ";
    return text + "[scope.'shots:1']\ncells = ['v0/a0']\n[scope.'shots:8']\ncells = [" + eight +
           "]\n[producer.risk]\nscopes = ['all']\n";
}

} // namespace

std::string scope_of(u32 shots) {
    return shots == 64 ? "all" : "shots:" + std::to_string(shots);
}

Result<std::unique_ptr<Site>> Site::open(const SiteSetup& setup) {
    std::unique_ptr<Site> site(new Site);
    site->folder_ = "/dev/shm/ks-bench.XXXXXX"; // pages must lie on tmpfs
    if (!mkdtemp(site->folder_.data()))
        return Error{"site: no folder in /dev/shm; is it mounted and not full?"};
    const fs::path folder = site->folder_;
    fs::create_directory(folder / "recipes");
    fs::create_directory(folder / "keys");
    for (const char* recipe : {"bench", "bench_ed25519"})
        copy_recipe(recipe, folder / "recipes", setup.resigns);
    for (u16 venue = 0; venue < setup.venues_count; ++venue)
        for (u16 account = 0; account < setup.accounts_count; ++account)
            write_keys(folder / "keys", venue, account);
    write_text(folder / "killswitch.toml", config_text(setup, site->folder_));
    site->house_ = std::make_unique<House>();
    if (Result<void> opened = open_house(*site->house_, (folder / "killswitch.toml").string());
        !opened)
        return std::move(opened).error();
    return site;
}

Site::~Site() {
    cold_.reset();
    house_.reset();
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

} // namespace ks::bench
