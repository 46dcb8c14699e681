// A judge table: the paths it looks at become probes, each line of its rules becomes a Rule.
#include <algorithm>
#include <charconv>
#include <map>

#include "cold/recipe_ask.hpp"
#include "cold/recipe_expression.hpp"
#include "cold/recipe_read.hpp"

namespace ks {

namespace {

constexpr Verdict verdicts[] = {Verdict::accepted,  Verdict::clear,   Verdict::open,
                                Verdict::throttled, Verdict::refused, Verdict::unknown};

struct StatusRange {
    u16 min = 0;
    u16 max = 0;
};

// A condition word: the probe behind it, and whether that must hold or must not.
struct Condition {
    ProbeKind kind;
    bool must = true;
    bool allows_any = false; // "*" in its path is safe: more matches make it no truer
};
const std::map<std::string_view, Condition> conditions = {
    {"has", {ProbeKind::exists, true, true}},      {"lacks", {ProbeKind::exists, false, true}},
    {"array", {ProbeKind::is_array, true}},        {"object", {ProbeKind::is_object, true}},
    {"empty", {ProbeKind::is_empty, true}},        {"filled", {ProbeKind::not_null, true}},
    {"blank", {ProbeKind::not_null, false, true}},
};

class JudgeReader {
public:
    JudgeReader(RequestUse use, const Recipe& recipe) : use_(use), recipe_(recipe) {}
    JudgeProgram read(const Toml& table, const std::vector<Toml>& errors);

private:
    u16 probe(const Toml& table, std::string_view key, ProbeKind kind, std::string_view path,
              std::string_view literal = {});
    bool read_path(std::string_view text, Probe& probe);
    std::string expand_settings(const Toml& table, std::string_view key, std::string_view path);
    void read_paths(const Toml& table, std::string_view key, ProbeKind kind);
    void read_rule(const Toml& table);
    void read_conditions(const Toml& table, Rule& rule);
    u16 read_equals(const Toml& table, std::string_view key, ProbeKind kind);
    void check_meaning(const Toml& table, Rule& rule);
    std::vector<StatusRange> statuses(const Toml& table, std::string_view key);

    RequestUse use_;
    const Recipe& recipe_;
    JudgeProgram program_;
    bool counts_ = false;
};

bool JudgeReader::read_path(std::string_view text, Probe& probe) {
    if (text.empty()) return true;
    if (text.front() != '/') return false;
    while (!text.empty()) {
        text.remove_prefix(1);
        const std::string_view segment = text.substr(0, text.find('/'));
        if (segment.empty() || !Text<32>::fits(segment) || !probe.path.push(Text<32>(segment)))
            return false;
        text.remove_prefix(segment.size());
    }
    return true;
}

// "{settings.orders}/*" with the setting's text in its place.
std::string JudgeReader::expand_settings(const Toml& table, std::string_view key,
                                         std::string_view path) {
    auto tree = parse_template(path);
    if (!tree) table.fail(key, tree.error().sentence);
    std::string expanded;
    for (const Expression& part : tree ? tree->items : std::vector<Expression>{}) {
        const Setting* setting = nullptr;
        for (const Setting& one : recipe_.settings)
            if (part.text == "settings." + one.name) setting = &one;
        const bool is_plain = part.kind == Expression::Kind::text;
        const auto* text = setting ? std::get_if<std::string>(&setting->value) : nullptr;
        if (!is_plain && !text)
            table.fail(key, "only {settings.NAME} of a text setting may stand in a path");
        expanded += is_plain ? part.text : text ? *text : "";
    }
    return expanded;
}

// The bit of the probe, which is shared when two rules look at the same thing.
u16 JudgeReader::probe(const Toml& table, std::string_view key, ProbeKind kind,
                       std::string_view path, std::string_view literal) {
    Probe wanted;
    wanted.kind = kind;
    if (!read_path(expand_settings(table, key, path), wanted))
        table.fail(key, "'" + std::string(path) +
                            "' is no path; write \"/data/orders/*\", \"*\" for "
                            "any member or element, at most 6 names of at most 31 bytes");
    if (!Text<40>::fits(literal)) table.fail(key, "compare with at most 39 bytes");
    wanted.literal.assign(literal);
    for (size_t i = 0; i < program_.probes.size(); ++i) {
        const Probe& known = program_.probes[i];
        const bool is_same_path =
            std::equal(known.path.begin(), known.path.end(), wanted.path.begin(), wanted.path.end(),
                       [](const auto& a, const auto& b) { return a.view() == b.view(); });
        if (known.kind == kind && is_same_path && known.literal == literal)
            return static_cast<u16>(1u << i);
    }
    const auto bit = static_cast<u16>(1u << program_.probes.size());
    if (!program_.probes.push(wanted))
        table.fail(key, "the judge looks at more than " + std::to_string(probes_max) + " things");
    return bit;
}

void JudgeReader::read_paths(const Toml& table, std::string_view key, ProbeKind kind) {
    if (!table.has(key)) return;
    const auto paths =
        table.kind(key) == TomlKind::text ? std::vector{table.text(key)} : table.texts(key);
    for (const std::string& path : paths) probe(table, key, kind, path);
    if (kind != ProbeKind::id) counts_ = true;
}

JudgeProgram JudgeReader::read(const Toml& table, const std::vector<Toml>& errors) {
    read_paths(table, "ids", ProbeKind::id);
    read_paths(table, "count", ProbeKind::count);
    read_paths(table, "number", ProbeKind::number);
    read_equals(table, "raised", ProbeKind::raised);
    if (!table.has("rules")) table.fail("", "the judge has no rules; add rules = [{ ... = 200 }]");
    for (const Toml& rule : table.tables("rules")) read_rule(rule);
    for (const Toml& rule : errors) read_rule(rule);
    return program_;
}

std::vector<StatusRange> JudgeReader::statuses(const Toml& table, std::string_view key) {
    constexpr IntegerRange range{100, 599};
    std::vector<i64> numbers;
    if (const Setting* setting = setting_at(table, key, recipe_)) {
        if (const auto* list = std::get_if<std::vector<i64>>(&setting->value))
            numbers = *list;
        else if (const auto* one = std::get_if<i64>(&setting->value))
            numbers = {*one};
        else
            table.fail(key, "setting '" + setting->name + "' must be a list of HTTP statuses");
    } else if (table.kind(key) == TomlKind::text) {
        const std::string text = table.text(key); // "500-599"
        u16 min = 0;
        u16 max = 0;
        const char* end = text.data() + text.size();
        const char* dash = std::from_chars(text.data(), end, min).ptr;
        const bool is_range =
            dash != end && *dash == '-' && std::from_chars(dash + 1, end, max).ptr == end;
        if (!is_range || min < range.min || max > range.max || min > max)
            table.fail(key, "'" + text + "' is no range of HTTP statuses; write \"500-599\"");
        return {{min, max}};
    } else if (table.kind(key) == TomlKind::array)
        numbers = table.integers(key, range);
    else
        numbers = {table.integer(key, range)};
    std::vector<StatusRange> ranges;
    for (i64 number : numbers)
        ranges.push_back({static_cast<u16>(number), static_cast<u16>(number)});
    return ranges;
}

void JudgeReader::read_rule(const Toml& table) {
    Rule rule;
    std::string verdict;
    for (Verdict one : verdicts) {
        if (!table.has(verdict_name(one))) continue;
        if (!verdict.empty()) table.fail("", "a rule has one verdict; make two rules of it");
        verdict = verdict_name(one);
        rule.verdict = one;
    }
    if (verdict.empty())
        return table.fail("", "a rule begins with its verdict and HTTP statuses: accepted, clear, "
                              "open, throttled, refused or unknown = 200");
    const bool needs_proof = rule.verdict == Verdict::accepted || rule.verdict == Verdict::clear ||
                             rule.verdict == Verdict::open;
    read_conditions(table, rule);
    rule.needs_json = needs_proof || rule.must != 0 || rule.must_not != 0;
    if (table.has("body")) {
        const bool is_any = table.choice("body", {"json", "any"}) == "any";
        if (is_any && (rule.must != 0 || rule.must_not != 0))
            table.fail("body", "conditions need a JSON body; remove body = \"any\"");
        rule.needs_json = !is_any;
    }
    check_meaning(table, rule);
    for (StatusRange range : statuses(table, verdict)) {
        rule.status_min = range.min;
        rule.status_max = range.max;
        if (!program_.rules.push(rule))
            table.fail("", "the judge has more than " + std::to_string(rules_max) + " rules");
    }
}

void JudgeReader::read_conditions(const Toml& table, Rule& rule) {
    for (const auto& [word, condition] : conditions) {
        if (!table.has(word)) continue;
        const auto paths =
            table.kind(word) == TomlKind::text ? std::vector{table.text(word)} : table.texts(word);
        for (const std::string& path : paths) {
            if (!condition.allows_any && path.find('*') != path.npos)
                table.fail(word, "'*' would let one match speak for all; name the member");
            const u16 bit = probe(table, word, condition.kind, path);
            (condition.must ? rule.must : rule.must_not) |= bit;
        }
    }
    rule.must |= read_equals(table, "equals", ProbeKind::equals);
    rule.must_not |= read_equals(table, "differs", ProbeKind::equals);
}

// { "/path" = "text" }: the bits of its probes.
u16 JudgeReader::read_equals(const Toml& table, std::string_view key, ProbeKind kind) {
    const Toml pairs = table.table_if(key);
    u16 bits = 0;
    for (const std::string& path : pairs.keys()) {
        if (path.find('*') != path.npos && kind == ProbeKind::equals)
            pairs.fail(path, "'*' would let one match speak for all; name the member");
        bits |= probe(pairs, path, kind, path, pairs.text(path));
    }
    return bits;
}

// The mistakes that would make the judge lie.
void JudgeReader::check_meaning(const Toml& table, Rule& rule) {
    const bool is_read_word = rule.verdict == Verdict::clear || rule.verdict == Verdict::open;
    if (is_read_word && use_ != RequestUse::open_orders)
        table.fail("", "only a request of kind open_orders can see that nothing is open");
    if (rule.verdict == Verdict::accepted && use_ == RequestUse::open_orders)
        table.fail("", "a read is clear or open, not accepted");
    if (rule.verdict == Verdict::clear && !table.has("empty") && !table.has("equals"))
        table.fail("", "clear needs positive proof: empty = \"/path/of/the/list\", or equals");
    if (rule.verdict == Verdict::open) {
        if (!counts_) table.fail("", "open needs a count: count = \"/data/*\" above the rules");
        rule.count_min = 1; // a list that cannot be read to its end, with nothing in it, is unknown
    }
}

} // namespace

JudgeProgram read_judge(const Toml& table, RequestUse use, const RecipeCommon& common,
                        const Recipe& recipe) {
    return JudgeReader(use, recipe).read(table, common.errors);
}

} // namespace ks
