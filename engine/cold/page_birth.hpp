// PageBirth: the bytes of a fresh page of each kind; tests/vectors/pages holds them as golden
// files.
#pragma once

#include <array>
#include <string_view>

#include "abi/killswitch_pages.h"
#include "base/units.hpp"

namespace ks {

struct PageBirth {
    std::array<u8, 16> boot_id{};
    u64 nonce = 0;
};

// Each expects zeroed memory.
void fill_status(ks_status_page& page, const PageBirth& birth, std::string_view engine);
void fill_trigger(ks_trigger_page& page, const PageBirth& birth, std::string_view producer,
                  u32 index);
void fill_gates(ks_gates_page& page, const PageBirth& birth);
void fill_operators(ks_operator_page& page, const PageBirth& birth);

// Copies a name into a page's field, NUL-padded; it must be shorter than the field.
template<size_t limit> void put_name(char (&field)[limit], std::string_view name) {
    for (size_t i = 0; i < limit; ++i) field[i] = i < name.size() ? name[i] : '\0';
}
template<size_t limit> std::string_view name_of(const char (&field)[limit]) {
    const std::string_view all(field, limit);
    return all.substr(0, all.find('\0'));
}

} // namespace ks
