// ks-mock: three venues on loopback that behave, or misbehave as a play says. It is the other side
// of every demo, test and benchmark, and shares no line with the engine it examines.
#include "loop.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace ks {
namespace {

constexpr int exit_mistake = 2;
constexpr unsigned mode_dir = 0700;
constexpr unsigned mode_public = 0644;

struct Options {
    std::string dir;
    std::string play_path;
    std::string accounts_path;
    bool has_demo_accounts = false;
    bool speaks_json = false;
    Trick trick = Trick::none;
    std::string suites;
    u64 seconds_max = 3'600;
    LoopOptions loop;
    std::vector<std::pair<std::string, std::string>> hosts; // venue, name
};

void set_host(Options& options, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || !is_venue_name(text.substr(0, equals)))
        throw Mistake("--host needs venue=name, such as bitopro=localhost; got " + text);
    options.hosts.emplace_back(text.substr(0, equals), text.substr(equals + 1));
}

u64 seconds(const std::string& text) {
    const auto value = whole_number(text);
    if (!value || *value == 0)
        throw Mistake("--max-seconds needs a whole number above 0; got " + text);
    return *value;
}

// One option: those with a hint take the next word of the command line.
struct Option {
    const char* name;
    const char* hint;
    const char* what;
    void (*read)(Options&, const std::string& value);
};

constexpr Option option_table[] = {
    {"--dir", "DIR", "where ca.pem, ports and the accounts' keys are written (made 0700)",
     [](Options& o, const std::string& value) { o.dir = value; }},
    {"--demo-accounts", nullptr, "make accounts main and hedge at each venue, keys in DIR",
     [](Options& o, const std::string&) { o.has_demo_accounts = true; }},
    {"--accounts", "FILE", "lines 'venue account key secret identity'",
     [](Options& o, const std::string& value) { o.accounts_path = value; }},
    {"--play", "FILE", "the rules by which the venues misbehave",
     [](Options& o, const std::string& value) { o.play_path = value; }},
    {"--poll", nullptr, "spin instead of sleeping, for benchmarks",
     [](Options& o, const std::string&) { o.loop.polls = true; }},
    {"--tls", "TRICK", "unknown_ca self_signed wrong_host expired tls12 null_suite",
     [](Options& o, const std::string& value) { o.trick = trick_named(value); }},
    {"--suites", "LIST", "TLS 1.3 suites by OpenSSL's names, with colons between",
     [](Options& o, const std::string& value) { o.suites = value; }},
    {"--host", "VENUE=NAME", "another host name for a venue's certificate",
     [](Options& o, const std::string& value) { set_host(o, value); }},
    {"--until-eof", nullptr, "end when standard input ends",
     [](Options& o, const std::string&) { o.loop.until_eof = true; }},
    {"--max-seconds", "N", "end after so long (3600)",
     [](Options& o, const std::string& value) { o.seconds_max = seconds(value); }},
    {"--json", nullptr, "print the line of readiness as JSON",
     [](Options& o, const std::string&) { o.speaks_json = true; }},
};

void print_usage() {
    std::puts("usage: ks-mock --dir DIR (--demo-accounts | --accounts FILE) [options]");
    for (const Option& option : option_table)
        std::printf("  %-16s %-11s %s\n", option.name, option.hint ? option.hint : "", option.what);
}

Options read_options(const std::vector<std::string>& args) {
    Options options;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const auto* option =
            std::find_if(std::begin(option_table), std::end(option_table),
                         [&](const Option& known) { return args[i] == known.name; });
        if (option == std::end(option_table))
            throw Mistake("unknown option " + args[i] + "; ks-mock alone prints them all");
        if (option->hint && i + 1 == args.size()) throw Mistake(args[i] + " needs " + option->hint);
        option->read(options, option->hint ? args[++i] : "");
    }
    if (options.dir.empty()) throw Mistake("--dir DIR is missing");
    if (options.has_demo_accounts != options.accounts_path.empty())
        throw Mistake("one of --demo-accounts and --accounts FILE is needed");
    return options;
}

void make_dir(const std::string& dir) {
    if (mkdir(dir.c_str(), mode_dir) == 0 || errno == EEXIST) return;
    throw Mistake(dir + ": cannot be made: " + std::strerror(errno));
}

// Opens the doors and writes what clients need: the authority first, the ports last.
void open_doors(const Options& options, Stage& stage, Loop& loop,
                std::vector<TlsContext>& contexts) {
    const Identity authority =
        make_identity({.common_name = "ks-mock throw-away CA", .is_authority = true});
    write_file(options.dir + "/ca.pem", authority.pem(), mode_public);
    std::string ports;
    for (const auto& venue : stage.venues) {
        for (const auto& [name, host] : options.hosts)
            if (name == venue->name) venue->host = host;
        Served served = make_context(authority, {venue->host, options.suites, options.trick});
        write_file(options.dir + "/" + venue->name + ".pem", served.certificate_pem, mode_public);
        const u16 port = loop.open_door(venue.get(), served.context.get());
        contexts.push_back(std::move(served.context));
        ports += venue->name + " 127.0.0.1:" + std::to_string(port) + "\n";
    }
    ports += "admin 127.0.0.1:" + std::to_string(loop.open_door(nullptr, nullptr)) + "\n";
    write_file(options.dir + "/ports", ports, mode_public);
}

void say_ready(const Options& options, const Stage& stage) {
    if (options.speaks_json)
        std::puts(JsonObject()
                      .text("ready", options.dir)
                      .number("accounts", stage.accounts.size())
                      .text("play", options.play_path)
                      .done()
                      .c_str());
    else
        std::printf(
            "ks-mock: %zu accounts at 3 venues are ready; addresses in %s/ports; play: %s\n",
            stage.accounts.size(), options.dir.c_str(),
            options.play_path.empty() ? "honest" : options.play_path.c_str());
    std::fflush(stdout);
}

void run(Options options) {
    make_dir(options.dir);
    options.loop.ends_at_ns = Moment::now().mono_ns + options.seconds_max * ns_per_s;
    Stage stage(options.has_demo_accounts ? make_demo_accounts(options.dir)
                                          : read_accounts(options.accounts_path));
    if (!options.play_path.empty())
        stage.play = Play::read(read_file(options.play_path), options.play_path);
    std::vector<TlsContext> contexts; // outlive the connections that the loop owns
    Loop loop(stage, options.loop);
    open_doors(options, stage, loop, contexts);
    say_ready(options, stage);
    loop.run();
}

}
}

int main(int argc, char** argv) try {
    if (argc == 1) {
        ks::print_usage();
        return ks::exit_mistake;
    }
    ks::run(ks::read_options({argv + 1, argv + argc}));
    return 0;
} catch (const ks::Mistake& mistake) {
    std::fprintf(stderr, "ks-mock: %s\n", mistake.what());
    return ks::exit_mistake;
}
