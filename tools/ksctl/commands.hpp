// Commands: what the lines of ksctl's table share: options taken from the command line, exit codes.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace ks {

// sysexits.h where it has a word for it; 10 to 12 are those of ks-panic.
enum Exit : int {
    exit_ok = 0,
    exit_not_clear = 10,
    exit_refused = 11,
    exit_engine_silent = 12,
    exit_usage = 64,
    exit_data = 65,
    exit_no_permission = 77,
    exit_config = 78,
};

// What stands behind the command's name. `--json` and `--config FILE` are known to every command.
struct Arguments {
    std::vector<std::string> words;             // without dashes, in order
    std::map<std::string, std::string> options; // by name without dashes; flags have an empty value
    bool has(const std::string& option) const { return options.contains(option); }
    std::string option(const std::string& name, std::string_view fallback = "") const;
    std::string config_file() const { return option("config", "/etc/killswitch/killswitch.toml"); }
    bool is_json() const { return has("json"); }
};

// Each returns the exit code; what went wrong is already on stderr.
int status_command(const Arguments& arguments);
int flight_command(const Arguments& arguments);
int check_command(const Arguments& arguments);
int rearm_command(const Arguments& arguments);
int ack_command(const Arguments& arguments);
int journal_command(const Arguments& arguments);
int request_command(const Arguments& arguments);
int judge_command(const Arguments& arguments);

// "ksctl: <sentence>" on stderr; returns `code`.
int complain(int code, const Error& error);

} // namespace ks
