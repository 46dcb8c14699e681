// rearm: a human says that one kill may end, wholly or for a part. The engine decides: this writes
// a row of the operator page and waits for the answer; the words on the screen are the engine's.
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>

#include "abi/killswitch_plain.h"
#include "cold/words.hpp"
#include "operator_page.hpp"
#include "rearm_text.hpp"

namespace ks {
namespace {

constexpr Nanos answer_max = seconds(20); // the engine's own patience with a venue is 15 s
constexpr Nanos look_every = milliseconds(1);

ks_rearm low_answer(u64 word) {
    return static_cast<ks_rearm>(static_cast<u32>(word));
}
u32 high_number(u64 word) {
    return static_cast<u32>(word >> 32);
}

u64 load(const u64& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE); // acquire: pairs with the engine's Status
}

// "coinswitch/main=4,treadfi/main=unread": exactly so many open orders are known and accepted.
Result<void> read_exceptions(const Page& page, std::string_view text, ks_operator_row& row) {
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        const size_t equals = std::min(part.find('='), part.size());
        const std::string name(part.substr(0, equals));
        const std::string_view count = part.substr(std::min(equals + 1, part.size()));
        ks_exception exception{KS_NONE, KS_NONE};
        for (u32 i = 0; i < page.status().accounts_count && i < KS_ACCOUNTS_MAX; ++i)
            if (name == page.status().account[i].name) exception.account = i;
        const auto [end, problem] =
            std::from_chars(count.data(), count.data() + count.size(), exception.orders_open);
        const bool is_count = problem == std::errc{} && end == count.data() + count.size();
        if (exception.account == KS_NONE || (!is_count && count != "unread"))
            return Error{"rearm: --accept-open " + std::string(part) +
                         " is not ACCOUNT=COUNT; write how many orders it shows, like "
                         "coinswitch/main=4, or =unread where nothing can be read"};
        if (row.exceptions_count == KS_EXCEPTIONS_MAX)
            return Error{"rearm: more than " + std::to_string(KS_EXCEPTIONS_MAX) +
                         " exceptions; re-arm in parts with --only"};
        row.exception[row.exceptions_count++] = exception;
    }
    return {};
}

Result<ks_operator_row> make_row(const Page& page, const Arguments& arguments, u32 kill) {
    const std::string reason = arguments.option("reason"), only = arguments.option("only");
    ks_operator_row row{};
    row.when_ns = ks_now_ns();
    row.kill = kill;
    row.only = KS_NONE;
    row.uid = getuid();
    row.pid = static_cast<u32>(getpid());
    row.login_uid = login_uid();
    ks_plain_text(row.reason, KS_REASON_BYTES_MAX + 1, reason.data(), reason.size());
    if (!only.empty()) {
        auto slot = page.find_scope(only);
        if (!slot) return std::move(slot).error();
        row.only = *slot;
    }
    if (auto read = read_exceptions(page, arguments.option("accept-open"), row); !read)
        return std::move(read).error();
    return row;
}

// The word last: the engine copies the row when its number is the next, and checks all of it.
u32 ask(OperatorPage& operators, const ks_scope_line& scope, u32 slot, ks_operator_row row) {
    ks_operator_row& place = operators->row[slot];
    const u32 request = high_number(load(scope.rearm_answer)) + 1;
    const u64 word =
        ks_operator_word(request, ks_slot_key(scope.name, operators->head.nonce), &row);
    __atomic_store_n(&place.word, 0, __ATOMIC_RELEASE);
    row.word = 0;
    memcpy(&place, &row, sizeof row);
    // release: pairs with the acquire in Rearm; the fields are there before the word
    __atomic_store_n(&place.word, word, __ATOMIC_RELEASE);
    return request;
}

// The engine's answer to this request, or the last thing it said when it fell silent.
ks_rearm wait_for_answer(const Page& page, const ks_scope_line& scope, u32 request) {
    const u64 began_ns = ks_now_ns();
    for (;;) {
        const u64 word = load(scope.rearm_answer);
        const bool is_ours = high_number(word) == request;
        if (is_ours && low_answer(word) != KS_REARM_LOOKING) return low_answer(word);
        if (Nanos{static_cast<i64>(ks_now_ns() - began_ns)} > answer_max || !page.engine_lives())
            return KS_REARM_NONE;
        const timespec pause{0, look_every.ns};
        nanosleep(&pause, nullptr);
    }
}

// At once, into a pipe too: what is open must be read while the engine looks.
void say(const std::string& text) {
    fputs(text.c_str(), stdout);
    fflush(stdout);
}

int exit_of(ks_rearm answer) {
    if (answer == KS_REARM_NONE) return exit_engine_silent;
    return answer == KS_REARM_DONE ? exit_ok : exit_refused;
}

} // namespace

int rearm_command(const Arguments& arguments) {
    if (arguments.option("reason").empty())
        return complain(exit_usage, {"rearm: say why, for the journal: --reason TEXT"});
    if (const size_t bytes = arguments.option("reason").size(); bytes > KS_REASON_BYTES_MAX)
        return complain(exit_usage,
                        {"rearm: --reason has " + std::to_string(bytes) +
                         " bytes; the journal takes " + std::to_string(KS_REASON_BYTES_MAX)});
    auto page = Page::open(arguments);
    if (!page) return complain(exit_engine_silent, page.error());
    auto slot = page->find_scope(arguments.words[0]);
    if (!slot) return complain(exit_usage, slot.error());
    const ks_scope_line& scope = page->status().scope[*slot];
    auto row = make_row(*page, arguments, high_number(load(scope.kill_outcome)));
    if (!row) return complain(exit_usage, row.error());
    auto operators = OperatorPage::open(page->run_dir(), "rearm");
    if (!operators) return complain(exit_no_permission, operators.error());
    const RearmAsked asked{*slot, row->only, row->kill};
    if (!arguments.is_json()) say(before_rearm_text(*page, asked));
    ks_rearm answer = KS_REARM_NONE;
    if (page->engine_lives())
        answer = wait_for_answer(*page, scope, ask(*operators, scope, *slot, *row));
    say(arguments.is_json() ? rearm_json(*page, asked, answer) + "\n"
                            : rearm_text(*page, asked, answer));
    return exit_of(answer);
}

} // namespace ks
