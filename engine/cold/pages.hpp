// Pages: creates or adopts the shared pages of a run directory, and keeps them ours alone.
// Why: pages outlive engines; a starting engine takes over halt, pulls and names where they lie.
// Guarantees: no halt opens, no word and no name is lost on the way; a planted or widened file is
// refused with a sentence; a page that someone truncates later costs that producer, not the engine.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "hot/gate.hpp"
#include "hot/trigger.hpp"

namespace ks {

struct ProducerFile {
    std::string name;           // [a-z0-9_.-], 47 characters at most
    std::optional<gid_t> group; // may write the page; none: the directory's group
};

struct PagesConfig {
    std::string run_dir; // on tmpfs; made when missing, its parent must exist
    std::string engine;
    std::vector<ProducerFile> producers;
    std::optional<gid_t> group; // may read the status page and book places; none: as created
    std::optional<gid_t> operator_group; // may ask for a re-arm; none: the engine's user and root
};

class Pages {
public:
    // Locks, checks, creates or adopts. The beat is 0 until the engine beats: senders see SILENT.
    // A second engine in the same directory gets an Error with exit_code 75.
    static Result<Pages> open(const PagesConfig& config);
    Pages(Pages&&) noexcept;
    Pages& operator=(Pages&&) noexcept;
    ~Pages(); // unmaps and unlocks; the files stay

    ks_status_page& status();
    ks_trigger_page& trigger(ProducerId producer);
    ks_gates_page& gates();
    ks_gates_page& gates_own();
    ks_operator_page& operators();
    TriggerPages trigger_pages();
    GatePages gate_pages();

    // Names are bound to their numbers for ever: found, or appended. An Error when the table is
    // full or the name too long. Plan::scopes, Plan::cells and Plan::producers are indexed so.
    Result<ScopeId> slot_of(std::string_view scope_name);
    Result<CellId> cell_of(std::string_view cell_name);
    Result<ProducerId> producer_of(std::string_view name); // only of PagesConfig::producers, or old
    // Fills the status page from the compiled plan: names, cells of scopes, grants, gate lines.
    // Places keep the stamps they had under the gate's name. Call it once, before the first turn.
    void publish(const Plan& plan);

    // Bit p: the page of producer p was truncated under us; also lost_gates_bit, lost_operator_bit.
    std::atomic<u32>& lost_pages();
    // What was found at the start that a human should know, a sentence each.
    const std::vector<std::string>& notes() const;
    // The run directory, for others who keep files in it (latch, journal ring, nonces).
    int directory_fd() const;

private:
    struct State;
    explicit Pages(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace ks
