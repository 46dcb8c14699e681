// House: every part of an engine, opened in order from a config, and its cold threads.
// Why apart from the daemon: a benchmark flies the same parts with a hot thread of its own.
// Guarantees: parts die in the reverse order of their making; nothing is sent from here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cold/config.hpp"
#include "cold/connector.hpp"
#include "cold/herald.hpp"
#include "cold/journal_file.hpp"
#include "cold/pages.hpp"
#include "cold/plan_compiler.hpp"
#include "cold/scribe.hpp"
#include "cold/signer.hpp"
#include "hot/engine.hpp"

namespace ks {

// One line to the log; systemd's journal takes it from stderr.
void say(std::string_view sentence);

// Everything the threads share, in the order of its making; destroyed in reverse.
struct House {
    Config config;
    std::vector<Recipe> recipes;
    std::optional<Pages> pages;
    Compiled compiled;
    std::vector<Fd> key_locks; // no other engine signs with our keys
    std::optional<JournalRingFile> ring;
    std::unique_ptr<Mail> mail = std::make_unique<Mail>();
    VenueClocks clocks;
    std::vector<Finding> findings; // what the start found and a human must hear
    std::unique_ptr<Scribe> scribe;
    std::unique_ptr<Herald> herald;
    std::unique_ptr<Signer> signer;
    std::unique_ptr<Connector> connector;
};

// Reads the config and makes every part. The error says what to do about it; nothing runs yet.
Result<void> open_house(House& house, const std::string& config_file);
// What the hot thread works with; the house must outlive it.
EngineParts engine_parts(House& house);

// Scribe, herald, signer and connector, each on its thread, until destroyed. Give it the CPUs that
// they may use beforehand (keep_off): threads inherit them.
class ColdThreads {
public:
    explicit ColdThreads(House& house);

private:
    std::jthread scribe_, herald_, signer_, connector_;
};

} // namespace ks
