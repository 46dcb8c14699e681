#include "hot/halt.hpp"

namespace ks {

Halt::Halt(const Plan& plan, ks_status_page& status) noexcept : plan_(plan), status_(status) {
    for (size_t word = 0; word < CellSet::words_count; ++word)
        closed_.words[word] = __atomic_load_n(&status_.halt[word], __ATOMIC_RELAXED);
    for (size_t slot = 0; slot < scopes_max; ++slot) {
        for (size_t word = 0; word < CellSet::words_count; ++word)
            held_[slot].words[word] =
                __atomic_load_n(&status_.scope[slot].held_cells[word], __ATOMIC_RELAXED);
        closed_ |= held_[slot];
        publish(ScopeId{static_cast<u16>(slot)});
    }
}

u32 Halt::close(ScopeId scope) noexcept {
    const size_t closed_before = closed_.count();
    held_[scope.index] |= plan_.scopes[scope.index].cells;
    closed_ |= held_[scope.index];
    publish(scope);
    return static_cast<u32>(closed_.count() - closed_before);
}

void Halt::release(ScopeId scope, const CellSet& cells) noexcept {
    held_[scope.index] -= cells;
    closed_ = {};
    for (const CellSet& held : held_) closed_ |= held;
    publish(scope);
}

// Causes first, bits after: a death between the two leaves a cause, and the next start closes.
void Halt::publish(ScopeId scope) noexcept {
    for (size_t word = 0; word < CellSet::words_count; ++word)
        __atomic_store_n(&status_.scope[scope.index].held_cells[word],
                         held_[scope.index].words[word], __ATOMIC_RELAXED);
    for (size_t word = 0; word < CellSet::words_count; ++word)
        // release: pairs with the acquire in ks_is_killed()
        __atomic_store_n(&status_.halt[word], closed_.words[word], __ATOMIC_RELEASE);
}

} // namespace ks
