// ksctl: looks at killswitch and re-arms it. One table of commands; alone it prints itself.
// Guarantees: no command prompts; results go to stdout, complaints to stderr; exit codes as in
// docs/OPERATING.md.
#include <csignal>
#include <cstdio>

#include "cold/words.hpp"
#include "commands.hpp"

namespace ks {
namespace {

struct Command {
    std::string_view name;
    int (*run)(const Arguments&);
    std::string_view usage;   // what stands behind the name
    std::string_view options; // beside --json and --config; "=": takes a value
    size_t words_min;
    size_t words_max;
    std::string_view about;
};
constexpr Command commands[] = {
    {"status", status_command, "[SCOPE]", "run-dir=", 0, 1,
     "what is armed, what is firing, how old the heartbeats are"},
    {"flight", flight_command, "SCOPE", "run-dir=", 1, 1,
     "how each shot of its last kill flew: submitted, accepted, clear"},
    {"check", check_command, "", "", 0, 0,
     "read config, keys and recipes offline; print one page to sign"},
    {"rearm", rearm_command, "SCOPE --reason TEXT [--only SCOPE] [--accept-open ACCOUNT=COUNT,...]",
     "run-dir= reason= only= accept-open=", 1, 1,
     "lift one kill, wholly or for a part; refused until a fresh look shows all clear"},
    {"ack", ack_command, "[NUMBER]", "run-dir=", 0, 1,
     "alarms up to this one have been seen and need no repeating; without a number: all"},
    {"journal", journal_command, "print|verify|export [FILE|DIR] [--head HEX]", "head=", 1, 2,
     "what happened, as a timeline; whether the files are what was written"},
    {"request", request_command,
     "VENUE REQUEST --account ALIAS --at UNIX_MS [--nonce N] [--symbol S] [--order ID] "
     "[--window N]",
     "account= at= nonce= symbol= order= window=", 2, 2, "the exact bytes that would be sent"},
    {"judge", judge_command, "VENUE REQUEST < response.http", "", 2, 2,
     "the verdict on the bytes of an answer"},
};

void print_table(FILE* out) {
    fputs("usage: ksctl COMMAND ... [--json] [--config FILE]\n\n", out);
    for (const Command& command : commands)
        fprintf(out, "  %s %s\n      %s\n", std::string(command.name).c_str(),
                std::string(command.usage).c_str(), std::string(command.about).c_str());
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const size_t blank = std::min(text.find(' '), text.size());
        if (blank > 0) words.emplace_back(text.substr(0, blank));
        text.remove_prefix(std::min(blank + 1, text.size()));
    }
    return words;
}

// The option's place in the command's list, as "name" or "name=".
Result<std::string> find_option(const Command& command, const std::string& name) {
    std::vector<std::string> known = split(command.options);
    known.insert(known.end(), {"json", "config="});
    std::vector<std::string> names;
    for (const std::string& option : known) {
        names.push_back("--" + option.substr(0, option.find('=')));
        if (names.back() == "--" + name) return option;
    }
    return unknown_name({command.name, "option", "--" + name, "see: ksctl"}, names);
}

// "--name VALUE" or "--name=VALUE" at args[at]; moves `at` to the last word used.
Result<void> take_option(const Command& command, std::span<char* const> args, size_t& at,
                         Arguments& arguments) {
    const std::string word = std::string(args[at]).substr(2);
    const std::string name = word.substr(0, word.find('='));
    auto option = find_option(command, name);
    if (!option) return std::move(option).error();
    const bool has_value = word.size() > name.size();
    const bool wants_value = option->ends_with('=');
    const std::string said = std::string(command.name) + ": option --" + name;
    if (!wants_value && has_value) return Error{said + " takes no value; leave it away"};
    if (wants_value && !has_value && at + 1 >= args.size())
        return Error{said + " needs a value: --" + name + " VALUE"};
    const std::string value = has_value     ? word.substr(name.size() + 1)
                              : wants_value ? args[++at]
                                            : "";
    if (!arguments.options.emplace(name, value).second)
        return Error{said + " is given twice; keep one"};
    return {};
}

Result<Arguments> parse(const Command& command, std::span<char* const> args) {
    Arguments arguments;
    for (size_t i = 0; i < args.size(); ++i) {
        if (!std::string_view(args[i]).starts_with("--")) {
            arguments.words.emplace_back(args[i]);
            continue;
        }
        if (auto taken = take_option(command, args, i, arguments); !taken)
            return std::move(taken).error();
    }
    if (arguments.words.size() < command.words_min || arguments.words.size() > command.words_max)
        return Error{"usage: ksctl " + std::string(command.name) + " " +
                     std::string(command.usage)};
    return arguments;
}

int run(std::span<char* const> args) {
    const std::string_view name = args.empty() ? "" : args[0];
    if (name == "help" || name == "--help") {
        print_table(stdout);
        return exit_ok;
    }
    std::vector<std::string> names;
    for (const Command& command : commands) {
        names.emplace_back(command.name);
        if (command.name != name) continue;
        auto arguments = parse(command, args.subspan(1));
        if (!arguments) return complain(exit_usage, arguments.error());
        return command.run(*arguments);
    }
    print_table(stderr);
    if (name.empty()) return exit_usage;
    return complain(exit_usage,
                    unknown_name({"usage", "command", name, "choose one of the above"}, names));
}

} // namespace

std::string Arguments::option(const std::string& name, std::string_view fallback) const {
    const auto found = options.find(name);
    return found == options.end() ? std::string(fallback) : found->second;
}

int complain(int code, const Error& error) {
    fprintf(stderr, "ksctl: %s\n", error.sentence.c_str());
    return code;
}

} // namespace ks

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_DFL); // `ksctl journal | head` ends like any filter
    return ks::run(std::span<char* const>(argv + 1, argc > 0 ? static_cast<size_t>(argc - 1) : 0));
}
