#include "records.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/sha256.h>

#include <cstring>
#include <fstream>
#include <optional>

#include "abi/killswitch_pages.h"
#include "base/fd.hpp"
#include "cold/journal_names.hpp"

namespace ks {

namespace {

// SHA-256 of a file's bytes; none when it cannot be read any more.
std::optional<Digest> digest_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    Digest digest{};
    wc_Sha256 sha;
    const bool is_hashed = in && wc_InitSha256(&sha) == 0 &&
                           wc_Sha256Update(&sha, reinterpret_cast<const byte*>(bytes.data()),
                                           static_cast<word32>(bytes.size())) == 0 &&
                           wc_Sha256Final(&sha, digest.data()) == 0;
    return is_hashed ? std::optional(digest) : std::nullopt;
}

std::string file_hash(const std::filesystem::path& file) {
    const std::optional<Digest> digest = digest_of(file);
    return digest ? hex(*digest) : std::string();
}

} // namespace

std::vector<ColdRecord> start_records(const Config& config, const std::vector<Recipe>& recipes,
                                      const Plan& plan) {
    Lines start;
    start.add("version", KS_VERSION).add("build.sha256", file_hash("/proc/self/exe"));
    start.add("engine", config.engine.name);
    start.add("config", config.file).add("config.sha256", file_hash(config.file));
    for (const Recipe& recipe : recipes)
        start.add("recipe." + recipe.name + ".sha256", file_hash(recipe.file));
    std::vector<ColdRecord> records;
    records.emplace_back(RecordType::start, std::move(start));
    records.emplace_back(RecordType::names, names_of(plan));
    return records;
}

Result<void> write_last_resort(const Config& config) {
    const std::string file = config.engine.state_dir + "/last-resort.txt";
    const std::string fresh = file + ".new";
    const std::string text = last_resort_text(config);
    const Fd fd(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    const bool is_written =
        fd.is_open() && fchmod(fd.get(), 0644) == 0 && // whatever the umask
        write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(fd.get()) == 0;
    if (!is_written || rename(fresh.c_str(), file.c_str()) != 0)
        return Error{file + ": cannot write whom to call when the engine is dead; make " +
                     config.engine.state_dir + " writable for the engine"};
    return {};
}

void publish_identity(const Config& config, ks_status_page& status) {
    const Digest digest = digest_of(config.file).value_or(Digest{});
    u64 mark = 0;
    std::memcpy(&mark, digest.data(), sizeof mark);
    // relaxed: written before the first beat, which is released
    __atomic_store_n(&status.config_mark, mark, __ATOMIC_RELAXED);
    __atomic_store_n(&status.environment, static_cast<u32>(config.engine.environment),
                     __ATOMIC_RELAXED);
}

} // namespace ks
