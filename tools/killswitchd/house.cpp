#include "house.hpp"

#include <sys/stat.h>

#include <cstdio>

#include "cold/host.hpp"
#include "cold/key_locks.hpp"
#include "cold/latch_restore.hpp"
#include "cold/load.hpp"
#include "records.hpp"

namespace ks {

void say(std::string_view sentence) {
    std::fprintf(stderr, "killswitchd: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
}

namespace {

PagesConfig pages_config(const Config& config) {
    PagesConfig pages;
    pages.run_dir = config.engine.run_dir;
    pages.engine = config.engine.name;
    if (config.engine.group >= 0) pages.group = static_cast<gid_t>(config.engine.group);
    if (config.engine.operator_group >= 0)
        pages.operator_group = static_cast<gid_t>(config.engine.operator_group);
    for (const ProducerConfig& producer : config.producers) {
        ProducerFile file{producer.name, std::nullopt};
        if (producer.group >= 0) file.group = static_cast<gid_t>(producer.group);
        pages.producers.push_back(std::move(file));
    }
    return pages;
}

PlanNames names_of(Pages& pages) {
    return {[&](std::string_view name) { return pages.slot_of(name); },
            [&](std::string_view name) { return pages.cell_of(name); },
            [&](std::string_view name) { return pages.producer_of(name); }};
}

// Config, recipes and keys: what a human wrote.
Result<std::vector<OwnedCredentials>> read_all(House& house, const std::string& config_file) {
    Result<Config> config = read_config(config_file);
    if (!config) return std::move(config).error();
    house.config = std::move(*config);
    Result<std::vector<Recipe>> recipes = load_recipes(house.config);
    if (!recipes) return std::move(recipes).error();
    house.recipes = std::move(*recipes);
    return load_all_credentials(house.config, house.recipes);
}

// What this machine lacks is said, never a reason not to start: a slow kill beats none.
void prepare_host(const EngineConfig& engine) {
    const HostNeeds needs{engine.run_dir, engine.cpu, engine.spin == SpinChoice::always};
    for (const std::string& lack : what_host_lacks(read_host(needs), needs)) say(lack);
    if (Result<void> locked = lock_memory(); !locked) say(locked.error().sentence);
    for (const i32 cpu : {engine.cpu, engine.sender_cpu})
        if (Result<void> kept = keep_off(cpu); !kept) say(kept.error().sentence);
}

void shout(House& house, AlarmKind kind, const std::string& sentence) {
    house.findings.push_back({kind, "latch", sentence});
}

// Fresh pages know of no halt: what the last boot kept closed, the latch file knows. False: it
// cannot be known; then everything is halted and a human decides.
bool is_latch_restored(House& house) {
    if (house.pages->status().latch_settled != 0) return true;
    const EngineConfig& engine = house.config.engine;
    const Result<std::optional<Latch>> found = find_latch(engine.state_dir);
    if (found && !*found) return true;
    const LatchRules rules{engine.trigger_age_max, read_clocks()};
    const Result<std::vector<std::string>> restored =
        found ? restore_latch(*house.pages, **found, rules) : found.error();
    if (!restored) {
        const std::string why = restored.error().sentence;
        shout(house, AlarmKind::latch_unreadable,
              why + ". Nobody knows what was halted, so everything is: nothing is sent; look at "
                    "the venues, then: ksctl rearm all");
        say("STARTS KILLED: " + why);
        return false;
    }
    for (const std::string& sentence : *restored) say(sentence);
    return true;
}

// Pages and plan: names get their numbers from the pages, which outlive every engine.
Result<void> adopt_pages(House& house, const std::vector<OwnedCredentials>& credentials) {
    Result<Pages> pages = Pages::open(pages_config(house.config));
    if (!pages) return std::move(pages).error();
    house.pages.emplace(std::move(*pages));
    for (const std::string& note : house.pages->notes()) say(note);
    const bool is_latch_known = is_latch_restored(house);
    Result<Compiled> compiled = compile_plan(house.config, house.recipes, names_of(*house.pages));
    if (!compiled) return std::move(compiled).error();
    house.compiled = std::move(*compiled);
    if (Result<void> tried = try_requests(house.compiled, house.config, credentials); !tried)
        return std::move(tried).error();
    Result<std::vector<Fd>> locks = lock_keys(house.config, house.compiled, credentials);
    if (!locks) return std::move(locks).error();
    house.key_locks = std::move(*locks);
    mark_eyes(house.compiled, house.config, house.recipes, credentials);
    house.pages->publish(*house.compiled.plan);
    publish_identity(house.config, house.pages->status());
    if (!is_latch_known) start_killed(*house.pages, read_clocks());
    house.pages->status().latch_settled = 1; // a start that ends before this line does it again
    for (const std::string& sentence : unmatched_latches(house.pages->status())) {
        say(sentence);
        shout(house, AlarmKind::latch_unmatched, sentence);
    }
    return {};
}

// The disk is not touched here: the scribe's thread opens the journal, and may hang there.
Result<void> open_scribe(House& house) {
    Result<JournalRingFile> ring = JournalRingFile::open(house.pages->directory_fd());
    if (!ring) return std::move(ring).error();
    house.ring.emplace(std::move(*ring));
    ScribeSetup setup;
    setup.state_directory = house.config.engine.state_dir;
    setup.alarm = [](std::string_view sentence) { say(sentence); };
    house.scribe =
        std::make_unique<Scribe>(setup, house.ring->ring(), house.pages->trigger_pages());
    for (const auto& [type, lines] :
         start_records(house.config, house.recipes, *house.compiled.plan))
        house.scribe->note(type, lines);
    return {};
}

void open_herald(House& house) {
    HeraldSetup setup;
    setup.engine = house.config.engine.name;
    setup.run_directory = house.pages->directory_fd();
    setup.notify = house.config.engine.notify;
    setup.files = {"status", "gates", "gates.own", "operator"};
    for (const ProducerConfig& producer : house.config.producers)
        setup.files.push_back("trigger." + producer.name);
    for (const VenuePlan& venue : house.compiled.plan->venues)
        setup.venues.emplace_back(venue.name.view());
    house.herald = std::make_unique<Herald>(
        std::move(setup),
        HeraldSees{house.pages->status(), house.pages->operators(), house.pages->trigger_pages(),
                   house.pages->lost_pages(), house.clocks, *house.scribe});
    for (Finding& finding : house.findings) house.herald->raise(std::move(finding));
}

// On the scribe's thread: whatever the disk does, the kill does not wait for it.
void keep_journal(House& house, std::stop_token stop) {
    // Everyone may pass through to last-resort.txt; its absence is the scribe's to report.
    mkdir(house.config.engine.state_dir.c_str(), 0751);
    if (Result<void> written = write_last_resort(house.config); !written)
        say(written.error().sentence);
    house.scribe->run(stop);
}

Result<void> open_cold(House& house, std::vector<OwnedCredentials> credentials) {
    SignerSetup setup;
    setup.credentials = std::move(credentials);
    setup.jobs = std::move(house.compiled.jobs);
    setup.key_names = house.compiled.key_names;
    setup.nonce_file = house.config.engine.run_dir + "/nonces";
    ks_status_page& status = house.pages->status();
    Result<std::unique_ptr<Signer>> signer = Signer::open(
        std::move(setup), *house.compiled.plan, *house.mail, house.clocks, &status.signer_beat_ns);
    if (!signer) return std::move(signer).error();
    house.signer = std::move(*signer);
    Result<std::unique_ptr<Connector>> connector =
        Connector::open(house.compiled.dials, *house.mail, house.clocks, &status.connector_beat_ns);
    if (!connector) return std::move(connector).error();
    house.connector = std::move(*connector);
    return {};
}

} // namespace

Result<void> open_house(House& house, const std::string& config_file) {
    Result<std::vector<OwnedCredentials>> credentials = read_all(house, config_file);
    if (!credentials) return std::move(credentials).error();
    prepare_host(house.config.engine);
    if (Result<void> done = adopt_pages(house, *credentials); !done) return done;
    if (Result<void> done = open_scribe(house); !done) return done;
    open_herald(house);
    return open_cold(house, std::move(*credentials));
}

EngineParts engine_parts(House& house) {
    return {*house.compiled.plan,
            house.pages->trigger_pages(),
            house.pages->gate_pages(),
            house.pages->status(),
            house.pages->operators(),
            house.ring->ring(),
            *house.mail};
}

ColdThreads::ColdThreads(House& house)
    : scribe_([&house](std::stop_token stop) { keep_journal(house, stop); }),
      herald_([&house](std::stop_token stop) { house.herald->run(stop); }),
      signer_([&house](std::stop_token stop) { house.signer->run(stop); }),
      connector_([&house](std::stop_token stop) { house.connector->run(stop); }) {}

} // namespace ks
