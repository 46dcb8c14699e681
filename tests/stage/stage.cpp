#include "stage/stage.hpp"

#include <cstring>
#include <string>

namespace ks::sim {

namespace {

template<class List, class Item> void add(List& list, const Item& item) {
    static_cast<void>(list.push(item)); // the stage stays far below every limit
}

// A cancel's answer: {"ok":true,"ids":[...]}. A read's: {"orders":[...]}.
JudgeProgram judge_of(Verdict good, const char* list, ProbeKind each) {
    JudgeProgram program;
    Probe must, items;
    must.kind = good == Verdict::accepted ? ProbeKind::exists : ProbeKind::is_array;
    add(must.path, Text<32>(good == Verdict::accepted ? "ok" : list));
    items.kind = each;
    add(items.path, Text<32>(list));
    add(items.path, Text<32>("*"));
    add(program.probes, must);
    add(program.probes, items);
    items.kind = ProbeKind::id;
    if (each != ProbeKind::id) add(program.probes, items);
    Probe going;
    going.kind = ProbeKind::raised;
    add(going.path, Text<32>("raised"));
    add(going.path, Text<32>("*"));
    going.literal.assign("yes");
    if (each != ProbeKind::id) add(program.probes, going);
    const u32 none = good == Verdict::clear ? 0 : UINT32_MAX;
    add(program.rules, Rule{good, 200, 200, 1, 0, true, 0, none});
    if (good == Verdict::clear) add(program.rules, Rule{Verdict::open, 200, 200, 1, 0, true, 1});
    add(program.rules, Rule{Verdict::throttled, 429, 429, 0, 0, false});
    add(program.rules, Rule{Verdict::refused, 401, 403, 0, 0, false});
    return program;
}

constexpr u64 trigger_nonce = 0x1234'5678'9abc'def0;
constexpr u16 gate_stride = 64; // places between two gates of the stage

} // namespace

Stage::Stage(const StageSetup& wanted) : setup(wanted) {
    make_plan();
    publish();
}

Stage::Stage(const StageSetup& wanted, std::unique_ptr<Plan> made)
    : setup(wanted), plan(std::move(made)) {
    plan->judges.clear();
    make_judges();
    plan->warm_every = {};
    for (RequestPlan& request : plan->requests)
        request.judge = JudgeId{static_cast<u16>(request.kind == RequestKind::read)};
    publish();
}

void Stage::make_judges() {
    add(plan->judges, judge_of(Verdict::accepted, "ids", ProbeKind::id));
    add(plan->judges, judge_of(Verdict::clear, "orders", ProbeKind::count));
}

void Stage::make_plan() {
    plan->engine.assign("stage");
    plan->warm_every = {};
    plan->needs_proven_eyes = setup.needs_proven_eyes;
    plan->eyes_every = setup.eyes_every;
    make_judges();
    for (u16 venue = 0; venue < setup.venues_count; ++venue) make_venue(venue);
    make_scope("all", {});
    for (u16 venue = 0; venue < setup.venues_count; ++venue)
        for (u16 i = 0; i < setup.accounts_count; ++i) {
            const AccountId account{static_cast<u16>(plan->accounts.size())};
            const std::string name = "v" + std::to_string(venue) + "/" + std::to_string(i);
            AccountPlan planned;
            planned.name.assign(name);
            planned.venue = VenueId{venue};
            add(plan->accounts, planned);
            add(plan->cells, CellPlan{{name}, account, true});
            add(plan->keys, KeyPlan{setup.is_ordered});
            for (u16 product = 0; product < setup.products_count; ++product)
                make_shot(account, product);
            if (setup.live_fire_every.ns > 0) make_live_fire(account);
            make_scope(name, account);
        }
    for (u16 account = 0; account < plan->accounts.size(); ++account)
        for (u16 symbol = 0; symbol < setup.symbols_count; ++symbol)
            make_symbol(AccountId{account}, symbol);
    for (u16 venue = 0; setup.keep_alive_every.ns > 0 && venue < setup.venues_count; ++venue) {
        RequestPlan keep_alive;
        keep_alive.kind = RequestKind::keep_alive;
        keep_alive.venue = VenueId{venue};
        keep_alive.judge = JudgeId{0};
        add(plan->requests, keep_alive);
        plan->venues[venue].keep_alive = RequestId{static_cast<u16>(plan->requests.size() - 1)};
        plan->venues[venue].keep_alive_every = setup.keep_alive_every;
    }
    for (u16 i = static_cast<u16>(plan->scopes.size()); i < setup.scopes_count; ++i)
        make_scope("s" + std::to_string(i), AccountId{static_cast<u16>(i % plan->accounts.size())});
    for (ScopePlan& scope : plan->scopes) scope.in_config = true;
    ProducerPlan producer;
    for (size_t i = 0; i < plan->scopes.size(); ++i) producer.granted.set(i);
    for (u16 i = 0; i < setup.producers_count; ++i) {
        producer.name.assign(i == 0 ? "risk" : "risk" + std::to_string(i));
        add(plan->producers, producer);
    }
}

void Stage::make_venue(u16 number) {
    VenuePlan venue;
    venue.name.assign("v" + std::to_string(number));
    venue.lane_first = plan->lanes_count;
    venue.lanes_count = setup.lanes_count;
    venue.accounts_count = setup.accounts_count;
    plan->lanes_count = static_cast<u16>(plan->lanes_count + setup.lanes_count);
    add(plan->venues, venue);
    for (bool is_read : {false, true}) {
        GatePlan gate;
        gate.name.assign(venue.name.view());
        gate.first_place = static_cast<u16>(plan->gates.size() * gate_stride);
        gate.places = is_read ? setup.read_places : setup.fire_places;
        gate.reserve = gate.places;
        const bool has_looks = is_read && setup.eyes_every.ns > 0;
        if (has_looks || setup.live_fire_every.ns > 0) gate.reserve = gate.places / 2;
        gate.window = is_read ? setup.read_window : setup.fire_window;
        if (!is_read) gate.margin = setup.fire_margin;
        gate.is_of_address = true;
        add(plan->gates, gate);
    }
}

RequestId Stage::make_request(RequestKind kind, AccountId account, JudgeId judge, GateId gate) {
    RequestPlan request;
    request.kind = kind;
    request.venue = plan->accounts[account.index].venue;
    request.account = account;
    request.key = KeyId{account.index};
    request.judge = judge;
    request.age_max = setup.age_max;
    add(request.gates, Booking{gate, 1});
    add(plan->requests, request);
    return RequestId{static_cast<u16>(plan->requests.size() - 1)};
}

void Stage::make_shot(AccountId account, u16 product) {
    ShotPlan shot;
    shot.venue = plan->accounts[account.index].venue;
    shot.account = account;
    shot.cell = CellId{account.index};
    shot.name.assign(std::string(plan->accounts[account.index].name.view()) + " p" +
                     std::to_string(product) + " *");
    const u16 gate = static_cast<u16>(2 * shot.venue.index);
    shot.fire = make_request(RequestKind::fire, account, JudgeId{0}, GateId{gate});
    const GateId read_gate{static_cast<u16>(gate + 1)};
    add(shot.reads, make_request(RequestKind::read, account, JudgeId{1}, read_gate));
    for (u16 i = 0; i < setup.older_windows_count; ++i)
        add(shot.reads_older, make_request(RequestKind::read, account, JudgeId{1}, read_gate));
    shot.raised_patience = setup.raised_patience;
    for (i64 at : {0, 1, 2, 4}) add(shot.fire_pace.at, seconds(at));
    shot.fire_pace.every = shot.read_pace.every = seconds(2);
    const VenuePlan& venue = plan->venues[shot.venue.index];
    const u32 place = account.index * setup.products_count + product;
    shot.wide = ShotId{static_cast<u16>(plan->shots.size())};
    shot.lane_primary = static_cast<u16>(venue.lane_first + place % setup.lanes_count);
    shot.lane_backup = static_cast<u16>(venue.lane_first + (place + 1) % setup.lanes_count);
    add(plan->shots, shot);
    add(plan->scopes[0].shots, ShotId{static_cast<u16>(plan->shots.size() - 1)});
    plan->scopes[0].cells.set(account.index);
}

void Stage::make_live_fire(AccountId account) {
    const u16 gate = static_cast<u16>(2 * plan->accounts[account.index].venue.index);
    LiveFirePlan& fire = plan->accounts[account.index].live_fire;
    fire.every = setup.live_fire_every;
    fire.fire = make_request(RequestKind::live_fire, account, JudgeId{0}, GateId{gate});
    add(fire.reads,
        make_request(RequestKind::read, account, JudgeId{1}, GateId{static_cast<u16>(gate + 1)}));
}

// One symbol of the account's first product: narrower than its shot, in the same cells of scopes.
void Stage::make_symbol(AccountId account, u16 symbol) {
    u16 wide = 0;
    while (plan->shots[wide].account != account) ++wide;
    ShotPlan shot = plan->shots[wide];
    const std::string name =
        std::string(plan->accounts[account.index].name.view()) + "/S" + std::to_string(symbol);
    const CellId cell{static_cast<u16>(plan->cells.size())};
    add(plan->cells, CellPlan{{name}, account, false});
    const u16 gate = static_cast<u16>(2 * shot.venue.index);
    shot.name.assign(name);
    shot.is_widest = false;
    shot.cell = cell;
    shot.fire = make_request(RequestKind::fire, account, JudgeId{0}, GateId{gate});
    shot.reads.clear();
    add(shot.reads,
        make_request(RequestKind::read, account, JudgeId{1}, GateId{static_cast<u16>(gate + 1)}));
    add(plan->shots, shot);
    plan->scopes[0].cells.set(cell.index);
    plan->scopes[1 + account.index].cells.set(cell.index);
    ScopePlan scope;
    scope.name.assign(name);
    scope.cells.set(cell.index);
    add(scope.shots, ShotId{static_cast<u16>(plan->shots.size() - 1)});
    add(plan->scopes, scope);
}

void Stage::make_scope(std::string_view name, AccountId account) {
    ScopePlan scope;
    scope.name.assign(name);
    if (!account.is_none()) scope.cells.set(account.index);
    for (u16 i = 0; i < plan->shots.size(); ++i)
        if (plan->shots[i].account == account) add(scope.shots, ShotId{i});
    add(plan->scopes, scope);
}

// What cold/pages does for a running engine.
void Stage::publish() {
    ks_status_page& status = shared->status;
    status.scopes_count = static_cast<u32>(plan->scopes.size());
    status.gates_count = static_cast<u32>(plan->gates.size());
    status.producers_count = static_cast<u32>(plan->producers.size());
    for (u64* beat : {&status.signer_beat_ns, &status.connector_beat_ns, &status.scribe_beat_ns})
        *beat = static_cast<u64>(far_future.ns); // cold threads that never die
    status.trigger_nonce[0] = shared->trigger.head.nonce = trigger_nonce;
    for (size_t i = 0; i < plan->scopes.size(); ++i) {
        const std::string_view name = plan->scopes[i].name.view();
        std::memcpy(status.scope[i].name, name.data(), name.size());
        status.scope[i].in_config = 1;
    }
    for (size_t p = 0; p < plan->producers.size(); ++p) {
        if (p > 0) shared->more_triggers[p - 1].head.nonce = trigger_nonce;
        status.trigger_nonce[p] = trigger_nonce;
        for (size_t word = 0; word < ScopeSet::words_count; ++word)
            status.granted[p][word] = plan->producers[p].granted.words[word];
    }
    for (size_t i = 0; i < plan->gates.size(); ++i) {
        const GatePlan& gate = plan->gates[i];
        status.gate[i].first_place = gate.first_place;
        status.gate[i].places = gate.places;
        status.gate[i].reserve = gate.reserve;
        status.gate[i].window_ns = static_cast<u64>(gate.window.ns);
        status.gate[i].margin_ns = static_cast<u64>(gate.margin.ns);
    }
}

EngineParts Stage::parts() {
    TriggerPages triggers;
    triggers.status = &shared->status;
    triggers.trigger[0] = &shared->trigger;
    for (size_t p = 1; p < plan->producers.size(); ++p)
        triggers.trigger[p] = &shared->more_triggers[p - 1];
    triggers.lost = &lost;
    const GatePages gates{&shared->status, &shared->gates, &shared->gates_own};
    return {*plan, triggers, gates, shared->status, shared->operators, shared->ring, *mail};
}

SignedRequest Stage::sign(RequestId request, Instant now) {
    u16 shot = 0;
    std::string window;
    for (u16 i = 0; i < plan->shots.size(); ++i) {
        const ShotPlan& its = plan->shots[i];
        if (its.fire == request || (!its.reads.empty() && its.reads[0] == request)) shot = i;
        for (size_t w = 0; w < its.reads_older.size(); ++w)
            if (its.reads_older[w] == request) {
                shot = i;
                window = "/" + std::to_string(w);
            }
    }
    for (u16 i = 0; i < plan->accounts.size(); ++i) {
        const LiveFirePlan& its = plan->accounts[i].live_fire;
        if (its.fire == request || (!its.reads.empty() && its.reads[0] == request))
            shot = pair_of(i);
    }
    const RequestKind kind = plan->requests[request.index].kind;
    const char* method = kind == RequestKind::read         ? "GET /open/"
                         : kind == RequestKind::keep_alive ? "GET /ping/"
                                                           : "POST /cancel/";
    const std::string text = method + std::to_string(shot) + window +
                             " HTTP/1.1\r\nHost: stage\r\nX-Nonce: " + std::to_string(next_nonce_) +
                             "\r\nX-Request: " + std::to_string(request.index) +
                             "\r\nX-Signature: " + std::string(280, 'f') +
                             "\r\nContent-Length: 0\r\n\r\n";
    SignedRequest signed_request;
    signed_request.request = request;
    signed_request.nonce = next_nonce_++;
    const std::string digest = "digest-of-shot-" + std::to_string(shot);
    std::copy_n(digest.data(), std::min(digest.size(), signed_request.digest.size()),
                signed_request.digest.data());
    signed_request.text_bytes = static_cast<u16>(text.size());
    signed_request.signed_at = now;
    const Nanos age_max = plan->requests[request.index].age_max;
    signed_request.stale_at = age_max.ns == 0 ? far_future : now + age_max;
    std::memcpy(signed_request.text.data(), text.data(), text.size());
    return signed_request;
}

ScopeId Stage::scope(std::string_view name) const {
    for (u16 i = 0; i < plan->scopes.size(); ++i)
        if (plan->scopes[i].name == name) return ScopeId{i};
    return {};
}

u32 Stage::pull(std::string_view name, Instant now) {
    const u16 slot = scope(name).index;
    const u64 key = ks_slot_key(shared->status.scope[slot].name, trigger_nonce);
    return ks_row_pull(&shared->trigger.row[slot / KS_ROW_SLOTS], slot % KS_ROW_SLOTS, key, 7,
                       &shared->status.handled[0][slot].word, static_cast<u64>(now.ns));
}

void Stage::rearm(std::string_view name, u32 kill, const RearmWords& words) {
    const u16 slot = scope(name).index;
    const u64 key = ks_slot_key(shared->status.scope[slot].name, shared->operators.head.nonce);
    ks_operator_row& row = shared->operators.row[slot];
    row = {};
    row.kill = kill;
    row.only = words.only.empty() ? KS_NONE : scope(words.only).index;
    for (const ks_exception& exception : words.exceptions)
        row.exception[row.exceptions_count++] = exception;
    row.word = ks_operator_word(rearm_request(name) + 1, key, &row);
}

u32 Stage::kill_number(std::string_view name) const {
    return static_cast<u32>(shared->status.scope[scope(name).index].kill_outcome >> 32);
}

ks_outcome Stage::outcome(std::string_view name) const {
    const u64 word = shared->status.scope[scope(name).index].kill_outcome;
    return static_cast<ks_outcome>(word & 0xffff'ffff);
}

u32 Stage::rearm_request(std::string_view name) const {
    return static_cast<u32>(shared->status.scope[scope(name).index].rearm_answer >> 32);
}

ks_rearm Stage::rearm_answer(std::string_view name) const {
    const u64 word = shared->status.scope[scope(name).index].rearm_answer;
    return static_cast<ks_rearm>(word & 0xffff'ffff);
}

bool Stage::is_closed(u16 cell) const {
    return shared->status.halt[cell / 64] >> (cell % 64) & 1;
}

std::vector<Event> Stage::events() const {
    std::vector<Event> events;
    const u64 written = shared->ring.written.load();
    const u64 first = written > journal_places_count ? written - journal_places_count : 0;
    for (u64 sequence = first + 1; sequence <= written; ++sequence)
        events.push_back(shared->ring.place(sequence));
    return events;
}

} // namespace ks::sim
