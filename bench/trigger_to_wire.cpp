// trigger_to_wire: from the store in shared memory to the bytes at the venue: the shipped engine,
// the physical floor, and what a user would pick instead, in one run on one machine.
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "chapters/chapters.hpp"
#include "cold/host.hpp"
#include "endpoint/endpoint.hpp"
#include "report_html.hpp"
#include "report_json.hpp"
#include "report_markdown.hpp"

namespace ks::bench {
namespace {

constexpr const char* usage =
    "usage: trigger_to_wire [--tiny|--quick|--full] [--only CHAPTER]... [--json FILE]\n"
    "                       [--markdown FILE] [--html FILE]\n"
    "       trigger_to_wire --host ADDRESS[:PORT] --venue NAME [--ca FILE] [--name HOST]\n"
    "                       [--fires N]: the recipe's harmless request at a real venue\n"
    "  --tiny   a few fires of each row: does it still work?     (half a minute)\n"
    "  --quick  enough for a p50 and a p99                       (five minutes)\n"
    "  --full   20,000 fires hot, 2,000 cold, three repetitions  (half an hour or more)\n"
    "chapters:\n";

struct Options {
    Effort effort{.repetitions = 3, .hot = 1'000, .cold = 60};
    std::vector<std::string> only;
    std::string json, markdown, html;
    EndpointSetup endpoint; // asked for by its host
    bool wants(const char* chapter) const {
        return only.empty() || std::find(only.begin(), only.end(), chapter) != only.end();
    }
};

int print_usage() {
    std::fputs(usage, stderr);
    for (const ChapterEntry& chapter : chapters)
        std::fprintf(stderr, "  %-8s %s\n", chapter.name, chapter.asks);
    return 64; // EX_USAGE
}

u32 number(std::string_view text) {
    u32 value = 1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return std::clamp(value, 1u, 10'000u);
}

// One small table: a flag, and where its word goes.
bool parse(int argc, char** argv, Options& options) {
    const auto file = [&](const char* flag) -> std::string* {
        if (std::strcmp(flag, "--json") == 0) return &options.json;
        if (std::strcmp(flag, "--markdown") == 0) return &options.markdown;
        if (std::strcmp(flag, "--host") == 0) return &options.endpoint.host;
        if (std::strcmp(flag, "--venue") == 0) return &options.endpoint.recipe;
        if (std::strcmp(flag, "--ca") == 0) return &options.endpoint.ca_file;
        if (std::strcmp(flag, "--name") == 0) return &options.endpoint.name;
        return std::strcmp(flag, "--html") == 0 ? &options.html : nullptr;
    };
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        if (flag == "--tiny")
            options.effort = {.repetitions = 1, .hot = 40, .cold = 8};
        else if (flag == "--quick")
            options.effort = {.repetitions = 3, .hot = 1'000, .cold = 60};
        else if (flag == "--full")
            options.effort = {.repetitions = 3, .hot = 7'000, .cold = 700};
        else if (flag == "--fires" && i + 1 < argc)
            options.endpoint.fires = number(argv[++i]);
        else if (flag == "--only" && i + 1 < argc)
            options.only.emplace_back(argv[++i]);
        else if (std::string* to = file(argv[i]); to && i + 1 < argc)
            *to = argv[++i];
        else
            return false;
    }
    return options.endpoint.host.empty() == options.endpoint.recipe.empty();
}

// A read of a flooded account: one order, and four megabytes of nothing.
std::string flood_answer() {
    constexpr size_t padding_bytes = 4u << 20;
    return R"({"data":[{"id":"1","note":")" + std::string(padding_bytes, 'x') + "\"}]}";
}

VenueTerms terms(const std::string& folder, const bool& floods) {
    const auto answer = [&floods](std::string_view method, std::string_view path) {
        if (method == "DELETE") return std::string(R"({"data":{}})");
        if (path != "/v3/orders/open") return std::string("{}");
        return floods ? flood_answer() : std::string(R"({"data":[]})");
    };
    VenueTerms terms;
    terms.folder = folder;
    terms.answer = answer;
    terms.names = "DNS:localhost,DNS:*.localhost,IP:127.0.0.1";
    return terms;
}

// What the engine says goes to a file: thousands of kills are thousands of alarms.
int silence_engine(const std::string& folder) {
    const int own = dup(STDERR_FILENO);
    const int log = open((folder + "/engine.log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (log >= 0) dup2(log, STDERR_FILENO);
    return own;
}

void write(const std::string& file, const std::string& text) {
    if (!file.empty()) std::ofstream(file, std::ios::binary) << text;
}

std::string date_now() {
    const std::time_t now = std::time(nullptr);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
    return text;
}

// Producer and venue live on CPU 0, whoever is measured on the last one.
int pin_producer() {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof cpus, &cpus);
    const int last = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)) - 1;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    sched_setaffinity(0, sizeof cpus, &cpus);
    setpriority(PRIO_PROCESS, 0, -10); // where it may: the venue's stamps come from this thread
    return std::max(last, 0);
}

Result<void> run(const Options& options, Results& results, const std::string& folder, int log) {
    bool floods = false;
    const int cpu = pin_producer();
    Result<std::unique_ptr<Venue>> venue = Venue::open(terms(folder, floods));
    if (!venue) return std::move(venue).error();
    const auto serve = [&] { (*venue)->poll(); };
    const auto bare = [&] {
        return BareClient::connect((*venue)->port(), (*venue)->ca_file(), 64, serve);
    };
    Result<std::unique_ptr<BareClient>> one = bare();
    if (!one) return std::move(one).error();
    Result<std::unique_ptr<BareClient>> second = bare();
    if (!second) return std::move(second).error();
    results.noise_before = {spin_test(0, seconds(1)), spin_test(cpu, seconds(1))};
    const CpuTimes before = read_cpu_times();
    Lab lab{**venue, one->get(), second->get(), floods, cpu, options.effort, results};
    for (const ChapterEntry& chapter : chapters) {
        if (!options.wants(chapter.name)) continue;
        dprintf(log, "%s: %s\n", chapter.name, chapter.asks);
        if (Result<void> measured = chapter.measure(lab); !measured)
            return std::move(measured).error().within(chapter.name);
    }
    results.quiet = quiet_between(before, read_cpu_times());
    results.noise_after = {spin_test(0, seconds(1)), spin_test(cpu, seconds(1))};
    return {};
}

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) return print_usage();
    if (Result<void> done = harden(); !done) return 69; // EX_UNAVAILABLE
    Results results;
    results.host = read_host_facts();
    results.host.openssl = OpenSSL_version(OPENSSL_VERSION);
    results.version = KS_VERSION;
    results.date = date_now();
    for (int i = 0; i < argc; ++i)
        results.command += (i ? " " : "") + std::filesystem::path(argv[i]).filename().string();
    if (options.endpoint.host.empty())
        results.omitted = {
            "a network card and the way to a venue: everything is loopback",
            "a human's re-arm between two kills: each pull but the first is a pull again",
            "p99.9 where fewer than 1,000 fires make a repetition"};
    char folder[] = "/dev/shm/ks-bench-venue.XXXXXX";
    if (!mkdtemp(folder)) return 69;
    const int log = silence_engine(folder);
    const Result<void> ran = options.endpoint.host.empty()
                                 ? run(options, results, folder, log)
                                 : measure_endpoint(options.endpoint, results);
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    if (!ran) {
        dprintf(log, "trigger_to_wire: %s\n", ran.error().sentence.c_str());
        return 1;
    }
    const std::string markdown = markdown_report(results);
    std::fputs(markdown.c_str(), stdout);
    write(options.markdown, markdown);
    write(options.json, json_report(results));
    write(options.html, html_report(results));
    return 0;
}

} // namespace
} // namespace ks::bench

int main(int argc, char** argv) {
    return ks::bench::main(argc, argv);
}
