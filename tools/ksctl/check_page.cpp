// The page to sign: whoever answers for the kill reads it once, in daylight.
#include <cstdarg>
#include <cstdio>

#include "abi/killswitch.h"
#include "check.hpp"

namespace ks {
namespace {

// A text that grows by printf's rules.
class Page {
public:
    __attribute__((format(printf, 2, 3))) void say(const char* format, ...) {
        char line[2'000];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(line, sizeof line, format, arguments);
        va_end(arguments);
        text += line;
    }
    std::string text;
};

double in_seconds(Nanos span) {
    return static_cast<double>(span.ns) / 1e9;
}

// "now" or "+3.15 s", never rounded down: what is signed is a promise.
std::string after(Nanos span) {
    constexpr i64 hundredth_ns = 10'000'000;
    const i64 hundredths = (span.ns + hundredth_ns - 1) / hundredth_ns;
    if (hundredths == 0) return "now";
    char text[32];
    snprintf(text, sizeof text, "+%.2f s", static_cast<double>(hundredths) / 100);
    return text;
}

std::vector<std::string> with_note(const Checked& checked, u32 note) {
    std::vector<std::string> names;
    for (const AccountPlan& account : checked.plan().accounts)
        if (account.notes & note) names.emplace_back(account.name.view());
    return names;
}

std::string stripped_text(const Recipe& recipe) {
    if (recipe.strips == std::vector<std::string>{"unknown"})
        return "may take stops along: nobody has said that it does not";
    return "takes stops along: " + joined(recipe.strips);
}

void say_what_goes(const Checked& checked, Page& page) {
    const size_t count = checked.config.accounts.size();
    page.say("WHAT GOES\n`all` cancels %s, manual orders and other bots' orders included.\n"
             "Positions are NOT closed.\n",
             count == 1 ? "this 1 account"
                        : ("these " + std::to_string(count) + " accounts").c_str());
    for (const AccountConfig& account : checked.config.accounts)
        page.say("  %-24s %s\n", account.name.c_str(),
                 products_of(account, checked.recipe_of(account)).c_str());
    const std::vector<std::string> stripped = with_note(checked, KS_NOTE_STRIPS_STOPS);
    page.say("Strips stops at %zu%s%s.\n", stripped.size(), stripped.empty() ? "" : ": ",
             joined(stripped).c_str());
    for (const Recipe& recipe : checked.recipes)
        if (!recipe.strips.empty())
            page.say("  %-24s %s\n", recipe.name.c_str(), stripped_text(recipe).c_str());
    const std::vector<std::string> wide = with_note(checked, KS_NOTE_TOKEN_REACH);
    if (!wide.empty())
        page.say("REACHES WIDER THAN ITS SCOPE, every account of the token: %s.\n",
                 joined(wide).c_str());
}

void say_when(const Checked& checked, Page& page) {
    const ScopePlan& all = checked.scope_all();
    const Forecast told = forecast(checked.plan(), all);
    page.say("\nWHEN\nFirst shot now, last first-shot %s, ", after(told.last_leaves).c_str());
    if (told.is_provable)
        page.say("earliest CONFIRMED %s.\n", after(told.clear).c_str());
    else
        page.say("CONFIRMED never: see WHAT CLEAR DOES NOT SAY.\n");
    page.say("That is with no limit spent before, and venues that are honest and answer within "
             "%.2f s.\n",
             in_seconds(answer_quick));
    for (size_t i = 0; i < told.leaves.size(); ++i) {
        const std::string_view shot = checked.plan().shots[all.shots[i].index].name.view();
        page.say("  %-36.*s %s\n", static_cast<int>(shot.size()), shot.data(),
                 after(told.leaves[i]).c_str());
    }
}

void say_limits(const Checked& checked, Page& page) {
    const Plan& plan = checked.plan();
    page.say("\nLIMITS\n");
    for (u16 i = 0; i < plan.venues.size(); ++i) {
        const u32 left = refires_left(plan, checked.scope_all(), VenueId{i});
        const u32 accounts = plan.venues[i].accounts_count;
        const std::string count = left == 0                     ? "NO"
                                  : left == refires_counted_max ? "999 or more"
                                                                : std::to_string(left);
        page.say("  %-12s %u account%s leave%s %s re-fire%s in the first minute; %u connections\n",
                 std::string(plan.venues[i].name.view()).c_str(), accounts,
                 accounts == 1 ? "" : "s", accounts == 1 ? "s" : "", count.c_str(),
                 left == 1 ? "" : "s", plan.venues[i].lanes_count);
    }
    for (const GatePlan& gate : plan.gates)
        page.say("  %-36s %u in %.2f s, each held %.2f s longer; %u for kills alone\n",
                 std::string(gate.name.view()).c_str(), gate.places, in_seconds(gate.window),
                 in_seconds(gate.margin), gate.reserve);
    for (const VenueConfig& venue : checked.config.venues)
        if (!venue.share.is_whole())
            page.say("  %-36s these are %u/%u of the venue's: others fire there too\n",
                     venue.name.c_str(), venue.share.part, venue.share.of);
}

void say_unseen(const Checked& checked, Page& page) {
    page.say("\nWHAT CLEAR DOES NOT SAY\n");
    bool is_all_seen = true;
    for (const Recipe& recipe : checked.recipes)
        for (const std::string& kind : recipe.covers_not) {
            is_all_seen = false;
            page.say("  %-24s not seen by any read: %s\n", recipe.name.c_str(), kind.c_str());
        }
    for (const AccountConfig& account : checked.config.accounts) {
        const bool is_oms = checked.recipe_of(account).is_oms;
        is_all_seen &= !is_oms && !account.is_unconfirmed;
        if (account.is_unconfirmed)
            page.say("  %-24s nothing can read its open orders: never CONFIRMED\n",
                     account.name.c_str());
        if (is_oms && account.fronts.empty())
            page.say("  %-24s best outcome: OMS CLEAR, exchanges not checked (no fronts)\n",
                     account.name.c_str());
        else if (is_oms)
            page.say("  %-24s its orders' children rest at %s: read again once it is clear\n",
                     account.name.c_str(), joined(account.fronts).c_str());
    }
    if (is_all_seen) page.say("  every kind of order that the recipes know is read\n");
}

void say_eyes(const Checked& checked, Page& page) {
    const EngineConfig& engine = checked.config.engine;
    page.say(
        "\nEYES\nEach account's open orders are read every %.0f s while armed. Reads that have "
        "never shown an order\n%s\n",
        in_seconds(engine.eyes_every),
        engine.needs_proven_eyes
            ? "are no evidence: the best outcome is then UNKNOWN."
            : "are believed (require_proven_eyes = false): A WRONG KEY READS EMPTY FOR EVER.");
    for (const AccountConfig& account : checked.config.accounts)
        page.say("  %-24s %s\n", account.name.c_str(),
                 account.is_unconfirmed   ? "none"
                 : account.has_eyes_key() ? "a read-only key of its own"
                                          : "the key that fires");
}

void say_live_fires(const Checked& checked, Page& page) {
    page.say("\nLIVE FIRE, a real cancel-all on a pair that must be empty: only where asked for\n");
    bool is_any = false;
    for (const AccountConfig& account : checked.config.accounts) {
        if (account.live_fire.symbol.empty()) continue;
        is_any = true;
        page.say("  %-24s CANCELS ALL OF %s each %.0f h, when its reads show no order there\n",
                 account.name.c_str(), account.live_fire.symbol.c_str(),
                 in_seconds(account.live_fire.every) / 3'600);
    }
    if (!is_any) page.say("  never\n");
}

void say_people(const Checked& checked, Page& page) {
    page.say("\nWHO MAY PULL\n");
    for (const ProducerConfig& producer : checked.config.producers) {
        page.say("  %-24s %s", producer.name.c_str(), joined(producer.scopes).c_str());
        if (producer.heartbeat.ns > 0)
            page.say("; silent for %.1f s: alarm%s%s", in_seconds(producer.heartbeat),
                     producer.heartbeat_pull.empty() ? "" : ", and PULLS ",
                     producer.heartbeat_pull.c_str());
        page.say("\n");
    }
    page.say("\nWHOM TO CALL, TO CANCEL BY HAND\n");
    for (const AccountConfig& account : checked.config.accounts)
        page.say("  %-24s %s  %s\n", account.name.c_str(),
                 account.by_hand_url.empty() ? "(no by_hand_url)" : account.by_hand_url.c_str(),
                 account.by_hand_phone.empty() ? "(no by_hand_phone)"
                                               : account.by_hand_phone.c_str());
}

void say_assumed(const Checked& checked, Page& page) {
    page.say("\nASSUMED, because the venues' public pages leave it open\n");
    for (const Recipe& recipe : checked.recipes)
        for (const Setting& setting : recipe.settings)
            page.say("  %s %s = %s\n      %s\n", recipe.name.c_str(), setting.name.c_str(),
                     value_text(setting.value).c_str(), setting.why.c_str());
}

} // namespace

const ScopePlan& Checked::scope_all() const {
    const ScopePlan* all = &plan().scopes[0];
    for (const ScopePlan& scope : plan().scopes)
        if (scope.name == "all") all = &scope;
    return *all;
}

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all;
}

std::string products_of(const AccountConfig& account, const Recipe& recipe) {
    const std::string products =
        joined(account.products.empty() ? recipe.products : account.products);
    return products.empty() ? "everything" : products;
}

std::string value_text(const SettingValue& value) {
    if (const auto* number = std::get_if<i64>(&value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&value)) return "\"" + *text + "\"";
    std::string all;
    for (i64 number : std::get<std::vector<i64>>(value))
        all += (all.empty() ? "[" : ", ") + std::to_string(number);
    return all + "]";
}

const char* environment_name(Environment environment) {
    switch (environment) {
    case Environment::demo:
        return "demo";
    case Environment::test:
        return "test";
    case Environment::production:
        return "PRODUCTION";
    }
    return "";
}

std::string check_page(const Checked& checked) {
    Page page;
    page.say(
        "killswitch %s  %s  %s\nConfig, keys and recipes are right; every recipe has passed its "
        "known answers.\n\n",
        checked.config.engine.name.c_str(), environment_name(checked.config.engine.environment),
        checked.config.file.c_str());
    for (auto say : {say_what_goes, say_when, say_limits, say_unseen, say_eyes, say_live_fires,
                     say_people, say_assumed})
        say(checked, page);
    page.say("\nRead and agreed:  ____________________   date: ____________\n");
    return page.text;
}

} // namespace ks
