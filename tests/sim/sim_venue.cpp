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

u32 SimVenue::open_count(u16 shot, Instant at) const {
    const auto book = books_.find(shot);
    if (book == books_.end()) return 0;
    return static_cast<u32>(std::count_if(book->second.begin(), book->second.end(),
                                          [&](const Order& o) { return o.arrives_at <= at; }));
}

Instant SimVenue::last_read_at(u16 shot) const {
    const auto at = last_read_.find(shot);
    return at == last_read_.end() ? never : at->second;
}

u32 SimVenue::cancels_of(u16 shot) const {
    return static_cast<u32>(std::count_if(
        seen_.begin(), seen_.end(), [&](const Seen& s) { return s.shot == shot && s.is_cancel; }));
}

std::string SimVenue::answer(const std::string& request, Instant now, bool& closes) {
    closes = false;
    if (request.starts_with("GET /ping")) return response(200, "{}");
    const bool is_cancel = request.starts_with("POST /cancel/");
    const u16 shot = static_cast<u16>(std::stoi(request.substr(request.find('/', 6) + 1)));
    const Deed done = deed ? deed(shot, is_cancel, now) : Deed::honest;
    std::string text, list;
    std::vector<Order>& book = books_[shot];
    for (const Order& order : book)
        if (order.arrives_at <= now) list += (list.empty() ? "" : ",") + std::to_string(order.id);
    switch (done) {
    case Deed::honest:
    case Deed::lie:
        if (is_cancel && done == Deed::honest)
            std::erase_if(book, [&](const Order& o) { return o.arrives_at <= now; });
        if (!is_cancel) last_read_[shot] = now;
        text = is_cancel ? response(200, "{\"ok\":true,\"ids\":[" + list + "]}")
                         : response(200, "{\"orders\":[" + list + "]}");
        break;
    case Deed::error_503:
        text = response(503, "{}");
        break;
    case Deed::garbage:
        text = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>no!";
        break;
    case Deed::silence:
        break;
    case Deed::close:
        closes = true;
        break;
    case Deed::unauthorised:
        text = response(401, "{}");
        break;
    case Deed::throttle:
        text = response(429, "{}", "Retry-After: 2\r\n");
        break;
    }
    seen_.push_back(
        {now, shot, is_cancel, static_cast<u16>(text.empty() ? 0 : std::stoi(text.substr(9, 3)))});
    return text;
}

} // namespace ks::sim
