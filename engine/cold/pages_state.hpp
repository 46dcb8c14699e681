// What Pages holds; shared by pages.cpp, which opens it, and pages_publish.cpp, which fills it.
#pragma once

#include <array>

#include "cold/page_birth.hpp"
#include "cold/page_file.hpp"
#include "cold/page_guard.hpp"
#include "cold/pages.hpp"

namespace ks {

struct Pages::State {
    PagesConfig config;
    PageBirth birth; // of pages made by this start
    std::optional<RunDirectory> directory;
    bool is_fresh = false; // the status page was replaced, so all others are too
    std::vector<std::string> notes;
    std::atomic<u32> lost{0};
    PageFile status_file;
    std::array<PageFile, producers_max> trigger_files;
    PageFile gates_file;
    PageFile gates_own_file;
    PageFile operator_file;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State();

    Result<void> open_status();
    Result<void> open_trigger(const ProducerFile& producer);
    Result<void> open_gates();
    Result<void> open_operators();
    Result<PageFile> open_page(const PageSpec& spec, const PageFile::Fill& fill, u32 bit,
                               HoleFill hole);
    void adopt_trigger(ks_trigger_page& page, std::string_view name, u16 index);

    ks_status_page& status() const { return *static_cast<ks_status_page*>(status_file.at()); }
};

// The number of a name in a table that only grows: found, or appended; none when the table is full.
// `name_at(i)` is the name field of line i.
template<class NameAt>
std::optional<u16> append_name(std::string_view name, u32& count, u32 limit, NameAt name_at) {
    for (u16 i = 0; i < count; ++i)
        if (name_of(name_at(i)) == name) return i;
    if (count == limit) return std::nullopt;
    const auto index = static_cast<u16>(count);
    put_name(name_at(index), name);
    // release: pairs with the acquire of the count in killswitch.h
    __atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
    return index;
}

} // namespace ks
