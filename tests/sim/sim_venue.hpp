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
    Instant leaves_at = far_future; // cancelled, and listed until then
};

// What the venue does with one request instead of answering it well.
enum class Deed : u8 {
    honest,
    lie,
    error_503,
    garbage,
    silence,
    close,
    unauthorised,
    throttle,
    firewall,
    throttle_mutely, // 429 without Retry-After
};

struct Seen {
    Instant at;
    u16 shot = 0;
    bool is_cancel = false;
    u16 status = 0;
    u16 request = 0; // in the plan
};

class SimVenue {
public:
    // A request for `wide` reaches the orders of `narrow` too.
    void let_reach(u16 wide, u16 narrow) { narrower_[wide].push_back(narrow); }
    void place(u16 shot, Instant arrives_at);
    // An order that only the read of this older window shows, and no cancel reaches.
    void place_old(u16 shot, u16 window) { old_[shot] = window; }
    void remove_old(u16 shot) { old_.erase(shot); }
    void forget_old() { old_.clear(); }
    u32 old_reads_of(u16 shot, u16 window) const;
    Nanos leaves_after; // a cancel is asynchronous: the order stays listed, raised, so long
    // Decides how the next request for this shot is treated; honest by default.
    std::function<Deed(u16 shot, bool is_cancel, Instant now)> deed;
    // The body of its answers instead, with status 500.
    std::function<std::string(u16 shot, bool is_cancel)> text;
    // Answers one whole request. Empty: no answer; `closes` says whether the connection ends.
    std::string answer(const std::string& request, Instant now, bool& closes);

    // Orders open at this instant, as an honest venue would count them.
    u32 open_count(u16 shot, Instant at) const;
    Instant last_read_at(u16 shot) const;
    const std::vector<Seen>& seen() const { return seen_; }
    u32 cancels_of(u16 shot) const;

private:
    std::map<u16, std::vector<Order>> books_;
    std::map<u16, std::vector<u16>> narrower_;
    std::vector<u16> reached(u16 shot) const;
    std::map<u16, Instant> last_read_;
    std::map<u16, u16> old_;
    std::map<std::pair<u16, u16>, u32> old_reads_;
    std::string read_old(u16 shot, u16 window);
    std::string read(u16 shot, Instant now);
    std::string cancel(u16 shot, Instant now, bool is_honest);
    std::vector<Seen> seen_;
    u32 next_id_ = 1;
};

} // namespace ks::sim
