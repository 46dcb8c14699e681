// SimVenue: order books and misbehaviour behind the simulated sockets.
// A shot of the plan has a book; POST /cancel/<shot> empties it, GET /open/<shot> lists it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace ks::sim {

struct Order {
    u32 id = 0;
    Instant arrives_at;
};

// What the venue does with one request instead of answering it well.
enum class Deed : u8 { honest, lie, error_503, garbage, silence, close, unauthorised, throttle };

struct Seen {
    Instant at;
    u16 shot = 0;
    bool is_cancel = false;
    u16 status = 0;
};

class SimVenue {
public:
    void place(u16 shot, Instant arrives_at);
    // Decides how the next request for this shot is treated; honest by default.
    std::function<Deed(u16 shot, bool is_cancel, Instant now)> deed;
    // Answers one whole request. Empty: no answer; `closes` says whether the connection ends.
    std::string answer(const std::string& request, Instant now, bool& closes);

    // Orders open at this instant, as an honest venue would count them.
    u32 open_count(u16 shot, Instant at) const;
    Instant last_read_at(u16 shot) const;
    const std::vector<Seen>& seen() const { return seen_; }
    u32 cancels_of(u16 shot) const;

private:
    std::map<u16, std::vector<Order>> books_;
    std::map<u16, Instant> last_read_;
    std::vector<Seen> seen_;
    u32 next_id_ = 1;
};

} // namespace ks::sim
