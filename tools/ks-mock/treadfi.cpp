// Tread.fi, an execution system in front of exchanges. A static token, nothing signed; a token
// reaches every account that has it. What its public pages leave open is said in README.md.
#include "json.hpp"
#include "text.hpp"
#include "venue.hpp"

#include <algorithm>

namespace ks {
namespace {

constexpr u64 page_orders_default = 100;
constexpr std::string_view scheme = "Token ";
constexpr std::string_view robots_path = "/robots.txt";
constexpr std::string_view order_path = "/api/order/";
constexpr std::string_view active_statuses = "ACTIVE,SCHEDULED,PAUSED,FINISHER";

std::string_view status_of(const Order& order) {
    return order.status.empty() ? "ACTIVE" : std::string_view(order.status);
}

bool has(std::string_view list, std::string_view word) {
    const auto items = split(list, ',');
    return std::find(items.begin(), items.end(), word) != items.end();
}

std::string order_json(const Order& order) {
    return JsonObject()
        .text("id", order.id)
        .text("pair", order.symbol)
        .text("side", order.is_buy ? "buy" : "sell")
        .text("status", status_of(order))
        .text("limit_price", order.price())
        .number("created_at", order.created_unix_ms)
        .done();
}

class Treadfi : public Venue {
public:
    Treadfi() : Venue("treadfi", "app.tread.fi", {.product = "oms", .symbol = "BTC-USDT"}) {}

    Call route(const Request& request) const override {
        const std::string_view path = request.path;
        const bool is_get = request.method == "GET";
        Call call{.product = "oms",
                  .account_names = std::string(request.parameter("account_names"))};
        if (is_get && path == robots_path) return {.ask = Ask::anyone}; // what keeps a lane alive
        if (request.method == "POST" && path == "/api/cancel_all_orders/") {
            call.ask = Ask::cancel_all;
            const Members members = json_members(request.body).value_or(Members{});
            if (const auto names = members.find("account_names"); names != members.end())
                call.account_names = names->second;
        } else if (is_get && (path == "/api/orders/" || path == "/api/active_orders/")) {
            call.ask = Ask::open_orders;
        } else if (is_get && path == "/api/accounts/") {
            call.ask = Ask::account;
        } else if (request.method == "DELETE" && path.starts_with(order_path)) {
            call.ask = Ask::cancel_order;
            call.order_id = path.substr(order_path.size());
        }
        return call;
    }

    std::string_view key_of(const Request& request) const override {
        const std::string_view value = request.header("Authorization");
        return value.starts_with(scheme) ? value.substr(scheme.size()) : std::string_view{};
    }

    std::optional<Refusal> check(const Request&, Account&, Moment) const override { return {}; }

    Response carry_out(const Scene& scene) const override {
        switch (scene.call.ask) {
        case Ask::anyone:
            return {.body = "User-agent: *\nDisallow: /\n", .type = "text/plain"};
        case Ask::account:
            return accounts(scene);
        case Ask::open_orders:
            return page(scene);
        case Ask::cancel_order:
            return cancel_order(scene);
        default:
            return {.body = JsonObject()
                                .text("message", "Cancelled all orders")
                                .number("cancelled", scene.cancel(0).size())
                                .done()};
        }
    }

    Response error(int status, std::string_view why) const override {
        return {.status = status, .body = JsonObject().text("error", why).done()};
    }

private:
    static Response accounts(const Scene& scene) {
        JsonList list;
        for (const Account* account : scene.accounts)
            list.add(JsonObject().text("name", account->identity).text("exchange", "mock").done());
        return {.body = list.done()};
    }

    Response cancel_order(const Scene& scene) const {
        if (scene.cancel(0).empty()) return error(404, "Order not found.");
        return {.body =
                    JsonObject().text("id", scene.call.order_id).text("status", "CANCELED").done()};
    }

    // Django's page of results; `next` and `previous` are whole addresses or null.
    Response page(const Scene& scene) const {
        const bool is_active_only = scene.request.path == "/api/active_orders/";
        const std::string_view asked = scene.request.parameter("statuses");
        const std::string_view statuses = is_active_only || asked.empty() ? active_statuses : asked;
        JsonList list;
        u64 count = 0;
        const u64 page_number = whole_number(scene.request.parameter("page")).value_or(1);
        const u64 page_orders =
            whole_number(scene.request.parameter("page_size")).value_or(page_orders_default);
        if (page_number == 0 || page_orders == 0) return error(404, "Invalid page.");
        const u64 first = (page_number - 1) * page_orders;
        for (const Order* order : scene.listed()) {
            if (!has(statuses, status_of(*order))) continue;
            if (count >= first && count - first < page_orders) list.add(order_json(*order));
            ++count;
        }
        if (page_number > 1 && first >= count) return error(404, "Invalid page.");
        const bool has_next = first + page_orders < count;
        return {.body = JsonObject()
                            .number("count", count)
                            .json("next", has_next ? address(scene, page_number + 1) : "null")
                            .json("previous",
                                  page_number > 1 ? address(scene, page_number - 1) : "null")
                            .json("results", list.done())
                            .done()};
    }

    std::string address(const Scene& scene, u64 page_number) const {
        std::string url = "https://" + host + scene.request.path + "?";
        for (const auto& [parameter, value] : scene.request.query)
            if (parameter != "page") url += parameter + "=" + value + "&";
        return quoted(url + "page=" + std::to_string(page_number));
    }
};

}

std::unique_ptr<Venue> make_treadfi() {
    return std::make_unique<Treadfi>();
}

}
