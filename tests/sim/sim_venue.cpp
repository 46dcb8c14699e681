#include "sim/sim_venue.hpp"

#include <algorithm>

namespace ks::sim {

namespace {

std::string response(int status, const std::string& body, const std::string& headers = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: application/json\r\n" +
           headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

void SimVenue::place(u16 shot, Instant arrives_at) {
    books_[shot].push_back({next_id_++, arrives_at});
}

std::vector<u16> SimVenue::reached(u16 shot) const {
    std::vector<u16> shots{shot};
    if (const auto narrower = narrower_.find(shot); narrower != narrower_.end())
        shots.insert(shots.end(), narrower->second.begin(), narrower->second.end());
    return shots;
}

u32 SimVenue::open_count(u16 shot, Instant at) const {
    u32 count = old_.contains(shot);
    for (u16 one : reached(shot))
        if (const auto book = books_.find(one); book != books_.end())
            for (const Order& order : book->second)
                count += order.arrives_at <= at && at < order.leaves_at;
    return count;
}

u32 SimVenue::old_reads_of(u16 shot, u16 window) const {
    const auto reads = old_reads_.find({shot, window});
    return reads == old_reads_.end() ? 0 : reads->second;
}

Instant SimVenue::last_read_at(u16 shot) const {
    const auto at = last_read_.find(shot);
    return at == last_read_.end() ? never : at->second;
}

u32 SimVenue::cancels_of(u16 shot) const {
    return static_cast<u32>(std::count_if(
        seen_.begin(), seen_.end(), [&](const Seen& s) { return s.shot == shot && s.is_cancel; }));
}

std::string SimVenue::read_old(u16 shot, u16 window) {
    ++old_reads_[{shot, window}];
    const auto old = old_.find(shot);
    const bool is_there = old != old_.end() && old->second == window;
    return response(200, is_there ? "{\"orders\":[99999]}" : "{\"orders\":[]}");
}

std::string SimVenue::read(u16 shot, Instant now) {
    std::string list, raised;
    for (u16 one : reached(shot))
        for (const Order& order : books_[one]) {
            if (order.arrives_at > now || now >= order.leaves_at) continue;
            list += (list.empty() ? "" : ",") + std::to_string(order.id);
            raised += std::string(raised.empty() ? "" : ",") +
                      (order.leaves_at == far_future ? "\"no\"" : "\"yes\"");
        }
    last_read_[shot] = now;
    return response(200, "{\"orders\":[" + list + "],\"raised\":[" + raised + "]}");
}

std::string SimVenue::cancel(u16 shot, Instant now, bool is_honest) {
    std::string list;
    for (u16 one : reached(shot)) {
        for (Order& order : books_[one]) {
            if (order.arrives_at > now || order.leaves_at != far_future) continue;
            list += (list.empty() ? "" : ",") + std::to_string(order.id);
            if (is_honest) order.leaves_at = now + leaves_after;
        }
        std::erase_if(books_[one], [&](const Order& order) { return order.leaves_at <= now; });
    }
    return response(200, "{\"ok\":true,\"ids\":[" + list + "]}");
}

std::string SimVenue::answer(const std::string& request, Instant now, bool& closes) {
    closes = false;
    if (request.starts_with("GET /ping")) return response(200, "{}");
    const bool is_cancel = request.starts_with("POST /cancel/");
    const std::string path = request.substr(request.find('/', 6) + 1);
    const u16 shot = static_cast<u16>(std::stoi(path));
    const size_t slash = path.substr(0, path.find(' ')).find('/');
    const Deed done = deed ? deed(shot, is_cancel, now) : Deed::honest;
    std::string answer;
    switch (done) {
    case Deed::honest:
    case Deed::lie:
        answer = is_cancel ? cancel(shot, now, done == Deed::honest)
                 : slash != path.npos
                     ? read_old(shot, static_cast<u16>(std::stoi(path.substr(slash + 1))))
                     : read(shot, now);
        break;
    case Deed::error_503:
        answer = response(503, "{}");
        break;
    case Deed::garbage:
        answer = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>no!";
        break;
    case Deed::silence:
        break;
    case Deed::close:
        closes = true;
        break;
    case Deed::unauthorised:
        answer = response(401, "{}");
        break;
    case Deed::throttle:
        answer = response(429, "{}", "Retry-After: 2\r\n");
        break;
    case Deed::throttle_mutely:
        answer = response(429, "{}");
        break;
    case Deed::firewall:
        answer = response(403, "<html>Attention Required!</html>");
        break;
    }
    if (text) answer = response(500, text(shot, is_cancel));
    const auto request_index = std::stoi(request.substr(request.find("X-Request: ") + 11));
    const int status = answer.empty() ? 0 : std::stoi(answer.substr(9, 3));
    seen_.push_back(
        {now, shot, is_cancel, static_cast<u16>(status), static_cast<u16>(request_index)});
    return answer;
}

} // namespace ks::sim
