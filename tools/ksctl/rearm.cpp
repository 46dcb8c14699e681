// rearm: a human says that one kill may end. The engine decides: this writes a row of the operator
// page and waits for the answer; the words on the screen are the engine's, not ours.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "cold/words.hpp"
#include "json.hpp"
#include "page.hpp"

namespace ks {
namespace {

// The engine looks at every row within milliseconds; an answer older than the question is taken for
// the answer only when no new one has come for this long.
constexpr Nanos answer_settles = milliseconds(300);
constexpr Nanos answer_max = seconds(3);
constexpr Nanos look_every = milliseconds(1);

// The operator page, mapped for writing.
struct OperatorPage {
    ks_operator_page* page = nullptr;
    ~OperatorPage() { ks_unmap(page, sizeof *page); }
};

ks_rearm low_answer(u64 word) {
    return static_cast<ks_rearm>(static_cast<u32>(word));
}
u32 high_number(u64 word) {
    return static_cast<u32>(word >> 32);
}

u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE); // acquire: pairs with the engine's Status
}

// The row is whole before its word: the engine reads the rest only under a valid word.
void ask(ks_operator_page& page, const ks_scope_line& scope, u32 slot, std::string_view reason) {
    ks_operator_row& row = page.row[slot];
    row.when_ns = ks_now_ns();
    row.uid = getuid();
    row.pid = static_cast<u32>(getpid());
    memset(row.reason, 0, sizeof row.reason);
    memcpy(row.reason, reason.data(), std::min(reason.size(), sizeof row.reason - 1));
    const u64 key = ks_slot_key(scope.name, page.head.nonce);
    const u32 kill = high_number(load(scope.kill_outcome));
    // release: pairs with Kills::rearm_one, which reads the row after a valid word
    __atomic_store_n(&row.word, ks_word_make(kill, key), __ATOMIC_RELEASE);
    __atomic_fetch_add(&page.bell, 1, __ATOMIC_RELEASE);
}

// A refused question must not be answered later, when nobody looks any more.
void withdraw(ks_operator_page& page, u32 slot) {
    __atomic_store_n(&page.row[slot].word, 0, __ATOMIC_RELEASE);
}

// The engine's answer to this kill number, or KS_REARM_NONE when it stays silent.
ks_rearm wait_for_answer(const ks_scope_line& scope, u32 kill, u64 before) {
    const u64 began_ns = ks_now_ns();
    for (;;) {
        const u64 word = load(scope.rearm_answer);
        const Nanos waited{static_cast<i64>(ks_now_ns() - began_ns)};
        const bool is_ours = high_number(word) == kill && low_answer(word) != KS_REARM_NONE;
        if (is_ours && (word != before || waited > answer_settles)) return low_answer(word);
        if (waited > answer_max) return KS_REARM_NONE;
        const timespec pause{0, look_every.ns};
        nanosleep(&pause, nullptr);
    }
}

const char* answer_text(ks_rearm answer) {
    switch (answer) {
    case KS_REARM_NONE:
        return "the engine does not answer; nothing is re-armed; run: systemctl status killswitchd";
    case KS_REARM_DONE:
        return "re-armed: this kill is over";
    case KS_REARM_NOT_CLEAR:
        return "refused: an account of it is not CLEAR; look at ksctl status, cancel by hand";
    case KS_REARM_STALE:
        return "refused: somebody has pulled again meanwhile; look again, then repeat";
    case KS_REARM_PULL_WAITS:
        return "refused: a pull has not been handled yet; wait a second, look again";
    case KS_REARM_NOT_KILLED:
        return "refused: it is not killed; there is nothing to lift";
    }
    return "refused, for a reason that this ksctl does not know; use the engine's own version";
}

int exit_of(ks_rearm answer) {
    if (answer == KS_REARM_NONE) return exit_engine_silent;
    return answer == KS_REARM_DONE ? exit_ok : exit_refused;
}

// Which cells other kills still keep closed: re-arming one cause opens only what no other holds.
std::vector<std::string> still_closed(const Page& page) {
    std::vector<std::string> names;
    for (u32 i = 0; i < page.status().cells_count && i < KS_CELLS_MAX; ++i)
        if (ks_is_killed(&page.handle(), i) == KS_KILLED)
            names.emplace_back(page.status().cell[i].name);
    return names;
}

void print_answer(const std::string& scope, u32 kill, ks_rearm answer, const Page& page,
                  bool is_json) {
    const std::vector<std::string> closed = still_closed(page);
    if (is_json) {
        Json json;
        json.object().text("schema", "ksctl.rearm/1").text("scope", scope).number("kill", kill);
        json.boolean("is_done", answer == KS_REARM_DONE).text("answer", answer_text(answer));
        json.array("still_closed");
        for (const std::string& cell : closed) json.text("", cell);
        puts(json.end().end().str().c_str());
        return;
    }
    printf("%s kill #%u: %s\n", scope.c_str(), kill, answer_text(answer));
    if (answer != KS_REARM_DONE) return;
    for (const std::string& cell : closed)
        printf("  still closed by another kill: %s\n", cell.c_str());
}

} // namespace

int rearm_command(const Arguments& arguments) {
    const std::string reason = arguments.option("reason");
    if (reason.empty())
        return complain(exit_usage, {"rearm: say why, for the journal: --reason TEXT"});
    auto page = Page::open(arguments);
    if (!page) return complain(exit_engine_silent, page.error());
    auto slot = page->find_scope(arguments.words[0]);
    if (!slot) return complain(exit_usage, slot.error());
    void* mapped = nullptr;
    const ks_opened opened =
        ks_map(page->run_dir().c_str(), "operator", "", O_RDWR, sizeof(ks_operator_page), &mapped);
    if (opened != KS_OPENED)
        return complain(exit_no_permission,
                        {page->run_dir() + "/operator: " + ks_opened_text(opened) +
                         "; run ksctl rearm as the engine's operator"});
    const OperatorPage operators{static_cast<ks_operator_page*>(mapped)};
    const ks_scope_line& scope = page->status().scope[*slot];
    const u32 kill = high_number(load(scope.kill_outcome));
    const u64 before = load(scope.rearm_answer);
    ks_rearm answer = KS_REARM_NONE;
    if (page->engine_lives()) {
        ask(*operators.page, scope, *slot, reason);
        answer = wait_for_answer(scope, kill, before);
        if (answer != KS_REARM_DONE) withdraw(*operators.page, *slot);
    }
    print_answer(arguments.words[0], kill, answer, *page, arguments.is_json());
    return exit_of(answer);
}

} // namespace ks
