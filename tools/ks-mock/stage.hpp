// The stage: venues, accounts, limits and the play, and one function through which every request
// passes. It knows no sockets; what it returns still has to be delivered as its twist says.
#pragma once

#include "venue.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ks {

struct Arrival {
    Moment at; // when the request's last bytes were read
    std::string peer_ip;
};

struct Answer {
    Response response;
    Twist twist;
    u64 unix_ms; // of the venue's clock, for the Date header
};

// One line of the log; status 0 means that no HTTP answer was given.
struct Logged {
    Moment at;
    std::string venue;
    std::string account; // "-" when the key is nobody's
    Ask ask;
    std::string method;
    std::string target;
    int status;
};

class Stage {
public:
    explicit Stage(Accounts known_accounts);

    Answer answer(Venue& venue, const Request& request, const Arrival& arrival);
    void reset(); // books, counts, limits, log, nonces, play; accounts and keys stay

    Venue* venue(std::string_view name);
    Account* account(std::string_view venue_name, std::string_view name);

    std::vector<std::unique_ptr<Venue>> venues;
    Accounts accounts;
    Play play;
    std::deque<Logged> log;

private:
    std::vector<Account*> holders(const Venue& venue, std::string_view key);
    std::optional<Refusal> refuse(Venue& venue, const Scene& scene, const Arrival& arrival);
    std::optional<Refusal> refuse_by_limit(const Venue& venue, const Scene& scene,
                                           const Arrival& arrival);
    void note(const Scene& scene, const Logged& line);

    std::map<std::string, Window> windows_; // "bitopro cancel 127.0.0.1"
};

}
