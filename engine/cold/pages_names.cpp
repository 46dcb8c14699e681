// The names that are bound to their numbers for as long as the status page lives: a stale number in
// another process never means another scope, and a halt bit never another cell.
#include "cold/pages_state.hpp"

namespace ks {

namespace {

Error too_many(std::string_view what, std::string_view name, u32 limit) {
    return Error{std::string(what) + " '" + std::string(name) + "': " + std::to_string(limit) +
                 " names have been used since boot; keep old names, or start with an empty run "
                 "directory"};
}

Result<void> check_name(std::string_view what, std::string_view name) {
    if (!name.empty() && name.size() < KS_NAME_BYTES) return {};
    return Error{std::string(what) + " '" + std::string(name) + "': a name has 1 to 47 characters"};
}

} // namespace

Result<ScopeId> Pages::slot_of(std::string_view name) {
    if (auto good = check_name("scope", name); !good) return std::move(good).error();
    const auto id = append_name(
        name, status().scopes_count,
        scopes_max, [this](u16 i) -> auto& { return status().scope[i].name; });
    if (!id) return too_many("scope", name, scopes_max);
    return ScopeId{*id};
}

Result<CellId> Pages::cell_of(std::string_view name) {
    if (auto good = check_name("cell", name); !good) return std::move(good).error();
    const auto id = append_name(
        name, status().cells_count,
        cells_max, [this](u16 i) -> auto& { return status().cell[i].name; });
    if (!id) return too_many("cell", name, cells_max);
    return CellId{*id};
}

Result<ProducerId> Pages::producer_of(std::string_view name) {
    for (u16 p = 0; p < status().producers_count; ++p)
        if (name_of(status().producers[p]) == name) return ProducerId{p};
    return Error{"producer '" + std::string(name) + "' is not in the config"};
}

} // namespace ks
