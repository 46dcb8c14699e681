// Plan compiler: config and recipes become the flat plan of the hot thread, the signer's jobs and
// the connector's dials.
// Guarantees: every index in the plan is valid; what could never leave, or never be proven clear,
// is refused here with file, line and remedy, not found out on the night.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "cold/config.hpp"
#include "cold/connector.hpp"
#include "cold/recipe.hpp"
#include "cold/signer.hpp"
#include "hot/plan.hpp"

namespace ks {

// Names are bound to numbers for ever, so the pages give them (cold/pages).
struct PlanNames {
    std::function<Result<ScopeId>(std::string_view)> slot_of;
    std::function<Result<CellId>(std::string_view)> cell_of;
    std::function<Result<ProducerId>(std::string_view)> producer_of;
};
// Numbers from 0 in the order of asking: for tools that work without an engine's pages.
PlanNames counting_names();

struct Compiled {
    std::unique_ptr<Plan> plan;
    std::vector<SignJob> jobs;          // SignJob::credentials is the number of the key
    std::vector<std::string> key_names; // by KeyId: "bitopro/main", "bitopro/main eyes"
    std::vector<VenueDial> dials;
};

// `recipes` as load_recipes() gives them.
Result<Compiled> compile_plan(const Config& config, const std::vector<Recipe>& recipes,
                              const PlanNames& names);

// Writes every request once with these credentials (as load_all_credentials() gives them): a key
// with a blank in it, or an account name that makes a request too long, is found before arming.
Result<void> try_requests(const Compiled& compiled, const Config& config,
                          const std::vector<OwnedCredentials>& credentials);

// Fills AccountPlan::eyes_of: a mark of the key that reads the account, the host that is asked and
// the requests as they are written. Another key, account, path or product is another pair of eyes.
void mark_eyes(Compiled& compiled, const Config& config, const std::vector<Recipe>& recipes,
               const std::vector<OwnedCredentials>& credentials);

} // namespace ks
