// Reading a play: a table of verbs, each of which takes its words from the line and sets its part
// of the twist. A verb that is not in the table, or words left over, are a Mistake.
#include "play.hpp"
#include "text.hpp"
#include "venue.hpp"

#include <algorithm>

namespace ks {
namespace {

constexpr u64 flood_count = 1'000; // far above any client's budget for key updates

constexpr std::string_view ask_names[] = {"cancel_all",  "cancel_symbol", "cancel_order",
                                          "open_orders", "order",         "account",
                                          "public",      "unknown"};

// The words of one act, taken from left to right.
class Words {
public:
    explicit Words(std::string_view act) : words_(ks::words(act)) {}

    bool is_done() const { return at_ == words_.size(); }
    bool take_if(std::string_view word) {
        const bool is_next = !is_done() && words_[at_] == word;
        at_ += is_next;
        return is_next;
    }
    std::string_view word(std::string_view expected) {
        if (is_done())
            throw Mistake("expected " + std::string(expected) + " at the end of the act");
        return words_[at_++];
    }
    u64 number() {
        const std::string_view text = word("a number");
        const auto value = whole_number(text);
        if (!value) throw Mistake("'" + std::string(text) + "' is no whole number");
        return *value;
    }
    u64 duration() {
        const std::string_view text = word("a duration");
        const auto value = duration_ns(text);
        if (!value)
            throw Mistake("'" + std::string(text) +
                          "' is no duration such as 50ms, 2s, 5m, 4h, 7d");
        return *value;
    }
    void must_take(std::string_view expected) {
        if (!take_if(expected))
            throw Mistake("expected '" + std::string(expected) + "'" +
                          (is_done() ? "" : " before '" + std::string(words_[at_]) + "'"));
    }
    // Optional trailing words stop where the counts `times N` and `skip N` begin.
    bool has_free_word() const {
        return !is_done() && words_[at_] != "times" && words_[at_] != "skip";
    }

private:
    std::vector<std::string_view> words_;
    std::size_t at_ = 0;
};

void read_status(Twist& twist, Words& act, Reply reply) {
    const u64 status = act.number();
    if (status < 200 || status > 599) throw Mistake("a status lies between 200 and 599");
    twist.reply = reply;
    twist.status = static_cast<int>(status);
}

void read_arrival(Twist& twist, Words& act, u64 delay_ns) {
    Batch batch{.count = act.number(), .delay_ns = delay_ns};
    if (act.has_free_word()) batch.product = act.word("a product");
    if (act.has_free_word()) batch.symbol = act.word("a symbol");
    twist.arrive.push_back(batch);
}

void read_leave(Twist& twist, Words& act) {
    if (act.take_if("never")) {
        twist.leave_after_ns = never_ns;
        return;
    }
    act.must_take("after");
    twist.leave_after_ns = act.duration();
}

void read_clock(Twist& twist, Words& act) {
    const std::string_view way = act.word("'ahead' or 'behind'");
    if (way != "ahead" && way != "behind") throw Mistake("a clock is 'ahead' or 'behind'");
    const i64 offset_ms = static_cast<i64>(act.duration() / ns_per_ms);
    twist.clock_offset_ms = way == "ahead" ? offset_ms : -offset_ms;
}

void read_after(Twist& twist, Words& act) {
    const u64 delay_ns = act.duration();
    act.must_take("arrive");
    read_arrival(twist, act, delay_ns);
}

struct Verb {
    std::string_view name;
    void (*read)(Twist&, Words&);
};

constexpr Verb verbs[] = {
    {"accept", [](Twist& t, Words&) { t.is_accepted = true; }},
    {"lie", [](Twist& t, Words&) { t.reply = Reply::lie; }},
    {"status", [](Twist& t, Words& act) { read_status(t, act, Reply::status); }},
    {"html", [](Twist& t, Words& act) { read_status(t, act, Reply::html); }},
    {"broken_json", [](Twist& t, Words&) { t.reply = Reply::broken_json; }},
    {"garbage", [](Twist& t, Words&) { t.reply = Reply::garbage; }},
    {"truncate", [](Twist& t, Words&) { t.reply = Reply::truncated; }},
    {"silence", [](Twist& t, Words&) { t.reply = Reply::silence; }},
    {"close", [](Twist& t, Words&) { t.reply = Reply::close; }},
    {"half_close", [](Twist& t, Words&) { t.reply = Reply::half_close; }},
    {"rst", [](Twist& t, Words&) { t.reply = Reply::reset; }},
    {"after", read_after},
    {"arrive", [](Twist& t, Words& act) { read_arrival(t, act, 0); }},
    {"leave", read_leave},
    {"hide",
     [](Twist& t, Words& act) {
         act.must_take("older_than");
         t.hide_older_than_ms = act.duration() / ns_per_ms;
     }},
    {"empty_wrong_path", [](Twist& t, Words&) { t.empty_wrong_path = true; }},
    {"unlimited", [](Twist& t, Words&) { t.is_unlimited = true; }},
    {"clock", read_clock},
    {"delay", [](Twist& t, Words& act) { t.delay_ns = act.duration(); }},
    {"retry_after", [](Twist& t, Words& act) { t.retry_after_s = act.number(); }},
    {"chunked", [](Twist& t, Words&) { t.is_chunked = true; }},
    {"gzip", [](Twist& t, Words&) { t.is_gzip = true; }},
    {"byte_by_byte", [](Twist& t, Words&) { t.is_byte_by_byte = true; }},
    {"fragments",
     [](Twist& t, Words& act) {
         t.fragment_bytes = act.number();
         if (act.take_if("pad")) t.pad_bytes = act.number();
     }},
    {"key_update",
     [](Twist& t, Words& act) {
         t.key_updates = 1;
         t.key_update_asks_for_reply = !act.take_if("one_way");
     }},
    {"key_update_flood", [](Twist& t, Words&) { t.key_updates = flood_count; }},
    {"tickets", [](Twist& t, Words& act) { t.tickets = act.number(); }},
    {"connection_close", [](Twist& t, Words&) { t.closes_after = true; }},
    {"idle_close", [](Twist& t, Words& act) { t.idle_close_ns = act.duration(); }},
};

void read_act(Rule& rule, std::string_view text) {
    Words act(text);
    act.take_if("then");
    const std::string_view name = act.word("a verb");
    const auto* verb = std::find_if(std::begin(verbs), std::end(verbs),
                                    [&](const Verb& known) { return known.name == name; });
    if (verb == std::end(verbs)) {
        std::string known;
        for (const Verb& each : verbs) known += ' ' + std::string(each.name);
        throw Mistake("unknown verb '" + std::string(name) + "'; one of:" + known);
    }
    verb->read(rule.twist, act);
    while (!act.is_done()) {
        const std::string_view count = act.word("a count");
        if (count == "times")
            rule.times = act.number();
        else if (count == "skip")
            rule.skip = act.number();
        else
            throw Mistake("'" + std::string(count) + "' does not belong to '" + std::string(name) +
                          "'");
    }
}

Rule read_rule(std::string_view line) {
    const auto colon = line.find(':');
    const auto who = words(line.substr(0, colon));
    if (colon == std::string_view::npos || who.size() != 3)
        throw Mistake("expected 'venue account request: act; act'");
    if (who[2] != "*" &&
        std::find(std::begin(ask_names), std::end(ask_names), who[2]) == std::end(ask_names)) {
        std::string known = "*";
        for (const std::string_view each : ask_names) known += ' ' + std::string(each);
        throw Mistake("unknown request '" + std::string(who[2]) + "'; one of: " + known);
    }
    if (who[0] != "*" && !is_venue_name(who[0]))
        throw Mistake("unknown venue '" + std::string(who[0]) +
                      "'; one of: * bitopro coinswitch treadfi");
    Rule rule{std::string(who[0]), std::string(who[1]), std::string(who[2])};
    for (const std::string_view act : split(line.substr(colon + 1), ';')) read_act(rule, act);
    return rule;
}

bool fits(std::string_view pattern, std::string_view name) {
    return pattern == "*" || pattern == name;
}

}

std::string_view name_of(Ask ask) {
    return ask_names[static_cast<std::size_t>(ask)];
}

Play Play::read(std::string_view text, std::string_view name) {
    Play play;
    u64 line_number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++line_number;
        line = trimmed(line.substr(0, line.find('#')));
        if (line.empty()) continue;
        try {
            play.rules_.push_back(read_rule(line));
        } catch (const Mistake& mistake) {
            throw Mistake(std::string(name) + ":" + std::to_string(line_number) + ": " +
                          mistake.what());
        }
    }
    return play;
}

Twist Play::next(const Casting& casting) {
    for (Rule& rule : rules_) {
        if (!fits(rule.venue, casting.venue) || !fits(rule.account, casting.account) ||
            !fits(rule.ask, name_of(casting.ask)))
            continue;
        const u64 match = rule.matched_count;
        if (match >= rule.skip && match - rule.skip >= rule.times) continue;
        ++rule.matched_count;
        if (match >= rule.skip) return rule.twist;
    }
    return {};
}

}
