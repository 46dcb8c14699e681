#include "cold/recipe.hpp"

#include <algorithm>

#include "cold/recipe_read.hpp"

namespace ks {

namespace {

constexpr std::string_view setting_prefix = "{settings.";

bool is_plain_name(std::string_view name) {
    return !name.empty() && name.size() < 24 && std::ranges::all_of(name, [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
    });
}

SettingValue read_setting_value(const Toml& table) {
    if (table.kind("default") == TomlKind::text) return table.text("default");
    if (table.kind("default") == TomlKind::array) return table.integers("default", {});
    return table.integer("default", {});
}

// What stands in force: the config's value, if it is of the default's type.
void read_settings(const Toml& root, const RecipeSettings& given, Recipe& recipe) {
    const Toml tables = root.table_if("settings");
    for (const std::string& name : tables.keys()) {
        const Toml table = tables.table(name);
        Setting setting{name, read_setting_value(table), table.text("why")};
        const auto value = given.values.find(name);
        if (value != given.values.end() && value->second.index() != setting.value.index())
            table.fail("", "setting '" + name + "' of the config has another type than its " +
                               "default here; give a value of the same type");
        else if (value != given.values.end())
            setting.value = value->second;
        recipe.settings.push_back(std::move(setting));
    }
    const std::vector<std::string> known = tables.keys();
    for (const auto& [name, value] : given.values)
        if (std::find(known.begin(), known.end(), name) == known.end())
            root.fail("", "recipe '" + recipe.name + "' has no setting '" + name +
                              "', which the config gives; it has: " + join_words(known));
}

void read_limits(const Toml& root, Recipe& recipe) {
    constexpr IntegerRange counts{1, 1'000};
    const Toml tables = root.table_if("limits");
    for (const std::string& name : tables.keys()) {
        const Toml table = tables.table(name);
        Limit limit;
        limit.name = name;
        limit.count = static_cast<u16>(integer_or_setting(table, "count", counts, recipe));
        limit.window = table.duration("window");
        // Venues count arrivals: 5 % of the window, at least 50 ms, for the way (incident rule 3).
        limit.margin = table.duration("margin", std::max(limit.window / 20, milliseconds(50)));
        limit.per = table.choice("per", {"ip", "key"}) == "ip" ? LimitPer::ip : LimitPer::key;
        limit.reserve = static_cast<u16>(integer_or_setting(table, "reserve", {0, 1'000}, recipe));
        if (limit.reserve > limit.count)
            table.fail("reserve", "more places are kept than the limit has; lower reserve");
        if (limit.window <= Nanos{}) table.fail("window", "a window is longer than nothing");
        recipe.limits.push_back(std::move(limit));
    }
}

void read_habits(const Toml& root, Recipe& recipe) {
    const Toml clear = root.table("clear");
    recipe.clear_reads = static_cast<u8>(clear.integer("reads", {2, 100}));
    recipe.clear_apart = clear.duration("apart");
    recipe.settle = clear.duration("settle");
    recipe.raised_patience = clear.duration("raised_patience", Nanos{});
    const Toml throttle = root.table("throttle");
    recipe.throttle_wait = throttle.duration("wait");
    recipe.throttle_wait_max = throttle.duration("wait_max");
    recipe.throttle_doubles = throttle.boolean("doubles", false);
    if (recipe.throttle_wait_max < recipe.throttle_wait)
        throttle.fail("wait_max", "is shorter than wait");
    const Toml lane = root.table("lane");
    recipe.keep_alive_every = lane.duration("keep_alive_every");
    recipe.lane_age_max = lane.duration("age_max");
    if (recipe.lane_age_max <= recipe.keep_alive_every)
        lane.fail("age_max", "must be longer than keep_alive_every");
    recipe.covers = root.texts("covers");
    recipe.covers_not = root.texts("covers_not");
    recipe.strips = root.texts("strips");
    recipe.is_oms = root.boolean("oms", false);
    if (!root.has("covers"))
        root.fail("", "say in `covers` which kinds of order the reads can see");
}

void read_identity(const Toml& root, const RecipeSettings& given, Recipe& recipe) {
    recipe.name = root.text("name");
    if (!is_plain_name(recipe.name)) root.fail("name", "a name is of a-z 0-9 _, 23 bytes at most");
    root.texts("sources"); // for humans
    recipe.hosts = root.texts("hosts");
    if (recipe.hosts.empty()) root.fail("hosts", "add hosts = [\"api.example.com\"]");
    recipe.host = given.host.empty() && !recipe.hosts.empty() ? recipe.hosts.front() : given.host;
    recipe.products = root.texts("products");
    if (recipe.products.empty()) recipe.products = {""};
    const std::string encoding =
        root.table_if("credentials").choice("secret", {"utf8", "hex", "base64"});
    if (encoding == "hex") recipe.secret_encoding = SecretEncoding::hex;
    if (encoding == "base64") recipe.secret_encoding = SecretEncoding::base64;
}

// A shot is proven by reads of its own product, and by nothing else.
void check_proof(const Toml& table, const RequestRecipe& request, const Recipe& recipe) {
    if (request.use != RequestUse::cancel) {
        if (!request.proven_by.empty())
            table.fail("proven_by", "only a cancel has reads to prove it");
        return;
    }
    if (!table.has("proven_by"))
        table.fail("", "name in proven_by the reads that show whether it worked; [] where the "
                       "venue has none");
    for (const std::string& name : request.proven_by) {
        const RequestRecipe* read = recipe.find(name);
        if (!read || read->use != RequestUse::open_orders || read->product != request.product)
            table.fail("proven_by", "'" + name + "' is no open_orders request of the same product");
        else if (read->for_symbol.is_empty() && !request.for_symbol.is_empty())
            table.fail("proven_by", "'" + name + "' has no form for one symbol; add one");
        else if (read->for_all.is_empty() && !request.for_all.is_empty())
            table.fail("proven_by", "'" + name + "' has no form for all symbols; add one");
    }
}

void read_requests(const Toml& root, Recipe& recipe) {
    const RecipeCommon common{root, root.table_if("signed"), root.tables("errors")};
    const Toml tables = root.table("request");
    for (const std::string& name : tables.keys()) {
        if (!is_plain_name(name)) tables.fail(name, "a name is of a-z 0-9 _, 23 bytes at most");
        RequestRecipe request = read_request(name, tables.table(name), common, recipe);
        if (request.use == RequestUse::keep_alive && recipe.keep_alive())
            tables.fail(name, "a venue has one keep_alive; remove one");
        if (request.is_armed()) {
            recipe.fields_needed |= request.for_all.fields;
            recipe.fields_needed |= request.for_symbol.fields;
        }
        recipe.requests.push_back(std::move(request));
    }
    recipe.fields_needed.remove(Field::symbol);
    for (const RequestRecipe& request : recipe.requests)
        check_proof(tables.table(request.name), request, recipe);
}

Recipe read_recipe(const TomlFile& file, const RecipeSettings& settings) {
    Recipe recipe;
    const Toml root = file.root();
    recipe.file = file.name();
    read_identity(root, settings, recipe);
    read_settings(root, settings, recipe);
    read_limits(root, recipe);
    read_habits(root, recipe);
    read_requests(root, recipe);
    return recipe;
}

} // namespace

i64 integer_or_setting(const Toml& table, std::string_view key, IntegerRange range,
                       const Recipe& recipe) {
    const Setting* setting = setting_at(table, key, recipe);
    if (!setting) return table.integer(key, range);
    const auto* number = std::get_if<i64>(&setting->value);
    if (number && *number >= range.min && *number <= range.max) return *number;
    table.fail(key, "setting '" + setting->name + "' must be an integer from " +
                        std::to_string(range.min) + " to " + std::to_string(range.max));
    return range.min;
}

const Setting* setting_at(const Toml& table, std::string_view key, const Recipe& recipe) {
    if (table.kind(key) != TomlKind::text) return nullptr;
    const std::string text = table.text(key);
    if (!text.starts_with(setting_prefix) || !text.ends_with('}')) return nullptr;
    const std::string name =
        text.substr(setting_prefix.size(), text.size() - setting_prefix.size() - 1);
    for (const Setting& setting : recipe.settings)
        if (setting.name == name) return &setting;
    if (is_plain_name(name))
        table.fail(key, "there is no [settings." + name + "]; add it, or write the value here");
    return nullptr;
}

std::string join_words(const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
    return all.empty() ? "none" : all;
}

const RequestRecipe* Recipe::find(std::string_view request) const {
    for (const RequestRecipe& one : requests)
        if (one.name == request) return &one;
    return nullptr;
}

const RequestRecipe* Recipe::keep_alive() const {
    for (const RequestRecipe& one : requests)
        if (one.use == RequestUse::keep_alive) return &one;
    return nullptr;
}

Result<Recipe> compile_recipe(const std::filesystem::path& file, const RecipeSettings& settings) {
    Result<TomlFile> toml = TomlFile::read(file.string());
    if (!toml) return std::move(toml).error();
    Recipe recipe = read_recipe(*toml, {});
    if (auto read = toml->first_mistake(); !read) return std::move(read).error();
    check_vectors(toml->root(), recipe);
    if (auto proven = toml->finish(); !proven) return std::move(proven).error();
    if (settings.host.empty() && settings.values.empty()) return recipe;
    // The vectors have proven the recipe as it stands; now it is read as the config wants it.
    recipe = read_recipe(*toml, settings);
    if (auto read = toml->first_mistake(); !read) return std::move(read).error();
    return recipe;
}

} // namespace ks
