// Ids look like the venue's: ten digits at BitoPro, UUIDs that begin with the time elsewhere.
#include "book.hpp"

#include <algorithm>
#include <cstdio>

namespace ks {
namespace {

constexpr u64 decimal_id_first = 9'050'564'390; // BitoPro's own example
constexpr u64 price_cents_first = 6'000'000;
constexpr u64 scatter =
    0x9E37'79B9'7F4A'7C15; // odd, so that distinct counts scatter to distinct words

bool matches(const Order& order, const Filter& filter) {
    return (filter.product.empty() || order.product == filter.product) &&
           (filter.symbol.empty() || order.symbol == filter.symbol) &&
           (filter.id.empty() || order.id == filter.id);
}

}

std::string_view name_of(OrderState state) {
    switch (state) {
    case OrderState::arriving:
        return "arriving";
    case OrderState::open:
        return "open";
    case OrderState::raised:
        return "raised";
    case OrderState::cancelled:
        return "cancelled";
    }
    return "";
}

OrderState Order::state(u64 now_ns) const {
    if (now_ns < arrives_ns) return OrderState::arriving;
    if (!is_cancelled) return OrderState::open;
    return now_ns < leaves_ns ? OrderState::raised : OrderState::cancelled;
}

std::string Order::price() const {
    char text[32];
    std::snprintf(text, sizeof text, "%llu.%02llu",
                  static_cast<unsigned long long>(price_cents / 100),
                  static_cast<unsigned long long>(price_cents % 100));
    return text;
}

void Book::add(const Batch& batch, Moment now) {
    for (u64 i = 0; i < batch.count; ++i) {
        const u64 wanted_ms = now.unix_ms + batch.delay_ns / ns_per_ms - batch.age_ms;
        const u64 created_ms =
            batch.age_ms == 0 ? std::max(wanted_ms, created_unix_ms_last_ + 1) : wanted_ms + i;
        if (batch.age_ms == 0) created_unix_ms_last_ = created_ms;
        orders_.push_back({
            .id = next_id(created_ms),
            .product = batch.product,
            .symbol = batch.symbol,
            .status = batch.status,
            .is_buy = ids_count_ % 2 == 0,
            .price_cents = price_cents_first + ids_count_,
            .created_unix_ms = created_ms,
            .arrives_ns = now.mono_ns + batch.delay_ns,
        });
    }
}

void Book::cancel_all_accepted(Moment now) {
    for (const Batch& batch : after_cancel_) add(batch, now);
    after_cancel_.clear();
}

std::vector<const Order*> Book::listed(const Filter& filter, u64 now_ns) const {
    std::vector<const Order*> found;
    for (const Order& order : orders_) {
        const OrderState state = order.state(now_ns);
        if ((state == OrderState::open || state == OrderState::raised) && matches(order, filter))
            found.push_back(&order);
    }
    return found;
}

std::vector<Order*> Book::open(const Filter& filter, u64 now_ns) {
    std::vector<Order*> found;
    for (Order& order : orders_)
        if (order.state(now_ns) == OrderState::open && matches(order, filter))
            found.push_back(&order);
    return found;
}

const Order* Book::find(std::string_view id) const {
    for (const Order& order : orders_)
        if (order.id == id) return &order;
    return nullptr;
}

void Book::clear() {
    orders_.clear();
    after_cancel_.clear();
}

std::string Book::next_id(u64 unix_ms) {
    const u64 number = ids_count_++;
    if (style_ == IdStyle::decimal) return std::to_string(decimal_id_first + number);
    const u64 scattered = (number + 1) * scatter;
    char text[40];
    std::snprintf(text, sizeof text, "%08x-%04x-7%03x-8%03x-%012llx",
                  static_cast<unsigned>(unix_ms >> 16), static_cast<unsigned>(unix_ms & 0xFFFF),
                  static_cast<unsigned>(number & 0xFFF), static_cast<unsigned>(scattered >> 52),
                  static_cast<unsigned long long>(scattered & 0xFFFF'FFFF'FFFF));
    return text;
}

}
