#include "cold/person.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "abi/killswitch_words.h"
#include "cold/plain_text.hpp"

namespace ks {
namespace {

constexpr u32 unknown = UINT32_MAX;

std::string number_text(u32 number) {
    return number == unknown ? "unknown" : std::to_string(number);
}

// The controlling terminal's device number, the seventh field, behind the program's name in
// brackets.
std::string terminal_of(const std::string& process) {
    std::ifstream file(process + "/stat");
    std::string line;
    std::getline(file, line);
    const size_t name_end = line.rfind(')');
    if (name_end == line.npos) return {};
    std::istringstream fields(line.substr(name_end + 1));
    std::string state;
    i64 parent = 0, group = 0, session = 0, device = 0;
    fields >> state >> parent >> group >> session >> device;
    if (!fields || device == 0) return {};
    const i64 major = device >> 8 & 0xfff;
    const i64 minor = (device & 0xff) | (device >> 12 & 0xfff00);
    constexpr i64 pts_first = 136, pts_last = 143, console = 4;
    if (major >= pts_first && major <= pts_last)
        return "pts/" + std::to_string((major - pts_first) * 256 + minor);
    if (major == console) return "tty" + std::to_string(minor);
    return "device " + std::to_string(major) + ":" + std::to_string(minor);
}

// Who started it, whatever it may do: the directory in /proc belongs to root when it may do more.
std::optional<u32> real_uid_of(u32 pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; file >> word;) {
        u32 uid = unknown;
        if (word == "Uid:" && file >> uid) return uid;
    }
    return std::nullopt;
}

// The file it runs; of another user's process only its name can be read.
std::string executable_of(const std::string& process) {
    char path[4096];
    const ssize_t count = readlink((process + "/exe").c_str(), path, sizeof path);
    if (count > 0) return {path, static_cast<size_t>(count)};
    std::string name;
    std::getline(std::ifstream(process + "/comm"), name);
    return name;
}

} // namespace

Said plain_said(const ks_said& said) {
    const ks_person& who = said.person;
    return {{.uid = who.uid,
             .login_uid = who.login_uid,
             .pid = who.pid,
             .terminal = plain_text({who.terminal, sizeof who.terminal}),
             .executable = plain_text({who.executable, sizeof who.executable})},
            plain_text({who.reason, sizeof who.reason}, KS_REASON_BYTES_MAX)};
}

std::vector<Said> said_of(const TriggerPages& pages, const PulledSlot& pulled) {
    std::vector<Said> all;
    if (pulled.producer >= KS_PRODUCERS_MAX || pulled.scope >= KS_SCOPES_MAX) return all;
    const ks_trigger_page* const page = pages.trigger[pulled.producer];
    if (!page) return all;
    const u64 key = ks_slot_key(pages.status->scope[pulled.scope].name,
                                pages.status->trigger_nonce[pulled.producer]);
    for (const ks_said& place : page->said)
        if (ks_said said; ks_read_said(&said, &place, pulled.scope, pulled.epoch, key))
            all.push_back(plain_said(said));
    return all;
}

std::string short_text(const Person& person) {
    std::string terminal = person.terminal;
    std::erase(terminal, '/');
    const u32 uid = person.login_uid == unknown ? person.uid : person.login_uid;
    return user_name(uid) + (terminal.empty() ? "" : "/" + terminal);
}

Person look_at_person(u32 uid, u32 login_uid, u32 pid) {
    Person person{uid, login_uid, pid, {}, {}};
    const std::string process = "/proc/" + std::to_string(pid);
    struct stat facts;
    if (pid == 0 || stat(process.c_str(), &facts) != 0 || facts.st_uid != uid) return person;
    person.terminal = terminal_of(process);
    person.executable = plain_text(executable_of(process));
    return person;
}

std::string claim_text(const Person& person) {
    const std::string process = "process " + std::to_string(person.pid);
    const std::optional<u32> uid = real_uid_of(person.pid);
    if (!uid) return "claimed: " + process + " is not to be seen";
    return *uid == person.uid ? process + " is of that user"
                              : "claimed: " + process + " is of " + user_name(*uid);
}

std::string user_name(u32 uid) {
    std::ifstream file("/etc/passwd");
    const std::string wanted = std::to_string(uid);
    for (std::string line; std::getline(file, line);) {
        std::istringstream fields(line);
        std::string name, password, number;
        std::getline(fields, name, ':');
        std::getline(fields, password, ':');
        std::getline(fields, number, ':');
        if (number == wanted) return name;
    }
    return "uid " + number_text(uid);
}

void add_person(Lines& lines, const Person& person) {
    lines.add("user", user_name(person.uid)).add("uid", number_text(person.uid));
    const bool is_logged_in = person.login_uid != unknown;
    lines.add("login", is_logged_in ? user_name(person.login_uid) : "unknown");
    lines.add("login_uid", number_text(person.login_uid)).add("pid", person.pid);
    lines.add("terminal", person.terminal.empty() ? "unknown" : person.terminal);
    lines.add("executable", person.executable.empty() ? "unknown" : person.executable);
}

std::string person_text(std::string_view lines) {
    const auto value = [&](std::string_view key) { return std::string(value_of(lines, key)); };
    std::string text = value("user") + " (uid " + value("uid");
    if (value("login") == "unknown")
        text += ", login unknown";
    else if (value("login") != value("user"))
        text += ", logged in as " + value("login");
    text += ", terminal " + value("terminal") + ", program " + value("executable") + ")";
    return text;
}

} // namespace ks
