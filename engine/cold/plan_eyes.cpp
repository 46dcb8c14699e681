// Whose eyes read an account: proven eyes count only as long as nothing about them has changed.
#include "cold/mark.hpp"
#include "cold/plan_compiler.hpp"

namespace ks {
namespace {

constexpr std::string_view end_of_part("", 1); // a NUL: no two lists of parts are one text

} // namespace

void mark_eyes(Compiled& compiled, const Config& config, const std::vector<Recipe>& recipes,
               const std::vector<OwnedCredentials>& credentials) {
    constexpr SignTime some_time{{1'700'000'000'000}, 1'700'000'000'000};
    std::array<char, request_bytes_max> text;
    for (size_t i = 0; i < config.accounts.size(); ++i) {
        Mark mark;
        AccountPlan& account = compiled.plan->accounts[i];
        mark.add(recipes[account.venue.index].host);
        for (const SignJob& job : compiled.jobs) {
            const RequestPlan& request = compiled.plan->requests[job.request.index];
            if (request.kind != RequestKind::read || request.account.index != i) continue;
            const OwnedCredentials& own = credentials[job.credentials];
            const size_t size_bytes = run(job.program, fields_of(own, job.symbol), some_time,
                                          std::as_writable_bytes(std::span(text)));
            for (std::string_view part :
                 {own.key.text(), own.secret.text(), std::string_view(text.data(), size_bytes)}) {
                mark.add(end_of_part);
                mark.add(part);
            }
        }
        explicit_bzero(text.data(), text.size());
        account.eyes_of = mark.finish();
    }
}

} // namespace ks
