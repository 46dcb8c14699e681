// The later stages of the plan compiler: what is kept in reserve, what is fired together, and over
// which lanes.
#include <algorithm>

#include "cold/forecast.hpp"
#include "cold/plan_parts.hpp"
#include "cold/words.hpp"

namespace ks {
namespace {

constexpr u16 lanes_default_max = 8; // a venue's front end counts connections of one address, too

// Places that the first shots of every whole account need at this gate: their last bullets.
u32 bullets_at(const Plan& plan, GateId gate) {
    u32 weight = 0;
    for (const ShotPlan& shot : plan.shots)
        for (const Booking& booking : plan.requests[shot.fire.index].gates)
            if (shot.is_widest && booking.gate == gate) weight += booking.weight;
    return weight;
}

// A kill's reads leave the shared places to humans, so the heaviest must fit into our own.
u32 heaviest_read_at(const Plan& plan, GateId gate) {
    u32 weight = 0;
    for (const RequestPlan& request : plan.requests)
        for (const Booking& booking : request.gates)
            if (request.kind == RequestKind::read && booking.gate == gate)
                weight = std::max<u32>(weight, booking.weight);
    return weight;
}

// A recipe's reserve grows with the accounts; one that the firm wrote down must hold them.
Result<void> check_reserve(const PlanDraft& draft, GateId id) {
    const GatePlan& gate = draft.plan.gates[id.index];
    const auto [venue, limit] = draft.origins[id.index];
    const u32 needed = std::min<u32>(bullets_at(draft.plan, id), gate.places);
    for (const LimitConfig& config : draft.config.venues[venue].limits) {
        const bool is_this = config.name == draft.recipes[venue].limits[limit].name;
        if (!is_this || config.reserve == 0 || config.reserve >= needed) continue;
        return Error{config.where + ": reserve = " + std::to_string(config.reserve) + " of limit " +
                     in_quotes(gate.name.view()) + " does not hold the first shots of its " +
                     "accounts, which need " + std::to_string(needed) + "; raise it, or remove " +
                     "it: the engine then keeps enough by itself"};
    }
    return {};
}

Result<void> check_keep_alive(const PlanDraft& draft, size_t venue) {
    const VenuePlan& plan = draft.plan.venues[venue];
    for (const Booking& booking : draft.plan.requests[plan.keep_alive.index].gates) {
        const GatePlan& gate = draft.plan.gates[booking.gate.index];
        if (booking.weight + gate.reserve <= gate.places) continue;
        return Error{draft.config.venues[venue].where + ": the keep-alive of " +
                     in_quotes(plan.name.view()) + " could never leave: limit " +
                     in_quotes(gate.name.view()) + " has " + std::to_string(gate.places) +
                     " places and " + std::to_string(gate.reserve) +
                     " are kept for the accounts' shots; give it a limit of its own in the " +
                     "recipe, or run fewer accounts here"};
    }
    return {};
}

// The cells a scope closes: a whole account's include those of its symbols.
void close_cell(const PlanDraft& draft, const std::string& name, ScopePlan& scope) {
    const CellId cell = draft.cells.at(name);
    scope.cells.set(cell.index);
    if (!draft.plan.cells[cell.index].is_widest) return;
    for (const auto& [other, id] : draft.cells)
        if (other.starts_with(name + "/")) scope.cells.set(id.index);
}

// A whole account's shot reaches its symbols, so theirs are left out beside it.
void aim_shots(const Plan& plan, ScopePlan& scope) {
    std::vector<bool> is_whole(plan.accounts.size());
    for (const ShotPlan& shot : plan.shots)
        if (shot.is_widest && scope.cells.test(shot.cell.index))
            is_whole[shot.account.index] = true;
    for (size_t i = 0; i < plan.shots.size(); ++i) {
        const ShotPlan& shot = plan.shots[i];
        if (scope.cells.test(shot.cell.index) && shot.is_widest == is_whole[shot.account.index])
            static_cast<void>(scope.shots.push(ShotId{static_cast<u16>(i)}));
    }
}

Result<void> draft_producer(PlanDraft& draft, const ProducerConfig& config) {
    auto id = draft.names.producer_of(config.name);
    if (!id) return std::move(id).error().within(config.where);
    while (draft.plan.producers.size() <= id->index)
        if (!draft.plan.producers.push({}))
            return plan_full(config.where, "producers", producers_max);
    ProducerPlan& producer = draft.plan.producers[id->index];
    producer.name.assign(config.name);
    const bool has_all =
        std::find(config.scopes.begin(), config.scopes.end(), "all") != config.scopes.end();
    for (size_t slot = 0; slot < draft.plan.scopes.size(); ++slot) {
        const ScopePlan& scope = draft.plan.scopes[slot];
        const bool is_named = std::find(config.scopes.begin(), config.scopes.end(),
                                        scope.name.view()) != config.scopes.end();
        if (scope.in_config && (has_all || is_named)) producer.granted.set(slot);
        if (scope.in_config && scope.name == std::string_view(config.heartbeat_pull))
            producer.silence_pull = ScopeId{static_cast<u16>(slot)};
    }
    producer.silence_max = config.heartbeat;
    return {};
}

// A shot that waits for its place longer than its signature lives would leave stale.
Result<void> check_waits(const PlanDraft& draft, const ScopePlan& scope) {
    const Forecast told = forecast(draft.plan, scope);
    for (size_t i = 0; i < told.leaves.size(); ++i) {
        const ShotPlan& shot = draft.plan.shots[scope.shots[i].index];
        const Nanos age_max = draft.plan.requests[shot.fire.index].age_max;
        if (age_max == Nanos{} || told.leaves[i] < age_max) continue;
        return Error{draft.config.accounts[shot.account.index].where + ": the first shot " +
                     in_quotes(shot.name.view()) + " of scope " + in_quotes(scope.name.view()) +
                     " would wait " + std::to_string(told.leaves[i].ns / 1'000'000) +
                     " ms for its limit, and the venue takes a signature for " +
                     std::to_string(age_max.ns / 1'000'000) +
                     " ms; run fewer accounts or products here, or measure a longer max_age"};
    }
    return {};
}

// How often each lane of the venue is already used by shots that fly together with this one.
std::vector<u32> crowding(const Plan& plan, const VenuePlan& venue, u16 shot, bool with_backups) {
    std::vector<u32> crowd(venue.lanes_count);
    for (const ScopePlan& scope : plan.scopes) {
        const auto flies = [shot](ShotId id) { return id.index == shot; };
        if (std::none_of(scope.shots.begin(), scope.shots.end(), flies)) continue;
        for (ShotId other : scope.shots) {
            const ShotPlan& plan_of_other = plan.shots[other.index];
            if (plan_of_other.venue != plan.shots[shot].venue || other.index >= shot) continue;
            ++crowd[plan_of_other.lane_primary - venue.lane_first];
            if (with_backups) ++crowd[plan_of_other.lane_backup - venue.lane_first];
        }
    }
    return crowd;
}

u16 emptiest(const std::vector<u32>& crowd) {
    return static_cast<u16>(std::min_element(crowd.begin(), crowd.end()) - crowd.begin());
}

void assign_lanes(Plan& plan) {
    for (u16 i = 0; i < plan.shots.size(); ++i) {
        ShotPlan& shot = plan.shots[i];
        const VenuePlan& venue = plan.venues[shot.venue.index];
        const u16 primary = emptiest(crowding(plan, venue, i, false));
        std::vector<u32> crowd = crowding(plan, venue, i, true);
        crowd[primary] = UINT32_MAX;
        shot.lane_primary = static_cast<u16>(venue.lane_first + primary);
        shot.lane_backup = static_cast<u16>(venue.lane_first + emptiest(crowd));
    }
}

// One lane for every shot of the venue's largest scope, and one more for chores and as a spare.
u16 lanes_wanted(const Plan& plan, size_t venue) {
    size_t largest = 0;
    for (const ScopePlan& scope : plan.scopes) {
        const auto is_here = [&](ShotId shot) {
            return plan.shots[shot.index].venue.index == venue;
        };
        largest = std::max<size_t>(largest, static_cast<size_t>(std::count_if(
                                                scope.shots.begin(), scope.shots.end(), is_here)));
    }
    return static_cast<u16>(std::min<size_t>(largest + 1, lanes_default_max));
}

} // namespace

Result<void> draft_reserves(PlanDraft& draft) {
    for (u16 i = 0; i < draft.plan.gates.size(); ++i) {
        GatePlan& gate = draft.plan.gates[i];
        if (auto done = check_reserve(draft, GateId{i}); !done) return done;
        const u32 needed = std::max({u32{gate.reserve}, bullets_at(draft.plan, GateId{i}),
                                     heaviest_read_at(draft.plan, GateId{i}), 1u});
        gate.reserve = static_cast<u16>(std::min<u32>(needed, gate.places));
    }
    for (size_t venue = 0; venue < draft.plan.venues.size(); ++venue)
        if (auto done = check_keep_alive(draft, venue); !done) return done;
    return {};
}

Result<void> draft_scopes(PlanDraft& draft) {
    for (const ScopeConfig& config : draft.config.scopes) {
        auto slot = draft.names.slot_of(config.name);
        if (!slot) return std::move(slot).error().within(config.where);
        while (draft.plan.scopes.size() <= slot->index)
            if (!draft.plan.scopes.push({})) return plan_full(config.where, "scopes", scopes_max);
        ScopePlan& scope = draft.plan.scopes[slot->index];
        scope.name.assign(config.name);
        scope.in_config = true;
        for (const std::string& cell : config.cells) close_cell(draft, cell, scope);
        aim_shots(draft.plan, scope);
        if (auto done = check_waits(draft, scope); !done) return done;
    }
    for (const ProducerConfig& producer : draft.config.producers)
        if (auto done = draft_producer(draft, producer); !done) return done;
    return {};
}

Result<void> draft_lanes(PlanDraft& draft) {
    u32 lanes_count = 0;
    for (size_t i = 0; i < draft.plan.venues.size(); ++i) {
        const VenueConfig& config = draft.config.venues[i];
        VenuePlan& venue = draft.plan.venues[i];
        venue.lane_first = static_cast<u16>(lanes_count);
        venue.lanes_count = config.lanes ? config.lanes : lanes_wanted(draft.plan, i);
        if (venue.lanes_count < 2)
            return Error{config.where + ": venue " + in_quotes(config.name) +
                         " has one lane, and a shot needs a backup; set lanes = 2 or more"};
        lanes_count += venue.lanes_count;
        if (lanes_count > lanes_max)
            return Error{config.where + ": more than " + std::to_string(lanes_max) +
                         " lanes in all; set fewer lanes for some venues"};
    }
    draft.plan.lanes_count = static_cast<u16>(lanes_count);
    assign_lanes(draft.plan);
    return {};
}

} // namespace ks
