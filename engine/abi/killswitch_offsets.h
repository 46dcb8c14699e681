/* killswitch_offsets.h: where every field of every shared page lies, asserted. MIT licence.
 *
 * Why: engines, producers and bindings of other languages are built by different compilers; a byte
 * that moves must stop a build, never a kill. docs/FORMATS.md tells the same to people.
 *
 * Copyright (c) 2026 the killswitch authors. SPDX-License-Identifier: MIT
 */
#ifndef KILLSWITCH_OFFSETS_H
#define KILLSWITCH_OFFSETS_H

#include "killswitch_pages.h"

#if defined(__cplusplus)
#define KS_ASSERT(what, why) static_assert(what, why)
#else
#define KS_ASSERT(what, why) _Static_assert(what, why)
#endif
#define KS_AT(type, field, byte) KS_ASSERT(offsetof(struct type, field) == (byte), #type "." #field)
#define KS_SIZE(type, bytes) KS_ASSERT(sizeof(struct type) == (bytes), #type)

KS_AT(ks_page_head, magic, 0);
KS_AT(ks_page_head, version, 8);
KS_AT(ks_page_head, page_bytes, 12);
KS_AT(ks_page_head, boot_id, 16);
KS_AT(ks_page_head, nonce, 32);
KS_AT(ks_page_head, retired, 40);
KS_AT(ks_page_head, reserve0, 44);
KS_AT(ks_page_head, reserve, 48);
KS_SIZE(ks_page_head, 64);

KS_AT(ks_trigger_slot, word, 0);
KS_AT(ks_trigger_slot, when_ns, 8);
KS_SIZE(ks_trigger_slot, 16);

KS_AT(ks_trigger_row, bell, 0);
KS_AT(ks_trigger_row, reason, 4);
KS_AT(ks_trigger_row, reserve, 10);
KS_AT(ks_trigger_row, slot, 16);
KS_SIZE(ks_trigger_row, 64);

KS_AT(ks_trigger_page, head, 0);
KS_AT(ks_trigger_page, producer, 64);
KS_AT(ks_trigger_page, producer_index, 112);
KS_AT(ks_trigger_page, reserve0, 116);
KS_AT(ks_trigger_page, beat_ns, 128);
KS_AT(ks_trigger_page, said_count, 136);
KS_AT(ks_trigger_page, reserve1, 140);
KS_AT(ks_trigger_page, row, 192);
KS_AT(ks_trigger_page, said, 5696);
KS_SIZE(ks_trigger_page, 9792);

KS_AT(ks_person, uid, 0);
KS_AT(ks_person, login_uid, 4);
KS_AT(ks_person, pid, 8);
KS_AT(ks_person, reserve, 12);
KS_AT(ks_person, terminal, 16);
KS_AT(ks_person, executable, 48);
KS_AT(ks_person, reason, 288);
KS_SIZE(ks_person, 496);

KS_AT(ks_said, word, 0);
KS_AT(ks_said, scope, 8);
KS_AT(ks_said, reserve, 12);
KS_AT(ks_said, person, 16);
KS_SIZE(ks_said, 512);

KS_AT(ks_scope_line, name, 0);
KS_AT(ks_scope_line, in_config, 48);
KS_AT(ks_scope_line, reserve0, 52);
KS_AT(ks_scope_line, reserve1, 56);
KS_AT(ks_scope_line, kill_outcome, 64);
KS_AT(ks_scope_line, sequence, 72);
KS_AT(ks_scope_line, accounts_count, 76);
KS_AT(ks_scope_line, accounts_clear, 80);
KS_AT(ks_scope_line, shots_count, 84);
KS_AT(ks_scope_line, shots_sent, 88);
KS_AT(ks_scope_line, pulled_by, 92);
KS_AT(ks_scope_line, pulled_ns, 96);
KS_AT(ks_scope_line, submitted_ns, 104);
KS_AT(ks_scope_line, clear_ns, 112);
KS_AT(ks_scope_line, held_cells, 120);
KS_AT(ks_scope_line, cells, 152);
KS_AT(ks_scope_line, rearm_answer, 184);
KS_AT(ks_scope_line, rearm_until_ns, 192);
KS_AT(ks_scope_line, rearm_account, 200);
KS_AT(ks_scope_line, ready, 204);
KS_AT(ks_scope_line, shots_in_ns, 208);
KS_AT(ks_scope_line, clear_in_ns, 216);
KS_AT(ks_scope_line, halted_ns, 224);
KS_AT(ks_scope_line, reserve2, 232);
KS_SIZE(ks_scope_line, 256);

KS_AT(ks_cell_line, name, 0);
KS_AT(ks_cell_line, in_config, 48);
KS_AT(ks_cell_line, account, 52);
KS_AT(ks_cell_line, reserve, 56);
KS_SIZE(ks_cell_line, 64);

KS_AT(ks_account_line, name, 0);
KS_AT(ks_account_line, sequence, 48);
KS_AT(ks_account_line, outcome, 52);
KS_AT(ks_account_line, shots_sent, 56);
KS_AT(ks_account_line, orders_cancelled, 60);
KS_AT(ks_account_line, orders_open, 64);
KS_AT(ks_account_line, http_status, 68);
KS_AT(ks_account_line, last_verdict, 70);
KS_AT(ks_account_line, accepted_ns, 72);
KS_AT(ks_account_line, read_ns, 80);
KS_AT(ks_account_line, next_shot_ns, 88);
KS_AT(ks_account_line, next_read_ns, 96);
KS_AT(ks_account_line, clear_ns, 104);
KS_AT(ks_account_line, notes, 112);
KS_AT(ks_account_line, ready, 116);
KS_AT(ks_account_line, orders_arriving, 120);
KS_AT(ks_account_line, orders_vanished, 124);
KS_AT(ks_account_line, reopened_count, 128);
KS_AT(ks_account_line, eyes_count, 132);
KS_AT(ks_account_line, eyes_ns, 136);
KS_AT(ks_account_line, eyes_of, 144);
KS_AT(ks_account_line, answered_ns, 152);
KS_AT(ks_account_line, key_ns, 160);
KS_AT(ks_account_line, live_fire_ns, 168);
KS_AT(ks_account_line, live_fire_of, 176);
KS_AT(ks_account_line, live_fire, 184);
KS_AT(ks_account_line, live_fire_orders, 188);
KS_SIZE(ks_account_line, 192);

KS_AT(ks_shot_line, name, 0);
KS_AT(ks_shot_line, sequence, 48);
KS_AT(ks_shot_line, state, 52);
KS_AT(ks_shot_line, shots_sent, 56);
KS_AT(ks_shot_line, armed, 60);
KS_AT(ks_shot_line, pulled_ns, 64);
KS_AT(ks_shot_line, submitted_ns, 72);
KS_AT(ks_shot_line, accepted_ns, 80);
KS_AT(ks_shot_line, clear_ns, 88);
KS_AT(ks_shot_line, orders_cancelled, 96);
KS_AT(ks_shot_line, account, 100);
KS_AT(ks_shot_line, http_status, 104);
KS_AT(ks_shot_line, orders_open, 108);
KS_AT(ks_shot_line, signed_ns, 112);
KS_AT(ks_shot_line, stale_ns, 120);
KS_AT(ks_shot_line, eyes_ns, 128);
KS_AT(ks_shot_line, eyes_of, 136);
KS_AT(ks_shot_line, eyes_count, 144);
KS_AT(ks_shot_line, eyes_reads, 148);
KS_AT(ks_shot_line, orders_arriving, 152);
KS_AT(ks_shot_line, orders_vanished, 156);
KS_AT(ks_shot_line, reserve, 160);
KS_SIZE(ks_shot_line, 192);

KS_AT(ks_lane_line, venue, 0);
KS_AT(ks_lane_line, sequence, 24);
KS_AT(ks_lane_line, life, 28);
KS_AT(ks_lane_line, up, 32);
KS_AT(ks_lane_line, suite, 36);
KS_AT(ks_lane_line, since_ns, 40);
KS_AT(ks_lane_line, reserve, 48);
KS_SIZE(ks_lane_line, 64);

KS_AT(ks_gate_line, name, 0);
KS_AT(ks_gate_line, first_place, 48);
KS_AT(ks_gate_line, places, 52);
KS_AT(ks_gate_line, reserve, 54);
KS_AT(ks_gate_line, window_ns, 56);
KS_AT(ks_gate_line, margin_ns, 64);
KS_AT(ks_gate_line, closed_until_ns, 72);
KS_AT(ks_gate_line, repaired, 80);
KS_AT(ks_gate_line, reserve0, 88);
KS_SIZE(ks_gate_line, 128);

KS_AT(ks_handled, word, 0);
KS_SIZE(ks_handled, 8);

KS_AT(ks_status_page, head, 0);
KS_AT(ks_status_page, engine, 64);
KS_AT(ks_status_page, pid, 112);
KS_AT(ks_status_page, scopes_count, 116);
KS_AT(ks_status_page, cells_count, 120);
KS_AT(ks_status_page, accounts_count, 124);
KS_AT(ks_status_page, engine_beat_ns, 128);
KS_AT(ks_status_page, signer_beat_ns, 136);
KS_AT(ks_status_page, connector_beat_ns, 144);
KS_AT(ks_status_page, scribe_beat_ns, 152);
KS_AT(ks_status_page, started_ns, 160);
KS_AT(ks_status_page, backend, 168);
KS_AT(ks_status_page, ready, 172);
KS_AT(ks_status_page, turn_ns_max, 176);
KS_AT(ks_status_page, turn_max_did, 184);
KS_AT(ks_status_page, shots_count, 188);
KS_AT(ks_status_page, halt, 192);
KS_AT(ks_status_page, halt_reserve, 224);
KS_AT(ks_status_page, producers, 256);
KS_AT(ks_status_page, granted, 640);
KS_AT(ks_status_page, producers_count, 1152);
KS_AT(ks_status_page, lanes_count, 1156);
KS_AT(ks_status_page, gates_count, 1160);
KS_AT(ks_status_page, journal_lost, 1164);
KS_AT(ks_status_page, journal_head_sequence, 1168);
KS_AT(ks_status_page, journal_head, 1176);
KS_AT(ks_status_page, reserve0, 1208);
KS_AT(ks_status_page, trigger_nonce, 1216);
KS_AT(ks_status_page, not_ready_since_ns, 1280);
KS_AT(ks_status_page, trigger_age_max_ns, 1288);
KS_AT(ks_status_page, config_mark, 1296);
KS_AT(ks_status_page, environment, 1304);
KS_AT(ks_status_page, producers_silent, 1308);
KS_AT(ks_status_page, alarm_last, 1312);
KS_AT(ks_status_page, alarm_acknowledged, 1320);
KS_AT(ks_status_page, journal_failing_ns, 1328);
KS_AT(ks_status_page, cold_lacks, 1336);
KS_AT(ks_status_page, latch_settled, 1340);
KS_AT(ks_status_page, handled, 1344);
KS_AT(ks_status_page, scope, 18240);
KS_AT(ks_status_page, cell, 84288);
KS_AT(ks_status_page, account, 100672);
KS_AT(ks_status_page, shot, 112960);
KS_AT(ks_status_page, lane, 162112);
KS_AT(ks_status_page, gate, 170304);
KS_SIZE(ks_status_page, 178496);

KS_AT(ks_gates_page, head, 0);
KS_AT(ks_gates_page, place, 64);
KS_SIZE(ks_gates_page, 32832);

KS_AT(ks_exception, account, 0);
KS_AT(ks_exception, orders_open, 4);
KS_SIZE(ks_exception, 8);

KS_AT(ks_operator_row, word, 0);
KS_AT(ks_operator_row, when_ns, 8);
KS_AT(ks_operator_row, kill, 16);
KS_AT(ks_operator_row, only, 20);
KS_AT(ks_operator_row, uid, 24);
KS_AT(ks_operator_row, pid, 28);
KS_AT(ks_operator_row, login_uid, 32);
KS_AT(ks_operator_row, exceptions_count, 36);
KS_AT(ks_operator_row, exception, 40);
KS_AT(ks_operator_row, reason, 104);
KS_SIZE(ks_operator_row, 320);

KS_AT(ks_operator_page, head, 0);
KS_AT(ks_operator_page, acknowledged, 64);
KS_AT(ks_operator_page, acknowledged_by, 72);
KS_AT(ks_operator_page, acknowledged_login, 76);
KS_AT(ks_operator_page, acknowledged_pid, 80);
KS_AT(ks_operator_page, reserve, 84);
KS_AT(ks_operator_page, row, 128);
KS_SIZE(ks_operator_page, 82688);

#endif
