#include "status_json.hpp"

#include <algorithm>

#include "abi/killswitch_texts.h"
#include "cold/status_tables.hpp"
#include "cold/status_text.hpp"
#include "json.hpp"

namespace ks {
namespace {

void add_age(Json& json, const char* name, u64 at_ns, Moment now) {
    if (at_ns == 0)
        json.null(name);
    else
        json.number(name, now.monotonic.ns - static_cast<i64>(at_ns));
}

void add_scope(Json& json, const ks_status_page& status, const ks_scope_line& line) {
    json.number("accounts", line.accounts_count).number("accounts_clear", line.accounts_clear);
    json.number("shots", line.shots_count).number("shots_sent", line.shots_sent);
    json.text("readiness", ks_ready_text(line.ready));
    json.number("shots_in_ns", static_cast<i64>(line.shots_in_ns));
    if (line.clear_in_ns == UINT64_MAX) // never: no reads prove it
        json.null("clear_in_ns");
    else
        json.number("clear_in_ns", static_cast<i64>(line.clear_in_ns));
    json.text("pulled_by", line.pulled_ns == 0 ? "" : producer_text(status, line.pulled_by));
}

void add_scopes(Json& json, const ks_status_page& status) {
    json.array("scopes");
    for (u32 i = 0; i < load(status.scopes_count) && i < KS_SCOPES_MAX; ++i) {
        const ks_scope_line& place = status.scope[i];
        json.object().text("name", place.name).boolean("in_config", load(place.in_config));
        json.number("kill", static_cast<i64>(load(place.kill_outcome) >> 32));
        json.text("outcome", words(outcome_of(place)));
        ks_scope_line line{};
        if (ks_read_scope(&line, &place)) add_scope(json, status, line);
        json.end();
    }
    json.end();
}

void add_accounts(Json& json, const ks_status_page& status, Moment now) {
    json.array("accounts");
    for (u32 i = 0; i < load(status.accounts_count) && i < KS_ACCOUNTS_MAX; ++i) {
        ks_account_line line{};
        if (!ks_read_account(&line, &status.account[i])) continue;
        json.object().text("name", line.name);
        json.text("outcome", words(static_cast<ks_outcome>(line.outcome)));
        json.number("shots_sent", line.shots_sent);
        json.number("orders_cancelled", line.orders_cancelled);
        if (line.orders_open == UINT32_MAX)
            json.null("orders_open");
        else
            json.number("orders_open", line.orders_open);
        json.number("http_status", line.http_status).text("says", outcome_text(line, now));
        json.number("orders_arriving", line.orders_arriving);
        json.number("orders_vanished", line.orders_vanished);
        json.number("reopened", line.reopened_count).text("eyes", eyes_text(line, now));
        json.number("eyes_orders", line.eyes_count);
        add_age(json, "eyes_age_ns", line.eyes_ns, now);
        add_age(json, "key_age_ns", line.key_ns, now);
        json.boolean("is_unconfirmed", line.notes & KS_NOTE_NO_READS);
        json.text("live_fire", live_fire_text(line, now));
        add_age(json, "live_fire_age_ns", line.live_fire_ns, now);
        json.boolean("ready", line.ready == KS_READY_ALL).array("notes");
        for (const std::string& note : notes_text(line)) json.text("", note);
        json.end().end();
    }
    json.end();
}

void add_shots(Json& json, const ks_status_page& status) {
    json.array("shots");
    for (u32 i = 0; i < load(status.shots_count) && i < KS_SHOTS_MAX; ++i) {
        ks_shot_line line{};
        if (!ks_read_shot(&line, &status.shot[i])) continue;
        json.object().text("name", line.name).boolean("signed", line.armed & armed_signed);
        json.boolean("sealed", line.armed & armed_primary);
        json.boolean("backup_sealed", line.armed & armed_backup);
        json.number("shots_sent", line.shots_sent).number("http_status", line.http_status).end();
    }
    json.end();
}

void add_cells(Json& json, const Page& page) {
    json.array("halted");
    for (u32 i = 0; i < load(page.status().cells_count) && i < KS_CELLS_MAX; ++i)
        if (load(page.status().halt[i / 64]) >> (i % 64) & 1)
            json.text("", page.status().cell[i].name);
    json.end().array("lanes");
    for (u32 i = 0; i < load(page.status().lanes_count) && i < KS_LANES_MAX; ++i) {
        ks_lane_line line{};
        if (!ks_read_lane(&line, &page.status().lane[i])) continue;
        json.object().text("venue", line.venue).boolean("up", line.up);
        json.number("life", line.life).text("suite", suite_name(line.suite)).end();
    }
    json.end();
}

void add_readiness(Json& json, const ks_status_page& status, Moment now) {
    const Readiness readiness = readiness_of(status, scope_all(status), now);
    const u64 since_ns = load(status.not_ready_since_ns);
    json.text("ready", ks_ready_text(readiness.ready)).text("ready_line", readiness.line);
    add_age(json, "not_ready_ns", readiness.ready == 0 ? since_ns : 0, now);
    json.array("obstacles");
    for (const Obstacle& obstacle : readiness.obstacles)
        json.object()
            .boolean("stops_firing", obstacle.stops_firing)
            .text("cause", obstacle.cause)
            .text("remedy", obstacle.remedy)
            .end();
    json.end();
}

} // namespace

std::string status_json(const Page& page, Moment now) {
    const ks_status_page& status = page.status();
    Json json;
    json.object().text("schema", "ksctl.status/1").text("engine", status.engine);
    json.boolean("alive", page.engine_lives()).number("pid", load(status.pid));
    json.text("environment", ks_environment_text(load(status.environment)));
    add_readiness(json, status, now);
    json.object("beat_age_ns");
    add_age(json, "engine", load(status.engine_beat_ns), now);
    add_age(json, "signer", load(status.signer_beat_ns), now);
    add_age(json, "connector", load(status.connector_beat_ns), now);
    add_age(json, "scribe", load(status.scribe_beat_ns), now);
    json.end().number("turn_ns_max", static_cast<i64>(load(status.turn_ns_max)));
    add_scopes(json, status);
    add_accounts(json, status, now);
    add_shots(json, status);
    add_cells(json, page);
    return json.end().str();
}

} // namespace ks
