// What every venue does with its books, and the two ways in which a play makes it lie about them.
#include "venue.hpp"

namespace ks {

std::vector<const Order*> Scene::listed() const {
    std::vector<const Order*> shown;
    if (twist.reply == Reply::lie) return shown;
    for (const Account* account : accounts)
        for (const Order* order : account->book.listed(filter(), now.mono_ns))
            if (twist.hide_older_than_ms == never_ns ||
                order->created_unix_ms + twist.hide_older_than_ms >= now.unix_ms)
                shown.push_back(order);
    return shown;
}

std::vector<const Order*> Scene::cancel(u64 leave_after_ns) const {
    const u64 leave_ns = twist.leave_after_ns.value_or(leave_after_ns);
    std::vector<const Order*> named;
    for (Account* account : accounts)
        for (Order* order : account->book.open(filter(), now.mono_ns)) {
            named.push_back(order);
            if (twist.reply == Reply::lie) continue;
            order->is_cancelled = true;
            order->leaves_ns = leave_ns == never_ns ? never_ns : now.mono_ns + leave_ns;
        }
    return named;
}

}
