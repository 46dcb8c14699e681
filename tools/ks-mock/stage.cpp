// The order of a venue's checks: host, path, limits by arrival, key, signature, clock, nonce; then
// the play; then the books. What a venue refuses by itself, no play can turn into something else.
#include "stage.hpp"
#include "text.hpp"

#include <algorithm>

namespace ks {
namespace {

constexpr std::size_t log_lines_max = 500'000;
constexpr std::string_view firewall_page =
    "<html><head><title>Access denied</title></head><body><h1>Access denied</h1>"
    "<p>This request was blocked by the web firewall.</p></body></html>";

bool is_cancel(Ask ask) {
    return ask == Ask::cancel_all || ask == Ask::cancel_symbol;
}

bool has_http_answer(Reply reply) {
    switch (reply) {
    case Reply::garbage:
    case Reply::silence:
    case Reply::close:
    case Reply::half_close:
    case Reply::reset:
        return false;
    default:
        return true;
    }
}

bool is_named(const Call& call, const Account& account) {
    const auto names = split(call.account_names, ',');
    return call.account_names.empty() ||
           std::find(names.begin(), names.end(), account.identity) != names.end();
}

void add_arrivals(const Venue& venue, const Scene& scene) {
    for (Account* account : scene.accounts) {
        if (scene.call.ask == Ask::cancel_all) account->book.cancel_all_accepted(scene.now);
        for (Batch batch : scene.twist.arrive) {
            if (batch.product.empty()) batch.product = venue.usual.product;
            if (batch.symbol.empty()) batch.symbol = venue.usual.symbol;
            account->book.add(batch, scene.now);
        }
    }
}

// What an admitted request gets: the honest answer, unless the play puts another in its place.
Response respond(const Venue& venue, const Scene& scene) {
    const Twist& twist = scene.twist;
    if (scene.call.ask == Ask::unknown) return {.body = R"({"data":[]})"}; // empty_wrong_path
    Response honest;
    if (twist.is_carried_out() || twist.reply == Reply::lie) {
        honest = venue.carry_out(scene);
        add_arrivals(venue, scene);
    }
    switch (twist.reply) {
    case Reply::status:
        return venue.error(twist.status, "the play says so");
    case Reply::html:
        return {.status = twist.status, .body = std::string(firewall_page), .type = "text/html"};
    case Reply::broken_json:
        honest.body.resize(honest.body.size() / 2);
        return honest;
    default:
        return honest;
    }
}

}

Stage::Stage(Accounts known_accounts) : accounts(std::move(known_accounts)) {
    venues.push_back(make_bitopro());
    venues.push_back(make_coinswitch());
    venues.push_back(make_treadfi());
}

Answer Stage::answer(Venue& venue, const Request& request, const Arrival& arrival) {
    ++venue.traffic.requests;
    const Call call = venue.route(request);
    std::vector<Account*> reached = holders(venue, venue.key_of(request));
    const std::string account_name = reached.empty() ? "-" : reached[0]->name;
    std::erase_if(reached, [&](const Account* each) { return !is_named(call, *each); });

    Answer answer{{}, play.next({venue.name, account_name, call.ask}), arrival.at.unix_ms};
    answer.unix_ms += static_cast<u64>(answer.twist.clock_offset_ms);
    const Scene scene{request, call, answer.twist, reached, {arrival.at.mono_ns, answer.unix_ms}};
    if (const auto refusal = refuse(venue, scene, arrival)) {
        answer.response = venue.error(refusal->status, refusal->why);
        answer.twist.reply = Reply::honest;
        if (!answer.twist.retry_after_s) answer.twist.retry_after_s = refusal->retry_after_s;
    } else {
        answer.response = respond(venue, scene);
    }
    const int status = has_http_answer(answer.twist.reply) ? answer.response.status : 0;
    note(scene,
         {arrival.at, venue.name, account_name, call.ask, request.method, request.target, status});
    return answer;
}

std::vector<Account*> Stage::holders(const Venue& venue, std::string_view key) {
    std::vector<Account*> found;
    for (Account& each : accounts)
        if (each.venue == venue.name && !key.empty() && each.key == key) found.push_back(&each);
    return found;
}

std::optional<Refusal> Stage::refuse(Venue& venue, const Scene& scene, const Arrival& arrival) {
    const std::string_view host = scene.request.header("Host");
    if (!same_word(host.substr(0, host.find(':')), venue.host))
        return Refusal{421, "Host is not " + venue.host};
    if (scene.call.ask == Ask::unknown && !scene.twist.empty_wrong_path)
        return Refusal{404, "Not found"};
    if (auto refusal = refuse_by_limit(venue, scene, arrival)) return refusal;
    const std::string_view key = venue.key_of(scene.request);
    if (key.empty() && scene.call.ask == Ask::anyone) return {};
    const std::vector<Account*> known = holders(venue, key);
    if (known.empty()) {
        ++venue.traffic.unknown_key;
        return Refusal{401, "Unauthorized: key"};
    }
    auto refusal = venue.check(scene.request, *known[0], scene.now);
    if (refusal && refusal->counter) ++(known[0]->tally.*refusal->counter);
    if (!refusal && scene.accounts.empty())
        return Refusal{400, "No such account: " + scene.call.account_names};
    return refusal;
}

std::optional<Refusal> Stage::refuse_by_limit(const Venue& venue, const Scene& scene,
                                              const Arrival& arrival) {
    if (!scene.call.limit || scene.twist.is_unlimited) return {};
    const Limit& limit = *scene.call.limit;
    const u64 now_ns = arrival.at.mono_ns;
    const std::string prefix = venue.name + ' ' + limit.name + ' ';
    Window& of_ip = windows_[prefix + arrival.peer_ip];
    Window& of_key = windows_[prefix + "key " + std::string(venue.key_of(scene.request))];
    const bool is_admitted = of_ip.has_place(limit, now_ns) & of_key.has_place(limit, now_ns);
    if (is_admitted) {
        of_ip.take(now_ns);
        of_key.take(now_ns);
        return {};
    }
    for (Account* account : scene.accounts) ++account->tally.limit_violations;
    Refusal refusal{429, "Too Many Requests"};
    if (limit.tells_when) {
        const u64 wait_ns =
            std::max(of_ip.next_place_in_ns(limit, now_ns), of_key.next_place_in_ns(limit, now_ns));
        refusal.retry_after_s = (wait_ns + ns_per_s - 1) / ns_per_s;
    }
    return refusal;
}

void Stage::note(const Scene& scene, const Logged& line) {
    for (Account* account : scene.accounts) {
        Tally& tally = account->tally;
        ++tally.requests;
        tally.answered_429 += line.status == 429;
        if (is_cancel(scene.call.ask))
            tally.cancels.push_back({line.at, scene.call.product, scene.call.symbol, line.status});
    }
    log.push_back(line);
    if (log.size() > log_lines_max) log.pop_front();
}

void Stage::reset() {
    for (Account& each : accounts) {
        each.book.clear();
        each.tally = {};
        each.nonce_last = 0;
    }
    for (const auto& each : venues) each->traffic = {};
    windows_.clear();
    play = {};
    log.clear();
}

Venue* Stage::venue(std::string_view name) {
    for (const auto& each : venues)
        if (each->name == name) return each.get();
    return nullptr;
}

Account* Stage::account(std::string_view venue_name, std::string_view name) {
    for (Account& each : accounts)
        if (each.venue == venue_name && each.name == name) return &each;
    return nullptr;
}

}
