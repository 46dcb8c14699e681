// Plan parts: the stages of the plan compiler, private to engine/cold/plan_*.cpp.
// Why stages: each fills its own tables and reads only those of the stages before it.
#pragma once

#include <map>
#include <string>
#include <tuple>

#include "cold/plan_compiler.hpp"

namespace ks {

struct PlanDraft {
    const Config& config;
    const std::vector<Recipe>& recipes; // by VenueId
    const PlanNames& names;
    Compiled& out;
    Plan& plan;
    std::map<std::string, CellId> cells;
    std::map<std::string, GateId> gates;
    std::map<std::pair<size_t, std::string>, JudgeId> judges; // venue, request
    std::map<std::tuple<size_t, std::string, std::string, size_t>, RequestId>
        reads;                                      // account, read, symbol, older window
    std::map<size_t, KeyId> eyes;                   // account: the key of its reads
    std::vector<std::pair<size_t, size_t>> origins; // by GateId: venue, limit of its recipe

    size_t venue_of(const AccountConfig& account) const;
};

// Where a table of the plan is full, and what to do.
Error plan_full(const std::string& where, std::string_view what, size_t limit);

// Of 3, behind the shots: the requests of live fires, of the accounts that ask for them; and,
// behind 4, whether those could ever leave.
Result<void> draft_live_fires(PlanDraft& draft);
Result<void> check_live_fires(PlanDraft& draft);

// Does the account arm this request?
bool is_wanted(const AccountConfig& account, const RequestRecipe& request);

// A request of an account with the symbol that it is for; empty: all.
struct Ask {
    size_t account = 0;
    const RequestRecipe* request = nullptr;
    std::string symbol;
    RequestKind kind = RequestKind::fire;
    size_t older = 0; // n: the n-th older window of a read
};

std::string where_of(const Recipe& recipe, const RequestRecipe& request);
// One entry of the request table and its signer's job.
Result<RequestId> add_request(PlanDraft& draft, size_t venue, const Ask& ask);
// A read serves every shot of its account that it can prove.
Result<RequestId> read_of(PlanDraft& draft, size_t venue, Ask ask);

// 1: venues, accounts, cells, keys.
Result<void> draft_accounts(PlanDraft& draft);
// 2: what the firm must say aloud of each account, and the notes that every screen repeats.
Result<void> draft_promises(PlanDraft& draft);
// 3: gates, judges, requests, jobs and shots, these in firing order.
Result<void> draft_shots(PlanDraft& draft);
// 4: reserves of the gates, and whether chores and reads can ever leave.
Result<void> draft_reserves(PlanDraft& draft);
// 5: scopes and producers.
Result<void> draft_scopes(PlanDraft& draft);
// 6: lanes of venues and shots.
Result<void> draft_lanes(PlanDraft& draft);
// 7: the connector's dials.
Result<void> draft_dials(PlanDraft& draft);

} // namespace ks
