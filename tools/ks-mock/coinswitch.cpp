// CoinSwitch futures. Ed25519 over method, decoded path?query and epoch; the body is not signed.
// Cancels are asynchronous: ids at once, the orders stay listed as CANCELLATION_RAISED for a while.
#include "json.hpp"
#include "signature.hpp"
#include "text.hpp"
#include "venue.hpp"

#include <algorithm>

namespace ks {
namespace {

constexpr Limit cancel_limit{"cancel", 10, 60 * ns_per_s, false};
constexpr Limit read_limit{"read", 20, 60 * ns_per_s, false};
constexpr u64 epoch_window_ms = 60'000;
constexpr u64 leave_after_ns = 300 * ns_per_ms;
constexpr u64 page_orders_max = 50;
constexpr u64 span_ms_max = 7 * ms_per_day;

constexpr std::string_view futures = "/trade/api/v2/futures/";

std::string order_json(const Order& order, u64 now_ns) {
    const OrderState state = order.state(now_ns);
    return JsonObject()
        .text("order_id", order.id)
        .text("symbol", order.symbol)
        .text("side", order.is_buy ? "BUY" : "SELL")
        .text("order_type", "LIMIT")
        .text("price", order.price())
        .text("quantity", "1")
        .text("exec_quantity", "0")
        .text("status", state == OrderState::raised      ? "CANCELLATION_RAISED"
                        : state == OrderState::cancelled ? "CANCELLED"
                                                         : "OPEN")
        .number("created_at", order.created_unix_ms)
        .text("exchange", "EXCHANGE_2")
        .done();
}

// The number of a member, a default when it is absent, nothing when it is no number.
std::optional<u64> number_or(const Members& members, std::string_view name, u64 otherwise) {
    const auto at = members.find(name);
    return at == members.end() || at->second == "null" ? otherwise : whole_number(at->second);
}

class Coinswitch : public Venue {
public:
    Coinswitch()
        : Venue("coinswitch", "coinswitch.co", {.product = "futures", .symbol = "BTCUSDT"}) {}

    Call route(const Request& request) const override {
        const std::string_view path = request.path;
        const bool is_get = request.method == "GET";
        const bool is_post = request.method == "POST";
        if (is_get && (path == "/trade/api/v2/time" || path == "/trade/api/v2/ping"))
            return {.ask = Ask::anyone};
        if (is_get && path == "/trade/api/v2/validate/keys") return {.ask = Ask::account};
        if (!path.starts_with(futures)) return {};
        const std::string_view what = path.substr(futures.size());
        Call call{.product = "futures"};
        if (is_post && (what == "cancel_all" || what == "orders/open")) {
            const Members members = json_members(request.body).value_or(Members{});
            if (const auto symbol = members.find("symbol"); symbol != members.end())
                call.symbol = symbol->second;
            const bool is_cancel = what == "cancel_all";
            call.ask = !is_cancel            ? Ask::open_orders
                       : call.symbol.empty() ? Ask::cancel_all
                                             : Ask::cancel_symbol;
            call.limit = is_cancel ? &cancel_limit : &read_limit;
        } else if (is_get && what == "order") {
            call.ask = Ask::order;
            call.order_id = request.parameter("order_id");
            call.limit = &read_limit;
        }
        return call;
    }

    std::string_view key_of(const Request& request) const override {
        return request.header("X-AUTH-APIKEY");
    }

    std::optional<Refusal> check(const Request& request, Account& account,
                                 Moment now) const override {
        const std::string_view epoch = request.header("X-AUTH-EPOCH");
        const std::string message =
            request.method + url_decoded(request.target) + std::string(epoch);
        if (!is_ed25519(account.key, {message, request.header("X-AUTH-SIGNATURE")}))
            return Refusal{401, "Invalid Access", &Tally::signature_failures};
        const u64 epoch_ms = whole_number(epoch).value_or(0);
        const u64 skew_ms = std::max(epoch_ms, now.unix_ms) - std::min(epoch_ms, now.unix_ms);
        if (skew_ms > epoch_window_ms)
            return Refusal{401, "Invalid Access: epoch", &Tally::clock_failures};
        return {};
    }

    Response carry_out(const Scene& scene) const override {
        switch (scene.call.ask) {
        case Ask::anyone:
            return whoever_asks(scene);
        case Ask::account:
            return {.body = R"({"message":"Valid Access"})"};
        case Ask::order:
            return one_order(scene);
        case Ask::open_orders:
            return open_orders(scene);
        default:
            return cancel(scene);
        }
    }

    Response error(int status, std::string_view why) const override {
        return {.status = status, .body = JsonObject().text("message", why).done()};
    }

private:
    static Response whoever_asks(const Scene& scene) {
        if (scene.request.path.ends_with("/ping")) return {.body = R"({"message":"OK"})"};
        return {.body = JsonObject().number("serverTime", scene.now.unix_ms).done()};
    }

    Response one_order(const Scene& scene) const {
        const Order* order = scene.accounts[0]->book.find(scene.call.order_id);
        if (!order) return error(422, "order_id is unknown");
        return {.body = JsonObject().json("data", order_json(*order, scene.now.mono_ns)).done()};
    }

    static bool names_exchange(const Members& members) {
        const auto exchange = members.find("exchange");
        return exchange != members.end() && exchange->second == "EXCHANGE_2";
    }

    Response cancel(const Scene& scene) const {
        if (!names_exchange(json_members(scene.request.body).value_or(Members{})))
            return error(422, "exchange must be EXCHANGE_2");
        JsonList ids;
        for (const Order* order : scene.cancel(leave_after_ns)) ids.add(quoted(order->id));
        return {.body = JsonObject()
                            .json("data", JsonObject().json("orders_ids", ids.done()).done())
                            .done()};
    }

    // Newest first; the cursor is the creation time of the last row, to be sent as to_time.
    Response open_orders(const Scene& scene) const {
        const Members members = json_members(scene.request.body).value_or(Members{});
        const auto limit = number_or(members, "limit", page_orders_max);
        const auto cursor_ms = number_or(members, "cursor", never_ns);
        const auto to_ms = number_or(members, "to_time", cursor_ms.value_or(never_ns));
        if (!names_exchange(members) || !limit || *limit == 0 || *limit > page_orders_max || !to_ms)
            return error(422, "exchange, limit (1..50), cursor or to_time is not valid");
        const u64 end_ms = std::min(*to_ms, scene.now.unix_ms + 1'000);
        const auto from_ms = number_or(members, "from_time", end_ms - span_ms_max);
        if (!from_ms || (*to_ms != never_ns && *to_ms > *from_ms + span_ms_max))
            return error(422, "from_time to to_time may span 7 days");
        std::vector<const Order*> found;
        for (const Order* order : scene.listed())
            if (order->created_unix_ms >= *from_ms && order->created_unix_ms < end_ms)
                found.push_back(order);
        std::reverse(found.begin(), found.end());
        const bool has_more = found.size() > *limit;
        if (has_more) found.resize(*limit);
        JsonList list;
        for (const Order* order : found) list.add(order_json(*order, scene.now.mono_ns));
        const std::string cursor =
            has_more ? std::to_string(found.back()->created_unix_ms) : "null";
        const std::string data =
            JsonObject().json("orders", list.done()).json("cursor", cursor).done();
        return {.body = JsonObject().json("data", data).done()};
    }
};

}

std::unique_ptr<Venue> make_coinswitch() {
    return std::make_unique<Coinswitch>();
}

}
