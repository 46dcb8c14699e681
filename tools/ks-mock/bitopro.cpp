// BitoPro, spot and margin. Signed is only the payload, {"identity","nonce"} in base64: neither
// method nor path. Its page contradicts itself on the cancel limit; the mock keeps the stricter.
#include "json.hpp"
#include "signature.hpp"
#include "text.hpp"
#include "venue.hpp"

#include <map>

namespace ks {
namespace {

constexpr Limit cancel_limit{"cancel", 1, ns_per_s, true}; // spot and margin share it
constexpr Limit open_limit{"open", 5, ns_per_s, true};
constexpr std::string_view spot_orders = "/v3/orders/";
constexpr std::string_view margin_orders = "/v3/margin/orders/";
constexpr u64 nonce_window_ms = 60'000; // the venue does not publish one

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

bool is_pair(std::string_view text) {
    const auto low_line = text.find('_');
    return low_line != std::string_view::npos && text.find('/') == std::string_view::npos;
}

std::string order_json(const Order& order) {
    return JsonObject()
        .text("id", order.id)
        .text("pair", order.symbol)
        .text("price", order.price())
        .text("avgExecutionPrice", "0")
        .text("action", order.is_buy ? "BUY" : "SELL")
        .text("type", "LIMIT")
        .number("timestamp", order.created_unix_ms)
        .number("createdTimestamp", order.created_unix_ms)
        .number("updatedTimestamp", order.created_unix_ms)
        .number("status", 0)
        .text("originalAmount", "1")
        .text("remainingAmount", "1")
        .text("executedAmount", "0")
        .text("timeInForce", "GTC")
        .done();
}

class Bitopro : public Venue {
public:
    Bitopro() : Venue("bitopro", "api.bitopro.com", {.product = "margin", .symbol = "BTC_USDT"}) {}

    Call route(const Request& request) const override {
        std::string_view path = request.path;
        if (path == "/v3/provisioning/trading-pairs" && request.method == "GET")
            return {.ask = Ask::anyone};
        const bool is_margin = path.starts_with(margin_orders);
        if (!is_margin && !path.starts_with(spot_orders)) return {};
        path.remove_prefix(is_margin ? margin_orders.size() : spot_orders.size());
        Call call{.product = is_margin ? "margin" : "spot"};
        if (request.method == "GET" && path == "open") {
            call.ask = Ask::open_orders;
            call.symbol = upper(request.parameter("pair"));
            call.limit = &open_limit;
        } else if (request.method == "DELETE" && (path == "all" || is_pair(path))) {
            call.ask = path == "all" ? Ask::cancel_all : Ask::cancel_symbol;
            call.symbol = path == "all" ? "" : upper(path);
            call.limit = &cancel_limit;
        }
        return call;
    }

    std::string_view key_of(const Request& request) const override {
        return request.header("X-BITOPRO-APIKEY");
    }

    std::optional<Refusal> check(const Request& request, Account& account,
                                 Moment now) const override {
        const std::string_view payload = request.header("X-BITOPRO-PAYLOAD");
        const Signed claim{payload, request.header("X-BITOPRO-SIGNATURE")};
        if (!is_hmac_sha384(account.secret, claim))
            return Refusal{401, "Unauthorized", &Tally::signature_failures};
        const auto members = json_members(base64_decoded(payload).value_or(""));
        const auto nonce = members && members->contains("nonce")
                               ? whole_number(members->at("nonce"))
                               : std::nullopt;
        if (!nonce) return Refusal{400, "payload needs a nonce", &Tally::nonce_failures};
        if (const auto identity = members->find("identity");
            identity != members->end() && identity->second != account.identity)
            return Refusal{401, "Unauthorized: identity", &Tally::signature_failures};
        const u64 skew_ms = *nonce > now.unix_ms ? *nonce - now.unix_ms : now.unix_ms - *nonce;
        if (skew_ms > nonce_window_ms)
            return Refusal{409, "Local Machine Time Mismatch", &Tally::clock_failures};
        if (*nonce <= account.nonce_last)
            return Refusal{409, "Nonce not above the last", &Tally::nonce_failures};
        account.nonce_last = *nonce;
        return {};
    }

    Response carry_out(const Scene& scene) const override {
        if (scene.call.ask == Ask::anyone)
            return {.body = R"({"data":[{"pair":"btc_usdt","base":"btc","quote":"usdt"}]})"};
        if (scene.call.ask == Ask::open_orders) {
            JsonList list;
            for (const Order* order : scene.listed()) list.add(order_json(*order));
            return {.body = JsonObject().json("data", list.done()).done()};
        }
        std::map<std::string, JsonList> ids_by_pair;
        for (const Order* order : scene.cancel(0))
            ids_by_pair[order->symbol].add(quoted(order->id));
        JsonObject data;
        for (const auto& [pair, ids] : ids_by_pair) data.json(pair, ids.done());
        return {.body = JsonObject().json("data", data.done()).done()};
    }

    Response error(int status, std::string_view why) const override {
        return {.status = status, .body = JsonObject().text("error", why).done()};
    }
};

}

std::unique_ptr<Venue> make_bitopro() {
    return std::make_unique<Bitopro>();
}

}
