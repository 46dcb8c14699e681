// The config is written as an operator would write it; what the engine says goes to a file, since
// a pipe that nobody reads would hold it up.
#include "engine.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace ks {
namespace {

std::string make_dir_in_memory() {
    std::string name = "/dev/shm/ks-test.XXXXXX"; // pages must lie on tmpfs
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed in /dev/shm");
    return name;
}

std::string account_text(const std::string& venue, const std::string& alias,
                         const std::string& keys_dir) {
    const std::string files = keys_dir + "/" + venue + "." + alias;
    std::string text = "\n[account.\"" + venue + "/" + alias + "\"]\nstops = \"cancel\"\n";
    for (const char* kind : {"key", "secret", "identity"})
        if (std::filesystem::exists(files + "." + kind))
            text += std::string(kind) + "_file = \"" + files + "." + kind + "\"\n";
    return text;
}

// What stands behind the OMS: the account of the same alias at the first exchange there is.
std::string oms_text(const std::string& alias, const std::vector<std::string>& venues) {
    std::string text = "account = \"" + alias + "\"\n";
    for (const std::string& venue : venues)
        if (venue != "treadfi") return text + "fronts = [\"" + venue + "/" + alias + "\"]\n";
    return text;
}

std::string venue_text(const Mock& mock, const std::string& venue, const EngineOptions& options) {
    const auto choice = [&](const std::map<std::string, std::string>& from, std::string otherwise) {
        const auto found = from.find(venue);
        return found == from.end() ? otherwise : found->second;
    };
    std::string text = "\n[venue." + venue + "]\nca_file = \"" + mock.dir() + "/ca.pem\"\n";
    const std::string mocks = "127.0.0.1:" + std::to_string(mock.target(venue).port);
    const std::string host = choice(options.host, "");
    text += host.empty() ? "address = \"" + choice(options.address, mocks) + "\"\n"
                         : "host = \"" + host + "\"\n";
    return text + choice(options.more, "");
}

std::string config_text(const Mock& mock, const std::string& dir, const EngineOptions& options) {
    std::string text = "[engine]\nname = \"test\"\nenvironment = \"test\"\nspin = \"polite\"\n";
    text += "run_dir = \"" + dir + "/run\"\nstate_dir = \"" + dir + "/state\"\n";
    const std::string shipped = KS_SOURCE_DIR "/engine/venues";
    text +=
        "recipe_dirs = [\"" + (options.recipe_dir.empty() ? shipped : options.recipe_dir) + "\"]\n";
    text += "net = \"" + options.net + "\"\n" + options.engine_lines;
    if (!options.needs_proven_eyes) text += "require_proven_eyes = false\n";
    for (const std::string& venue : options.venues) {
        text += venue_text(mock, venue, options);
        for (const char* alias : {"main", "hedge"}) {
            text += account_text(venue, alias,
                                 options.keys_dir.empty() ? mock.dir() : options.keys_dir);
            const auto more = options.account.find(venue + "/" + alias);
            if (more != options.account.end()) text += more->second;
            if (venue == "treadfi") text += oms_text(alias, options.venues);
        }
    }
    return text + "\n[producer.risk]\nscopes = [\"all\"]\n";
}

// A child that replaces the shell, so that signals reach it and its words reach the log.
std::vector<std::string> command(const std::string& dir, const EngineOptions& options) {
    std::string line = "exec ";
    if (!options.preload.empty())
        line += "env LD_PRELOAD=" + options.preload + " KS_HANG_WHEN=" + dir + "/hang ";
    line += KS_TOOLS_DIR "/killswitchd/killswitchd --config " + dir + "/killswitch.toml >>" + dir +
            "/log 2>&1";
    return {"/bin/sh", "-c", line};
}

}

EngineUnderTest::EngineUnderTest(const Mock& mock, const EngineOptions& options)
    : dir_(make_dir_in_memory()), mock_(mock), options_(options) {}

EngineUnderTest::~EngineUnderTest() {
    ks_close(&handle_);
    process_.reset();
    std::filesystem::remove_all(dir_);
}

void EngineUnderTest::start() {
    write_text(dir_ + "/killswitch.toml", config_text(mock_, dir_, options_));
    process_ = std::make_unique<Process>(command(dir_, options_));
    const auto beats = [&] {
        if (!handle_.status && ks_open(&handle_, (dir_ + "/run").c_str(), "risk") != KS_OPENED)
            return false;
        return status().pid == static_cast<std::uint32_t>(pid()) && ks_engine_lives(&handle_);
    };
    if (!eventually(beats)) throw std::runtime_error("no beat of the engine; it said: " + log());
}

bool EngineUnderTest::becomes_ready() {
    return eventually([&] { return __atomic_load_n(&status().ready, __ATOMIC_ACQUIRE) == 2; });
}

void EngineUnderTest::reboot() {
    end_by(SIGKILL);
    ks_close(&handle_);
    handle_ = {};
    std::filesystem::remove_all(dir_ + "/run");
}

int EngineUnderTest::stop() {
    return end_by(SIGTERM);
}

int EngineUnderTest::end_by(int signal) {
    process_->signal(signal);
    return process_->wait();
}

ks_ticket EngineUnderTest::pull(const char* scope) {
    ks_ticket ticket{};
    const ks_pulled pulled = ks_pull(&handle_, scope, 0, &ticket);
    if (pulled == KS_PULL_NO_GRANT || pulled == KS_PULL_NO_PAGE)
        throw std::runtime_error("the pull was not stored");
    return ticket;
}

ks_ticket EngineUnderTest::pull_as(const ks_person& person) {
    ks_ticket ticket{};
    if (ks_pull_as(&handle_, "all", 0, &person, &ticket) > KS_PULL_STORED_ENGINE_SILENT)
        throw std::runtime_error("the pull was not stored");
    return ticket;
}

ks_report EngineUnderTest::wait(const ks_ticket& ticket, int seconds) {
    ks_report report{};
    ks_wait(&handle_, &ticket, static_cast<std::uint64_t>(seconds) * 1'000'000'000, &report);
    return report;
}

bool EngineUnderTest::becomes(const ks_ticket& ticket, ks_outcome outcome) {
    ks_report report{};
    return eventually(
        [&] { return look(ticket, report) != KS_WAIT_NOT_TAKEN && report.outcome == outcome; });
}

ks_waited EngineUnderTest::look(const ks_ticket& ticket, ks_report& report) const {
    return ks_look(&handle_, &ticket, &report);
}

std::uint32_t EngineUnderTest::armed_shots(std::string_view prefix) {
    constexpr std::uint32_t armed_wholly = 7; // the bits of ks_shot_line::armed
    std::uint32_t count = 0;
    ks_shot_line line;
    for (std::uint32_t i = 0; i < status().shots_count; ++i)
        count += ks_read_shot(&line, &status().shot[i]) && line.armed == armed_wholly &&
                 std::string_view(line.name).starts_with(prefix);
    return count;
}

void EngineUnderTest::begin_to_hang() const {
    write_text(dir_ + "/hang", "");
}

ks_killed EngineUnderTest::killed(const char* cell) const {
    return ks_is_killed(&handle_, ks_find_cell(&handle_, cell));
}

bool EngineUnderTest::is_halt_closed(const char* cell) const {
    const std::uint32_t bit = ks_find_cell(&handle_, cell);
    if (bit == KS_NONE) throw std::runtime_error("no such cell");
    return (__atomic_load_n(&handle_.status->halt[bit / 64], __ATOMIC_ACQUIRE) >> bit % 64 & 1) !=
           0;
}

Ran EngineUnderTest::ksctl(const std::string& words) const {
    const std::string out = dir_ + "/ksctl.out";
    Process process({"/bin/sh", "-c",
                     "exec " KS_TOOLS_DIR "/ksctl/ksctl " + words + " --config " + dir_ +
                         "/killswitch.toml >" + out + " 2>&1"});
    const int exit_code = process.wait();
    return {exit_code, read_text(out)};
}

std::string EngineUnderTest::log() const {
    return read_text(dir_ + "/log");
}

const ks_status_page& EngineUnderTest::status() {
    return *handle_.status;
}

std::string read_text(const std::string& path) {
    return (std::ostringstream() << std::ifstream(path, std::ios::binary).rdbuf()).str();
}

void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
}

}
