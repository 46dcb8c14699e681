// The orders of one account. Nothing here needs a timer: an order that arrives late or leaves late
// carries the instant, and its state is worked out when somebody looks.
#pragma once

#include "clock.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ks {

// arriving: on its way, the venue does not show it yet. raised: cancelled, but still listed as
// open.
enum class OrderState : u8 { arriving, open, raised, cancelled };
std::string_view name_of(OrderState state);

struct Order {
    std::string id;
    std::string product;
    std::string symbol;
    std::string status; // the venue's word while open; empty means its usual one
    bool is_buy = true;
    u64 price_cents = 0;
    u64 created_unix_ms = 0;
    u64 arrives_ns = 0;
    u64 leaves_ns = never_ns;
    bool is_cancelled = false;

    OrderState state(u64 now_ns) const;
    std::string price() const; // "123.45"
};

// Several equal orders to be put into a book, at once or later.
struct Batch {
    u64 count = 1;
    std::string product{};
    std::string symbol{};
    std::string status{};
    u64 delay_ns = 0;
    u64 age_ms = 0; // created so long before it arrives
};

// Empty words select everything.
struct Filter {
    std::string_view product;
    std::string_view symbol;
    std::string_view id;
};

enum class IdStyle : u8 { decimal, uuid };

class Book {
public:
    explicit Book(IdStyle style) : style_(style) {}

    void add(const Batch& batch, Moment now);
    void add_after_cancel(const Batch& batch) { after_cancel_.push_back(batch); }
    void cancel_all_accepted(Moment now); // what waited for it is now on its way

    // Orders in place (open or raised), oldest first; valid until the next add.
    std::vector<const Order*> listed(const Filter& filter, u64 now_ns) const;
    // Orders that a cancel would reach now: open ones only.
    std::vector<Order*> open(const Filter& filter, u64 now_ns);
    const Order* find(std::string_view id) const;
    const std::deque<Order>& orders() const { return orders_; }
    void clear();

private:
    std::string next_id(u64 unix_ms);

    IdStyle style_;
    std::deque<Order> orders_;
    std::vector<Batch> after_cancel_;
    u64 created_unix_ms_last_ = 0; // paging by time needs distinct times
    u64 ids_count_ = 0;
};

}
