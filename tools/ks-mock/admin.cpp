// The truth is written from the books at the moment of asking; nothing in it passed through a play.
#include "admin.hpp"
#include "text.hpp"

#include <set>

namespace ks {
namespace {

constexpr std::string_view help =
    "GET /truth\nGET /log\nPOST /play (body: the lines of a play)\nPOST /reset\n"
    "POST /orders?venue=&account=[&product=&symbol=&status=&count=&age_ms=&delay_ms=]"
    "[&after=cancel_all]\n";
constexpr u64 count_max = 1'000'000;

Response sentence(int status, std::string_view text) {
    return {.status = status, .body = std::string(text) + "\n", .type = "text/plain"};
}

u64 number(const Request& request, std::string_view name, u64 otherwise) {
    const std::string_view text = request.parameter(name);
    const auto value = text.empty() ? otherwise : whole_number(text);
    if (!value) throw Mistake(std::string(name) + "=" + std::string(text) + " is no whole number");
    return *value;
}

std::string word(const Request& request, std::string_view name, const std::string& otherwise) {
    const std::string_view text = request.parameter(name);
    return text.empty() ? otherwise : std::string(text);
}

Response add_orders(Stage& stage, const Request& request, Moment now) {
    const std::string_view venue_name = request.parameter("venue");
    Account* account = stage.account(venue_name, request.parameter("account"));
    if (!account) throw Mistake("no such venue and account; POST /orders?venue=&account=&count=");
    const Batch& usual = stage.venue(venue_name)->usual;
    const Batch batch{.count = number(request, "count", 1),
                      .product = word(request, "product", usual.product),
                      .symbol = word(request, "symbol", usual.symbol),
                      .status = word(request, "status", ""),
                      .delay_ns = number(request, "delay_ms", 0) * ns_per_ms,
                      .age_ms = number(request, "age_ms", 0)};
    if (batch.count > count_max) throw Mistake("count is above " + std::to_string(count_max));
    const std::string after = word(request, "after", "");
    if (!after.empty() && after != "cancel_all") throw Mistake("after may only be cancel_all");
    if (after.empty())
        account->book.add(batch, now);
    else
        account->book.add_after_cancel(batch);
    return {.body = JsonObject().number("added", batch.count).done()};
}

std::string cancels_json(const Tally& tally) {
    JsonList list;
    for (const CancelSeen& seen : tally.cancels)
        list.add(JsonObject()
                     .number("mono_ns", seen.at.mono_ns)
                     .number("unix_ms", seen.at.unix_ms)
                     .text("product", seen.product)
                     .text("symbol", seen.symbol)
                     .number("status", static_cast<u64>(seen.status))
                     .done());
    return list.done();
}

// Orders of one product: those that rest in the book, and those still on their way to it.
std::string product_json(const Book& book, std::string_view product, Moment now) {
    JsonList open;
    JsonList arriving;
    u64 open_count = 0;
    u64 cancelled_count = 0;
    for (const Order& order : book.orders()) {
        if (order.product != product) continue;
        const OrderState state = order.state(now.mono_ns);
        const std::string row = JsonObject()
                                    .text("id", order.id)
                                    .text("symbol", order.symbol)
                                    .text("state", name_of(state))
                                    .number("created_ms", order.created_unix_ms)
                                    .done();
        if (state == OrderState::cancelled)
            ++cancelled_count;
        else if (state == OrderState::arriving)
            arriving.add(row);
        else
            open.add(row), ++open_count;
    }
    return JsonObject()
        .number("open_count", open_count)
        .number("cancelled_count", cancelled_count)
        .json("open", open.done())
        .json("arriving", arriving.done())
        .done();
}

std::string account_json(const Account& account, Moment now) {
    std::set<std::string> products;
    for (const Order& order : account.book.orders()) products.insert(order.product);
    JsonObject by_product;
    for (const std::string& product : products)
        by_product.json(product, product_json(account.book, product, now));
    return JsonObject()
        .text("venue", account.venue)
        .text("account", account.name)
        .number("requests", account.tally.requests)
        .number("answered_429", account.tally.answered_429)
        .number("limit_violations", account.tally.limit_violations)
        .number("signature_failures", account.tally.signature_failures)
        .number("nonce_failures", account.tally.nonce_failures)
        .number("clock_failures", account.tally.clock_failures)
        .json("products", by_product.done())
        .json("cancels", cancels_json(account.tally))
        .done();
}

std::string venue_json(const Venue& venue) {
    const Traffic& traffic = venue.traffic;
    return JsonObject()
        .text("venue", venue.name)
        .number("connections", traffic.connections)
        .number("bytes_in", traffic.bytes_in)
        .number("bytes_out", traffic.bytes_out)
        .number("records_in", traffic.records.in)
        .number("records_out", traffic.records.out)
        .number("requests", traffic.requests)
        .number("malformed", traffic.malformed)
        .number("unknown_key", traffic.unknown_key)
        .done();
}

std::string truth(const Stage& stage, Moment now) {
    JsonList accounts;
    for (const Account& account : stage.accounts) accounts.add(account_json(account, now));
    JsonList venues;
    for (const auto& venue : stage.venues) venues.add(venue_json(*venue));
    return JsonObject()
        .number("mono_ns", now.mono_ns)
        .number("unix_ms", now.unix_ms)
        .json("venues", venues.done())
        .json("accounts", accounts.done())
        .done();
}

std::string log_lines(const Stage& stage) {
    std::string lines;
    for (const Logged& line : stage.log)
        lines += JsonObject()
                     .number("mono_ns", line.at.mono_ns)
                     .number("unix_ms", line.at.unix_ms)
                     .text("venue", line.venue)
                     .text("account", line.account)
                     .text("request", name_of(line.ask))
                     .text("method", line.method)
                     .text("path", line.target)
                     .number("status", static_cast<u64>(line.status))
                     .done() +
                 '\n';
    return lines;
}

}

Response answer_admin(Stage& stage, const Request& request, Moment now) try {
    const std::string call = request.method + ' ' + request.path;
    if (call == "POST /orders") return add_orders(stage, request, now);
    if (call == "GET /truth") return {.body = truth(stage, now)};
    if (call == "GET /log") return {.body = log_lines(stage), .type = "application/x-ndjson"};
    if (call == "POST /play") {
        stage.play = Play::read(request.body, "play");
        return sentence(200, "the play is on");
    }
    if (call == "POST /reset") {
        stage.reset();
        return sentence(200, "all books, counts and rules are empty");
    }
    return sentence(404, help);
} catch (const Mistake& mistake) {
    return sentence(400, mistake.what());
}

}
