// status: the public page in words or as JSON. With a SCOPE only that one, and an exit code that
// says whether its last kill is proven.
#include <cstdio>

#include "cold/ready_text.hpp"
#include "cold/scribe.hpp"
#include "cold/status_tables.hpp"
#include "cold/status_text.hpp"
#include "page.hpp"
#include "status_json.hpp"

namespace ks {
namespace {

void print_scope(const ks_status_page& status, const ks_scope_line& scope) {
    const Moment now = read_clocks();
    fputs(ready_text(readiness_of(status, scope, now)).c_str(), stdout);
    fputs(scope_text(status, scope, now).c_str(), stdout);
    for (u32 index : accounts_of(status, scope))
        fputs(account_text(status.account[index], now).c_str(), stdout);
    if (outcome_of(scope) != KS_IDLE) puts("Positions are NOT closed.");
}

// 0 idle or proven clear, 10 not proven, 12 nobody is there to know.
int exit_of(const Page& page, const ks_scope_line* scope) {
    if (!page.engine_lives()) return exit_engine_silent;
    if (!scope) return exit_ok;
    const ks_outcome outcome = outcome_of(*scope);
    return outcome == KS_IDLE || outcome == KS_CLEAR ? exit_ok : exit_not_clear;
}

} // namespace

int status_command(const Arguments& arguments) {
    auto page = Page::open(arguments);
    if (!page) return complain(exit_engine_silent, page.error());
    const ks_scope_line* scope = nullptr;
    if (!arguments.words.empty()) {
        auto slot = page->find_scope(arguments.words[0]);
        if (!slot) return complain(exit_usage, slot.error());
        scope = &page->status().scope[*slot];
    }
    if (arguments.is_json()) {
        puts(status_json(*page, read_clocks()).c_str());
    } else if (scope) {
        print_scope(page->status(), *scope);
    } else {
        const Moment now = read_clocks();
        const ks_status_page& status = page->status();
        for (const std::string& part :
             {status_text(status, now, ""), halts_text(status), shots_text(status),
              lanes_text(status), limits_text(status, now)})
            fputs(part.c_str(), stdout);
    }
    return exit_of(*page, scope);
}

} // namespace ks
