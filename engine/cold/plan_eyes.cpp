// Whose eyes read an account, and whose key fires live: what was proven counts only as long as
// nothing about it has changed.
#include <algorithm>

#include "cold/mark.hpp"
#include "cold/plan_compiler.hpp"

namespace ks {
namespace {

constexpr std::string_view end_of_part("", 1); // a NUL: no two lists of parts are one text

bool is_read_of_a_shot(const Plan& plan, RequestId request) {
    const auto is_in = [&](const auto& reads) {
        return std::find(reads.begin(), reads.end(), request) != reads.end();
    };
    return std::any_of(plan.shots.begin(), plan.shots.end(), [&](const ShotPlan& shot) {
        return is_in(shot.reads) || is_in(shot.reads_older);
    });
}

// The key and the text of one request.
void add_job(Mark& mark, const SignJob& job, const OwnedCredentials& own) {
    constexpr SignTime some_time{{1'700'000'000'000}, 1'700'000'000'000};
    std::array<char, request_bytes_max> text;
    const size_t size_bytes = run(job.program, fields_of(own, job.symbol), some_time,
                                  std::as_writable_bytes(std::span(text)));
    for (std::string_view part :
         {own.key.text(), own.secret.text(), std::string_view(text.data(), size_bytes)}) {
        mark.add(end_of_part);
        mark.add(part);
    }
    explicit_bzero(text.data(), text.size());
}

} // namespace

void mark_eyes(Compiled& compiled, const Config& config, const std::vector<Recipe>& recipes,
               const std::vector<OwnedCredentials>& credentials) {
    const Plan& plan = *compiled.plan;
    for (size_t i = 0; i < config.accounts.size(); ++i) {
        AccountPlan& account = compiled.plan->accounts[i];
        Mark eyes, live_fire;
        eyes.add(recipes[account.venue.index].host);
        live_fire.add(recipes[account.venue.index].host);
        for (const SignJob& job : compiled.jobs) {
            const RequestPlan& request = plan.requests[job.request.index];
            if (request.account.index != i) continue;
            if (is_read_of_a_shot(plan, job.request))
                add_job(eyes, job, credentials[job.credentials]);
            if (request.kind == RequestKind::live_fire)
                add_job(live_fire, job, credentials[job.credentials]);
        }
        account.eyes_of = eyes.finish();
        account.live_fire.of = live_fire.finish();
    }
}

} // namespace ks
